#include "runtime/appid.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runtime/apppath.h"
#include "runtime/spark.h"

static const char *
base_name(const char *s)
{
	const char *slash = strrchr(s, '/');

	return slash ? slash + 1 : s;
}

static bool
ends_in(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

/* The argument at i, or "". */
static const char *
arg(const struct appid_process *p, size_t i)
{
	return i < p->argc ? p->argv[i] : "";
}

/* Add a path as the process would find it. */
static void
put_path(struct buf *out, const struct appid_process *p, const char *path)
{
	char text[APPID_PATH_MAX];
	int n;

	if (!p->cwd && path[0] != '/') {
		buf_adds(out, path);
		return;
	}
	n = path[0] == '/' ? snprintf(text, sizeof text, "%s", path) :
	    snprintf(text, sizeof text, "%s/%s", p->cwd, path);
	if (n < 0 || (size_t)n >= sizeof text) {
		buf_adds(out, path);
		return;
	}
	apppath_tidy(text);
	if (p->resolve)
		p->resolve(p->arg, text);
	buf_adds(out, text);
}

/* Add " (/srv/a/b.py)" for the module of "a.b:app". */
static void
put_module(struct buf *out, const struct appid_process *p, const char *spec)
{
	size_t n = strcspn(spec, ":");
	char path[APPID_PATH_MAX];

	if (n + 4 > sizeof path)
		return;
	for (size_t i = 0; i < n; i++)
		path[i] = spec[i] == '.' ? '/' : spec[i];
	memcpy(path + n, ".py", 4);
	/* "app.py" was meant as a file. */
	if (n > 3 && memcmp(spec + n - 3, ".py", 3) == 0) {
		memcpy(path, spec, n);
		path[n] = '\0';
	}
	buf_adds(out, " (");
	put_path(out, p, path);
	buf_addc(out, ')');
}

/* Add "python: app.py (/srv/app.py)". */
static bool
put_script(struct buf *out, const struct appid_process *p, const char *what,
    const char *script)
{
	buf_addf(out, "%s: %s (", what, script);
	put_path(out, p, script);
	buf_addc(out, ')');
	return true;
}

/* "-A x", "-Ax", "--app x" and "--app=x"; NULL if there is none. */
static const char *
option_value(const struct appid_process *p, const char *letter,
    const char *name)
{
	size_t n = strlen(letter), m = strlen(name);

	for (size_t i = 1; i < p->argc && p->argv[i]; i++) {
		const char *a = p->argv[i];

		if (strcmp(a, letter) == 0 || strcmp(a, name) == 0)
			return i + 1 < p->argc ? p->argv[i + 1] : NULL;
		if (strncmp(a, name, m) == 0 && a[m] == '=')
			return a + m + 1;
		if (a[1] != '-' && strncmp(a, letter, n) == 0)
			return a + n;
	}
	return NULL;
}

/* -- Python ------------------------------------------------------------------- */

/* The program, run by itself or by an interpreter, or as a module. */
static bool
runs(const struct appid_process *p, const char *program)
{
	return strcmp(base_name(arg(p, 0)), program) == 0 ||
	    strcmp(base_name(arg(p, 1)), program) == 0 ||
	    (strcmp(arg(p, 1), "-m") == 0 && strcmp(arg(p, 2), program) == 0);
}

/* Set by setproctitle: "gunicorn: master [web:app]", one argument. */
static bool
put_gunicorn_title(struct buf *out, const struct appid_process *p)
{
	static const char *const start[] = {
		"gunicorn: master [", "gunicorn: worker [",
	};
	const char *title = arg(p, 0);
	char spec[256];

	for (size_t i = 1; i < p->argc; i++)
		if (p->argv[i][0])
			return false;
	for (size_t i = 0; i < 2; i++) {
		size_t n = strlen(start[i]), len;

		if (strncmp(title, start[i], n) != 0)
			continue;
		len = strcspn(title + n, "]");
		if (title[n + len] != ']' || len == 0 || len >= sizeof spec)
			return false;
		memcpy(spec, title + n, len);
		spec[len] = '\0';
		buf_addf(out, "gunicorn: %s", spec);
		put_module(out, p, spec);
		return true;
	}
	return false;
}

/* The first argument with a ':' that is not an option's. */
static bool
put_served(struct buf *out, const struct appid_process *p, const char *server)
{
	if (!runs(p, server))
		return false;
	for (size_t i = 1; i < p->argc; i++) {
		const char *before = p->argv[i - 1], *a = p->argv[i];

		if (a[0] == '-' || !strchr(a, ':'))
			continue;
		if (before[0] == '-' && strcmp(before, "--factory") != 0)
			continue;
		buf_addf(out, "%s: %s", server, a);
		put_module(out, p, a);
		return true;
	}
	buf_addf(out, "%s: unknown app name", server);
	return true;
}

static bool
put_gunicorn(struct buf *out, const struct appid_process *p)
{
	return put_gunicorn_title(out, p) || put_served(out, p, "gunicorn");
}

static bool
put_uvicorn(struct buf *out, const struct appid_process *p)
{
	return put_served(out, p, "uvicorn");
}

/* The file with uWSGI's settings: an option's, or an argument of its own. */
static const char *
uwsgi_ini(const struct appid_process *p)
{
	static const char *const option[] = {
		"--ini", "--ini-paste", "--ini-paste-logged",
	};
	const char *found = NULL;

	for (size_t i = 0; i < 3; i++)
		if ((found = option_value(p, option[i], option[i])))
			return found;
	for (size_t i = 1; i < p->argc; i++) {
		if (!ends_in(p->argv[i], ".ini"))
			continue;
		if (found)
			return NULL; /* two: which one? */
		found = p->argv[i];
	}
	return found;
}

static bool
put_uwsgi(struct buf *out, const struct appid_process *p)
{
	const char *module, *file, *ini;

	if (strcmp(base_name(arg(p, 0)), "uwsgi") != 0)
		return false;
	module = option_value(p, "-w", "--module");
	file = option_value(p, "--wsgi-file", "--wsgi-file");
	if (file)
		return put_script(out, p, "uwsgi", file);
	if (module) {
		buf_addf(out, "uwsgi: %s", module);
		put_module(out, p, module);
		return true;
	}
	ini = uwsgi_ini(p);
	if (ini)
		return put_script(out, p, "uwsgi", ini);
	buf_adds(out, "uwsgi: ini file / wsgi module not found");
	return true;
}

static bool
put_celery(struct buf *out, const struct appid_process *p)
{
	const char *app, *queue;

	if (!runs(p, "celery"))
		return false;
	app = option_value(p, "-A", "--app");
	if (app) {
		buf_addf(out, "celery: %s", app);
		put_module(out, p, app);
		return true;
	}
	queue = option_value(p, "-Q", "--queues");
	if (!queue)
		return false;
	buf_addf(out, "celery queue: %s", queue);
	if (p->cwd)
		buf_addf(out, " (%s)", p->cwd);
	return true;
}

static bool
put_pyspark(struct buf *out, const struct appid_process *p)
{
	if (strcmp(arg(p, 1), "-m") != 0 ||
	    strcmp(arg(p, 2), "pyspark.daemon") != 0)
		return false;
	buf_adds(out, "pyspark");
	return true;
}

/* "python", "python3", "python3.11", in any folder. */
static bool
is_python(const char *name)
{
	name = base_name(name);
	if (strncmp(name, "python", 6) != 0)
		return false;
	name += 6;
	return name[strspn(name, "0123456789.")] == '\0';
}

static bool
put_python_script(struct buf *out, const struct appid_process *p)
{
	if (!is_python(arg(p, 0)))
		return false;
	for (size_t i = 1; i < p->argc; i++) {
		const char *a = p->argv[i];

		if (strcmp(a, "-m") == 0 && i + 1 < p->argc) {
			buf_addf(out, "python: -m %s", p->argv[i + 1]);
			return true;
		}
		/* Options that take an argument. */
		if (strcmp(a, "-W") == 0 || strcmp(a, "-X") == 0) {
			i++;
			continue;
		}
		if (a[0] == '-')
			continue;
		return ends_in(a, ".py") && put_script(out, p, "python", a);
	}
	return false;
}

/* -- others ------------------------------------------------------------------- */

/* The first argument with an extension, but for what -r loads before it. */
static bool
put_first(struct buf *out, const struct appid_process *p, const char *what,
    const char *extension)
{
	for (size_t i = 1; i < p->argc; i++) {
		const char *a = p->argv[i];

		if (strcmp(a, "-r") == 0 || strcmp(a, "--require") == 0)
			i++;
		else if (a[0] != '-' && ends_in(a, extension))
			return put_script(out, p, what, a);
	}
	return false;
}

static bool
put_node(struct buf *out, const struct appid_process *p)
{
	return put_first(out, p, "nodejs", ".js") ||
	    put_first(out, p, "nodejs", ".mjs") ||
	    put_first(out, p, "nodejs", ".cjs");
}

static bool
put_ruby(struct buf *out, const struct appid_process *p)
{
	return put_first(out, p, "ruby", ".rb");
}

/* Options of java that take the next argument. */
static bool
takes_argument(const char *a)
{
	static const char *const option[] = {
		"-cp", "-classpath", "--class-path", "-p", "--module-path",
		"--upgrade-module-path", "--add-modules", "--add-reads",
		"--add-exports", "--add-opens", "--limit-modules",
		"--patch-module", "--describe-module", "-d", "--source",
	};

	for (size_t i = 0; i < sizeof option / sizeof *option; i++)
		if (strcmp(a, option[i]) == 0)
			return true;
	return false;
}

/* What java calls its command: the JAR, the module or the class. */
static bool
put_java(struct buf *out, const struct appid_process *p)
{
	for (size_t i = 1; i < p->argc; i++) {
		const char *a = p->argv[i];

		if (strcmp(a, "-jar") == 0 || strcmp(a, "-m") == 0 ||
		    strcmp(a, "--module") == 0) {
			if (i + 1 == p->argc)
				return false;
			a = p->argv[i + 1];
		} else if (takes_argument(a)) {
			i++;
			continue;
		} else if (a[0] == '-' || a[0] == '@') {
			continue;
		}
		if (!*a)
			return false;
		buf_addf(out, "java: %s", a);
		return true;
	}
	return false;
}

static bool
put_spark(struct buf *out, const struct appid_process *p)
{
	if (!p->spark || !spark_is_executor(p->argv, p->argc))
		return false;
	if (put_java(out, p))
		buf_adds(out, ", ");
	buf_adds(out, "spark: ");
	if (!p->spark_conf || !spark_put_name(out, p->spark_conf->s,
	    p->spark_conf->len))
		buf_adds(out, "app name not found");
	return true;
}

/* -- all of them --------------------------------------------------------------- */

/* In this order. */
static const struct {
	enum runtime_kind kind;
	bool (*put)(struct buf *out, const struct appid_process *p);
} rules[] = {
	{ RUNTIME_PYTHON, put_gunicorn },
	{ RUNTIME_PYTHON, put_uvicorn },
	{ RUNTIME_PYTHON, put_uwsgi },
	{ RUNTIME_PYTHON, put_celery },
	{ RUNTIME_PYTHON, put_pyspark },
	{ RUNTIME_PYTHON, put_python_script },
	{ RUNTIME_NODE, put_node },
	{ RUNTIME_RUBY, put_ruby },
	{ RUNTIME_JVM, put_spark },
	{ RUNTIME_JVM, put_java },
};

bool
appid_put(struct buf *out, enum runtime_kind kind,
    const struct appid_process *p)
{
	size_t before = out->len;

	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (rules[i].kind != kind)
			continue;
		if (rules[i].put(out, p) && out->len - before <= APPID_MAX)
			return true;
		out->len = before;
		if (out->s)
			out->s[before] = '\0';
	}
	return false;
}

/* The arguments in the text of /proc/PID/cmdline. */
static size_t
split(char *text, size_t len, const char **argv)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n < APPID_ARGS_MAX;) {
		argv[n++] = text + i;
		i += strlen(text + i) + 1;
	}
	return n;
}

bool
appid_find(struct buf *out, enum runtime_kind kind, const struct proc *p,
    bool spark)
{
	const char *argv[APPID_ARGS_MAX];
	char cwd[APPID_PATH_MAX];
	struct buf text = { 0 }, conf = { 0 };
	struct appid_process a = { .argv = argv, .spark = spark };
	int root;
	ssize_t n;
	bool found;

	if (proc_read_file(p, "cmdline", &text) != PROC_OK || text.len == 0) {
		buf_free(&text);
		return false;
	}
	a.argc = split(text.s, text.len, argv);
	n = readlinkat(p->dir, "cwd", cwd, sizeof cwd - 1);
	if (n > 0 && cwd[0] == '/') {
		cwd[n] = '\0';
		a.cwd = cwd;
	}
	root = openat(p->dir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root >= 0) {
		a.resolve = apppath_resolve;
		a.arg = &root;
	}
	if (spark && kind == RUNTIME_JVM && spark_is_executor(argv, a.argc) &&
	    a.cwd && spark_read(&conf, p, a.cwd))
		a.spark_conf = &conf;
	found = appid_put(out, kind, &a);
	if (root >= 0)
		close(root);
	buf_free(&text);
	buf_free(&conf);
	return found;
}
