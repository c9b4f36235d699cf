#include "profile/heads.h"

#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "profile/place.h"
#include "stream/frame.h"

/* What is known of a pid: in heads.process, beside it. */
enum { OF_CONTAINER, OF_APP, OF_PROGRAM };

/* The number of a head's frame. */
static uint32_t
add(struct heads *h, const char *s, size_t len, const struct head *head)
{
	uint32_t id, name;

	if (!(head->event ? h->opt.event : h->opt.remember))
		return frames_add(h->frames, s, len, false);
	id = frames_add_head(h->frames, s, len, head->event);
	name = h->frames->entry[id].name;
	if (pairmap_get(&h->head_at, name, 0) != PAIRMAP_NONE)
		return id;
	h->head = grow_for(h->head, h->n, &h->cap, sizeof *h->head);
	h->head[h->n] = *head;
	pairmap_set(&h->head_at, name, 0, (uint32_t)h->n++);
	return id;
}

const struct head *
heads_get(const struct heads *h, uint32_t name)
{
	uint32_t at = pairmap_get(&h->head_at, name, 0);

	return at == PAIRMAP_NONE ? NULL : &h->head[at];
}

void
heads_rename(struct heads *h, uint32_t from, uint32_t to)
{
	uint32_t at = pairmap_get(&h->head_at, from, 0);

	if (at != PAIRMAP_NONE)
		pairmap_set(&h->head_at, to, 0, at);
}

/* The frame of a container, an application, a program. */
static uint32_t
add_place(struct heads *h, uint32_t what, const char *s, size_t len)
{
	const struct head head = { .container = what == OF_CONTAINER,
		.app = what == OF_APP, .program = what == OF_PROGRAM,
		.pid = -1, .tid = -1 };

	return add(h, s, len, &head);
}

uint32_t
heads_container(struct heads *h, const char *text, size_t len)
{
	return add_place(h, OF_CONTAINER, text, len);
}

uint32_t
heads_app(struct heads *h, const char *text, size_t len)
{
	return add_place(h, OF_APP, text, len);
}

uint32_t
heads_event(struct heads *h, const char *name, size_t len)
{
	const struct head head = { .event = true, .pid = -1, .tid = -1 };

	return add(h, name, len, &head);
}

uint32_t
heads_process(struct heads *h, const char *comm, size_t len, int64_t pid,
    int64_t tid)
{
	struct head head = { .pid = pid, .tid = tid };
	struct buf *b = &h->text;

	buf_reset(b);
	frame_put_comm(b, comm, len);
	head.comm_len = comm ? (uint32_t)b->len : 0;
	if (h->opt.pid || h->opt.tid) {
		buf_addc(b, '-');
		if (pid < 0)
			buf_addc(b, '?');
		else
			buf_addu(b, (uint64_t)pid);
	}
	if (h->opt.tid && tid >= 0) {
		buf_addc(b, '/');
		buf_addu(b, (uint64_t)tid);
	}
	return add(h, b->s, b->len, &head);
}

/* The same of a process; pid 0: it is not known. */
static uint32_t
place_of(struct heads *h, uint32_t pid, uint32_t what)
{
	uint32_t id = pid ? pairmap_get(&h->process, pid, what) : PAIRMAP_NONE;

	return id != PAIRMAP_NONE ? id : add_place(h, what, FRAME_UNKNOWN,
	    sizeof FRAME_UNKNOWN - 1);
}

/* How much of a stream's process frame is kept, which is read into *head. */
static size_t
read_process(const struct heads *h, const char *s, size_t len,
    struct head *head)
{
	struct frame_root root;
	const char *slash;

	*head = (struct head){ .comm_len = (uint32_t)len, .pid = -1,
		.tid = -1 };
	if (!frame_parse_root(s, len, &root))
		return len;
	head->comm_len = (uint32_t)root.comm_len;
	head->pid = root.pid;
	head->tid = root.tid ? (int64_t)root.tid : -1;
	if (h->opt.tid)
		return len;
	if (!h->opt.pid)
		return root.comm_len;
	slash = root.tid ? memrchr(s, '/', len) : NULL;
	return slash ? (size_t)(slash - s) : len;
}

/* Whether a comm is as gp writes them. */
static bool
is_comm(struct heads *h, const char *s, size_t len)
{
	buf_reset(&h->text);
	frame_put_comm(&h->text, s, len);
	return h->text.len == len && memcmp(h->text.s, s, len) == 0;
}

size_t
heads_of_line(struct heads *h, const char *s, size_t len, bool stream,
    uint32_t id[HEADS_MAX])
{
	struct head head;
	size_t keep, n = 0;
	uint32_t pid;

	if (!stream) {
		id[0] = frames_add(h->frames, s, len, false);
		return 1;
	}
	keep = read_process(h, s, len, &head);
	pid = head.pid < 0 ? 0 : (uint32_t)head.pid;
	if (h->opt.container)
		id[n++] = place_of(h, pid, OF_CONTAINER);
	if (h->opt.app)
		id[n++] = place_of(h, pid, OF_APP);
	if (h->opt.program)
		id[n++] = place_of(h, pid, OF_PROGRAM);
	if (h->opt.remember && is_comm(h, s, head.comm_len)) {
		id[n++] = add(h, s, keep, &head);
	} else {
		/* What is no comm stays the text that it would be without. */
		if (h->opt.remember)
			keep = head.comm_len;
		id[n++] = frames_add(h->frames, s, keep, true);
	}
	return n;
}

static bool
keep_place(struct heads *h, uint64_t pid, uint32_t what, const struct record *r)
{
	uint32_t id;

	buf_reset(&h->text);
	if (what == OF_CONTAINER)
		place_put_container(&h->text, r);
	else if (what == OF_APP)
		place_put_app(&h->text, r);
	else
		place_put_program(&h->text, r);
	id = add_place(h, what, h->text.s, h->text.len);
	if (pairmap_get(&h->process, pid, what) == id)
		return false;
	pairmap_set(&h->process, pid, what, id);
	return true;
}

bool
heads_record(struct heads *h, const struct record *r)
{
	bool changed = false;
	uint64_t pid;

	if (!record_get_u64(r, "pid", &pid) || pid > UINT32_MAX)
		return false;
	if (h->opt.container)
		changed = keep_place(h, pid, OF_CONTAINER, r);
	if (h->opt.app)
		changed |= keep_place(h, pid, OF_APP, r);
	if (h->opt.program)
		changed |= keep_place(h, pid, OF_PROGRAM, r);
	return changed;
}

void
heads_forget(struct heads *h)
{
	pairmap_reset(&h->process);
}

void
heads_free(struct heads *h)
{
	pairmap_free(&h->process);
	pairmap_free(&h->head_at);
	free(h->head);
	buf_free(&h->text);
	*h = (struct heads){ 0 };
}
