/*
 * here.h - whether a stream was recorded on this machine, since it was started.
 *
 *	#gp … host=web-7 kernel=6.1.0 start=2026-01-02T03:04:05Z kernel_build_id=5e3f…
 *
 * Kernel addresses mean something to the kernel that was sampled, during one
 * boot only (the kernel is put elsewhere each time); pids likewise. A stream that
 * was kept, or comes from elsewhere, must not be named by what lies there now.
 * Fields that are missing say nothing.
 */
#ifndef GP_SYMBOLIZE_HERE_H
#define GP_SYMBOLIZE_HERE_H

#include "stream/record.h"

enum here {
	HERE,
	HERE_HOST,   /* another machine */
	HERE_KERNEL, /* another kernel */
	HERE_BOOT,   /* before this boot */
};

enum here here_check(const struct record *gp);

/* "it was recorded on another machine" */
const char *here_text(enum here h);

#endif
