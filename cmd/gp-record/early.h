/*
 * early.h - tell the sampler of interpreters before a process's first sample.
 *
 * The sampler learns where a process has its interpreter from the first sample
 * at the latest, and that sample is without the interpreter's frames. A process
 * that lives for 100 ms has ten. So those whose mappings are known without a
 * sample, because they were born during the recording or are its targets, are
 * looked at as soon as they have mapped a file with an interpreter in it.
 *
 *	fork, mmap ──early_note──► pids ──early_settle──► image, mappings, interpreter
 *	a sample of one ───────────────────early_look──►
 *
 * What most processes map has no interpreter: that is found out once for each
 * file, and costs the processes nothing.
 */
#ifndef GP_RECORD_EARLY_H
#define GP_RECORD_EARLY_H

#include <stddef.h>
#include <stdint.h>

struct process;
struct process_table;

/* Processes to be looked at; each of them says so itself, too. Zeroed: none. */
struct early {
	uint32_t *pid;
	uint32_t n;
	size_t cap;
};

/* Have a process looked at. */
void early_note(struct process_table *t, struct process *p);

/* Look at one that was sampled, if it was noted, before anything else is done about
 * the sample: tables may have to be made, and meanwhile it is sampled again. image: the
 * sample's. */
void early_look(struct process_table *t, struct process *p, uint32_t image);

/* Look at those that were noted, and forget them. To be called when all changes of
 * a batch have been applied: most children that exec do so within the same. */
void early_settle(struct process_table *t);

void early_free(struct early *e);

#endif
