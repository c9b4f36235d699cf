/*
 * fuzz_perfcompat.c - any bytes as perf script's output, in the way of
 * stackcollapse-perf.pl.
 *
 * The first byte chooses the options. Property: twice the same text, each with an
 * empty line behind it, is twice every count, and each sample is counted or left
 * out; so nothing of a sample is left for the next one.
 */
#include "tests/fuzz/profiles.h"

static void
read_all(struct fold *f, struct buf *text, uint8_t how)
{
	struct input in = {
		.reading = { .fold = f, .opt = {
			.compat = true, .compat_kernel = how & 1,
			.compat_jit = how & 2, .addrs = how & 4,
			.event = how & 8 ? "cycles" : NULL,
		} },
		.format = DETECT_PERF_SCRIPT,
	};

	f->opt.heads.pid = how & 16;
	f->opt.heads.tid = how & 32;
	f->opt.frames.raw = true;
	(void)!read_bytes(&in, buf_str(text), text->len);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fold once = { .notes = 0 }, twice = { .notes = 0 };
	struct buf text = { 0 };
	uint8_t how = len ? data[0] : 0;

	be_quiet();
	if (len)
		buf_add(&text, data + 1, len - 1);
	/* A byte order mark counts at the beginning only, and what is packed is
	 * one piece: their second bytes are no ASCII. */
	if (text.len > 1 && text.s[1] & 0x80)
		text.s[1] = ' ';
	buf_adds(&text, "\n\n");
	read_all(&once, &text, how);
	for (size_t i = 0, n = text.len; i < n; i++)
		buf_addc(&text, text.s[i]);
	read_all(&twice, &text, how);
	assert(twice.profile.samples == 2 * once.profile.samples);
	assert(twice.filtered == 2 * once.filtered);
	assert(twice.profile.stacks.n == once.profile.stacks.n);
	for (uint32_t i = 1; i < once.profile.stacks.n; i++)
		assert(twice.profile.stacks.node[i].count ==
		    2 * once.profile.stacks.node[i].count);
	buf_free(&text);
	fold_free(&once);
	fold_free(&twice);
	return 0;
}
