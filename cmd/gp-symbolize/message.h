/*
 * message.h - messages between two processes, with a descriptor or without.
 *
 * Through a socketpair of type SOCK_SEQPACKET: each is sent and comes as a
 * whole. What they mean is the business of worker.h.
 */
#ifndef GP_SYMBOLIZE_MESSAGE_H
#define GP_SYMBOLIZE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { MESSAGE_MAX = 65536 }; /* bytes */

struct message {
	uint32_t kind, arg;
	size_t len; /* of b */
	int fd;     /* the receiver's; -1: none came along */
	uint64_t b[MESSAGE_MAX / sizeof(uint64_t)]; /* aligned for any type */
};

/* Send one. fd: goes along, stays the caller's; or -1. flags: MSG_DONTWAIT.
 * False, with errno, if it did not go. */
GP_MUSTUSE bool message_send(int sock, uint32_t kind, uint32_t arg,
    const void *p, size_t len, int fd, int flags);

/* Receive one. False at the end, or if what came is none. with_fd: a descriptor
 * may come along; without, the kernel throws it away. */
GP_MUSTUSE bool message_receive(int sock, struct message *m, bool with_fd,
    int flags);

#endif
