#include "proc/kallsyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/parse.h"

enum {
	FUNCTION_MAX = 64 * 1024, /* bytes of code */
	/* Where names are kept must fit 32 bits, with room for RANGETAB_NONE. */
	NAMES_MAX = 256 << 20,
	/* Data of each CPU come first, in kernels before 6.15. */
	TEXT_LINES_MAX = 4096,
};

struct line {
	uint64_t addr;
	char type;
	const char *name, *module;
	size_t name_len, module_len;
};

/* "ADDR TYPE NAME[<TAB>[MODULE]]" */
static bool
parse_line(struct line *l, const char *s, size_t len)
{
	const char *blank, *tab;

	*l = (struct line){ 0 };
	/* As the kernel writes them on machines of 64 bits. */
	blank = len > 16 && s[16] == ' ' ? s + 16 : memchr(s, ' ', len);
	if (!blank || !parse_hex(s, (size_t)(blank - s), &l->addr))
		return false;
	len -= (size_t)(blank + 1 - s);
	s = blank + 1;
	if (len < 3 || s[1] != ' ')
		return false;
	l->type = s[0];
	s += 2;
	len -= 2;
	tab = memchr(s, '\t', len);
	l->name = s;
	l->name_len = tab ? (size_t)(tab - s) : len;
	if (tab && len - l->name_len >= 3 && tab[1] == '[' &&
	    s[len - 1] == ']') {
		l->module = tab + 2;
		l->module_len = len - l->name_len - 3;
	}
	return l->name_len > 0 && !memchr(s, '\0', l->name_len);
}

static bool
is_function(char type, const char *name, size_t len)
{
	return (type == 'T' || type == 't' || type == 'W' || type == 'w') &&
	    (len < 6 || (memcmp(name, "__pfx_", 6) != 0 &&
	    memcmp(name, "__cfi_", 6) != 0));
}

/* Half of all lines are seen to be no function's without being parsed. */
static bool
may_be_function(const char *s, size_t len)
{
	return len < 20 || s[16] != ' ' || s[18] != ' ' ||
	    is_function(s[17], s + 19, len - 19);
}

/* More is better. */
static uint32_t
rank_line(const struct line *l)
{
	uint32_t underscores = 0;

	while (underscores < 20 && underscores < l->name_len &&
	    l->name[underscores] == '_')
		underscores++;
	return 1 + 4 * (20 - underscores) +
	    (l->type == 'T' ? 2 : l->type == 't' ? 0 : 1);
}

static void
add_names(struct buf *b, const struct line *l, const char *module,
    size_t module_len)
{
	char *to;

	buf_grow(b, l->name_len + module_len + 2);
	to = b->s + b->len;
	memcpy(to, l->name, l->name_len);
	to[l->name_len] = '\0';
	to += l->name_len + 1;
	if (module_len)
		memcpy(to, module, module_len);
	to[module_len] = to[module_len + 1] = '\0';
	b->len += l->name_len + module_len + 2;
}

static void
take_line(struct kallsyms *k, const struct line *l)
{
	/* "[__builtin__ftrace]" is how the kernel calls its own pages. */
	static const char builtin[] = "__builtin__";
	const char *module = l->module;
	size_t module_len = l->module_len;
	uint64_t limit;

	if (!is_function(l->type, l->name, l->name_len) || l->addr == 0 ||
	    k->functions == KALLSYMS_MAX || k->names.len > NAMES_MAX)
		return;
	if (module_len > sizeof builtin - 1 &&
	    memcmp(module, builtin, sizeof builtin - 1) == 0) {
		module += sizeof builtin - 1;
		module_len -= sizeof builtin - 1;
	}
	if (__builtin_add_overflow(l->addr, FUNCTION_MAX, &limit))
		limit = UINT64_MAX;
	k->functions++;
	rangetab_add_open(&k->range, l->addr, limit, (uint32_t)k->names.len,
	    rank_line(l));
	add_names(&k->names, l, module, module_len);
}

/* Take the whole lines of s; returns how many bytes they are. */
static size_t
take_lines(struct kallsyms *k, const char *s, size_t len, bool *visible,
    bool *any)
{
	size_t used = 0;
	const char *nl;
	struct line l;

	while ((nl = memchr(s + used, '\n', len - used))) {
		size_t n = (size_t)(nl - s) - used;

		if ((!*visible || may_be_function(s + used, n)) &&
		    parse_line(&l, s + used, n)) {
			*any = true;
			*visible |= l.addr != 0;
			take_line(k, &l);
		}
		used = (size_t)(nl + 1 - s);
	}
	return used;
}

static enum kallsyms_err
read_fd(struct kallsyms *k, int fd)
{
	bool visible = false, any = false;
	char b[64 * 1024];
	size_t have = 0, used;
	ssize_t n;

	for (;;) {
		n = read(fd, b + have, sizeof b - have);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return KALLSYMS_EREAD;
		if (n == 0)
			break;
		have += (size_t)n;
		used = take_lines(k, b, have, &visible, &any);
		/* No line is as long as the buffer: it is no kallsyms. */
		if (used == 0 && have == sizeof b)
			used = have;
		memmove(b, b + used, have - used);
		have -= used;
	}
	if (any && !visible)
		return KALLSYMS_EHIDDEN;
	rangetab_build(&k->range, RANGETAB_INNER);
	return KALLSYMS_OK;
}

enum kallsyms_err
kallsyms_read(struct kallsyms *k, const char *path)
{
	enum kallsyms_err err;
	int fd, saved;

	*k = (struct kallsyms){ 0 };
	fd = open(path ? path : "/proc/kallsyms", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return KALLSYMS_EREAD;
	err = read_fd(k, fd);
	saved = errno;
	close(fd);
	errno = saved;
	return err;
}

bool
kallsyms_find(const struct kallsyms *k, uint64_t addr, const char **name,
    const char **module)
{
	uint32_t v = rangetab_find(&k->range, addr);

	if (v == RANGETAB_NONE)
		return false;
	*name = k->names.s + v;
	*module = *name + strlen(*name) + 1;
	return true;
}

bool
kallsyms_text(const char *path, uint64_t *addr)
{
	FILE *f = fopen(path ? path : "/proc/kallsyms", "re");
	char b[1024];
	struct line l;
	bool found = false;

	if (!f)
		return false;
	for (unsigned i = 0; !found && i < TEXT_LINES_MAX &&
	    fgets(b, sizeof b, f); i++)
		found = parse_line(&l, b, strcspn(b, "\n")) &&
		    l.name_len == 5 && memcmp(l.name, "_text", 5) == 0 &&
		    l.addr != 0;
	fclose(f);
	if (found)
		*addr = l.addr;
	return found;
}

void
kallsyms_free(struct kallsyms *k)
{
	rangetab_free(&k->range);
	buf_free(&k->names);
	*k = (struct kallsyms){ 0 };
}
