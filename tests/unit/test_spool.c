/* The spool: its names, its entries, what a kill leaves, and its bounds. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "ship/entry.h"
#include "ship/queue.h"
#include "ship/spool.h"
#include "ship/state.h"
#include "ship/status.h"
#include "ship/trim.h"
#include "suite.h"
#include "temp_dir.h"

static const char an_id[] = "0123456789abcdef0123456789abcdef";
static const char *const both[] = { "a", "b" };
static struct spool spool;

static void
set_up(void)
{
	temp_dir_begin();
	ck_assert_int_eq(spool_open(&spool, dir, (struct bound_sum){ 0 }), 0);
}

static void
tear_down(void)
{
	spool_close(&spool);
	temp_dir_end();
}

/* names */

static const struct {
	const char *name;
	bool good;
} names[] = {
	{ "20261124T104107.482Z-0123456789abcdef0123456789abcdef", true },
	{ "20261124T104107.482Z-0123456789abcdef0123456789abcdeF", false },
	{ "20261124T104107.482Z-0123456789abcdef0123456789abcde", false },
	{ "20261124T104107.482Z-0123456789abcdef0123456789abcdef0", false },
	{ "20261124T104107.482Z-0123456789abcdef0123456789abcdef.x", false },
	{ "20261124T104107Z-0123456789abcdef0123456789abcdef", false },
	{ ".new-0123", false }, { "rejected", false }, { "", false },
};

START_TEST(a_name_has_a_time_and_an_id)
{
	char id[SPOOL_ID_MAX] = "?";
	struct timespec t = { 0 };

	ck_assert_int_eq(spool_parse_name(names[_i].name, id, &t),
	    names[_i].good);
	ck_assert_str_eq(id, names[_i].good ? an_id : "?");
	ck_assert_int_eq(t.tv_nsec, names[_i].good ? 482000000 : 0);
}
END_TEST

START_TEST(ids_differ)
{
	char a[SPOOL_ID_MAX], b[SPOOL_ID_MAX];

	spool_new_id(a);
	spool_new_id(b);
	ck_assert_str_ne(a, b);
	ck_assert_uint_eq(strspn(a, "0123456789abcdef"), SPOOL_ID_MAX - 1);
}
END_TEST

/* entries */

static void
put(const char *id, time_t t)
{
	ck_assert_int_eq(spool_begin(&spool), 0);
	ck_assert_int_eq(file_write_all(spool.fd, "bundle", 6), 0);
	ck_assert_int_eq(spool_commit(&spool, id,
	    (struct timespec){ .tv_sec = t }, both, 2), 0);
}

static void
put_number(int n)
{
	char id[SPOOL_ID_MAX];

	snprintf(id, sizeof id, "%032x", (unsigned)n);
	put(id, n);
}

/* Names in a folder of the spool that begin so. */
static int
count(const char *folder, const char *prefix)
{
	int fd = openat(spool.dirfd, folder, O_RDONLY | O_DIRECTORY), n = 0;
	DIR *d = fdopendir(fd);
	struct dirent *e;

	ck_assert_ptr_nonnull(d);
	while ((e = readdir(d)))
		n += strcmp(e->d_name, ".") != 0 &&
		    strcmp(e->d_name, "..") != 0 &&
		    strncmp(e->d_name, prefix, strlen(prefix)) == 0;
	closedir(d);
	return n;
}

static struct queue
open_queue(const char *name)
{
	struct queue q;

	ck_assert_int_eq(queue_open(&q, &spool, name), 0);
	return q;
}

START_TEST(an_entry_is_there_for_all_or_not_at_all)
{
	struct queue a = open_queue("a"), b = open_queue("b");

	ck_assert_int_eq(spool_begin(&spool), 0);
	ck_assert_uint_eq(queue_count(&a) + queue_count(&b), 0);
	spool_abort(&spool);
	ck_assert_int_eq(count(".", ".new-"), 0);
	put(an_id, 7);
	ck_assert_uint_eq(queue_count(&a), 1);
	ck_assert_uint_eq(queue_count(&b), 1);
	queue_close(&a);
	queue_close(&b);
}
END_TEST

START_TEST(the_same_id_is_not_taken_twice)
{
	struct queue a = open_queue("a"), b = open_queue("b");
	char name[SPOOL_NAME_MAX];

	put(an_id, 7);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(spool_begin(&spool), 0);
		ck_assert_int_eq(spool_commit(&spool, an_id,
		    (struct timespec){ .tv_sec = 9 }, both, 2), -1);
		ck_assert_int_eq(errno, EEXIST);
		spool_abort(&spool);
		/* The second time it has left. */
		snprintf(name, sizeof name, "19700101T000007.000Z-%s", an_id);
		ck_assert_int_eq(queue_done(&a, name), 0);
		ck_assert_int_eq(queue_done(&b, name), 0);
		ck_assert_int_eq(count(".", "1970"), 0);
	}
	queue_close(&a);
	queue_close(&b);
}
END_TEST

/* How many a run may find: what one process has sent has no bound. */
static const unsigned finished[] = {
	2 * SPOOL_FINISHED_MAX, 4 * SPOOL_FINISHED_MAX + 1,
	9 * SPOOL_FINISHED_MAX,
};

static bool
knows_number(unsigned i)
{
	char id[SPOOL_ID_MAX];

	snprintf(id, sizeof id, "%032x", i);
	return spool_knows(&spool, id);
}

START_TEST(finished_ids_are_bounded)
{
	const unsigned n = finished[_i];
	struct queue a = open_queue("a");
	char path[128];
	struct stat st;
	FILE *f;

	snprintf(path, sizeof path, "%s/finished", dir);
	f = fopen(path, "w");
	for (unsigned i = 0; i < n; i++)
		fprintf(f, "%032x\n", i);
	fclose(f);
	for (int cleared = 0; cleared < 2; cleared++) {
		ck_assert(knows_number(n - 1));
		ck_assert(knows_number(n - SPOOL_FINISHED_MAX));
		ck_assert_int_eq(spool_clear_up(&spool), 0);
		ck_assert_int_eq(stat(path, &st), 0);
		ck_assert_int_eq(st.st_size, SPOOL_FINISHED_MAX * SPOOL_ID_MAX);
	}
	ck_assert(!knows_number(1));
	queue_close(&a);
}
END_TEST

START_TEST(half_a_line_hides_no_finished_id)
{
	char path[128];
	struct stat st;
	FILE *f;

	snprintf(path, sizeof path, "%s/finished", dir);
	f = fopen(path, "w");
	fputs("0123456789abcdef", f);
	for (unsigned i = 0; i < 2 * SPOOL_FINISHED_MAX; i++)
		fprintf(f, "%032x\n", i);
	fclose(f);
	ck_assert(knows_number(2 * SPOOL_FINISHED_MAX - 1));
	ck_assert(!knows_number(2 * SPOOL_FINISHED_MAX));
	ck_assert_int_eq(spool_clear_up(&spool), 0);
	ck_assert(knows_number(2 * SPOOL_FINISHED_MAX - 1));
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_size, SPOOL_FINISHED_MAX * SPOOL_ID_MAX);
}
END_TEST

START_TEST(what_a_kill_left_is_cleared_up)
{
	struct spool other;
	struct queue a = open_queue("a");

	/* Killed while an entry was made, another that is being made still,
	 * killed while one was removed, and before one could be. */
	ck_assert_int_eq(mkdirat(spool.dirfd, ".new-0000", 0700), 0);
	close(openat(spool.dirfd, ".new-0000/bundle.tar.gz",
	    O_CREAT | O_WRONLY, 0600));
	close(openat(spool.dirfd, ".new-scratch.abc", O_CREAT | O_WRONLY,
	    0600));
	ck_assert_int_eq(mkdirat(spool.dirfd, ".gone-x", 0700), 0);
	close(openat(spool.dirfd, ".gone-x/for-a", O_CREAT | O_WRONLY, 0600));
	close(openat(spool.dirfd, ".finished.tmp.77", O_CREAT | O_WRONLY,
	    0600));
	ck_assert_int_eq(mkdirat(spool.dirfd,
	    "19700101T000007.000Z-0123456789abcdef0123456789abcdef", 0700), 0);
	ck_assert_int_eq(spool_open(&other, dir, (struct bound_sum){ 0 }), 0);
	ck_assert_int_eq(spool_begin(&other), 0);
	put_number(8);
	ck_assert_int_eq(spool_clear_up(&spool), 0);
	ck_assert_int_eq(count(".", "."), 1);
	ck_assert_int_eq(count(".", "1970"), 1);
	ck_assert(spool_knows(&spool, an_id));
	ck_assert_uint_eq(queue_count(&a), 1);
	ck_assert_int_eq(spool_commit(&other,
	    "ffffffffffffffffffffffffffffffff",
	    (struct timespec){ .tv_sec = 9 }, both, 2), 0);
	ck_assert_uint_eq(queue_count(&a), 2);
	spool_close(&other);
	queue_close(&a);
}
END_TEST

START_TEST(incomplete_input_waits_for_nobody)
{
	struct queue a = open_queue("a");

	ck_assert_int_eq(spool_begin(&spool), 0);
	ck_assert_int_eq(spool_commit_rejected(&spool, an_id,
	    (struct timespec){ .tv_sec = 9 }, "half"), 0);
	ck_assert_uint_eq(queue_count(&a), 0);
	ck_assert_int_eq(count("rejected", "1970"), 2);
	ck_assert_int_eq(count(".", ".new-"), 0);
	queue_close(&a);
}
END_TEST

/* queues */

START_TEST(a_queue_has_one_sender)
{
	struct spool again;
	struct queue a = open_queue("a"), b = open_queue("b"), c;

	ck_assert_int_eq(spool_open(&again, dir, (struct bound_sum){ 0 }), 0);
	ck_assert_int_eq(queue_open(&c, &again, "a"), 0);
	ck_assert_int_eq(queue_lock(&a), 0);
	ck_assert_int_eq(queue_lock(&b), 0);
	ck_assert_int_eq(queue_lock(&c), -1);
	ck_assert_int_eq(errno, EWOULDBLOCK);
	queue_close(&a);
	ck_assert_int_eq(queue_lock(&c), 0);
	queue_close(&b);
	queue_close(&c);
	spool_close(&again);
}
END_TEST

START_TEST(what_is_rejected_waits_for_the_other_and_can_be_put_back)
{
	struct queue a = open_queue("a"), b = open_queue("b");
	char name[SPOOL_NAME_MAX], path[256];
	struct buf text = { 0 };
	uint64_t n, size;
	int fd;

	put(an_id, 7);
	snprintf(name, sizeof name, "19700101T000007.000Z-%s", an_id);
	/* Once before, it got no further than the answer. */
	snprintf(path, sizeof path, "rejected/%s.tar.gz.answer", name);
	close(openat(a.dirfd, path, O_CREAT | O_WRONLY, 0600));
	ck_assert_int_eq(queue_reject(&a, name, "no", 2), 0);
	ck_assert_int_eq(file_read_at(a.dirfd, path, &text, 100), 0);
	ck_assert_str_eq(text.s, "no");
	buf_free(&text);
	ck_assert_uint_eq(queue_count(&a), 0);
	ck_assert_uint_eq(queue_count(&b), 1);
	/* Back, while the other waits still, and when it has left. */
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(queue_put_back(&a, &n), 0);
		ck_assert_uint_eq(n, 1);
		ck_assert_uint_eq(queue_count(&a), 1);
		ck_assert_int_eq(count("to/a/rejected", ""), 0);
		fd = queue_read(&a, name, &size);
		ck_assert_int_ge(fd, 0);
		close(fd);
		ck_assert_uint_eq(size, 6);
		ck_assert_int_eq(queue_reject(&a, name, "no", 2), 0);
		ck_assert_int_eq(queue_done(&b, name), 0);
		ck_assert_int_eq(count(".", "1970"), 0);
	}
	queue_close(&a);
	queue_close(&b);
}
END_TEST

START_TEST(progress_survives_and_half_of_it_is_none)
{
	struct queue a = open_queue("a");
	char name[SPOOL_NAME_MAX], path[256];
	uint64_t from = 1;
	int fd;

	put(an_id, 7);
	snprintf(name, sizeof name, "19700101T000007.000Z-%s", an_id);
	ck_assert(queue_has(&a, name, &from));
	ck_assert_uint_eq(from, 0);
	ck_assert_int_eq(queue_progress(&a, name, UINT64_MAX), 0);
	ck_assert(queue_has(&a, name, &from));
	ck_assert_uint_eq(from, UINT64_MAX);
	snprintf(path, sizeof path, "%s/for-a", name);
	fd = openat(spool.dirfd, path, O_WRONLY | O_TRUNC);
	ck_assert_int_eq(file_write_all(fd, "12345", 5), 0);
	close(fd);
	ck_assert(queue_has(&a, name, &from));
	ck_assert_uint_eq(from, 0);
	/* One that is gone is not made anew. */
	ck_assert_int_eq(queue_done(&a, name), 0);
	ck_assert_int_eq(queue_progress(&a, name, 3), 0);
	ck_assert(!queue_has(&a, name, NULL));
	queue_close(&a);
}
END_TEST

/* bounds */

START_TEST(what_was_rejected_goes_before_what_waits)
{
	struct queue a = open_queue("a"), b = open_queue("b");
	struct bound_sum waiting, rejected;
	struct bound_names l = { 0 };

	for (int i = 1; i <= 6; i++)
		put_number(i);
	ck_assert_int_eq(spool_list(&spool, &l), 0);
	/* One and two are refused by both, three by one. */
	for (size_t i = 0; i < 3; i++)
		ck_assert_int_eq(queue_reject(&a, l.name[i], "", 0), 0);
	for (size_t i = 0; i < 2; i++)
		ck_assert_int_eq(queue_reject(&b, l.name[i], "", 0), 0);
	bound_names_free(&l);
	ck_assert_int_eq(trim_measure(&spool, &waiting, &rejected), 0);
	ck_assert_uint_eq(waiting.files, 4);
	ck_assert_uint_eq(rejected.files, 10);
	ck_assert_uint_gt(waiting.bytes, 0);
	/* Bundles and answers of the oldest go first, whoever's they are. */
	spool.max.files = 6;
	ck_assert_int_eq(trim_spool(&spool, NULL, NULL), 0);
	ck_assert_int_eq(trim_measure(&spool, &waiting, &rejected), 0);
	ck_assert_uint_eq(waiting.files, 4);
	ck_assert_uint_eq(rejected.files, 2);
	ck_assert_int_eq(count("to/b/rejected", ""), 0);
	spool.max.files = 2;
	ck_assert_int_eq(trim_spool(&spool, NULL, NULL), 0);
	ck_assert_int_eq(trim_measure(&spool, &waiting, &rejected), 0);
	ck_assert_uint_eq(waiting.files, 2);
	ck_assert_uint_eq(rejected.files, 0);
	ck_assert_uint_eq(trim_dropped(a.dirfd), 1);
	ck_assert_uint_eq(trim_dropped(b.dirfd), 2);
	/* The newest stays, whatever the bound. */
	spool.max = (struct bound_sum){ .bytes = 1, .files = 1 };
	ck_assert_int_eq(trim_spool(&spool, NULL, NULL), 0);
	ck_assert_int_eq(count(".", "1970"), 1);
	ck_assert_int_eq(count(".", "19700101T000006"), 1);
	queue_close(&a);
	queue_close(&b);
}
END_TEST

START_TEST(status_tells_what_waits_for_whom)
{
	struct queue a = open_queue("a"), b = open_queue("b");
	struct bound_names l = { 0 };
	struct status st;
	char none[128];

	snprintf(none, sizeof none, "%s/none", dir);
	ck_assert_int_eq(status_read(&st, none, 100), 0);
	ck_assert_uint_eq(st.targets + st.waiting.files, 0);
	status_free(&st);
	for (int i = 1; i <= 3; i++)
		put_number(i);
	ck_assert_int_eq(spool_list(&spool, &l), 0);
	ck_assert_int_eq(queue_lock(&a), 0);
	a.state.sent = 7;
	queue_save(&a);
	ck_assert_int_eq(queue_done(&a, l.name[0]), 0);
	ck_assert_int_eq(queue_reject(&a, l.name[1], "no", 2), 0);
	ck_assert_int_eq(status_read(&st, dir, 101), 0);
	ck_assert_uint_eq(st.waiting.files, 3);
	ck_assert_uint_eq(st.oldest_s, 100);
	ck_assert_uint_eq(st.rejected.files, 2);
	ck_assert_uint_eq(st.incomplete, 0);
	ck_assert_uint_eq(st.targets, 2);
	ck_assert_str_eq(st.target[0].name, "a");
	ck_assert_uint_eq(st.target[0].waiting, 1);
	ck_assert_uint_eq(st.target[0].oldest_s, 98);
	ck_assert_uint_eq(st.target[0].rejected_kept, 1);
	ck_assert_uint_eq(st.target[0].state.sent, 7);
	ck_assert_str_eq(st.target[1].name, "b");
	ck_assert_uint_eq(st.target[1].waiting, 3);
	ck_assert_uint_eq(st.target[1].oldest_s, 100);
	ck_assert_uint_ge(st.target[1].waiting_bytes, 18);
	status_free(&st);
	bound_names_free(&l);
	queue_close(&a);
	queue_close(&b);
}
END_TEST

/* state */

START_TEST(state_comes_back)
{
	struct state s = { .failures = 3, .not_before = UINT64_MAX,
		.sent = 7 }, back;
	struct buf b = { 0 };

	state_set(s.memo, sizeof s.memo, "18231");
	state_set(s.why, sizeof s.why, "HTTP status 503: a=b\nend\n\x7f");
	ck_assert_str_eq(s.why, "HTTP status 503: a=b?end??");
	state_format(&s, &b);
	state_parse(&back, b.s, b.len);
	ck_assert_int_eq(memcmp(&s, &back, sizeof s), 0);
	/* What an older, longer one left behind the end means nothing. */
	buf_adds(&b, "failures=9\nend\n");
	state_parse(&back, b.s, b.len);
	ck_assert_uint_eq(back.failures, 3);
	buf_free(&b);
}
END_TEST

static const char *const broken[] = {
	"", "failures=3\n", "failures=3\nend", "end", "failures=3\nendx\n",
};

START_TEST(state_that_is_not_whole_is_none)
{
	struct state s;
	static const struct state none;

	state_parse(&s, broken[_i], strlen(broken[_i]));
	ck_assert_int_eq(memcmp(&s, &none, sizeof s), 0);
}
END_TEST

START_TEST(state_passes_over_what_it_does_not_understand)
{
	static const char text[] = "x=1\nfailures=no\nmemo=1234567890123456789"
	    "0123456789012345678901234567890123456789012345\nsent=4\n=\n\nend\n";
	struct state s;

	state_parse(&s, text, strlen(text));
	ck_assert_uint_eq(s.failures, 0);
	ck_assert_uint_eq(s.sent, 4);
	ck_assert_str_eq(s.memo, "");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("spool");
	TCase *words = tcase_create("words"), *files = tcase_create("files");

	tcase_add_loop_test(words, a_name_has_a_time_and_an_id, 0,
	    (int)GP_COUNT(names));
	tcase_add_test(words, ids_differ);
	tcase_add_test(words, state_comes_back);
	tcase_add_loop_test(words, state_that_is_not_whole_is_none, 0,
	    (int)GP_COUNT(broken));
	tcase_add_test(words, state_passes_over_what_it_does_not_understand);
	tcase_add_checked_fixture(files, set_up, tear_down);
	tcase_add_test(files, an_entry_is_there_for_all_or_not_at_all);
	tcase_add_test(files, the_same_id_is_not_taken_twice);
	tcase_add_loop_test(files, finished_ids_are_bounded, 0,
	    GP_COUNT(finished));
	tcase_add_test(files, half_a_line_hides_no_finished_id);
	tcase_add_test(files, what_a_kill_left_is_cleared_up);
	tcase_add_test(files, incomplete_input_waits_for_nobody);
	tcase_add_test(files, a_queue_has_one_sender);
	tcase_add_test(files,
	    what_is_rejected_waits_for_the_other_and_can_be_put_back);
	tcase_add_test(files, progress_survives_and_half_of_it_is_none);
	tcase_add_test(files, status_tells_what_waits_for_whom);
	tcase_add_test(files, what_was_rejected_goes_before_what_waits);
	suite_add_tcase(s, words);
	suite_add_tcase(s, files);
	return s;
}
