#include "message.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct head {
	uint32_t kind, arg;
};

union control {
	struct cmsghdr align;
	char b[CMSG_SPACE(sizeof(int))];
};

bool
message_send(int sock, uint32_t kind, uint32_t arg, const void *p, size_t len,
    int fd, int flags)
{
	struct head h = { .kind = kind, .arg = arg };
	union control control = { .b = { 0 } };
	struct iovec v[2] = {
		{ &h, sizeof h },
		{ (void *)(uintptr_t)p, len },
	};
	struct msghdr m = { .msg_iov = v, .msg_iovlen = len ? 2 : 1 };
	struct cmsghdr *c;
	ssize_t n;

	if (fd >= 0) {
		m.msg_control = control.b;
		m.msg_controllen = sizeof control.b;
		c = CMSG_FIRSTHDR(&m);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof fd);
		memcpy(CMSG_DATA(c), &fd, sizeof fd);
	}
	do
		n = sendmsg(sock, &m, MSG_NOSIGNAL | flags);
	while (n < 0 && errno == EINTR);
	return n == (ssize_t)(sizeof h + len);
}

bool
message_receive(int sock, struct message *to, bool with_fd, int flags)
{
	struct head h;
	union control control;
	struct iovec v[2] = {
		{ &h, sizeof h },
		{ to->b, sizeof to->b },
	};
	struct msghdr m = { .msg_iov = v, .msg_iovlen = 2,
		.msg_control = with_fd ? control.b : NULL,
		.msg_controllen = with_fd ? sizeof control.b : 0 };
	struct cmsghdr *c;
	ssize_t n;

	do
		n = recvmsg(sock, &m, MSG_CMSG_CLOEXEC | flags);
	while (n < 0 && errno == EINTR);
	to->fd = -1;
	c = n >= 0 && with_fd ? CMSG_FIRSTHDR(&m) : NULL;
	if (c && c->cmsg_level == SOL_SOCKET && c->cmsg_type == SCM_RIGHTS &&
	    c->cmsg_len == CMSG_LEN(sizeof to->fd))
		memcpy(&to->fd, CMSG_DATA(c), sizeof to->fd);
	if (n < (ssize_t)sizeof h || m.msg_flags & MSG_TRUNC) {
		if (to->fd >= 0)
			close(to->fd);
		to->fd = -1;
		return false;
	}
	to->kind = h.kind;
	to->arg = h.arg;
	to->len = (size_t)n - sizeof h;
	return true;
}
