#include "ship/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#include "base/file.h"

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

const char *
secret_check(struct buf *b)
{
	size_t start = 0;

	while (b->len && is_blank(b->s[b->len - 1]))
		b->s[--b->len] = '\0';
	while (start < b->len && is_blank(b->s[start]))
		start++;
	if (start)
		memmove(b->s, b->s + start, b->len - start + 1);
	b->len -= start;
	if (b->len == 0)
		return "holds no token";
	for (size_t i = 0; i < b->len; i++)
		if (b->s[i] <= ' ' || b->s[i] > '~')
			return "holds a byte that no token has";
	return NULL;
}

static int
read_file(struct secret *s, const char *path)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc, err;

	if (fd < 0)
		return -1;
	/* At once, or growing would leave copies behind. */
	buf_grow(&s->value, SECRET_MAX + 1);
	s->exposed = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & S_IROTH);
	rc = file_read_fd(fd, &s->value, SECRET_MAX);
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

/* The value as it stands there: 0, or -1 with errno. False in *there: nothing
 * stands there, which is fine. */
static int
fetch(struct secret *s, bool *there, struct buf *place)
{
	const char *dir, *value;

	*there = true;
	switch (s->from) {
	case SECRET_NONE:
		*there = false;
		return 0;
	case SECRET_FILE:
		buf_adds(place, s->where);
		return read_file(s, s->where);
	case SECRET_ENV:
		buf_adds(place, s->where);
		value = getenv(s->where);
		*there = value && value[0];
		if (*there && strlen(value) <= SECRET_MAX)
			buf_adds(&s->value, value);
		return 0;
	case SECRET_CREDENTIAL:
		dir = getenv("CREDENTIALS_DIRECTORY");
		buf_addf(place, "%s/%s", dir ? dir : "$CREDENTIALS_DIRECTORY",
		    s->where);
		return read_file(s, place->s);
	}
	return 0;
}

int
secret_load(struct secret *s, struct buf *why)
{
	struct buf place = { 0 };
	const char *wrong;
	int status = 0;
	bool there;

	secret_free(s);
	if (fetch(s, &there, &place) != 0) {
		buf_addf(why, "%s: %s", place.s, strerror(errno));
		status = EX_NOINPUT;
	} else if (there) {
		wrong = secret_check(&s->value);
		if (wrong) {
			buf_addf(why, "%s %s", place.s, wrong);
			status = EX_CONFIG;
		}
	}
	if (status)
		secret_free(s);
	buf_free(&place);
	return status;
}

void
secret_wipe(struct buf *b)
{
	if (b->s)
		explicit_bzero(b->s, b->cap);
	buf_free(b);
}

void
secret_free(struct secret *s)
{
	secret_wipe(&s->value);
	s->exposed = false;
}

void
secret_blot(struct buf *b, const struct buf *secret)
{
	char *p = b->s;

	if (secret->len == 0)
		return;
	while (p && (p = memmem(p, b->len - (size_t)(p - b->s), secret->s,
	    secret->len))) {
		memset(p, '*', secret->len);
		p += secret->len;
	}
}
