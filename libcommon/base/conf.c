#include "base/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/diag.h"
#include "base/file.h"

/* A section for each command that reads the file. */
static const char *const sections[] = {
	"collapse", "discover", "heartbeat", "record", "run", "status",
	"symbolize", "upload",
};

/* A part of the line that is read. */
struct span {
	const char *s;
	size_t len;
};

/* CR, so that a file from elsewhere means what it says. */
static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r';
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || c == '-';
}

static struct span
trim(const char *s, size_t len)
{
	while (len && is_blank(*s)) {
		s++;
		len--;
	}
	while (len && is_blank(s[len - 1]))
		len--;
	return (struct span){ s, len };
}

static bool
all_names(struct span t)
{
	for (size_t i = 0; i < t.len; i++)
		if (!is_name(t.s[i]))
			return false;
	return t.len > 0;
}

static bool
is_section(const char *name)
{
	for (size_t i = 0; i < GP_COUNT(sections); i++)
		if (strcmp(name, sections[i]) == 0)
			return true;
	return false;
}

static void
add(struct conf *c, struct conf_entry e)
{
	if (c->n == c->cap) {
		c->cap = c->cap ? 2 * c->cap : 32;
		c->entry = realloc(c->entry, c->cap * sizeof *c->entry);
		if (!c->entry)
			die_nomem();
	}
	c->entry[c->n++] = e;
	c->mistakes += e.wrong != NULL;
}

static char *
keep(struct conf *c, struct span t)
{
	return arena_strndup(&c->mem, t.s, t.len);
}

/* What is wrong with a value, or NULL. */
static const char *
judge_value(struct span v)
{
	if (v.len && (v.s[0] == '"' || v.s[0] == '\''))
		return "a value is not quoted";
	for (size_t i = 1; i < v.len; i++)
		if (v.s[i] == '#' && is_blank(v.s[i - 1]))
			return "a comment needs a line of its own";
	return NULL;
}

static void
parse_setting(struct conf *c, struct span t, struct conf_entry e)
{
	const char *eq = memchr(t.s, '=', t.len);
	struct span key = trim(t.s, eq ? (size_t)(eq - t.s) : t.len), value;

	e.key = keep(c, key);
	e.value = "";
	if (!eq) {
		e.wrong = "is not \"key = value\"";
	} else if (!all_names(key)) {
		e.wrong = "a key has letters, digits and '-'";
	} else {
		value = trim(eq + 1, t.len - (size_t)(eq + 1 - t.s));
		e.value = keep(c, value);
		e.wrong = e.section[0] ? judge_value(value) :
		    "stands before the first [section]";
	}
	add(c, e);
}

/* Returns the section from here on; "" if that is not one, so that what stands
 * in it is not taken for another's. */
static const char *
parse_section(struct conf *c, struct span t, struct conf_entry e)
{
	struct span name = { t.s + 1, t.len - 1 };

	e.key = keep(c, t);
	if (name.len && name.s[name.len - 1] == ']')
		name.len--;
	else
		e.wrong = "a section is \"[name]\"";
	e.section = keep(c, trim(name.s, name.len));
	if (!e.wrong && !is_section(e.section))
		e.wrong = "there is no such section";
	if (e.wrong)
		add(c, e);
	return e.section;
}

void
conf_parse(struct conf *c, const char *text, size_t len)
{
	const char *section = "";
	uint32_t line = 0;

	while (len && c->n < CONF_ENTRIES_MAX) {
		const char *nl = memchr(text, '\n', len);
		size_t n = nl ? (size_t)(nl - text) : len;
		struct span t = trim(text, n);
		struct conf_entry e = { section, "", "", NULL, ++line };

		if (n > CONF_LINE_MAX || memchr(text, '\0', n)) {
			e.wrong = n > CONF_LINE_MAX ? "the line is too long" :
			    "the line holds a NUL byte";
			add(c, e);
		} else if (t.len && t.s[0] == '[') {
			section = parse_section(c, t, e);
		} else if (t.len && t.s[0] != '#') {
			parse_setting(c, t, e);
		}
		n += nl != NULL;
		text += n;
		len -= n;
	}
	if (len)
		add(c, (struct conf_entry){ section, "", "",
		    "the file has too many lines", line });
}

int
conf_read(struct conf *c, const char *path)
{
	struct buf b = { 0 };
	struct stat st;
	int fd, rc, err;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	rc = fstat(fd, &st);
	if (rc == 0 && S_ISREG(st.st_mode) && (st.st_mode & S_IWOTH)) {
		/* It says what root runs. */
		errno = EPERM;
		rc = -1;
	}
	if (rc == 0)
		rc = file_read_fd(fd, &b, CONF_FILE_MAX);
	if (rc == 0)
		conf_parse(c, buf_str(&b), b.len);
	err = errno;
	close(fd);
	buf_free(&b);
	errno = err;
	return rc;
}

const char *
conf_get(const struct conf *c, const char *section, const char *key)
{
	for (size_t i = c ? c->n : 0; i-- > 0;)
		if (!c->entry[i].wrong &&
		    strcmp(c->entry[i].section, section) == 0 &&
		    strcmp(c->entry[i].key, key) == 0)
			return c->entry[i].value;
	return NULL;
}

bool
conf_has(const struct conf *c, const char *section)
{
	for (size_t i = 0; i < c->n; i++)
		if (strcmp(c->entry[i].section, section) == 0)
			return true;
	return false;
}

void
conf_free(struct conf *c)
{
	free(c->entry);
	arena_free(&c->mem);
	*c = (struct conf){ 0 };
}
