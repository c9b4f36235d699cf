/*
 * machine.h - what is this machine: its name, system, size and address.
 *
 * For the headers of profiles that leave it. Everything is read from the kernel,
 * /etc/os-release and the C library; nothing is asked over a network, and nothing
 * is executed. What cannot be found out is "" or, where a reader of such headers
 * insists on a value, the one in brackets.
 *
 * Zeroed, a struct machine is empty; it owns nothing.
 */
#ifndef GP_MACHINE_H
#define GP_MACHINE_H

#include <stddef.h>
#include <stdint.h>

#include "base/attr.h"

enum { MACHINE_TEXT_MAX = 256 };

struct machine {
	char hostname[MACHINE_TEXT_MAX];       /* ("localhost") */
	char system[MACHINE_TEXT_MAX];         /* "Linux" */
	char kernel_release[MACHINE_TEXT_MAX]; /* "6.1.0-28-amd64" */
	char kernel_version[MACHINE_TEXT_MAX]; /* "#1 SMP … Debian 6.1.119-1" */
	char hardware[MACHINE_TEXT_MAX];       /* "x86_64" */
	char os_name[MACHINE_TEXT_MAX];        /* "Debian GNU/Linux" */
	char os_release[MACHINE_TEXT_MAX];     /* "12" */
	char os_codename[MACHINE_TEXT_MAX];    /* "bookworm" */
	char libc_type[16];                    /* "glibc", "musl" */
	char libc_version[32];                 /* "2.36" */
	char mac[18];  /* of the first interface with one (00:00:00:00:00:00) */
	char ip[46];   /* by which it reaches others (127.0.0.1) */
	uint32_t processors; /* that are online, 1 at least */
	uint64_t memory_mb;
	uint64_t uptime_ms;
	/* "k8s", "container" or "standalone_executable"; and "k8s",
	 * "containers" or "instances": gProfiler's words for where it runs. */
	const char *run_mode, *deployment;
};

/* root: where /etc is, "" for the real one; tests have others. */
void machine_read(struct machine *m, const char *root);

/* Take NAME, VERSION_ID and VERSION_CODENAME from an os-release(5) file's text. */
void machine_parse_os_release(struct machine *m, const char *text, size_t len);

#endif
