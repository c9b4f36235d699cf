#include "proc/jitdump.h"

#include <assert.h>
#include <ctype.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"

#define MAGIC 0x4a695444u /* "JiTD" */

enum record_id { CODE_LOAD, CODE_MOVE, DEBUG_INFO, CODE_CLOSE, UNWINDING_INFO };

struct header {
	uint32_t magic, version, size, machine, pad, pid;
	uint64_t time, flags;
};

enum { FLAG_ARCH_TIME = 1 };

struct record {
	uint32_t id, size; /* the record's, this included */
	uint64_t time;
};

struct load { /* the name, with a NUL, and the code follow */
	uint32_t pid, tid;
	uint64_t vma, addr, size, index;
};

struct move {
	uint32_t pid, tid;
	uint64_t vma, from, to, size, index;
};

/* -- records ------------------------------------------------------------- */

static void
add_code(struct jitdump *m, uint64_t start, uint64_t size, uint64_t time,
    uint64_t name)
{
	uint64_t end, at = m->read_to;

	/* What ends with the last address would have no end (rangetab.h). */
	if (size == 0 || __builtin_add_overflow(start, size, &end) ||
	    end == UINT64_MAX) {
		m->bad++;
		return;
	}
	if (m->n == JITDUMP_CODES_MAX) {
		m->cut = true;
		return;
	}
	if (m->n == m->cap) {
		m->cap = m->cap ? m->cap * 2 : 256;
		m->code = reallocarray(m->code, m->cap, sizeof *m->code);
		if (!m->code)
			die_nomem();
	}
	assert(m->code);
	m->code[m->n] = (struct jitdump_code){ start, end, time, at,
	    name };
	pairmap_set(&m->by_start, start, 0, m->n);
	m->n++;
}

static void
take_move(struct jitdump *m, const struct record *r, const struct move *v)
{
	uint32_t i = pairmap_get(&m->by_start, v->from, 0);

	if (i == PAIRMAP_NONE)
		m->bad++;
	else if (m->code)
		add_code(m, v->to, v->size, r->time, m->code[i].name);
}

/* Take the record at m->read_to, whole in the file. */
static void
take_record(struct jitdump *m, const struct record *r, const char *body,
    size_t have)
{
	union {
		struct load load;
		struct move move;
	} u;
	uint64_t len = r->size - sizeof *r;

	switch (r->id) {
	case CODE_LOAD:
		/* At least an empty name. */
		if (len <= sizeof u.load || have < sizeof u.load)
			break;
		memcpy(&u.load, body, sizeof u.load);
		add_code(m, u.load.addr, u.load.size, r->time,
		    m->read_to + sizeof *r + sizeof u.load);
		return;
	case CODE_MOVE:
		if (len < sizeof u.move || have < sizeof u.move)
			break;
		memcpy(&u.move, body, sizeof u.move);
		take_move(m, r, &u.move);
		return;
	case CODE_CLOSE:
		m->closed = true;
		return;
	default: /* what others may add is skipped as these are */
		return;
	}
	m->bad++;
}

/* Read on from where the last reading ended. */
static int
read_on(struct jitdump *m, uint64_t size)
{
	char b[sizeof(struct record) + sizeof(struct move)];
	struct record r;
	ssize_t n;

	m->reads++;
	while (!m->closed && size - m->read_to >= sizeof r) {
		n = file_pread(m->fd, b, sizeof b, (off_t)m->read_to);
		if (n < (ssize_t)sizeof r)
			return n < 0 ? -1 : 0;
		memcpy(&r, b, sizeof r);
		if (r.size < sizeof r) {
			m->bad++;
			m->closed = true; /* where the next one is, who knows */
			return 0;
		}
		if (r.size > size - m->read_to)
			return 0; /* half written */
		take_record(m, &r, b + sizeof r, (size_t)n - sizeof r);
		m->read_to += r.size;
	}
	return 0;
}

static int
by_time(const void *a, const void *b)
{
	const struct jitdump_code *x = a, *y = b;

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	return (x->at > y->at) - (x->at < y->at);
}

static void
sort(struct jitdump *m)
{
	qsort(m->code, m->n, sizeof *m->code, by_time);
	pairmap_reset(&m->by_start);
	for (uint32_t i = 0; i < m->n; i++) {
		const struct jitdump_code *c = &m->code[i];
		uint32_t old = pairmap_get(&m->by_start, c->start, 0);

		if (old == PAIRMAP_NONE || m->code[old].at < c->at)
			pairmap_set(&m->by_start, c->start, 0, i);
	}
}

/* Bring the code in order, and find the newest everywhere. */
static void
arrange(struct jitdump *m)
{
	bool sorted = true;

	assert(m->n == 0 || m->code);
	for (uint32_t i = 1; i < m->n && sorted; i++)
		sorted = m->code[i - 1].time <= m->code[i].time;
	if (!sorted)
		sort(m);
	rangetab_free(&m->range);
	for (uint32_t i = 0; i < m->n; i++)
		rangetab_add(&m->range, m->code[i].start, m->code[i].end, i,
		    i);
	rangetab_build(&m->range, RANGETAB_HIGHER);
}

/* -- the file ------------------------------------------------------------ */

static enum jitdump_err
read_header(struct jitdump *m, uint64_t size)
{
	struct header h;
	ssize_t n = file_pread(m->fd, &h, sizeof h, 0);

	if (n < 0)
		return JITDUMP_EREAD;
	if ((size_t)n < sizeof h || h.magic != MAGIC || h.version == 0 ||
	    h.machine != EM_X86_64 || h.size < sizeof h || h.size > size)
		return JITDUMP_EFORMAT;
	m->other_clock = h.flags & FLAG_ARCH_TIME;
	m->read_to = h.size;
	return JITDUMP_OK;
}

static enum jitdump_err
read_file(struct jitdump *m, uint32_t owner)
{
	enum jitdump_err err;
	struct stat st;

	if (fstat(m->fd, &st) != 0)
		return JITDUMP_EREAD;
	if (!S_ISREG(st.st_mode))
		return JITDUMP_EFILE;
	if (st.st_uid != owner && st.st_uid != 0)
		return JITDUMP_EOWNER;
	err = read_header(m, (uint64_t)st.st_size);
	if (err != JITDUMP_OK)
		return err;
	if (read_on(m, (uint64_t)st.st_size) != 0)
		return JITDUMP_EREAD;
	arrange(m);
	return JITDUMP_OK;
}

enum jitdump_err
jitdump_open(struct jitdump *m, int fd, uint32_t owner)
{
	enum jitdump_err err;

	*m = (struct jitdump){ .fd = fd };
	err = read_file(m, owner);
	if (err != JITDUMP_OK)
		jitdump_free(m);
	return err;
}

/* -- looking up ---------------------------------------------------------- */

/* The newest code at an address that is not newer than a moment. */
static const struct jitdump_code *
find_code(const struct jitdump *m, uint64_t addr, uint64_t time)
{
	uint32_t i = rangetab_find(&m->range, addr);

	if (i == RANGETAB_NONE)
		return NULL;
	/* That what is there now came later is rare. */
	while (!m->other_clock && i != UINT32_MAX &&
	    (m->code[i].time > time || addr < m->code[i].start ||
	    addr >= m->code[i].end))
		i--;
	return i == UINT32_MAX ? NULL : &m->code[i];
}

static bool
add_name(const struct jitdump *m, const struct jitdump_code *c, struct buf *b)
{
	char s[JITDUMP_NAME_MAX];
	ssize_t n = file_pread(m->fd, s, sizeof s, (off_t)c->name);
	size_t len = n > 0 ? strnlen(s, (size_t)n) : 0;

	buf_add(b, s, len);
	return len > 0;
}

bool
jitdump_find(struct jitdump *m, uint64_t addr, uint64_t time, struct buf *b)
{
	const struct jitdump_code *c = find_code(m, addr, time);
	struct stat st;

	if (!c && !m->closed && m->reads < JITDUMP_READS_MAX &&
	    fstat(m->fd, &st) == 0 && (uint64_t)st.st_size > m->read_to &&
	    read_on(m, (uint64_t)st.st_size) == 0) {
		arrange(m);
		c = find_code(m, addr, time);
	}
	return c && add_name(m, c, b);
}

bool
jitdump_is_path(const char *path)
{
	const char *s = strrchr(path, '/');

	s = s ? s + 1 : path;
	if (strncmp(s, "jit-", 4) != 0 || !isdigit((unsigned char)s[4]))
		return false;
	for (s += 4; isdigit((unsigned char)*s); s++)
		;
	return strcmp(s, ".dump") == 0;
}

size_t
jitdump_memory(const struct jitdump *m)
{
	return sizeof *m + m->cap * sizeof *m->code +
	    m->by_start.cap * sizeof *m->by_start.entry +
	    rangetab_memory(&m->range);
}

const char *
jitdump_strerror(enum jitdump_err err)
{
	switch (err) {
	case JITDUMP_OK:
		return "no error";
	case JITDUMP_EREAD:
		return "cannot be read";
	case JITDUMP_EOWNER:
		return "belongs to neither the process's user nor root";
	case JITDUMP_EFILE:
		return "not a regular file";
	case JITDUMP_EFORMAT:
		return "not a jitdump file of this machine";
	}
	return "unknown error";
}

void
jitdump_free(struct jitdump *m)
{
	if (m->fd >= 0)
		close(m->fd);
	free(m->code);
	pairmap_free(&m->by_start);
	rangetab_free(&m->range);
	*m = (struct jitdump){ .fd = -1 };
}
