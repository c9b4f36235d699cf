/* Folders of packages, and whose files the files in them are. */
#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "runtime/packages.h"
#include "suite.h"

static char root[] = "/tmp/gp-packages.XXXXXX";
static unsigned opened;

static int
open_in_root(void *arg, const char *path, bool folder)
{
	char full[512];

	(void)arg;
	opened++;
	snprintf(full, sizeof full, "%s%s", root, path);
	return open(full, O_RDONLY | O_CLOEXEC | (folder ? O_DIRECTORY : 0));
}

static const struct interp_process process = { NULL, open_in_root, NULL };

static void
put(const char *path, const char *text)
{
	char full[512], *slash;
	FILE *f;

	snprintf(full, sizeof full, "%s/v/site-packages/%s", root, path);
	slash = strrchr(full, '/');
	*slash = '\0';
	ck_assert_int_eq(file_mkdirs(full, 0755), 0);
	*slash = '/';
	f = fopen(full, "we");
	ck_assert_ptr_nonnull(f);
	ck_assert_int_ge(fputs(text, f), 0);
	ck_assert_int_eq(fclose(f), 0);
}

static void
setup(void)
{
	ck_assert_ptr_nonnull(mkdtemp(root));
	put("Flask-2.0.1.dist-info/METADATA",
	    "Metadata-Version: 2.1\nName: Flask\nVersion: 2.0.1\n\nText\n"
	    "Version: 9\n");
	put("Flask-2.0.1.dist-info/RECORD",
	    "flask/app.py,sha256=abc,123\nflask/py.typed,,\n"
	    "../../bin/flask,sha256=x,1\ngoogle/one.py,,\n");
	put("other-1.dist-info/METADATA", "Name: other\nVersion: 1+local\n\n");
	put("other-1.dist-info/RECORD", "google/two.py,,\r\n");
	put("old.egg-info/PKG-INFO", "Name: old\nVersion: 0.9\n\n");
	put("old.egg-info/SOURCES.txt", "setup.py\nolder/x.py\n");
	put("old.egg-info/top_level.txt", "older\n_older\n");
	put("My.Plain-Name-3.egg-info", "Name: My.Plain-Name\nVersion: 3\n\n");
	put("bare-4.dist-info/METADATA", "Name: bare\nVersion: 4\n\n");
	put("evil-5.dist-info/METADATA",
	    "Name: ev\x1bil;x y\nVersion: 5\n\n");
	put("evil-5.dist-info/RECORD", "evil.py,,\n");
	put("none-6.dist-info/METADATA", "Summary: nothing\n\nName: none\n");
	put("none-6.dist-info/RECORD", "none.py,,\n");
	put("a_first-1.dist-info/METADATA", "Name: a_first\nVersion: 1\n\n");
	put("a_first-1.dist-info/RECORD", "both.py,,\n");
	put("b_second-1.dist-info/METADATA", "Name: b_second\nVersion: 1\n\n");
	put("b_second-1.dist-info/RECORD", "both.py,,\n");
}

static void
teardown(void)
{
	char cmd[128];

	snprintf(cmd, sizeof cmd, "rm -rf '%s'", root);
	if (system(cmd) != 0)
		perror(cmd);
}

static const struct {
	const char *path;
	const char *package; /* NULL: none */
} files[] = {
	{ "/v/site-packages/flask/app.py", "Flask==2.0.1" },
	{ "/v/site-packages/google/one.py", "Flask==2.0.1" },
	{ "/v/site-packages/google/two.py", "other==1+local" },
	{ "/v/site-packages/google/three.py", NULL },
	{ "/v/site-packages/flask/extra.py", NULL },
	{ "/v/site-packages/older/any.py", "old==0.9" },
	{ "/v/site-packages/older/x.py", "old==0.9" },
	{ "/v/site-packages/_older.py", "old==0.9" },
	{ "/v/site-packages/my_plain_name/a/b.py", "My.Plain-Name==3" },
	{ "/v/site-packages/my_plain_name.py", "My.Plain-Name==3" },
	{ "/v/site-packages/bare/b.py", "bare==4" },
	{ "/v/site-packages/evil.py", "ev==5" },
	{ "/v/site-packages/none.py", NULL },
	{ "/v/site-packages/both.py", "a_first==1" },
	{ "/v/site-packages/", NULL },
	{ "/w/site-packages/flask/app.py", NULL },
	{ "v/site-packages/flask/app.py", NULL },
	{ "/v/my-packages/flask/app.py", NULL },
	{ "/srv/app.py", NULL },
	{ "", NULL },
};

START_TEST(a_file_is_its_packages)
{
	struct packages pk = { 0 };
	struct buf b = { 0 };
	bool found = packages_put(&pk, &process, files[_i].path, &b);

	ck_assert_int_eq(found, files[_i].package != NULL);
	ck_assert_str_eq(buf_str(&b), found ? files[_i].package : "");
	buf_free(&b);
	packages_free(&pk);
}
END_TEST

START_TEST(a_folder_is_read_once)
{
	struct packages pk = { 0 };
	struct buf b = { 0 };

	ck_assert(packages_put(&pk, &process, files[0].path, &b));
	opened = 0;
	ck_assert(packages_put(&pk, &process, files[2].path, &b));
	ck_assert_uint_eq(opened, 1); /* to see which it is */
	ck_assert_uint_eq(pk.n, 1);
	buf_free(&b);
	packages_free(&pk);
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("packages");
	TCase *t = tcase_create("packages");

	suite_add_tcase(s, t);
	tcase_add_unchecked_fixture(t, setup, teardown);
	tcase_add_loop_test(t, a_file_is_its_packages, 0,
	    (int)GP_COUNT(files));
	tcase_add_test(t, a_folder_is_read_once);
	return s;
}
