/*
 * privs.h - give up privileges for good.
 *
 * After privs_keep() and an execve(2) a program has these capabilities and no
 * others, whoever its user is, and can never get any (no_new_privs, and the
 * bounding set where it can be lowered): those that this process has and the
 * mask names. They go into the ambient set too, so that a user who is not root
 * keeps them.
 *
 * Root that has none is still the owner of root's files.
 *
 * Source: capabilities(7), "Transformation of capabilities during execve()".
 */
#ifndef GP_PRIVS_H
#define GP_PRIVS_H

#include <stdint.h>
#include <sys/types.h>

#include "base/attr.h"

/* mask: bit n for capability n. Returns 0, or -1 with errno, and then the
 * program must not be started. */
GP_MUSTUSE int privs_keep(uint64_t mask);

/* Root becomes another user, with these capabilities in place of root's: as a
 * service manager would have started it. Returns 0, or -1 with errno, and then
 * nothing more must be done. */
GP_MUSTUSE int privs_become(uid_t uid, gid_t gid, uint64_t mask);

#endif
