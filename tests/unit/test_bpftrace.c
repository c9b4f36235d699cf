#include "profile/bpftrace.h"

#include <check.h>
#include <stdlib.h>

#include "suite.h"
#include "tests/unit/reads.h"

static const struct {
	const char *text, *want;
	unsigned bad;
	bool pid;
} texts[] = {
	/* Stacks innermost first, the kernel's before the process's. */
	{ "Attaching 1 probe...\n\n@[\n    vfs_read+570\n    syscall+1\n, \n"
	    "    read+8\n    main+35\n, cat, 42]: 7\n",
	    "cat;main;read;syscall;vfs_read 7\n", 0, false },
	{ "@[\n    main+35\n, cat, 42]: 7\n@[\n    main+36\n, cat, 42]: 3\n",
	    "cat-42;main 10\n", 0, true },
	{ "@[\n    main+35\n]: 3\n", "[unknown];main 3\n", 0, false },
	{ "@[cat, \n    main+35\n]: 3\n", "cat;main 3\n", 0, false },
	{ "@a[7, cat, \n    main+35\n]: 3\n", "cat-7;main 3\n", 0, true },
	/* In perf's form; templates; operators; addresses without a name. */
	{ "@[\n    7f035ca21d9e read+24 (/lib/libc.so.6)\n"
	    "    std::map<int, char>::at(int) const+12\n"
	    "    A::operator()(int)+3\n    0x7f9c\n, x]: 1\n",
	    "x;[unknown];A::operator();std::map<int, char>::at;read 1\n", 0,
	    false },
	/* Maps that have no stack. */
	{ "@s[jq, 3, , 4]: 2\n@x[5]: 6\n@: 7\nfree text ]: 8\n",
	    "jq 2\n", 0, false },
	/* Entries that do not end. */
	{ "@[\n    a+1\n@[\n    b+1\n, x]: 2\n@[\n    c+1\n", "x;b 2\n", 2,
	    false },
	{ "@[\n    a+1\n, x]: 99999999999999999999\n", "", 1, false },
	{ "@[, x]: 4\n", "x 4\n", 0, false },
};

START_TEST(entries_become_stacks)
{
	struct reads t;
	struct bpftrace b = { .r = &t.r };

	reads_begin(&t);
	t.fold.opt.heads.pid = texts[_i].pid;
	reads_lines(bpftrace_line, &b, texts[_i].text);
	bpftrace_end(&b);
	bpftrace_free(&b);
	ck_assert_uint_eq(t.r.bad, texts[_i].bad);
	reads_expect(&t, texts[_i].want);
}
END_TEST

#define MAP "{\"type\": \"map\", \"data\": {\"@\": {"

static const struct {
	const char *text, *want;
	unsigned bad;
} json[] = {
	{ "{\"type\": \"attached_probes\", \"data\": {\"probes\": 2}}\n\n"
	    MAP "\"\\n    f+5\\n,\\n    main+3\\n,cat,42\": 7}}}\n",
	    "cat;main;f 7\n", 0 },
	/* Equal keys all count. */
	{ MAP "\",\\n    0x7f\\n,a\\\"b,3\": 1, \",\\n    0x7f\\n,a\\\"b,3\": 2}}}",
	    "a\"b;[unknown] 3\n", 0 },
	{ MAP "\"\\n    f+1\\n,,kd.0,7\": 1, \"\\n    f+2\\n,,kd.0,7\": 1}}}",
	    "kd.0;f 2\n", 0 },
	{ MAP "\"\\n    f\\u0041+1\\n,x\": 1}}}", "x;fA 1\n", 0 },
	{ "{\"type\": \"map\", \"data\": {\"@n\": 5}}\n"
	    "{\"type\": \"map\", \"data\": {\"@a\": {\"jq\": 1}}}\n"
	    "{\"type\": \"hist\", \"data\": {\"@h\": {\"x\": [1]}}}\n", "", 0 },
	{ MAP "\"\\n    f+1\\n,x\": 1, \"\\n    g", "x;f 1\n", 1 },
	{ MAP "\"\\n    f+1\\n,x\": {\"avg\": 1}}}}", "", 0 },
	{ MAP, "", 1 },
	{ MAP "\"\\u00", "", 1 },
	{ MAP "\"\\", "", 1 },
};

START_TEST(json_is_the_same)
{
	struct reads t;
	struct bpftrace b = { .r = &t.r };

	reads_begin(&t);
	reads_lines(bpftrace_json_line, &b, json[_i].text);
	bpftrace_end(&b);
	bpftrace_free(&b);
	ck_assert_uint_eq(t.r.bad, json[_i].bad);
	reads_expect(&t, json[_i].want);
}
END_TEST

START_TEST(an_entry_without_end_has_a_bound)
{
	static char line[1 << 20];
	struct reads t;
	struct bpftrace b = { .r = &t.r };

	memset(line, 'x', sizeof line);
	reads_begin(&t);
	bpftrace_line(&b, "@[", 2);
	for (int i = 0; i < 8; i++)
		bpftrace_line(&b, line, sizeof line);
	ck_assert_uint_eq(t.r.bad, 1);
	ck_assert_uint_le(b.key.len, 5 << 20);
	bpftrace_end(&b);
	bpftrace_free(&b);
	reads_expect(&t, "");
}
END_TEST

Suite *
suite(void)
{
	Suite *s = suite_create("bpftrace");
	TCase *t = tcase_create("all");

	tcase_add_loop_test(t, entries_become_stacks, 0,
	    (int)GP_COUNT(texts));
	tcase_add_loop_test(t, json_is_the_same, 0, (int)GP_COUNT(json));
	tcase_add_test(t, an_entry_without_end_has_a_bound);
	suite_add_tcase(s, t);
	return s;
}
