/*
 * cpus.h - the CPUs that are online, and which of them are attached.
 *
 * Events are opened for each CPU. CPUs come and go, on virtual machines above all,
 * and the events of one that went are dead when it comes back; so the kernel's
 * list is read again and again, which costs one pread(2) while nothing changes.
 *
 * struct cpus is to be initialised and freed.
 */
#ifndef GP_RECORD_CPUS_H
#define GP_RECORD_CPUS_H

#include <stdint.h>

struct cpus {
	uint8_t *state; /* by CPU: 1 attached, 2 (only for a moment) online */
	int max;        /* that there can be */
	int fd;         /* where the kernel lists those that are online, or -1 */
	char text[256]; /* as it was read last, if it fits */
};

void cpus_init(struct cpus *c);

/* How many are online now, or can be, if that cannot be told: virtual machines say
 * that they can have hundreds. */
unsigned cpus_online(struct cpus *c);

/*
 * Attach those that are online and were not when this was last called.
 *
 * attach: 0, or -1 and errno, which is told, and tried again the next time.
 */
void cpus_follow(struct cpus *c, int (*attach)(void *arg, int cpu), void *arg);

/* How many are attached. */
unsigned cpus_attached(const struct cpus *c);

void cpus_free(struct cpus *c);

#endif
