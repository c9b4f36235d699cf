/*
 * rescue.bpf.h - what user space needs to finish a walk, a part of sampler.bpf.c.
 */

/* How much of a stack a rescue may take: the fuller the ring, the less. Better a
 * stack cut short than samples lost, and most stacks are small. */
static __always_inline __u32
rescue_pieces(void)
{
	__u64 size = bpf_ringbuf_query(&samples, BPF_RB_RING_SIZE);
	__u64 used = bpf_ringbuf_query(&samples, BPF_RB_AVAIL_DATA);

	if (used < size / 4)
		return SAMPLER_RESCUE_BYTES / SAMPLER_RESCUE_PIECE;
	return used < size / 2 ? 16 : used < size / 4 * 3 ? 4 : 0;
}

/* Take along one more piece of the stack: 0, or -1 where it cannot be read. */
__attribute__((noinline)) int
rescue_piece(void)
{
	struct state *st = this_state();
	__u32 at;

	if (!st)
		return -1;
	at = st->n;
	if (at > STATE_WORDS - SAMPLER_RESCUE_PIECE / 8 ||
	    bpf_probe_read_user(&st->word[at], SAMPLER_RESCUE_PIECE,
	    (void *)(st->u.reg[UNWIND_RSP] + st->s.nrescue)))
		return -1;
	st->s.nrescue += SAMPLER_RESCUE_PIECE;
	st->n = at + SAMPLER_RESCUE_PIECE / 8;
	return 0;
}

/* Take along what user space needs to go on with the walk. */
static __always_inline void
take_rescue(struct state *st)
{
	__u32 at = st->n, left, pieces = rescue_pieces();
	__u64 sp;

	if (at > SAMPLER_FRAMES)
		return;
	for (int i = 0; i < 16; i++)
		st->word[at + i] = st->u.reg[i];
	st->word[at + 16] = st->u.pc;
	st->word[at + 17] = st->u.exact | (__u64)st->u.has_rbx << 32;
	st->word[at + 18] = 0;
	/* By the time that user space looks it may be other code. */
	st->word[at + 19] = st->u.exact &&
	    read_code(st, &st->word[at + 18]) == 0;
	st->n = at + RESCUE_WORDS;
	for (__u32 i = 0; i < SAMPLER_RESCUE_BYTES / SAMPLER_RESCUE_PIECE; i++) {
		if (i >= pieces)
			return;
		if (rescue_piece())
			break;
	}
	/* The end of a stack is the end of a page. */
	sp = st->u.reg[UNWIND_RSP] + st->s.nrescue;
	left = 4096 - (sp & 4095);
	at = st->n;
	if (left >= SAMPLER_RESCUE_PIECE ||
	    at > STATE_WORDS - SAMPLER_RESCUE_PIECE / 8 ||
	    bpf_probe_read_user(&st->word[at], left, (void *)sp))
		return;
	st->s.nrescue += left & ~7u;
	st->n = at + left / 8;
}
