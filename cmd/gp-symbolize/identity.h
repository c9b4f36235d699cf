/*
 * identity.h - what a file is: its build id and its segments, read in the jail.
 */
#ifndef GP_SYMBOLIZE_IDENTITY_H
#define GP_SYMBOLIZE_IDENTITY_H

#include "elf/elffile.h"
#include "jail.h"

/* JOB_IDENTIFY, in the jail. */
int identity_job(struct jail_call *c);

/*
 * Read what a file is. fd: the caller's; slow: an O_PATH one; owner, name: as in
 * jail_request.
 *
 * *f is as elffile_init() would have it, with fd in it, and as good: what made
 * no sense is an error. Only if this returns JAIL_OK, *err says how that went.
 */
GP_MUSTUSE enum jail_err identity_read(struct jail *j, int fd, bool slow,
    uint32_t owner, const char *name, struct elffile *f, enum elffile_err *err);

#endif
