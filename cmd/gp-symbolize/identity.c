#include "identity.h"

#include <string.h>

#include "jobs.h"

/* The answer: struct elffile in numbers of which any value is one. */
struct wire_segment {
	uint64_t offset, vaddr, filesz, memsz;
	uint64_t exec;
};

struct wire {
	uint64_t size, entry, shoff;
	uint16_t type, shentsize, shnum, shstrndx;
	uint32_t id_len, n;
	uint8_t id[BUILDID_MAX];
	struct wire_segment segment[ELFFILE_SEGMENTS_MAX];
};

int
identity_job(struct jail_call *c)
{
	struct wire w = { 0 };
	struct elffile f;
	enum elffile_err err = elffile_init(&f, c->fd);

	if (err != ELFFILE_OK)
		return err;
	w.size = f.size;
	w.entry = f.entry;
	w.shoff = f.shoff;
	w.type = f.type;
	w.shentsize = f.shentsize;
	w.shnum = f.shnum;
	w.shstrndx = f.shstrndx;
	w.id_len = f.build_id.len;
	memcpy(w.id, f.build_id.b, sizeof w.id);
	w.n = f.n;
	for (uint32_t i = 0; i < f.n; i++) {
		const struct elffile_segment *s = &f.segment[i];

		w.segment[i] = (struct wire_segment){ s->offset, s->vaddr,
			s->filesz, s->memsz, s->exec };
	}
	jail_put(c, &w, sizeof w);
	return ELFFILE_OK;
}

struct answer {
	struct wire w;
	size_t len;
};

static bool
take(void *arg, const void *p, size_t len)
{
	struct answer *a = arg;

	if (len > sizeof a->w - a->len)
		return false;
	memcpy((char *)&a->w + a->len, p, len);
	a->len += len;
	return true;
}

static bool
fill(struct elffile *f, const struct answer *a, int fd)
{
	const struct wire *w = &a->w;

	if (a->len != sizeof *w || w->id_len > BUILDID_MAX ||
	    w->n > ELFFILE_SEGMENTS_MAX || w->size > INT64_MAX)
		return false;
	*f = (struct elffile){ .fd = fd, .size = w->size, .type = w->type,
		.entry = w->entry, .n = w->n, .shoff = w->shoff,
		.shentsize = w->shentsize, .shnum = w->shnum,
		.shstrndx = w->shstrndx };
	f->build_id.len = (uint8_t)w->id_len;
	memcpy(f->build_id.b, w->id, w->id_len);
	for (uint32_t i = 0; i < w->n; i++) {
		const struct wire_segment *s = &w->segment[i];

		f->segment[i] = (struct elffile_segment){ s->offset, s->vaddr,
			s->filesz, s->memsz, s->exec != 0 };
		if (!elffile_segment_is_sane(&f->segment[i]))
			return false;
	}
	return true;
}

enum jail_err
identity_read(struct jail *j, int fd, bool slow, uint32_t owner,
    const char *name, struct elffile *f, enum elffile_err *err)
{
	struct answer a = { .len = 0 };
	const struct jail_request r = { .job = JOB_IDENTIFY, .fd = fd,
		.reopen = slow, .name = name, .owner = owner, .take = take, .take_arg = &a,
		.answer_max = sizeof a.w };
	enum jail_err failed;
	int status;

	failed = jail_ask(j, &r, &status);
	if (failed != JAIL_OK)
		return failed;
	*err = (enum elffile_err)status;
	if (status < ELFFILE_ELIMIT || status > ELFFILE_OK ||
	    (status == ELFFILE_OK && !fill(f, &a, fd)))
		*err = ELFFILE_ELIMIT;
	return JAIL_OK;
}
