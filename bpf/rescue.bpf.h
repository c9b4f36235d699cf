/*
 * rescue.bpf.h - what user space needs to finish a walk, a part of sampler.bpf.c.
 */

/* That a rescue may take at most, beside the first one. */
#define RESCUE_PIECES (SAMPLER_RESCUE_BYTES / SAMPLER_RESCUE_PIECE - 1)

/* How much of a stack a rescue may take: the fuller the ring, the less. Better a
 * stack cut short than samples lost, and most stacks are small. */
static __always_inline __u32
rescue_pieces(void)
{
	__u64 size = bpf_ringbuf_query(&samples, BPF_RB_RING_SIZE);
	__u64 used = bpf_ringbuf_query(&samples, BPF_RB_AVAIL_DATA);

	if (used < size / 4)
		return RESCUE_PIECES;
	return used < size / 2 ? 16 : used < size / 4 * 3 ? 4 : 0;
}

/* Take along one more piece of the stack, of rescue_left, from rescue_off on; it lies
 * within one page. What nobody has touched yet, in the middle of a large array, is no
 * page so far, and left out. 0, or -1 where the stack seems to be over. */
__attribute__((noinline)) int
rescue_piece(void)
{
	struct state *st = this_state();
	__u64 addr;
	__u32 at, off;

	if (!st || !st->rescue_left)
		return -1;
	st->rescue_left--;
	off = st->rescue_off;
	at = st->rescue_at + off / 8;
	if (at > STATE_WORDS - SAMPLER_RESCUE_PIECE / 8)
		return -1;
	addr = st->rescue_from + off;
	if (!bpf_probe_read_user(&st->word[at], SAMPLER_RESCUE_PIECE,
	    (void *)addr)) {
		st->rescue_off = off + SAMPLER_RESCUE_PIECE;
		st->s.nrescue = st->rescue_off;
		return 0;
	}
	st->rescue_holes |= 1ull <<
	    (((addr >> 12) - (st->rescue_from >> 12)) & 63);
	st->rescue_off = off + 4096 - (addr & 4095);
	return st->rescue_off - st->s.nrescue > SAMPLER_RESCUE_HOLE ? -1 : 0;
}

/* The first piece, up to where the pieces begin; 0, or -1. */
static __always_inline int
rescue_first(struct state *st, __u32 at, __u64 from)
{
	__u32 left = SAMPLER_RESCUE_PIECE - (from & (SAMPLER_RESCUE_PIECE - 1));

	if (at > SAMPLER_FRAMES + RESCUE_WORDS ||
	    bpf_probe_read_user(&st->word[at], left, (void *)from))
		return -1;
	st->rescue_from = from;
	st->rescue_off = st->s.nrescue = left;
	return 0;
}

/* Where nobody has touched the page at rsp yet, as in the page fault that makes it:
 * the frame may reach beyond it all the same. */
static __always_inline void
rescue_beyond(struct state *st, __u64 sp)
{
	st->rescue_from = sp;
	st->rescue_off = 4096 - (sp & 4095);
	st->rescue_holes = 1;
}

/* Loops in loops: the verifier goes through each turn of each one once. */
#define RESCUE_ONCE 16

__attribute__((noinline)) int
some_pieces(void)
{
	int over = 0;

	for (int i = 0; i < RESCUE_ONCE && !over; i++)
		over = rescue_piece();
	return over;
}

static __always_inline void
all_pieces(void)
{
	int over = 0;

	for (int i = 0; i < SAMPLER_RESCUE_BYTES / SAMPLER_RESCUE_PIECE /
	    RESCUE_ONCE + 1 && !over; i++)
		over = some_pieces();
}

/* Take along what user space needs to go on with the walk. */
__attribute__((noinline)) int
take_rescue(void)
{
	struct state *st = this_state();
	__u32 at;
	__u64 sp;

	if (!st || st->n > SAMPLER_FRAMES)
		return 0;
	at = st->n;
	sp = st->u.reg[UNWIND_RSP];
	for (int i = 0; i < 16; i++)
		st->word[at + i] = st->u.reg[i];
	st->word[at + 16] = st->u.pc;
	st->word[at + 17] = st->u.exact | (__u64)st->u.has_rbx << 32;
	st->word[at + 18] = 0;
	/* By the time that user space looks it may be other code. */
	st->word[at + 19] = (st->u.exact &&
	    read_code(st, &st->word[at + 18]) == 0) |
	    (__u64)st->u.chained << 32;
	st->rescue_at = at + RESCUE_WORDS;
	st->rescue_from = sp;
	st->rescue_off = 0;
	st->rescue_holes = 0;
	st->rescue_left = rescue_pieces();
	if (st->rescue_left < RESCUE_PIECES)
		st->word[at + 19] |= 1 << 16; /* curtailed */
	UNWIND_MEET();
	if (st->rescue_left && !(sp & 7)) {
		/* Below rsp there may be no page yet. */
		if ((!st->u.exact || rescue_first(st, at + RESCUE_WORDS,
		    sp - SAMPLER_RED_ZONE)) &&
		    rescue_first(st, at + RESCUE_WORDS, sp))
			rescue_beyond(st, sp);
		all_pieces();
	}
	st->word[at + 20] = st->rescue_holes;
	st->word[at + 21] = st->rescue_from;
	st->n = at + RESCUE_WORDS + st->s.nrescue / 8;
	return 0;
}
