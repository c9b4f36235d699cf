/*
 * tables.bpf.h - from an address to the rule that unwinds it, a part of
 * sampler.bpf.c. How the tables are laid out, sampler.h says.
 */

/* The pool of rows. User space maps it, so that filling it is a memcpy. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct unwind_row);
} rows SEC(".maps");

/* For each slot of the pool, the second in which it was last used. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, __u64);
} slots SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(map_flags, BPF_F_MMAPABLE);
	__uint(max_entries, SAMPLER_BLOCKS_MAX);
	__type(key, __u32);
	__type(value, struct sampler_block);
} blocks SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SAMPLER_MODULES_MAX);
	__type(key, __u32);
	__type(value, struct sampler_module);
} modules SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__uint(max_entries, 1024 * 1024);
	__type(key, struct sampler_key);
	__type(value, struct sampler_mapping);
} mappings SEC(".maps");

/*
 * Two binary searches, as global functions of plain numbers: each is verified
 * once, by itself. How much is left depends on the turn alone, so that the verifier
 * need not tell the ways apart. The CPU follows them by prediction, ahead of what it
 * reads: branches are faster here than arithmetic.
 *
 * The slot of the block that covers pc, among blocks [first, first + count): 0
 * and up, or one of
 */
#define SLOT_NONE -1 /* not loaded */
#define SLOT_GAP -2  /* below the first block */

__attribute__((noinline)) int
find_slot(__u32 first, __u32 count, __u32 pc)
{
	__u32 at = first, half, mid;
	struct sampler_block *b;

	/* Blocks [at, at + count) are left. */
	for (int i = 0; i < 17 && count > 1; i++) {
		half = count >> 1;
		mid = at + half;
		b = bpf_map_lookup_elem(&blocks, &mid);
		if (!b)
			return SLOT_GAP;
		if (b->pc <= pc)
			at = mid;
		count -= half;
	}
	b = bpf_map_lookup_elem(&blocks, &at);
	if (!b || !count || b->pc > pc)
		return SLOT_GAP;
	return b->slot == SAMPLER_NO_SLOT ? SLOT_NONE :
	    (int)(b->slot & 0x7fffffff);
}

/* The rule that covers pc in the block of a slot. */
__attribute__((noinline)) __u32
find_rule(__u32 slot, __u32 pc)
{
	__u32 at = slot << SAMPLER_BLOCK_BITS, mid;
	struct unwind_row *r;

	for (__u32 half = SAMPLER_BLOCK_ROWS / 2; half; half >>= 1) {
		mid = at + half;
		r = bpf_map_lookup_elem(&rows, &mid);
		if (!r)
			return UNWIND_RULE_GAP;
		if (r->pc <= pc)
			at = mid;
	}
	r = bpf_map_lookup_elem(&rows, &at);
	return r && r->pc <= pc ? r->rule : UNWIND_RULE_GAP;
}

/* Look up the rule at an offset of st's module, to st->u.rule; UNWIND_OK or
 * UNWIND_NO_ROWS. */
static __always_inline int
module_rule(struct state *st, __u32 off)
{
	int slot = find_slot(st->module.first, st->module.count, off);
	__u64 *used, now;
	__u32 key;

	st->u.rule = UNWIND_RULE_GAP;
	if (slot == SLOT_NONE)
		return UNWIND_NO_ROWS;
	if (slot < 0)
		return UNWIND_OK;
	key = (__u32)slot;
	used = bpf_map_lookup_elem(&slots, &key);
	now = st->s.time >> 30;
	if (used && *used != now)
		*used = now;
	st->u.rule = find_rule(key, off);
	return UNWIND_OK;
}

/* Find what is mapped at pc, unless it is what was found last. */
static __always_inline int
find_module(struct state *st, __u64 pc)
{
	struct sampler_key key = { .prefixlen = 96 };
	struct sampler_mapping *map;
	struct sampler_module *mod;
	__u32 module;

	if (pc >= st->map.start && pc < st->map.end)
		return UNWIND_OK;
	key.image = st->s.image;
	key.addr_be = __builtin_bswap64(pc);
	map = bpf_map_lookup_elem(&mappings, &key);
	if (!map)
		return UNWIND_NO_MAP;
	st->map = *map;
	if (st->map.ask) {
		st->map.end = 0;
		return UNWIND_NO_MAP;
	}
	module = st->map.module;
	mod = bpf_map_lookup_elem(&modules, &module);
	if (mod)
		st->module = *mod;
	else
		st->module.kind = SAMPLER_FP;
	return UNWIND_OK;
}

/* Whether a frame of code that hands on what was returned to it is the start code's;
 * see stepcode_is_start(). Global, so that it is verified once. */
__attribute__((noinline)) int
is_start(void)
{
	struct state *st = this_state();
	__u64 code[2];

	if (!st || bpf_probe_read_user(st->u.word,
	    STEPCODE_START_WORDS * sizeof *st->u.word,
	    (void *)st->u.reg[UNWIND_RSP]))
		return 0;
	for (int i = 0; i < STEPCODE_START_WORDS; i++)
		if (!bpf_probe_read_user(code, sizeof code,
		    (void *)(st->u.word[i] - 8)) &&
		    stepcode_is_start(code[0], code[1]))
			return 1;
	return 0;
}

/* musl's and Go's return from a signal handler has no row, nor has musl's start
 * code: the rule of either, or UNWIND_RULE_GAP. */
__attribute__((noinline)) __u32
gap_rule(void)
{
	struct state *st = this_state();
	__u64 bytes;

	if (!st || bpf_probe_read_user(&bytes, sizeof bytes, (void *)st->u.pc))
		return UNWIND_RULE_GAP;
	if (stepcode_is_sigreturn(bytes))
		return UNWIND_RULE_SIGNAL;
	return stepcode_is_unframed(&st->u) && stepcode_hands_on(bytes) &&
	    is_start() ? UNWIND_RULE_BOTTOM : UNWIND_RULE_GAP;
}

/* The 8 bytes of code from pc - 1 on; 0, or -1 if they cannot be read. */
static __always_inline int
read_code(const struct state *st, __u64 *bytes)
{
	if (!bpf_probe_read_user(bytes, sizeof *bytes,
	    (void *)(st->u.pc - 1)))
		return 0;
	/* A function at the beginning of what is mapped. */
	if (bpf_probe_read_user(bytes, sizeof *bytes, (void *)st->u.pc))
		return -1;
	*bytes <<= 8;
	return 0;
}

/* Global, as find_slot() is. */
__attribute__((noinline)) int
is_call(__u64 bytes)
{
	return stepcode_is_call(bytes);
}

/* Whether the innermost word on the stack may be a return address: there is code,
 * and a call before it. */
static __always_inline int
has_return_on_top(const struct state *st)
{
	struct sampler_key key = { .prefixlen = 96, .image = st->s.image };
	__u64 top, bytes;

	if (st->u.reg[UNWIND_RSP] == st->u.reg[UNWIND_RBP] ||
	    bpf_probe_read_user(&top, sizeof top,
	    (void *)st->u.reg[UNWIND_RSP]))
		return 0;
	key.addr_be = __builtin_bswap64(top - 1);
	return bpf_map_lookup_elem(&mappings, &key) &&
	    !bpf_probe_read_user(&bytes, sizeof bytes,
	    (void *)(top - sizeof bytes)) && is_call(bytes);
}

/* In code that keeps frame pointers, interrupted: is the frame there? Without
 * the code it would be a guess. */
__attribute__((noinline)) __u32
leaf_rule(void)
{
	struct state *st = this_state();
	__u32 rule;
	__u64 bytes;

	if (!st || read_code(st, &bytes))
		return UNWIND_RULE_GAP;
	rule = stepcode_leaf_rule(bytes, st->u.reg[UNWIND_RBP]);
	return rule == UNWIND_RULE_FP && st->module.kind == SAMPLER_ROWS &&
	    has_return_on_top(st) ? UNWIND_RULE_GAP : rule;
}
