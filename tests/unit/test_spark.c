/* The names of Spark's applications, from settings and from a real process. */
#include "runtime/spark.h"

#include <check.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/appid.h"
#include "suite.h"

/* NULL: there is no name. */
static const struct {
	const char *text, *want;
} settings[] = {
	{ "spark.app.name=Nightly report\n", "Nightly report" },
	{ "#Spark configuration.\n#Tue\nspark.app.id=7\r\n"
	  "spark.app.name=a\r\nspark.app.name=b\r\n", "a" },
	{ "  spark.app.name = etl\\:\\ daily\\=1\\#", "etl: daily=1#" },
	{ "spark.app.name\tx y ", "x y " },
	{ "spark.app.name:x", "x" },
	{ "spark.app.name=\\u00e9\\u4E2D\\uD83D\\uDE00!",
	  "\xc3\xa9\xe4\xb8\xad\xf0\x9f\x98\x80!" },
	/* Halves of a pair, and what is no number. */
	{ "spark.app.name=\\uD83D\\u0041\\uDE00\\u0000",
	  "\xef\xbf\xbd" "A\xef\xbf\xbd\xef\xbf\xbd" },
	{ "spark.app.name=\\u00g9\\", "00g9\\" },
	{ "spark.app.name=a\\tb\\nc", "a b c" },
	{ "spark.app.name=\nspark.app.names=x\n#spark.app.name=y\n", NULL },
	{ "spark.app.name", NULL },
	{ "", NULL },
};

START_TEST(settings_are_read_as_java_reads_them)
{
	struct buf out = { 0 };
	bool found = spark_put_name(&out, settings[_i].text,
	    strlen(settings[_i].text));

	ck_assert_int_eq(found, settings[_i].want != NULL);
	ck_assert_str_eq(buf_str(&out), found ? settings[_i].want : "");
	buf_free(&out);
}
END_TEST

START_TEST(a_name_is_no_longer_than_it_may_be)
{
	static char text[4 * SPARK_NAME_MAX] = "spark.app.name=";
	struct buf out = { 0 };

	memset(text + 15, 'x', sizeof text - 15);
	ck_assert(spark_put_name(&out, text, sizeof text));
	ck_assert_uint_eq(out.len, SPARK_NAME_MAX);
	buf_free(&out);
}
END_TEST

/* cat(1) under java's name, in a folder with the job's settings. */
static pid_t
start_executor(const char *dir)
{
	int ready[2];
	pid_t pid;
	char c;

	ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
	pid = fork();
	if (pid == 0) {
		if (chdir(dir) == 0)
			execl("/bin/cat", "java", "-u", "fifo",
			    "org.apache.spark.executor.Backend", (char *)NULL);
		_exit(1);
	}
	close(ready[1]);
	ck_assert_int_eq(read(ready[0], &c, 1), 0); /* it has executed */
	close(ready[0]);
	return pid;
}

START_TEST(an_executor_s_application_is_found)
{
	char dir[] = "/tmp/gp-spark.XXXXXX", text[512];
	struct buf out = { 0 };
	struct proc p;
	pid_t pid;

	ck_assert_ptr_nonnull(mkdtemp(dir));
	/* As YARN has it, the folder is a link. */
	snprintf(text, sizeof text, "cd %s && mkfifo fifo && mkdir real && "
	    "ln -s $PWD/real __spark_conf__", dir);
	ck_assert_int_eq(system(text), 0);
	pid = start_executor(dir);
	ck_assert_int_eq(proc_open(&p, NULL, (uint32_t)pid), PROC_OK);
	ck_assert(appid_find(&out, RUNTIME_JVM, &p, true));
	ck_assert_str_eq(out.s, "java: fifo, spark: app name not found");
	buf_reset(&out);
	snprintf(text, sizeof text, "echo 'spark.app.name=shop' > "
	    "%s/real/__spark_conf__.properties", dir);
	ck_assert_int_eq(system(text), 0);
	ck_assert(appid_find(&out, RUNTIME_JVM, &p, true));
	ck_assert_str_eq(out.s, "java: fifo, spark: shop");
	buf_reset(&out);
	ck_assert(appid_find(&out, RUNTIME_JVM, &p, false));
	ck_assert_str_eq(out.s, "java: fifo");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	proc_done(&p);
	buf_free(&out);
	snprintf(text, sizeof text, "rm -r %s", dir);
	ck_assert_int_eq(system(text), 0);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("spark");
	TCase *t = tcase_create("spark");

	tcase_add_loop_test(t, settings_are_read_as_java_reads_them, 0,
	    sizeof settings / sizeof *settings);
	tcase_add_test(t, a_name_is_no_longer_than_it_may_be);
	tcase_add_test(t, an_executor_s_application_is_found);
	suite_add_tcase(s, t);
	return s;
}
