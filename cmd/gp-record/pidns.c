#include "pidns.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* PROC_PID_INIT_INO of linux/proc_ns.h: a number that is the same everywhere. */
#define FIRST_INODE 0xeffffffcu

uint32_t
pidns_inode(void)
{
	struct stat st;

	if (stat("/proc/self/ns/pid", &st) != 0 || st.st_ino == FIRST_INODE)
		return 0;
	return (uint32_t)st.st_ino;
}

bool
pidns_is_that_of_proc(void)
{
	char link[32];
	ssize_t n = readlink("/proc/self", link, sizeof link - 1);

	if (n <= 0)
		return false;
	link[n] = '\0';
	return strtol(link, NULL, 10) == (long)getpid();
}
