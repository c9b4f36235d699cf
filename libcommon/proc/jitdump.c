#include "proc/jitdump.h"

#include <ctype.h>
#include <elf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "base/pairmap.h"
#include "base/utf8.h"

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

struct debug { /* n places follow */
	uint64_t addr, n;
};

struct place { /* a path with a NUL follows */
	uint64_t addr;
	uint32_t line, discriminator;
};

/* In place of a path: the one before. */
static const char same_path[] = "\xff";

/* V8, LLVM: what they add to addresses. */
enum { ELF_HEADER = 64 };

/* The bytes of a record's start that are read at once: most names are in it. */
enum { FIRST = 512 };

struct dump {
	int fd;
	bool lines, other_clock;
	bool closed;      /* nothing that follows is to be read */
	uint64_t now;
	uint64_t at;      /* of the record in hand */
	struct jitcode *out;
	struct pairmap by_start; /* start -> the last code there */
	uint32_t file;    /* the path that was added last, or UINT32_MAX */
	/* Places that wait for their code. */
	uint64_t debug_of;
	uint32_t debug_line, debug_lines;
};

/* -- places in the source ------------------------------------------------ */

/* A path, and not something that happened to lie there. */
static bool
is_path(const char *s, size_t len)
{
	for (size_t i = 0, n; i < len; i += n) {
		n = utf8_len(s + i, len - i);
		if (n == 0 || (unsigned char)s[i] < ' ')
			return false;
	}
	return len > 0;
}

/* The next place of a record; false if there is none that makes sense. */
static bool
next_place(const char **p, size_t *left, struct place *place,
    const char **path, size_t *len)
{
	const char *end;

	if (*left < sizeof *place)
		return false;
	memcpy(place, *p, sizeof *place);
	*path = *p + sizeof *place;
	*left -= sizeof *place;
	end = memchr(*path, '\0', *left);
	if (!end)
		return false;
	*len = (size_t)(end - *path);
	*p = end + 1;
	*left -= *len + 1;
	return true;
}

/* Take the n places of a record. False if one makes no sense: then none does. */
static bool
take_places(struct dump *d, const char *p, size_t left, uint64_t n)
{
	struct jitcode *j = d->out;
	uint64_t before = 0;
	bool named = false;
	const char *path;
	struct place e;
	size_t len;

	for (; n > 0; n--) {
		if (!next_place(&p, &left, &e, &path, &len) || e.addr < before)
			return false;
		before = e.addr;
		if (strcmp(path, same_path) == 0 ? !named :
		    !is_path(path, len))
			return false;
		if (strcmp(path, same_path) != 0 && (d->file == UINT32_MAX ||
		    strcmp(j->text.s + d->file, path) != 0))
			d->file = jitcode_add_text(j, path, len);
		named = true;
		if (j->nline >= JITCODE_LINES_MAX) {
			j->cut = true;
			return false;
		}
		jitcode_add_line(j, e.addr, e.line, d->file);
	}
	return true;
}

static void
take_debug(struct dump *d, const struct record *r)
{
	size_t len = r->size - sizeof *r;
	struct debug head;
	ssize_t got;
	char *b;

	d->debug_lines = 0;
	if (!d->lines || len < sizeof head)
		return;
	if (len > JITDUMP_DEBUG_MAX) {
		d->out->cut = true;
		return;
	}
	b = malloc(len);
	if (!b)
		die_nomem();
	got = file_pread(d->fd, b, len, (off_t)(d->at + sizeof *r));
	if (got == (ssize_t)len) {
		memcpy(&head, b, sizeof head);
		d->debug_of = head.addr;
		d->debug_line = d->out->nline;
		if (take_places(d, b + sizeof head, len - sizeof head,
		    head.n))
			d->debug_lines = d->out->nline - d->debug_line;
		else
			d->out->nline = d->debug_line;
	}
	free(b);
}

/* Give the code that was loaded the places that came before it. */
static void
attach_places(struct dump *d, struct jitcode_entry *e)
{
	uint32_t n = d->debug_lines;
	struct jitcode_line *l;
	uint64_t shift = 0;

	d->debug_lines = 0;
	if (n == 0 || d->debug_of != e->start)
		return;
	l = d->out->line + d->debug_line;
	if (l[0].addr < e->start)
		return;
	if (l[0].addr - e->start >= ELF_HEADER)
		shift = ELF_HEADER;
	/* Of some other code? */
	if (l[n - 1].addr - shift > e->end)
		return;
	for (uint32_t i = 0; i < n; i++)
		l[i].addr -= shift;
	e->line = d->debug_line;
	e->lines = n;
}

/* -- code ---------------------------------------------------------------- */

/* Make room for one more: see jitcode_halve(). */
static void
make_room(struct dump *d)
{
	if (!jitcode_is_full(d->out))
		return;
	jitcode_halve(d->out);
	d->debug_lines = 0;
	d->file = UINT32_MAX;
	pairmap_reset(&d->by_start);
	for (uint32_t i = 0; i < d->out->n; i++)
		pairmap_set(&d->by_start, d->out->v[i].start, 0, i);
}

static struct jitcode_entry *
add_code(struct dump *d, uint64_t start, uint64_t size, uint64_t time,
    uint32_t name, uint32_t name_len)
{
	struct jitcode *j = d->out;

	if (!jitcode_add(j, start, size, time, name, name_len))
		return NULL;
	d->other_clock |= time > d->now;
	pairmap_set(&d->by_start, start, 0, j->n - 1);
	return &j->v[j->n - 1];
}

/* The name behind the fields of a load; it ends with its record, if not before. */
static uint32_t
add_name(struct dump *d, const struct record *r, const char *b, size_t have,
    uint32_t *name_len)
{
	char s[JITCODE_NAME_MAX];
	size_t at = sizeof *r + sizeof(struct load), max = r->size - at;
	size_t len = have > at ? have - at : 0;
	ssize_t n;

	if (len > max)
		len = max;
	b += at;
	if (strnlen(b, len) == len && len < max) {
		if (max > sizeof s)
			max = sizeof s;
		n = file_pread(d->fd, s, max, (off_t)(d->at + at));
		b = s;
		len = n > 0 ? (size_t)n : 0;
	}
	len = strnlen(b, len);
	*name_len = (uint32_t)len;
	return jitcode_add_text(d->out, b, len);
}

static void
take_load(struct dump *d, const struct record *r, const char *b, size_t have)
{
	struct jitcode_entry *e;
	uint32_t name, name_len;
	struct load v;

	memcpy(&v, b + sizeof *r, sizeof v);
	name = add_name(d, r, b, have, &name_len);
	e = add_code(d, v.addr, v.size, r->time, name, name_len);
	if (e)
		attach_places(d, e);
}

/* Places are told by address: they move along. */
static void
move_places(struct dump *d, const struct jitcode_entry *old,
    struct jitcode_entry *e)
{
	struct jitcode *j = d->out;

	if (JITCODE_LINES_MAX - j->nline < old->lines) {
		j->cut = true;
		return;
	}
	e->line = j->nline;
	e->lines = old->lines;
	for (uint32_t i = 0; i < old->lines; i++) {
		struct jitcode_line l = j->line[old->line + i];

		jitcode_add_line(j, l.addr - old->start + e->start, l.number,
		    l.file);
	}
}

static void
take_move(struct dump *d, const struct record *r, const char *b)
{
	struct jitcode_entry *e, old;
	struct move v;
	uint32_t i;

	memcpy(&v, b + sizeof *r, sizeof v);
	i = pairmap_get(&d->by_start, v.from, 0);
	if (i == PAIRMAP_NONE) {
		d->out->bad++;
		return;
	}
	old = d->out->v[i];
	e = add_code(d, v.to, v.size, r->time, old.name, old.name_len);
	if (e && old.lines)
		move_places(d, &old, e);
}

/* Take the record at d->at, whole in the file, of which b has the first bytes. */
static void
take_record(struct dump *d, const struct record *r, const char *b, size_t have)
{
	switch (r->id) {
	case CODE_LOAD:
		/* At least an empty name. */
		if (r->size <= sizeof *r + sizeof(struct load) ||
		    have < sizeof *r + sizeof(struct load))
			break;
		make_room(d);
		take_load(d, r, b, have);
		return;
	case CODE_MOVE:
		if (r->size < sizeof *r + sizeof(struct move) ||
		    have < sizeof *r + sizeof(struct move))
			break;
		make_room(d);
		take_move(d, r, b);
		return;
	case DEBUG_INFO:
		make_room(d);
		take_debug(d, r);
		return;
	case CODE_CLOSE:
		d->closed = true;
		return;
	default: /* what others may add is skipped, as unwinding info is */
		return;
	}
	d->out->bad++;
}

static int
read_records(struct dump *d, uint64_t size)
{
	uint32_t left = JITDUMP_RECORDS_MAX;
	struct record r;
	char b[FIRST];
	ssize_t n;

	for (; !d->closed && size - d->at >= sizeof r; d->at += r.size) {
		if (left-- == 0) {
			d->out->cut = true;
			return 0;
		}
		n = file_pread(d->fd, b, sizeof b, (off_t)d->at);
		if (n < (ssize_t)sizeof r)
			return n < 0 ? -1 : 0;
		memcpy(&r, b, sizeof r);
		if (r.size < sizeof r) {
			d->out->bad++;
			return 0; /* where the next one is, who knows */
		}
		if (r.size > size - d->at)
			return 0; /* half written */
		take_record(d, &r, b, (size_t)n);
	}
	return 0;
}

/* -- the file ------------------------------------------------------------ */

static enum jitdump_err
read_header(struct dump *d, uint64_t size)
{
	struct header h;
	ssize_t n = file_pread(d->fd, &h, sizeof h, 0);

	if (n < 0)
		return JITDUMP_EREAD;
	if ((size_t)n < sizeof h || h.magic != MAGIC || h.version == 0 ||
	    (h.machine != EM_X86_64 && h.machine != EM_NONE) ||
	    h.size < sizeof h || h.size > size)
		return JITDUMP_EFORMAT;
	d->other_clock = h.flags & FLAG_ARCH_TIME;
	d->at = h.size;
	return JITDUMP_OK;
}

enum jitdump_err
jitdump_read(struct jitcode *j, int fd, uint64_t now, bool lines)
{
	struct dump d = { .fd = fd, .now = now, .lines = lines, .out = j,
		.file = UINT32_MAX };
	enum jitdump_err err;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return JITDUMP_EREAD;
	if (!S_ISREG(st.st_mode))
		return JITDUMP_EFILE;
	if (now == JITDUMP_NOW)
		d.now = monotonic_ns();
	err = read_header(&d, (uint64_t)st.st_size);
	if (err == JITDUMP_OK && read_records(&d, (uint64_t)st.st_size) != 0)
		err = JITDUMP_EREAD;
	pairmap_free(&d.by_start);
	for (uint32_t i = 0; d.other_clock && i < j->n; i++)
		j->v[i].time = 0;
	j->timed = !d.other_clock;
	jitcode_sort(j);
	return err;
}

bool
jitdump_is_path(const char *path)
{
	const char *s = strrchr(path, '/');

	if (path[0] != '/' || strncmp(++s, "jit-", 4) != 0 || !isdigit((unsigned char)s[4]))
		return false;
	for (s += 4; isdigit((unsigned char)*s); s++)
		;
	return strcmp(s, ".dump") == 0;
}

const char *
jitdump_strerror(enum jitdump_err err)
{
	switch (err) {
	case JITDUMP_OK:
		return "no error";
	case JITDUMP_EREAD:
		return "cannot be read";
	case JITDUMP_EFILE:
		return "not a regular file";
	case JITDUMP_EFORMAT:
		return "not a jitdump file of this machine";
	}
	return "unknown error";
}
