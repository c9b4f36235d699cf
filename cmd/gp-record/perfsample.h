/*
 * perfsample.h - a sample of perf's as one of ours.
 *
 *	PERF_RECORD_SAMPLE
 *	| ip | pid tid | time | nr, kernel's callchain | abi, registers |
 *	| size, stack ..., how much of it was copied |
 *
 * becomes a struct sample with one user frame and a rescue behind it. Of a 32-bit
 * process there is the frame only, of a kernel thread not even that.
 *
 * Source: perf_event_open(2); asm/perf_regs.h for the registers' order.
 */
#ifndef GP_RECORD_PERFSAMPLE_H
#define GP_RECORD_PERFSAMPLE_H

#include <asm/perf_regs.h>
#include <linux/perf_event.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

/* What an event has to ask for: sample_type, sample_regs_user (all general registers
 * and the ip), sample_stack_user. */
#define PERFSAMPLE_TYPE (PERF_SAMPLE_IP | PERF_SAMPLE_TID | PERF_SAMPLE_TIME | \
	PERF_SAMPLE_CALLCHAIN | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER)
#define PERFSAMPLE_REGS \
	((1ull << PERF_REG_X86_AX) | (1ull << PERF_REG_X86_BX) | \
	(1ull << PERF_REG_X86_CX) | (1ull << PERF_REG_X86_DX) | \
	(1ull << PERF_REG_X86_SI) | (1ull << PERF_REG_X86_DI) | \
	(1ull << PERF_REG_X86_BP) | (1ull << PERF_REG_X86_SP) | \
	(1ull << PERF_REG_X86_IP) | (0xffull << PERF_REG_X86_R8))
#define PERFSAMPLE_STACK_BYTES (16 * 1024)

/* Make b a struct sample of the record's body; false if it is none. */
GP_MUSTUSE bool perfsample_make(const char *body, size_t len, struct buf *b);

#endif
