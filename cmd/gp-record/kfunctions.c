#include "kfunctions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/ascii.h"
#include "base/diag.h"
#include "base/grow.h"
#include "base/hash.h"
#include "base/parse.h"
#include "module.h"
#include "stream/record.h"

/* What the kernel says of an address. */
struct answer {
	struct kfunctions_range range;
	const char *name, *module;
	size_t name_len, module_len;
};

/* "0x1c" up to end. */
static bool
parse_0x(const char *s, const char *end, uint64_t *v)
{
	return end - s > 2 && s[0] == '0' && s[1] == 'x' &&
	    parse_hex(s + 2, (size_t)(end - s - 2), v);
}

/* "ksys_read+0x1c/0xe0", with " [module]" behind it or not. */
static bool
parse_answer(const char *s, uint64_t addr, struct answer *a)
{
	const char *end = s + strcspn(s, " ");
	const char *slash = memrchr(s, '/', (size_t)(end - s)), *plus;
	uint64_t offset, size;

	plus = slash ? memrchr(s, '+', (size_t)(slash - s)) : NULL;
	if (!plus || plus == s || !parse_0x(plus + 1, slash, &offset) ||
	    !parse_0x(slash + 1, end, &size) || offset >= size ||
	    offset > addr || size - 1 > UINT64_MAX - (addr - offset))
		return false;
	*a = (struct answer){ { addr - offset, addr - offset + size },
		.name = s, .name_len = (size_t)(plus - s) };
	if (end[0] == ' ' && end[1] == '[') {
		a->module = end + 2;
		a->module_len = strcspn(a->module, " ]");
	}
	return true;
}

/*
 * Before a function there may be padding with a symbol of its own, which nothing ever
 * executes. An address in it comes of a frame that was interrupted at the function's
 * first instruction, and was moved back by one as return addresses are.
 */
static void
skip_padding(struct answer *a)
{
	static const char padding[] = "__pfx_";
	const size_t len = sizeof padding - 1;

	if (a->name_len > len && memcmp(a->name, padding, len) == 0) {
		a->name += len;
		a->name_len -= len;
	}
}

/* What is behind a start that the name has; false if it has another. */
static bool
cut_start(const struct answer *a, const char *start, const char **rest,
    size_t *len)
{
	size_t n = strlen(start);

	*rest = a->name + n;
	*len = a->name_len - n;
	return a->name_len > n && memcmp(a->name, start, n) == 0;
}

/*
 * Code that BPF compiled, by the names that the kernel gives it: a program's tag, a
 * trampoline's number, what a dispatcher is for, and the operations of a struct_ops.
 * Source: kernel/bpf/core.c, trampoline.c, dispatcher.c, bpf_struct_ops.c.
 */
static bool
is_passing(const struct answer *a)
{
	enum { TAG = 16 };
	const char *s;
	size_t len;

	if (a->module)
		return false;
	if (cut_start(a, "bpf_prog_", &s, &len))
		return ascii_skip_hex(s, len, 0) == TAG &&
		    (len == TAG || s[TAG] == '_');
	if (cut_start(a, "bpf_trampoline_", &s, &len))
		return ascii_skip_digits(s, len, 0) == len;
	if (cut_start(a, "bpf_dispatcher_", &s, &len))
		return !memchr(s, '_', len);
	return cut_start(a, "bpf__", &s, &len);
}

static void
put_record(const struct answer *a, struct buf *out)
{
	char addr[24];

	snprintf(addr, sizeof addr, "%llx",
	    (unsigned long long)a->range.start);
	record_begin(out, "kfunction");
	record_put(out, "addr", addr);
	record_put_u64(out, "size", a->range.end - a->range.start);
	record_put_bytes(out, "name", a->name, a->name_len);
	if (a->module)
		record_put_bytes(out, "module", a->module, a->module_len);
	record_end(out);
}

/* How many ranges start at or below an address. */
static uint32_t
count_up_to(const struct kfunctions *k, uint64_t addr)
{
	uint32_t low = 0, high = k->n;

	while (low < high) {
		uint32_t mid = low + (high - low) / 2;

		if (k->v[mid].start <= addr)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static void
insert(struct kfunctions *k, uint32_t at, const struct kfunctions_range *r)
{
	k->v = grow_for(k->v, k->n, &k->cap, sizeof *k->v);
	memmove(k->v + at + 1, k->v + at, (k->n - at) * sizeof *k->v);
	k->v[at] = *r;
	k->n++;
}

static void
learn(struct kfunctions *k, uint64_t addr, struct buf *out)
{
	uint32_t at = count_up_to(k, addr);
	const char *text;
	struct answer a;

	if ((at && addr < k->v[at - 1].end) || k->n == KFUNCTIONS_MAX)
		return;
	text = k->ask(k->arg, addr);
	if (!text || !parse_answer(text, addr, &a)) {
		/* It need not be asked for again. */
		a = (struct answer){ .range = { addr, addr + 1 } };
	} else if (!is_passing(&a)) {
		skip_padding(&a);
		put_record(&a, out);
		k->told++;
	}
	insert(k, count_up_to(k, a.range.start), &a.range);
}

static uint64_t
cpu_ns(void)
{
	struct timespec t = { 0 };

	if (diag_verbosity() > 0)
		(void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

void
kfunctions_tell(struct kfunctions *k, const struct stacktab *stacks,
    struct buf *out)
{
	uint64_t begin = cpu_ns();

	for (uint32_t i = 1; k->ask && i < stacks->n; i++) {
		uint64_t addr = stacks->node[i].frame, *recent;

		if (!modules_is_kernel_frame(addr))
			continue;
		recent = &k->recent[hash_u64(addr, 0) % KFUNCTIONS_RECENT];
		if (*recent == addr)
			continue;
		*recent = addr;
		learn(k, addr, out);
	}
	k->ns += cpu_ns() - begin;
}

void
kfunctions_free(struct kfunctions *k)
{
	free(k->v);
	k->v = NULL;
	k->cap = k->n = 0;
}
