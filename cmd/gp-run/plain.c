#include "plain.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "stream/frame.h"
#include "stream/stream.h"

/* Highest module id whose name is kept; a frame of a higher one is
 * [unknown]. */
enum { MODULE_ID_MAX = 1 << 20 };

struct plain {
	struct stream_writer w;
	struct arena mem;   /* of the current stream's names */
	const char **names; /* by module id */
	size_t n;
	uint64_t lost;      /* since the last #gp */
	struct buf b;       /* scratch */
};

static void
add_module(struct plain *p, const struct record *r)
{
	const char *path = record_get(r, "path"), *slash;
	uint64_t id;

	if (!path || !record_get_u64(r, "id", &id) || id > MODULE_ID_MAX)
		return;
	if (id >= p->n) {
		size_t n = (size_t)id * 2 + 64;
		const char **names = arena_alloc(&p->mem, n * sizeof *names);

		if (p->n)
			memcpy(names, p->names, p->n * sizeof *names);
		p->names = names;
		p->n = n;
	}
	slash = strrchr(path, '/');
	path = slash ? slash + 1 : path;
	p->names[id] = arena_strndup(&p->mem, path, strlen(path));
}

static void
put_frame(struct plain *p, const char *s, size_t len)
{
	struct frame f = frame_parse(s, len);
	struct buf name = { 0 };

	switch (f.kind) {
	case FRAME_NAME:
		buf_add(&p->b, s, len);
		return;
	case FRAME_MODULE:
		if (f.id >= p->n || !p->names[f.id]) {
			buf_adds(&p->b, FRAME_UNKNOWN);
			return;
		}
		/* [vdso] has its brackets already. */
		buf_addf(&name, p->names[f.id][0] == '[' ? "%s" : "[%s",
		    p->names[f.id]);
		if (name.len > 1 && name.s[name.len - 1] == ']')
			name.s[--name.len] = '\0';
		buf_addc(&name, '+');
		buf_addx(&name, f.addr);
		buf_addc(&name, ']');
		break;
	case FRAME_KERNEL:
		buf_addf(&name, "[kernel+%llx]_[k]",
		    (unsigned long long)f.addr);
		break;
	case FRAME_JIT:
		buf_addf(&name, "[jit+%llx]_[j]", (unsigned long long)f.addr);
		break;
	}
	frame_put_name(&p->b, name.s, name.len);
	buf_free(&name);
}

static void
put_sample(struct plain *p, const struct stream_line *l)
{
	const char *s = l->text, *end = s + l->stack_len;

	buf_reset(&p->b);
	while (s <= end) {
		const char *semi = memchr(s, ';', (size_t)(end - s));
		size_t len = (size_t)((semi ? semi : end) - s);

		if (s != l->text)
			buf_addc(&p->b, ';');
		put_frame(p, s, len);
		s += len + 1;
	}
	stream_write_sample(&p->w, buf_str(&p->b), p->b.len, l->count);
}

/* The records as they came, but for what this stage changes. */
static void
put_record(struct plain *p, const struct record *r,
    const struct stream_line *l)
{
	uint64_t n;

	buf_reset(&p->b);
	if (record_is(r, "end")) {
		stream_write_end(&p->w, p->lost, NULL);
		return;
	}
	if (record_is(r, "gp")) {
		arena_reset(&p->mem);
		p->names = NULL;
		p->n = 0;
		p->lost = 0;
		record_begin(&p->b, "gp");
		for (size_t i = 0; i < r->n; i++)
			record_put(&p->b, r->field[i].key,
			    strcmp(r->field[i].key, "kind") == 0 ? "named" :
			    r->field[i].value);
		record_end(&p->b);
	} else {
		if (record_is(r, "module"))
			add_module(p, r);
		if (record_is(r, "lost") && record_get_u64(r, "count", &n))
			p->lost += n;
		buf_add(&p->b, l->text, l->len);
		buf_addc(&p->b, '\n');
	}
	/* Not stream_write_record(): nobody waits for each of these. */
	fwrite(p->b.s, 1, p->b.len, p->w.f);
}

int
plain_write(int out, int in)
{
	struct plain p = { 0 };
	struct stream s;
	struct stream_line l;
	enum stream_type type;
	int fd, r;

	if (lseek(in, 0, SEEK_SET) < 0 || lseek(out, 0, SEEK_SET) < 0 ||
	    ftruncate(out, 0) < 0 || (fd = dup(out)) < 0)
		return -1;
	p.w.f = fdopen(fd, "w");
	if (!p.w.f) {
		close(fd);
		return -1;
	}
	stream_init(&s, in, "raw stream");
	while ((type = stream_read(&s, &l)) != STREAM_END) {
		if (type == STREAM_SAMPLE)
			put_sample(&p, &l);
		else if (type == STREAM_RECORD)
			put_record(&p, &s.record, &l);
	}
	r = stream_check(&s) == STREAM_EREAD ? -1 : 0;
	stream_free(&s);
	/* ferror(): fclose() alone does not tell of an earlier failure. */
	if (ferror(p.w.f))
		r = -1;
	if (fclose(p.w.f) != 0)
		r = -1;
	arena_free(&p.mem);
	buf_free(&p.b);
	return r;
}
