/*
 * JSON by hand: one level of objects, no numbers but whole ones and an age. All
 * that is difficult is the strings, which any process can choose.
 */
#include "out.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "proc/proc.h"
#include "stream/utf8.h"

/* A string: bytes that are not UTF-8 become U+FFFD, as JSON has no bytes. */
static void
put_string(const char *s)
{
	size_t len = strlen(s), n;

	putchar('"');
	for (size_t i = 0; i < len; i += n) {
		unsigned char c = (unsigned char)s[i];

		n = utf8_len(s + i, len - i);
		if (n == 0) {
			fputs("\\ufffd", stdout);
			n = 1;
		} else if (c == '"' || c == '\\') {
			printf("\\%c", c);
		} else if (c < 0x20 || c == 0x7f) {
			printf("\\u%04x", c);
		} else {
			fwrite(s + i, 1, n, stdout);
		}
	}
	putchar('"');
}

static void
put_field(const char *key, const char *value)
{
	printf(", \"%s\": ", key);
	put_string(value);
}

/* A field that may be unknown: null says so. */
static void
put_maybe(const char *key, const char *value)
{
	if (value[0])
		put_field(key, value);
	else
		printf(", \"%s\": null", key);
}

static void
put_process(const struct scan_process *p)
{
	uint64_t hz = proc_ticks_per_second();

	printf("{\"pid\": %u, \"start\": %llu", p->pid,
	    (unsigned long long)p->start);
	put_field("comm", p->comm);
	printf(", \"ppid\": %u, \"uid\": %u", p->ppid, p->uid);
	put_field("user", p->user);
	printf(", \"ns_pid\": %u", p->ns_pid);
	put_field("runtime", runtime_name(p->runtime.kind));
	put_maybe("version", p->runtime.version);
	put_maybe("container", p->container);
	put_maybe("engine", p->engine);
	put_maybe("cgroup", p->cgroup);
	put_maybe("exe", p->exe);
	printf(", \"deleted\": %s", p->exe_deleted ? "true" : "false");
	printf(", \"age\": %llu.%02llu",
	    (unsigned long long)(p->age_ticks / hz),
	    (unsigned long long)(p->age_ticks % hz * 100 / hz));
	put_field("decision", p->reason == SCAN_PROFILE ? "profile" : "skip");
	put_maybe("reason", scan_reason_name(p->reason));
	putchar('}');
}

void
out_json(const struct scan *s)
{
	struct utsname u = { .nodename = "" };
	uint64_t profile = 0;

	/* Its failure leaves the names empty: nothing else can be said. */
	if (uname(&u) != 0)
		memset(&u, 0, sizeof u);
	printf("{\"gp\": {\"version\": 1, \"kind\": \"discover\"");
	put_field("tool", "gp-discover/" GP_VERSION);
	put_field("host", u.nodename);
	put_field("arch", u.machine);
	put_field("kernel", u.release);
	printf("},\n\"processes\": [");
	for (size_t i = 0; i < s->n; i++) {
		fputs(i ? ",\n" : "\n", stdout);
		put_process(&s->process[i]);
		profile += s->process[i].reason == SCAN_PROFILE;
	}
	printf("%s],\n\"end\": {\"processes\": %zu, \"profile\": %llu}}\n",
	    s->n ? "\n" : "", s->n, (unsigned long long)profile);
}
