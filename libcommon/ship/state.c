#include "ship/state.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/parse.h"

enum { FILE_MODE = 0640 };

/* Every field, once: a number, or a text of its size. */
static const struct field {
	const char *key;
	size_t offset;
	size_t size; /* 0: a number */
} fields[] = {
	{ "failures", offsetof(struct state, failures), 0 },
	{ "not_before", offsetof(struct state, not_before), 0 },
	{ "sent", offsetof(struct state, sent), 0 },
	{ "sent_bytes", offsetof(struct state, sent_bytes), 0 },
	{ "rejected", offsetof(struct state, rejected), 0 },
	{ "attempts", offsetof(struct state, attempts), 0 },
	{ "last_sent", offsetof(struct state, last_sent), 0 },
	{ "last_failed", offsetof(struct state, last_failed), 0 },
	{ "deaths", offsetof(struct state, deaths), 0 },
	{ "preparing", offsetof(struct state, preparing), STATE_ID_MAX },
	{ "memo", offsetof(struct state, memo), STATE_MEMO_MAX },
	{ "why", offsetof(struct state, why), STATE_WHY_MAX },
};

void
state_set(char *field, size_t size, const char *text)
{
	size_t n = 0;

	for (; *text && n < size - 1; text++)
		field[n++] = *text < ' ' || *text == 0x7f ? '?' : *text;
	memset(field + n, 0, size - n);
}

static void
take_value(struct state *s, const struct field *f, const char *value,
    size_t len)
{
	char *p = (char *)s + f->offset;
	uint64_t v;

	if (f->size == 0) {
		if (parse_digits(value, len, &v))
			memcpy(p, &v, sizeof v);
	} else if (len < f->size && !memchr(value, '\0', len)) {
		memset(p, 0, f->size);
		memcpy(p, value, len);
		state_set(p, f->size, p);
	}
}

static void
take_line(struct state *s, const char *line, size_t len)
{
	const char *eq = memchr(line, '=', len);
	size_t key;

	if (!eq)
		return;
	key = (size_t)(eq - line);
	for (size_t i = 0; i < GP_COUNT(fields); i++)
		if (strlen(fields[i].key) == key &&
		    memcmp(fields[i].key, line, key) == 0)
			take_value(s, &fields[i], eq + 1, len - key - 1);
}

void
state_parse(struct state *s, const char *text, size_t len)
{
	const char *nl;
	size_t n;

	*s = (struct state){ 0 };
	for (; (nl = memchr(text, '\n', len)); text += n, len -= n) {
		n = (size_t)(nl - text) + 1;
		if (n == 4 && memcmp(text, "end", 3) == 0)
			return;
		take_line(s, text, n - 1);
	}
	*s = (struct state){ 0 };
}

void
state_format(const struct state *s, struct buf *out)
{
	uint64_t v;

	for (size_t i = 0; i < GP_COUNT(fields); i++) {
		const char *p = (const char *)s + fields[i].offset;

		if (fields[i].size && !p[0])
			continue;
		buf_addf(out, "%s=", fields[i].key);
		if (fields[i].size) {
			buf_adds(out, p);
		} else {
			memcpy(&v, p, sizeof v);
			buf_addu(out, v);
		}
		buf_addc(out, '\n');
	}
	buf_adds(out, "end\n");
}

void
state_read(struct state *s, int dirfd, const char *name)
{
	struct buf b = { 0 };

	if (file_read_at(dirfd, name, &b, STATE_FILE_MAX) != 0)
		buf_reset(&b);
	state_parse(s, buf_str(&b), b.len);
	buf_free(&b);
}

int
state_write(const struct state *s, int dirfd, const char *name)
{
	struct buf b = { 0 };
	int fd, rc, err;

	fd = openat(dirfd, name, O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC,
	    FILE_MODE);
	if (fd < 0)
		return -1;
	state_format(s, &b);
	rc = pwrite(fd, b.s, b.len, 0) == (ssize_t)b.len ? 0 : -1;
	err = errno;
	buf_free(&b);
	close(fd);
	errno = err;
	return rc;
}
