#include "ship/metrics.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/parse.h"

enum type { COUNTER, MIRROR, GAUGE, STAMP };
enum { FILE_MODE = 0644, STATUS_BYTES_MAX = 65536 };

/* Integers up to here are exact. */
#define VALUE_MAX 9007199254740992.0

static const struct {
	const char *name, *help;
	enum type type;
} catalogue[METRICS] = {
#define METRIC(id, name, type, help) { name, help, type },
#include "ship/metrics.def"
#undef METRIC
};

const char *
metrics_name(enum metric which)
{
	return catalogue[which].name;
}

/* -- values ---------------------------------------------------------------- */

static struct metrics_value *
find(const struct metrics *m, enum metric which, const char *labels)
{
	if (!labels)
		labels = "";
	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].which == which &&
		    strcmp(m->v[i].labels, labels) == 0)
			return &m->v[i];
	return NULL;
}

/* The value of that name, a new one if there is none. NULL beyond the limits. */
static struct metrics_value *
get(struct metrics *m, enum metric which, const char *labels)
{
	struct metrics_value *v = find(m, which, labels);

	if (v || m->n == METRICS_VALUES_MAX ||
	    (labels && strlen(labels) >= METRICS_LABELS_MAX))
		return v;
	if (m->n == m->cap) {
		m->cap = m->cap ? 2 * m->cap : 128;
		m->v = realloc(m->v, m->cap * sizeof *m->v);
		if (!m->v)
			die_nomem();
	}
	v = &m->v[m->n++];
	*v = (struct metrics_value){ .which = which };
	snprintf(v->labels, sizeof v->labels, "%s", labels ? labels : "");
	return v;
}

void
metrics_set(struct metrics *m, enum metric which, const char *labels,
    double value)
{
	struct metrics_value *v = get(m, which, labels);

	if (v)
		v->value = value;
}

void
metrics_add(struct metrics *m, enum metric which, const char *labels,
    double value)
{
	struct metrics_value *v = get(m, which, labels);

	if (v)
		v->value += value;
}

double
metrics_get(const struct metrics *m, enum metric which, const char *labels)
{
	const struct metrics_value *v = find(m, which, labels);

	return v ? v->value : (double)NAN;
}

double
metrics_sum(const struct metrics *m, enum metric which)
{
	double sum = NAN;

	for (size_t i = 0; i < m->n; i++)
		if (m->v[i].which == which)
			sum = (isnan(sum) ? 0 : sum) + m->v[i].value;
	return sum;
}

void
metrics_next(struct metrics *m)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++) {
		enum type type = catalogue[m->v[i].which].type;

		if (type == COUNTER || type == STAMP)
			m->v[n++] = m->v[i];
	}
	m->n = n;
}

/* -- reading --------------------------------------------------------------- */

static bool
is_label_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	    (c >= '0' && c <= '9') || (c != '\0' && strchr("_-.:/", c));
}

/* a="b",c="d" */
static bool
is_labels(const char *s, size_t len)
{
	const char *end = s + len;

	for (;;) {
		const char *name = s, *value;

		while (s < end && *s >= 'a' && *s <= 'z')
			s++;
		if (s == name || end - s < 3 || s[0] != '=' || s[1] != '"')
			return false;
		for (value = s += 2; s < end && is_label_char(*s); s++)
			;
		if (s == value || s == end || *s++ != '"')
			return false;
		if (s == end)
			return true;
		if (*s++ != ',')
			return false;
	}
}

/* The metric of a name, METRICS if there is none. */
static enum metric
find_name(const char *name, size_t len)
{
	size_t i = 0;

	while (i < METRICS && (strlen(catalogue[i].name) != len ||
	    memcmp(catalogue[i].name, name, len) != 0))
		i++;
	return (enum metric)i;
}

static bool
parse_value(const char *s, size_t len, double *out)
{
	char text[32], *end;

	if (len == 0 || len >= sizeof text || s[0] < '0' || s[0] > '9')
		return false;
	memcpy(text, s, len);
	text[len] = '\0';
	/* Programs of gp never set a locale. */
	*out = strtod(text, &end);
	return *end == '\0' && *out <= VALUE_MAX;
}

/* name{labels} value. Names that are not (or no longer) in the catalogue are left
 * out. */
static bool
parse_line(struct metrics *m, const char *s, size_t len)
{
	const char *space = memrchr(s, ' ', len), *brace;
	char labels[METRICS_LABELS_MAX] = "";
	size_t name, inner;
	enum metric which;
	double value;

	if (!space || !parse_value(space + 1, (size_t)(s + len - space - 1),
	    &value))
		return false;
	name = len = (size_t)(space - s);
	brace = memchr(s, '{', len);
	if (brace) {
		name = (size_t)(brace - s);
		inner = len - name;
		if (inner < 3 || s[len - 1] != '}' ||
		    inner - 2 >= sizeof labels ||
		    !is_labels(brace + 1, inner - 2))
			return false;
		memcpy(labels, brace + 1, inner - 2);
	}
	which = find_name(s, name);
	if (which != METRICS)
		metrics_set(m, which, labels, value);
	return true;
}

bool
metrics_parse(struct metrics *m, const char *text, size_t len)
{
	static const char end[] = "# end ";
	const size_t n = sizeof end - 1;
	struct metrics in = { 0 };
	uint64_t lines = 0, want = 0;
	bool good = true, ended = false;

	while (len && good) {
		const char *nl = memchr(text, '\n', len);
		size_t l = nl ? (size_t)(nl - text) : len;

		if (!nl || ended)
			good = false;
		else if (l > n && memcmp(text, end, n) == 0)
			ended = good = parse_digits(text + n, l - n, &want);
		else if (l == 0 || text[0] != '#')
			good = parse_line(&in, text, l) && ++lines;
		if (nl) {
			text += l + 1;
			len -= l + 1;
		}
	}
	good = good && ended && lines == want && lines <= METRICS_VALUES_MAX;
	for (size_t i = 0; good && i < in.n; i++)
		metrics_set(m, in.v[i].which, in.v[i].labels, in.v[i].value);
	metrics_free(&in);
	return good;
}

/* -- writing --------------------------------------------------------------- */

static int
compare(const void *a, const void *b)
{
	const struct metrics_value *x = a, *y = b;

	if (x->which != y->which)
		return x->which < y->which ? -1 : 1;
	return strcmp(x->labels, y->labels);
}

static void
print_value(struct buf *out, const struct metrics_value *v)
{
	buf_adds(out, catalogue[v->which].name);
	if (v->labels[0])
		buf_addf(out, "{%s}", v->labels);
	/* NaN compares with nothing. */
	buf_addf(out, " %.15g\n", v->value >= 0 && v->value <= VALUE_MAX ?
	    v->value : 0);
}

void
metrics_print(const struct metrics *m, struct buf *out)
{
	struct metrics_value *v = NULL;

	if (m->n) {
		v = malloc(m->n * sizeof *v);
		if (!v)
			die_nomem();
		memcpy(v, m->v, m->n * sizeof *v);
		qsort(v, m->n, sizeof *v, compare);
	}
	for (size_t i = 0; i < m->n; i++) {
		enum metric which = v[i].which;

		if (i == 0 || v[i - 1].which != which)
			buf_addf(out, "# HELP %s %s\n# TYPE %s %s\n",
			    catalogue[which].name, catalogue[which].help,
			    catalogue[which].name,
			    catalogue[which].type <= MIRROR ? "counter" :
			    "gauge");
		print_value(out, &v[i]);
	}
	buf_addf(out, "# end %zu\n", m->n);
	free(v);
}

int
metrics_read(struct metrics *m, const char *path)
{
	struct buf b = { 0 };
	int rc, err;

	rc = file_read_at(AT_FDCWD, path, &b, METRICS_FILE_MAX);
	err = errno;
	if (rc == 0 && !metrics_parse(m, buf_str(&b), b.len)) {
		rc = -1;
		err = EINVAL;
	}
	buf_free(&b);
	errno = err;
	return rc;
}

int
metrics_write(const struct metrics *m, const char *path)
{
	struct file_new f = { .fd = -1 };
	struct buf b = { 0 };
	int rc = -1, err;

	metrics_print(m, &b);
	file_new_tidy(path);
	/* node_exporter is another user, whatever our umask is. */
	if (file_new(&f, path, FILE_MODE) == 0 &&
	    (f.direct || fchmod(f.fd, FILE_MODE) == 0) &&
	    file_write_all(f.fd, b.s, b.len) == 0 && file_new_commit(&f) == 0)
		rc = 0;
	else
		file_new_abort(&f);
	err = errno;
	buf_free(&b);
	errno = err;
	return rc;
}

void
metrics_free(struct metrics *m)
{
	free(m->v);
	*m = (struct metrics){ 0 };
}

double
metrics_own_memory(void)
{
	static const char key[] = "\nVmHWM:";
	struct buf b = { 0 };
	double kb = 0;
	const char *p;

	if (file_read_at(AT_FDCWD, "/proc/self/status", &b,
	    STATUS_BYTES_MAX) == 0 &&
	    (p = strstr(buf_str(&b), key)) != NULL)
		kb = strtod(p + sizeof key - 1, NULL);
	buf_free(&b);
	return kb * 1024;
}
