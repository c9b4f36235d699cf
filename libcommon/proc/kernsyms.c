#include "proc/kernsyms.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/symwrite.h"

static const char file_name[] = "kernel";

enum {
	FIRST_LINES = 4096, /* bytes of kallsyms that are compared */
	SMALL_MAX = 1 << 20, /* bytes of the other files that make the key */
	PAGE = 4096,
};

/* -- the key ------------------------------------------------------------- */

static bool
read_in_proc(const struct kernsyms *k, const char *name, struct buf *b)
{
	struct buf path = { 0 };
	int rc;

	buf_addf(&path, "%s/%s", k->proc, name);
	rc = file_read_at(AT_FDCWD, path.s, b, SMALL_MAX);
	buf_free(&path);
	return rc == 0;
}

/* "NAME SIZE USERS USED-BY STATE ADDRESS": all but who uses it. */
static uint64_t
sum_modules(const char *s)
{
	uint64_t sum = CACHEDIR_SUM;

	while (*s) {
		size_t line = strcspn(s, "\n");
		unsigned field = 0;

		for (size_t i = 0, len; i < line; i += len + 1, field++) {
			len = strcspn(s + i, " \n");
			if (field != 2 && field != 3)
				sum = cachedir_sum(sum, s + i, len);
		}
		s += line + (s[line] == '\n');
	}
	return sum;
}

/* The first lines of the list; false if they show no address. */
static bool
sum_first_lines(const struct kernsyms *k, uint64_t *sum)
{
	struct buf path = { 0 };
	char b[FIRST_LINES];
	bool line = true, visible = false;
	ssize_t n;
	int fd;

	buf_addf(&path, "%s/kallsyms", k->proc);
	fd = open(path.s, O_RDONLY | O_CLOEXEC);
	buf_free(&path);
	if (fd < 0)
		return false;
	n = read(fd, b, sizeof b);
	close(fd);
	for (ssize_t i = 0; i < n; i++) {
		line = line && b[i] != ' ';
		visible |= line && b[i] != '0' && b[i] != '\n';
		line |= b[i] == '\n';
	}
	if (!visible)
		return false;
	*sum = cachedir_sum(CACHEDIR_SUM, b, (size_t)n);
	return true;
}

/* What the addresses depend on; false if that cannot be told, or if they are
 * not for the caller's eyes. */
static bool
make_key(const struct kernsyms *k, struct buf *key)
{
	struct buf notes = { 0 }, boot = { 0 }, modules = { 0 };
	uint64_t first;
	bool ok = geteuid() == 0 && sum_first_lines(k, &first) &&
	    file_read_at(AT_FDCWD, k->notes, &notes, SMALL_MAX) == 0 &&
	    read_in_proc(k, "sys/kernel/random/boot_id", &boot) &&
	    boot.len >= 16 && boot.len < 64;

	/* A kernel without modules has no such file. */
	if (ok && !read_in_proc(k, "modules", &modules) && errno != ENOENT)
		ok = false;
	if (ok)
		buf_addf(key, "kernel %llx %llx %llx %s",
		    (unsigned long long)cachedir_sum(CACHEDIR_SUM, notes.s,
			notes.len), (unsigned long long)first,
		    (unsigned long long)sum_modules(buf_str(&modules)), boot.s);
	buf_free(&notes);
	buf_free(&boot);
	buf_free(&modules);
	return ok;
}

/* -- what is kept -------------------------------------------------------- */

static const char *
module_of(const struct kallsyms *k, uint32_t value)
{
	return k->names.s + value + strlen(k->names.s + value) + 1;
}

/* BPF programs, trampolines and probes: as kallsyms.h calls their origin. */
static bool
is_passing(const char *module)
{
	if (!module[0])
		return false;
	return strcmp(module, "bpf") == 0 || strcmp(module, "ftrace") == 0 ||
	    strcmp(module, "kprobe") == 0 || strcmp(module, "kprobes") == 0;
}

/*
 * The list's pieces but for what comes and goes. kallsyms gives no sizes: where
 * a module's last function is, one of another origin may lie close behind it at
 * some later time; so the former ends with its page.
 */
static void
filter(const struct kallsyms *k, struct rangetab *t)
{
	const struct rangetab *r = &k->range;

	t->start = malloc((2 * (size_t)r->n + 1) * sizeof *t->start);
	t->value = malloc((2 * (size_t)r->n + 1) * sizeof *t->value);
	if (!t->start || !t->value)
		die_nomem();
	for (uint32_t i = 0; i < r->n; i++) {
		uint32_t v = r->value[i], next = RANGETAB_NONE;
		uint64_t page = (r->start[i] / PAGE + 1) * PAGE;
		const char *module = "";

		if (v != RANGETAB_NONE)
			module = module_of(k, v);
		if (is_passing(module))
			v = RANGETAB_NONE;
		t->start[t->n] = r->start[i];
		t->value[t->n++] = v;
		if (i + 1 < r->n)
			next = r->value[i + 1];
		if (v == RANGETAB_NONE || i + 1 == r->n ||
		    r->start[i + 1] <= page || (next != RANGETAB_NONE &&
		    strcmp(module_of(k, next), module) == 0))
			continue;
		t->start[t->n] = page;
		t->value[t->n++] = RANGETAB_NONE;
	}
}

static bool
add_name(const struct kallsyms *k, uint32_t value, struct buf *b)
{
	const char *name = k->names.s + value;
	size_t len = strlen(name);
	const char *module = name + len + 1;

	buf_add(b, name, len);
	if (module[0])
		buf_addf(b, " [%s]", module);
	return true;
}

static bool
name_of(void *arg, uint32_t value, struct buf *b)
{
	return add_name(arg, value, b);
}

static void
store(struct kernsyms *k, const struct buf *key)
{
	struct rangetab t = { 0 };
	struct symwrite_source from = { .key = key->s, .key_len = key->len,
		.range = &t, .name = name_of, .arg = &k->list };

	filter(&k->list, &t);
	if (t.n)
		symwrite_store(k->cache, file_name, &from, true);
	rangetab_free(&t);
}

/* -- using it ------------------------------------------------------------ */

static enum kallsyms_err
read_list(struct kernsyms *k)
{
	struct buf path = { 0 };
	enum kallsyms_err err;
	int saved;

	k->listed = true;
	buf_addf(&path, "%s/kallsyms", k->proc);
	err = kallsyms_read(&k->list, path.s);
	saved = errno;
	if (err != KALLSYMS_OK)
		kallsyms_free(&k->list);
	buf_free(&path);
	errno = saved;
	return err;
}

enum kallsyms_err
kernsyms_open(struct kernsyms *k)
{
	enum kallsyms_err err = KALLSYMS_OK;
	struct buf key = { 0 };
	int saved;

	if (!k->proc)
		k->proc = "/proc";
	if (!k->notes)
		k->notes = "/sys/kernel/notes";
	if (k->cache && k->cache->dir && !make_key(k, &key))
		buf_reset(&key);
	if (key.len)
		k->cached = symfile_load(&k->file, k->cache, file_name, key.s,
		    key.len, true);
	if (!k->cached) {
		err = read_list(k);
		saved = errno;
		if (err == KALLSYMS_OK && key.len)
			store(k, &key);
		errno = saved;
	}
	buf_free(&key);
	return err;
}

bool
kernsyms_find(struct kernsyms *k, uint64_t addr, struct buf *b)
{
	uint32_t v;

	/* A damaged name, too, is in the list. */
	if (k->cached && symfile_find(&k->file, addr, b) == SYMFILE_FOUND)
		return true;
	if (!k->listed)
		(void)!read_list(k);
	v = rangetab_find(&k->list.range, addr);
	return v != RANGETAB_NONE && add_name(&k->list, v, b);
}

bool
kernsyms_function(struct kernsyms *k, uint64_t addr, uint64_t *function)
{
	uint32_t v = k->cached ? symfile_lookup(&k->file, addr) :
	    rangetab_find(&k->list.range, addr);

	*function = v;
	return v < SYMFORMAT_NO_NAME;
}

void
kernsyms_free(struct kernsyms *k)
{
	if (k->cached)
		symfile_free(&k->file);
	kallsyms_free(&k->list);
	*k = (struct kernsyms){ 0 };
}
