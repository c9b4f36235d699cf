#include "runtime/appid.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "suite.h"

/* kind, cwd, arguments with blanks between, and what comes out; NULL: none. */
static const struct {
	enum runtime_kind kind;
	const char *cwd, *args, *want;
} cases[] = {
	/* What gProfiler's own tests expect. */
	{ RUNTIME_JVM, "/", "java -jar Fibonacci.jar", "java: Fibonacci.jar" },
	{ RUNTIME_PYTHON, "/app", "python lister.py",
	    "python: lister.py (/app/lister.py)" },
	{ RUNTIME_NODE, "/", "node /app/fibonacci.js",
	    "nodejs: /app/fibonacci.js (/app/fibonacci.js)" },
	{ RUNTIME_RUBY, "/app", "ruby fibonacci.rb",
	    "ruby: fibonacci.rb (/app/fibonacci.rb)" },
	/* Servers of Python. */
	{ RUNTIME_PYTHON, "/srv", "/usr/bin/gunicorn -w 4 shop.wsgi:app",
	    "gunicorn: shop.wsgi:app (/srv/shop/wsgi.py)" },
	{ RUNTIME_PYTHON, "/srv", "python3 /usr/bin/gunicorn -b 0:80 a:b",
	    "gunicorn: a:b (/srv/a.py)" },
	{ RUNTIME_PYTHON, "/srv", "python3 /usr/bin/gunicorn",
	    "gunicorn: unknown app name" },
	{ RUNTIME_PYTHON, "/srv", "uvicorn --factory main:create",
	    "uvicorn: main:create (/srv/main.py)" },
	{ RUNTIME_PYTHON, "/srv", "python -m uvicorn main:app --port 80",
	    "uvicorn: main:app (/srv/main.py)" },
	{ RUNTIME_PYTHON, "/srv", "uwsgi -w shop.app",
	    "uwsgi: shop.app (/srv/shop/app.py)" },
	{ RUNTIME_PYTHON, "/srv", "uwsgi --wsgi-file=wsgi.py --master",
	    "uwsgi: wsgi.py (/srv/wsgi.py)" },
	{ RUNTIME_PYTHON, "/srv", "uwsgi --ini /etc/shop.ini",
	    "uwsgi: /etc/shop.ini (/etc/shop.ini)" },
	{ RUNTIME_PYTHON, "/srv", "uwsgi shop.ini",
	    "uwsgi: shop.ini (/srv/shop.ini)" },
	{ RUNTIME_PYTHON, "/srv", "uwsgi a.ini b.ini",
	    "uwsgi: ini file / wsgi module not found" },
	{ RUNTIME_PYTHON, "/srv", "celery -A shop.tasks worker",
	    "celery: shop.tasks (/srv/shop/tasks.py)" },
	{ RUNTIME_PYTHON, "/srv", "python3 -m celery -Ashop worker",
	    "celery: shop (/srv/shop.py)" },
	{ RUNTIME_PYTHON, "/srv", "python3 /bin/celery --app=shop worker",
	    "celery: shop (/srv/shop.py)" },
	{ RUNTIME_PYTHON, "/srv", "celery worker --queues mail",
	    "celery queue: mail (/srv)" },
	{ RUNTIME_PYTHON, "/srv", "python3 -m pyspark.daemon", "pyspark" },
	/* Python itself. */
	{ RUNTIME_PYTHON, "/srv", "/usr/bin/python3.11 -u -X dev ./a/../b.py x",
	    "python: ./a/../b.py (/srv/b.py)" },
	{ RUNTIME_PYTHON, "/srv", "python -m http.server",
	    "python: -m http.server" },
	{ RUNTIME_PYTHON, "/srv", "python3 -c pass", NULL },
	{ RUNTIME_PYTHON, "/srv", "python3", NULL },
	{ RUNTIME_PYTHON, "/srv", "gdb a.py", NULL },
	{ RUNTIME_PYTHON, NULL, "python3 a.py", "python: a.py (a.py)" },
	/* Node, Ruby. */
	{ RUNTIME_NODE, "/srv", "node -r ./hook.js --inspect app.js",
	    "nodejs: app.js (/srv/app.js)" },
	{ RUNTIME_NODE, "/srv", "node --require ./hook.js app.mjs",
	    "nodejs: app.mjs (/srv/app.mjs)" },
	{ RUNTIME_NODE, "/srv", "node", NULL },
	{ RUNTIME_RUBY, "/srv", "ruby -rset app.rb", "ruby: app.rb (/srv/app.rb)" },
	{ RUNTIME_RUBY, "/srv", "puma", NULL },
	/* Java. */
	{ RUNTIME_JVM, "/", "java -Xmx1g -cp a.jar:b.jar com.example.Main x",
	    "java: com.example.Main" },
	{ RUNTIME_JVM, "/", "java --module-path mods -m shop/shop.Main",
	    "java: shop/shop.Main" },
	{ RUNTIME_JVM, "/", "java @options -Dx=y Main", "java: Main" },
	{ RUNTIME_JVM, "/", "java -jar", NULL },
	{ RUNTIME_JVM, "/", "java -version", NULL },
	{ RUNTIME_JVM, "/", "java org.apache.spark.executor.E --id 1",
	    "java: org.apache.spark.executor.E" },
	/* What has none. */
	{ RUNTIME_NATIVE, "/", "nginx app.js", NULL },
	{ RUNTIME_GO, "/", "prometheus a.py", NULL },
	{ RUNTIME_PHP, "/", "php a.php", NULL },
};

START_TEST(the_table)
{
	char text[512];
	const char *argv[32];
	struct appid_process p = { .argv = argv, .cwd = cases[_i].cwd };
	struct buf out = { 0 };
	bool found;

	snprintf(text, sizeof text, "%s", cases[_i].args);
	for (char *s = strtok(text, " "); s; s = strtok(NULL, " "))
		argv[p.argc++] = s;
	found = appid_put(&out, cases[_i].kind, &p);
	ck_assert_msg(found == (cases[_i].want != NULL), "%s: %s",
	    cases[_i].args, buf_str(&out));
	ck_assert_str_eq(buf_str(&out), found ? cases[_i].want : "");
	buf_free(&out);
}
END_TEST

START_TEST(a_title_has_one_argument)
{
	const char *argv[] = { "gunicorn: worker [shop:app]", "", "" };
	struct appid_process p = { .argv = argv, .argc = 3, .cwd = "/srv" };
	struct buf out = { 0 };

	ck_assert(appid_put(&out, RUNTIME_PYTHON, &p));
	ck_assert_str_eq(buf_str(&out), "gunicorn: shop:app (/srv/shop.py)");
	argv[2] = "x";
	ck_assert(!appid_put(&out, RUNTIME_PYTHON, &p));
	argv[2] = "";
	argv[0] = "gunicorn: worker [shop";
	ck_assert(!appid_put(&out, RUNTIME_PYTHON, &p));
	buf_free(&out);
}
END_TEST

START_TEST(what_is_too_long_is_none)
{
	static char spec[2 * APPID_MAX];
	const char *argv[] = { "gunicorn", spec };
	struct appid_process p = { .argv = argv, .argc = 2, .cwd = "/" };
	struct buf out = { 0 };

	memset(spec, 'x', sizeof spec - 1);
	spec[1] = ':';
	buf_adds(&out, "kept");
	ck_assert(!appid_put(&out, RUNTIME_PYTHON, &p));
	ck_assert_str_eq(buf_str(&out), "kept");
	buf_free(&out);
}
END_TEST

/* A real process: cat(1) under another name, which waits for a FIFO. */
START_TEST(links_are_followed_below_the_root_of_a_process)
{
	char dir[] = "/tmp/gp-appid.XXXXXX", text[512];
	struct buf out = { 0 };
	struct proc p;
	int ready[2];
	char c;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	snprintf(text, sizeof text, "cd %s && mkdir -p v2/deep && "
	    "mkfifo v2/deep/real.py && ln -s v2 current && "
	    "ln -s ../current/deep/real.py v2/app.py", dir);
	ck_assert_int_eq(system(text), 0);
	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		snprintf(text, sizeof text, "%s/current", dir);
		if (chdir(text) == 0)
			execl("/bin/cat", "python3", "app.py", (char *)NULL);
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 0); /* it has executed */
	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)pid), PROC_OK);
	ck_assert(appid_find(&out, RUNTIME_PYTHON, &p, false));
	snprintf(text, sizeof text, "python: app.py (%s/v2/deep/real.py)", dir);
	ck_assert_str_eq(buf_str(&out), text);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	ck_assert(!appid_find(&out, RUNTIME_PYTHON, &p, false));
	proc_done(&p);
	close(ready[0]);
	buf_free(&out);
	snprintf(text, sizeof text, "rm -r %s", dir);
	ck_assert_int_eq(system(text), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("appid");
	TCase *t = tcase_create("appid");

	tcase_add_loop_test(t, the_table, 0, sizeof cases / sizeof *cases);
	tcase_add_test(t, a_title_has_one_argument);
	tcase_add_test(t, what_is_too_long_is_none);
	tcase_add_test(t, links_are_followed_below_the_root_of_a_process);
	suite_add_tcase(s, t);
	return s;
}
