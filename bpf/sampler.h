/*
 * sampler.h - what the BPF program and gp-record agree on.
 *
 * Compiled by both. A sample travels through the ring buffer as one struct
 * sample with its frames behind it:
 *
 *	| struct sample | nkernel kernel frames | nuser user frames | nlater |
 *	| rescue |
 *
 * each part innermost frame first, each frame a 64-bit word. The innermost
 * kernel frame is where the CPU was, the other kernel frames are return
 * addresses; user frames are moved to the call site already.
 *
 * User frames are native ones, plain addresses with the two top bits clear, and
 * an interpreter's, one word too, so that deep recursion fits:
 *
 *	1 lll cccc… (44 bits) aaaa… (16 bits)
 *	  language  code object's address / 8  where in its code
 *
 * The place in the code is counted as the language does; all ones: not known, or
 * too far. A code object at an address that does not fit is 0: unknown. The run
 * of interpreter's frames stands behind (outside of) the frame of the eval
 * function that it belongs to. Behind a code object that is new there is a word of
 * language 0 if its language has clues: an address that helps to name it, or that
 * there is none.
 *
 * When the walk met code whose tables are not loaded yet, the sample carries the
 * means to go on: struct sample_rescue, the registers of the last user frame,
 * and behind it the top of the stack from that frame's rsp on, with holes; where it
 * was interrupted, also what it may keep below rsp. User space loads the tables and
 * finishes the walk with the same step.h. The runs that belong to
 * eval functions still to be found come along as nlater words, each run with an end
 * word behind it: by then the process has run on. Where something of a run lies on
 * the C stack, in the frame of its eval function that is, the end word says where.
 *
 * Tables are found in three steps, all by plain numbers:
 *
 *	image, address ─LPM trie─► struct sampler_mapping {start, end, pgoff, module}
 *	module ──array──► struct sampler_module {first, count, kind} of blocks
 *	file offset ──binary search──► its block ──binary search──► its row
 *
 * A module's rows are cut into blocks of SAMPLER_BLOCK_ROWS, the last one filled
 * up with rows that are never found. The directory lists the blocks of a module,
 * each with its first pc and the slot of the pool that holds it, or none: rows of
 * a large file come as samples ask for them, and leave when others need the room.
 * Loading, moving or dropping is one store, whoever maps the module. Rows in the
 * pool count in file offsets, not in virtual addresses: a mapping ties addresses
 * to those, and no segment table is needed here.
 */
#ifndef GP_SAMPLER_H
#define GP_SAMPLER_H

#include <linux/types.h>

#include "runtime/interp_step.h"

/* kernel.perf_event_max_stack's default, which the kernel's own unwinder obeys
 * here too. */
#define SAMPLER_KERNEL_MAX 127
/* Nine hundred calls, an interpreter's limit being a thousand, where each takes an eval
 * function, two that lead to it, and an interpreter's frame. */
#define SAMPLER_USER_MAX 3700
#define SAMPLER_FRAMES (SAMPLER_KERNEL_MAX + SAMPLER_USER_MAX)
#define SAMPLER_COMM_LEN 16

/* Bytes of stack that a rescue takes along at most, read in pieces: the last one
 * that can be read ends it. Most stacks are shorter; those of compilers, with their
 * big local arrays, are 30 KB deep at times, and one array may be 64. */
#define SAMPLER_RESCUE_BYTES (124 * 1024)
#define SAMPLER_RESCUE_PIECE 1024

/* What a function may keep below rsp, by the ABI: the red zone. */
#define SAMPLER_RED_ZONE 128

/* So many bytes in a row may be no pages yet, without being the end of the stack. */
#define SAMPLER_RESCUE_HOLE (64 * 1024)

/* How the user part of a stack ended: an enum unwind_end of unwind/step.h, or */
enum sample_status {
	SAMPLE_NO_USER = 32, /* a kernel thread, or a process that is exiting */
	SAMPLE_COMPAT,       /* a 32-bit process: the innermost frame only */
};

struct sample {
	__u64 time;       /* CLOCK_MONOTONIC, ns */
	__u64 start_time; /* of the process, CLOCK_BOOTTIME, ns */
	__u32 pid;        /* the process (tgid) */
	__u32 tid;
	__u32 image;      /* sampler_image(); 0: none, as in exec and exit */
	__u16 nkernel;
	__u16 nuser;
	__u16 status;     /* enum unwind_end or enum sample_status */
	__u16 nlater;
	__u32 nrescue;    /* bytes behind struct sample_rescue; see there */
	__u32 language;   /* whose frames the walk knew of: enum interp_language */
	__u32 layout;     /* sampler_layout(), if there is an image */
	char comm[SAMPLER_COMM_LEN]; /* the process's, NUL-padded */
	/* __u64 frames follow */
};

/* There if status is UNWIND_NO_MAP or UNWIND_NO_ROWS; nrescue bytes of stack
 * follow. */
struct sample_rescue {
	__u64 reg[16]; /* by DWARF number */
	__u64 pc;
	__u32 exact;   /* as in struct unwind_state */
	__u32 has_rbx;
	__u64 code;    /* the 8 bytes from pc - 1 on, as they were then */
	__u16 has_code; /* they could be read; only if exact */
	__u16 curtailed; /* less stack than there is: the ring was filling up */
	__u32 chained; /* as in struct unwind_state */
	__u64 holes;   /* of the stack, bit n: the page n above from's is missing */
	__u64 from;    /* where the stack that follows begins: at rsp, or below */
};

/*
 * An image is one program in one process: a hash of the pid and of where the
 * kernel laid out the program, which each exec does anew at random places. Where
 * it does not (setarch -R), how many execs there were is in it, too.
 *
 * User space learns of an exec or a pid's reuse only after the fact; what is keyed
 * by pid would lead the walk astray until then. It can compute the layout from
 * fields 26 to 28 of /proc/PID/stat, before the first sample, and that is the image
 * if field 9 has SAMPLER_RANDOMIZED; the number of execs no file tells.
 */
static inline __attribute__((always_inline)) __u32
sampler_layout(__u32 pid, __u64 start_code, __u64 end_code, __u64 start_stack)
{
	__u64 h = pid;

	h = (h ^ start_code) * 0x9e3779b97f4a7c15ull;
	h = (h ^ h >> 32 ^ end_code) * 0x9e3779b97f4a7c15ull;
	h = (h ^ h >> 32 ^ start_stack) * 0x9e3779b97f4a7c15ull;
	return (__u32)(h >> 32);
}

/* PF_RANDOMIZE of linux/sched.h; its value never changed. */
#define SAMPLER_RANDOMIZED 0x00400000

/* execs: 0 for a program at random places. */
static inline __attribute__((always_inline)) __u32
sampler_image(__u32 layout, __u32 execs)
{
	return execs ? (__u32)((layout ^ (__u64)execs << 32) *
	    0x9e3779b97f4a7c15ull >> 32) : layout;
}

/* The LPM trie's key: image and address, most significant bytes first. */
struct sampler_key {
	__u32 prefixlen; /* bits of what follows */
	__u32 image;
	__u64 addr_be;
} __attribute__((packed, aligned(4)));

struct sampler_mapping {
	__u64 start, end;
	__u64 pgoff;
	__u32 module;
	__u32 ask; /* the code here changes: by a rescue, whose rows it needs */
};

enum sampler_kind {
	SAMPLER_UNKNOWN, /* not loaded: ask, by a rescue */
	SAMPLER_ROWS,    /* blocks [first, first + count) of the directory */
	SAMPLER_FP,      /* no rows: frame pointers */
};

struct sampler_module {
	__u32 first, count;
	__u32 kind; /* enum sampler_kind */
	__u32 unused;
};

#define SAMPLER_BLOCK_BITS 10
#define SAMPLER_BLOCK_ROWS (1u << SAMPLER_BLOCK_BITS)

/* An entry of the directory. */
struct sampler_block {
	__u32 pc;   /* of its first row */
	__u32 slot; /* rows [slot << SAMPLER_BLOCK_BITS, …) of the pool, or */
};
#define SAMPLER_NO_SLOT 0xffffffffu

/* Blocks of all modules together: 128 million rows known, loaded or not. */
#define SAMPLER_BLOCKS_MAX (128 * 1024)

/* Modules beyond that many are walked by frame pointers. */
#define SAMPLER_MODULES_MAX 32768

/* -- an interpreter's frames ----------------------------------------------- */

#define SAMPLER_INTERP_BIT (1ull << 63)
#define SAMPLER_END_BIT (1ull << 59) /* with language 0: the end of a run */
#define SAMPLER_AT_UNKNOWN 0xffffu

static inline __attribute__((always_inline)) __u64
sampler_interp_word(__u32 language, __u64 code, __u32 at)
{
	if (at > SAMPLER_AT_UNKNOWN)
		at = SAMPLER_AT_UNKNOWN;
	if (code >> 47 || code & 7)
		code = 0;
	return SAMPLER_INTERP_BIT | (__u64)language << 60 | code << 13 | at;
}

/* No object is at address 1: there is no clue. */
#define SAMPLER_NO_CLUE (SAMPLER_INTERP_BIT | 1)

static inline __attribute__((always_inline)) __u64
sampler_clue_word(__u64 addr)
{
	return addr >> 47 || !addr ? SAMPLER_NO_CLUE :
	    SAMPLER_INTERP_BIT | addr;
}

static inline int
sampler_is_clue(__u64 word)
{
	return word >> 59 == 16;
}

/* The address, or 0. */
static inline __u64
sampler_word_clue(__u64 word)
{
	return word == SAMPLER_NO_CLUE ? 0 : word & ~SAMPLER_INTERP_BIT;
}

/* The end of a run, and an address on the C stack or 0. */
static inline __attribute__((always_inline)) __u64
sampler_end_word(__u64 mark)
{
	return SAMPLER_INTERP_BIT | SAMPLER_END_BIT | (mark >> 47 ? 0 : mark);
}

static inline int
sampler_is_end(__u64 word)
{
	return word >> 59 == 17;
}

static inline __u64
sampler_word_mark(__u64 word)
{
	return word & (SAMPLER_END_BIT - 1);
}

static inline __u32
sampler_word_at(__u64 word)
{
	return (__u32)word & SAMPLER_AT_UNKNOWN;
}

static inline __u32
sampler_word_language(__u64 word)
{
	return (__u32)(word >> 60) & 7;
}

static inline __u64
sampler_word_code(__u64 word)
{
	return (word >> 16 & 0xfffffffffffull) << 3;
}

/* Code objects that user space was woken for: sets of two, the newer one in the
 * low half, each by half of its hash. */
#define SAMPLER_SEEN_SETS 16384

/* The hash of an image's code object; where its set is, the upper half says. */
static inline __attribute__((always_inline)) __u64
sampler_seen_hash(__u32 image, __u64 word)
{
	__u64 hash = (word >> 16 ^ (__u64)image << 32) * 0x9e3779b97f4a7c15ull;

	return hash ^ hash >> 29;
}

static inline __attribute__((always_inline)) __u32
sampler_seen_set(__u64 hash)
{
	return (__u32)(hash >> 32) & (SAMPLER_SEEN_SETS - 1);
}

/* Images with an interpreter that are known at a time. */
#define SAMPLER_INTERPS_MAX 4096

/* What the loader sets before the program is loaded. */
struct sampler_config {
	__u32 filter; /* only pids in the map targets, and their children */
	__u32 self;   /* never this pid: gp-record's own */
	__u32 pidns;  /* count pids as this name space does, by its inode; 0: as
		       * the first one does */
};

/* Per CPU; summed up by the reader. */
struct sampler_counters {
	__u64 fired;     /* samples of processes that were asked for */
	__u64 ring_full; /* of these: no room in the ring, lost */
	__u64 idle;      /* not samples: the CPU idled */
	__u64 other;     /* not samples: a process nobody asked for */
};

#endif
