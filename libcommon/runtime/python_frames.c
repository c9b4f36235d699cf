/*
 * CPython found in files: which version, where its eval function is, and the
 * offsets of its structs.
 *
 * 2.7 and 3.6 to 3.14. Offsets are a table by version, measured in
 * builds of each; from 3.13 on the file itself says them, in _Py_DebugOffsets at
 * the head of _PyRuntime. Without the GIL 3.13 is the same with larger objects;
 * later builds of that kind, whose threads have copies of code of their own, and
 * versions beyond those are native programs here.
 *
 * The part of the eval function that the compiler moved out of the way (.cold)
 * has a local symbol, which stripped files lack. It is found as the function
 * table's entry that most conditional jumps out of the eval function go to.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runtime/interp_lang.h"
#include "runtime/lang.h"
#include "runtime/python.h"
#include "unwind/ehframe.h"

/* -- versions ------------------------------------------------------------- */

/* What differs: offsets in _PyRuntimeState (0: there is none), in code objects,
 * and the layout for the sampler. Measured with DWARF in builds of each version;
 * "-" of other versions is 0. */
struct version {
	uint16_t minor; /* 3.x; 0: 2.7 */
	uint16_t key, interp; /* in _PyRuntime */
	struct python_layout l;
};

/* Of frames that are objects, to 3.10. */
#define OBJECT_FRAME(at_off, locals) \
	.frame_back = 24, .frame_code = 32, .frame_at = (at_off), \
	.frame_size = 128, .frame_locals = (locals), .rule = PYTHON_ONE

static const struct version versions[] = {
	{ 0, 0, 0, { .interp_next = 0, .interp_threads = 8,
		.thread_next = 0, .thread_interp = 8, .thread_id = 144,
		.thread_frame = 16, .at = PYTHON_AT_BYTES,
		OBJECT_FRAME(120, 376) } },
	{ 6, 0, 0, { .interp_next = 0, .interp_threads = 8,
		.thread_next = 8, .thread_interp = 16, .thread_id = 152,
		.thread_frame = 24, .at = PYTHON_AT_EVEN, .bare_key = 1,
		OBJECT_FRAME(120, 376) } },
	{ 7, 1504, 24, { .interp_next = 0, .interp_threads = 8,
		.thread_next = 8, .thread_interp = 16, .thread_id = 176,
		.thread_frame = 24, .at = PYTHON_AT_EVEN,
		OBJECT_FRAME(104, 360) } },
	{ 8, 1392, 32, { .interp_next = 0, .interp_threads = 8,
		.thread_next = 8, .thread_interp = 16, .thread_id = 176,
		.thread_frame = 24, .at = PYTHON_AT_EVEN,
		OBJECT_FRAME(104, 360) } },
	{ 9, 584, 32, { .interp_next = 0, .interp_threads = 8,
		.thread_next = 8, .thread_interp = 16, .thread_id = 176,
		.thread_frame = 24, .at = PYTHON_AT_EVEN,
		OBJECT_FRAME(104, 360) } },
	{ 10, 584, 32, { .interp_next = 0, .interp_threads = 8,
		.thread_next = 8, .thread_interp = 16, .thread_id = 176,
		.thread_frame = 24, .thread_anchor = 48,
		.frame_flag = 108, .at = PYTHON_AT_WORDS,
		OBJECT_FRAME(96, 352) } },
	{ 11, 592, 40, { .interp_next = 0, .interp_threads = 16,
		.thread_next = 8, .thread_interp = 16, .thread_id = 152,
		.thread_frame = 56, .has_cframe = 1, .cframe_frame = 8,
		.frame_size = 72, .frame_back = 48, .frame_code = 32,
		.frame_at = 56, .frame_flag = 68, .code_start = 184,
		.rule = PYTHON_ENTRY, .at = PYTHON_AT_POINTER } },
	{ 12, 1544, 40, { .interp_next = 0, .interp_threads = 72,
		.thread_next = 8, .thread_interp = 16, .thread_id = 136,
		.thread_frame = 56, .has_cframe = 1, .cframe_frame = 0,
		.frame_size = 72, .frame_back = 8, .frame_code = 0,
		.frame_at = 56, .frame_flag = 70, .code_start = 192,
		.rule = PYTHON_SHIM, .at = PYTHON_AT_POINTER } },
	/* The rest is in the file. */
	{ 13, 2160, 0, { .rule = PYTHON_SHIM, .at = PYTHON_AT_POINTER } },
	{ 14, 0, 0, { .rule = PYTHON_SHIM, .at = PYTHON_AT_POINTER } },
};

/* 3.7.0 to 3.7.3 have a _PyRuntimeState that is 88 bytes shorter, all before the
 * key. */
enum { RUNTIME_37_SIZE = 1520, KEY_37_EARLY = 1416 };

/* "3.11.2" or "3.11": its row. */
static const struct version *
find_version(const char *s, uint16_t *micro)
{
	unsigned major, minor, last;
	int n = sscanf(s, "%u.%u.%u", &major, &minor, &last);

	*micro = n == 3 && last < UINT16_MAX ? (uint16_t)(last + 1) : 0;
	if (n < 2)
		return NULL;
	if (major == 2)
		minor = minor == 7 ? 0 : 1000;
	else if (major != 3 || minor == 0)
		return NULL;
	for (size_t i = 0; i < GP_COUNT(versions); i++)
		if (versions[i].minor == minor)
			return &versions[i];
	return NULL;
}

/* -- _Py_DebugOffsets ----------------------------------------------------- */

enum { DEBUG_WORDS = 49 }; /* as far as is read */

/* Of the struct's 32 bytes, beyond 16. */
enum { PYTHON_NO_GIL_HEAD = 16 };

/* Where a group of offsets begins, in words; 3.14 made some longer. */
struct debug_groups {
	uint16_t thread, frame, code;
};

static bool
debug_offset(const uint64_t *word, size_t at, uint16_t *out)
{
	*out = (uint16_t)word[at];
	return word[at] < UINT16_MAX;
}

/*
 * word 0 "xdebugpy"  1 version  2 without the GIL
 *      3 runtime {size, finalizing, interpreters.head}
 *      6 interpreter {size, id, next, threads.head, …}
 *        thread {size, prev, next, interp, current_frame, thread_id, …}
 *        frame {size, previous, executable, instr_ptr, localsplus, owner, …}
 *        code {9 others, co_code_adaptive}
 */
static bool
read_debug_offsets(const struct interp_elf *e, uint64_t runtime,
    uint16_t minor, struct python_layout *l)
{
	struct debug_groups g = { 19, 28, 34 };
	uint64_t w[DEBUG_WORDS];
	uint16_t head, size, locals;

	if (minor >= 14)
		g = (struct debug_groups){ 22, 31, 39 };
	if (!elfhas_read(e->f, runtime, w, sizeof w) ||
	    memcmp(w, "xdebugpy", 8) != 0 || w[1] >> 16 != (3u << 8 | minor) ||
	    (w[2] != 0 && minor != 13))
		return false;
	if (w[2] != 0) {
		l->key = 0; /* it is elsewhere: states are looked through */
		l->head = PYTHON_NO_GIL_HEAD;
	}
	if (!debug_offset(w, 5, &head) ||
	    !debug_offset(w, 8, &l->interp_next) ||
	    !debug_offset(w, 9, &l->interp_threads) ||
	    !debug_offset(w, g.thread + 2u, &l->thread_next) ||
	    !debug_offset(w, g.thread + 3u, &l->thread_interp) ||
	    !debug_offset(w, g.thread + 4u, &l->thread_frame) ||
	    !debug_offset(w, g.thread + 5u, &l->thread_id) ||
	    !debug_offset(w, g.frame, &size) ||
	    !debug_offset(w, g.frame + 1u, &l->frame_back) ||
	    !debug_offset(w, g.frame + 2u, &l->frame_code) ||
	    !debug_offset(w, g.frame + 3u, &l->frame_at) ||
	    !debug_offset(w, g.frame + 4u, &locals) ||
	    !debug_offset(w, g.frame + 5u, &l->frame_flag) ||
	    !debug_offset(w, g.code + 9u, &l->code_start))
		return false;
	if (size > locals)
		size = locals; /* those are written later */
	l->frame_size = size;
	l->interp = runtime + head;
	return size >= 32 && size <= PYTHON_FRAME_WORDS * 8 &&
	    l->frame_back < size && l->frame_code < size &&
	    l->frame_at < size && l->frame_flag < size;
}

/* -- the eval function ---------------------------------------------------- */

enum { EVAL_BYTES_MAX = 1 << 20, COLD_JUMPS_MIN = 4 };

static int
by_address(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* Where bytes that look as conditional jumps (0f 8x rel32) lead to, outside of
 * the function; sorted. Returns how many; *out is the caller's to free. */
static size_t
find_jumps(const uint8_t *b, size_t len, uint64_t vaddr, uint64_t **out)
{
	uint64_t *to = calloc(len / 6 + 1, sizeof *to), target;
	size_t n = 0;
	int32_t rel;

	*out = to;
	for (size_t i = 0; to && i + 6 <= len; i++) {
		if (b[i] != 0x0f || (b[i + 1] & 0xf0) != 0x80)
			continue;
		memcpy(&rel, b + i + 2, 4);
		target = vaddr + i + 6 + (uint64_t)(int64_t)rel;
		if (target - vaddr >= len && n < len / 6)
			to[n++] = target;
		i += 5;
	}
	if (to)
		qsort(to, n, sizeof *to, by_address);
	return n;
}

/* The table's entry that most of these, which are sorted, are in. */
static bool
find_favourite(struct cfi *c, const uint64_t *to, size_t n,
    struct cfi_fde *best)
{
	struct cfi_fde fde;
	uint32_t last = 0;
	size_t hits = 0, most = COLD_JUMPS_MIN - 1;
	bool found = false;

	for (size_t i = 0; i < n; i++) {
		if (!cfi_find(c, to[i] - c->base, &fde)) {
			hits = 0;
			continue;
		}
		hits = hits && fde.start == last ? hits + 1 : 1;
		last = fde.start;
		if (hits > most) {
			most = hits;
			*best = fde;
			found = true;
		}
	}
	return found;
}

static void
find_cold(const struct interp_elf *e, const struct interp_range *hot,
    struct interp_range *cold)
{
	uint64_t len = hot->end - hot->start, *to = NULL;
	struct cfi_fde fde;
	struct ehframe eh;
	uint8_t *code;
	size_t n;

	if (len > EVAL_BYTES_MAX)
		return;
	code = malloc(len);
	if (code && elfhas_read(e->f, hot->start, code, len) &&
	    ehframe_init(&eh, e->f) == ELFFILE_OK) {
		n = find_jumps(code, len, hot->start, &to);
		if (to && find_favourite(&eh.eh, to, n, &fde)) {
			cold->start = eh.eh.base + fde.start;
			cold->end = cold->start + fde.len;
		}
		ehframe_free(&eh);
	}
	free(to);
	free(code);
}

/* -- recognition ---------------------------------------------------------- */

enum symbol {
	EVAL_DEFAULT, EVAL_EX, RUNTIME, CURRENT, CODE, TEXT, TEXT_27, CLASS_27,
	INSTANCE_27, SYMBOLS
};

static const char *const symbol_names[SYMBOLS] = {
	[EVAL_DEFAULT] = "_PyEval_EvalFrameDefault",
	[EVAL_EX] = "PyEval_EvalFrameEx",
	[RUNTIME] = "_PyRuntime",
	[CURRENT] = "_PyThreadState_Current",
	[CODE] = "PyCode_Type",
	[TEXT] = "PyUnicode_Type",
	[TEXT_27] = "PyString_Type",
	[CLASS_27] = "PyClass_Type",
	[INSTANCE_27] = "PyInstance_Type",
};

static bool
find_symbols(const struct interp_elf *e, struct elfhas_symbol *s,
    bool *use_symtab)
{
	size_t n = 0;

	memset(s, 0, SYMBOLS * sizeof *s);
	for (size_t i = 0; i < SYMBOLS; i++)
		n += elfhas_export(e->has, symbol_names[i], &s[i]);
	*use_symtab = false;
	if (n == 0 && e->program) {
		*use_symtab = true;
		if (elfhas_symtab(e->f, symbol_names, SYMBOLS, s) == 0)
			return false;
	}
	return s[EVAL_EX].value && (s[RUNTIME].value || s[CURRENT].value);
}

uint64_t
python_returned_global(const uint8_t *code, size_t len, uint64_t vaddr)
{
	static const uint8_t endbr64[] = { 0xf3, 0x0f, 0x1e, 0xfa };
	size_t i = 0;
	int32_t rel;

	if (len >= sizeof endbr64 && memcmp(code, endbr64, sizeof endbr64) == 0)
		i = sizeof endbr64;
	/* mov rel(%rip),%rax; ret */
	if (len < i + 8 || memcmp(code + i, "\x48\x8b\x05", 3) != 0 ||
	    code[i + 7] != 0xc3)
		return 0;
	memcpy(&rel, code + i + 3, sizeof rel);
	return vaddr + i + 7 + (uint64_t)(int64_t)rel;
}

/* The first interpreter's pointer in a stripped file: a function that is exported
 * does nothing but return it. */
static uint64_t
find_interp_head(const struct interp_elf *e)
{
	struct elfhas_symbol s;
	uint8_t code[12];

	return elfhas_export(e->has, "PyInterpreterState_Head", &s) &&
	    elfhas_read(e->f, s.value, code, sizeof code) ?
	    python_returned_global(code, sizeof code, s.value) : 0;
}

/* Before 3.7 what leads to the threads is static. Without the key of a stripped file
 * they are looked through. The key of 2.7 is none of the C library's. */
static void
find_statics(const struct interp_elf *e, uint16_t minor,
    struct python_layout *l)
{
	static const char *const names[] = { "interp_head", "autoTLSkey" };
	struct elfhas_symbol s[GP_COUNT(names)];

	elfhas_locals(e->f, names, GP_COUNT(names), s);
	l->interp = s[0].value ? s[0].value : find_interp_head(e);
	l->key = minor ? s[1].value : 0;
}

static bool
find_layout(const struct interp_elf *e, const struct version *v,
    const struct elfhas_symbol *s, struct python_layout *l)
{
	uint64_t runtime = s[RUNTIME].value;

	*l = v->l;
	l->minor = v->minor;
	l->code_type = s[CODE].value;
	l->text_type = s[v->minor == 0 ? TEXT_27 : TEXT].value;
	l->old_class_type = s[CLASS_27].value;
	l->instance_type = s[INSTANCE_27].value;
	if (v->minor < 7) {
		l->current = s[CURRENT].value;
		find_statics(e, v->minor, l);
		return l->current != 0;
	}
	if (!runtime)
		return false;
	l->interp = runtime + v->interp;
	if (v->key)
		l->key = runtime + v->key;
	if (v->minor == 7 && s[RUNTIME].size < RUNTIME_37_SIZE)
		l->key = runtime + KEY_37_EARLY;
	return v->minor < 13 || read_debug_offsets(e, runtime, v->minor, l);
}

bool
python_recognise(const struct interp_elf *e, struct interp *out)
{
	struct runtime_file file = { .elf = e->f, .has = e->has };
	struct elfhas_symbol s[SYMBOLS], *eval;
	char text[RUNTIME_VERSION_MAX];
	const struct version *v;
	uint16_t micro;

	if (!find_symbols(e, s, &file.use_symtab) ||
	    !python_version(&file, text, sizeof text))
		return false;
	v = find_version(text, &micro);
	eval = &s[v && v->minor == 0 ? EVAL_EX : EVAL_DEFAULT];
	if (!v || !eval->value || !eval->size ||
	    !find_layout(e, v, s, &out->u.python))
		return false;
	out->u.python.micro = micro;
	out->exact = v->minor < 10 ? INTERP_COUNTED :
	    v->minor == 10 ? INTERP_EXACT : INTERP_STRICT;
	out->clues = out->u.python.frame_locals != 0;
	out->eval[0].start = eval->value;
	out->eval[0].end = eval->value + eval->size;
	find_cold(e, &out->eval[0], &out->eval[1]);
	return true;
}

/* What makes greenlet a module: of 3.x and 2.7, from its 1.0 on and before. */
bool
python_switches(const struct interp_elf *e)
{
	static const char *const names[] = {
		"PyInit__greenlet", "PyInit_greenlet", "init_greenlet",
		"initgreenlet",
	};
	struct elfhas_symbol s;

	for (size_t i = 0; i < GP_COUNT(names); i++)
		if (elfhas_export(e->has, names[i], &s))
			return true;
	return false;
}

void
python_move(struct interp *i, uint64_t bias)
{
	struct python_layout *l = &i->u.python;

	__u64 *addr[] = {
		&l->key, &l->current, &l->interp, &l->instance_type,
		&l->code_type, &l->text_type, &l->old_class_type,
	};

	for (size_t k = 0; k < GP_COUNT(addr); k++)
		if (*addr[k])
			*addr[k] += bias;
}
