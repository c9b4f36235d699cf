#include "facts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/monotonic.h"

#define CACHE "/cloud.json"

enum { PATH_ROOM = 4096, CACHE_MAX = 65536, AGAIN_S = 600 };
#define GRACE_NS UINT64_C(500000000)

/* -- the owner's file ------------------------------------------------------- */

static bool
read_own(struct about *a, const char *path, struct buf *why)
{
	struct buf text = { 0 };
	bool good = false;

	if (file_read_at(AT_FDCWD, path, &text, ABOUT_FILE_MAX) != 0)
		buf_adds(why, strerror(errno));
	else
		good = about_parse(a, buf_str(&text), text.len, why);
	buf_free(&text);
	return good;
}

static bool
take_own(struct about *a, const char *path)
{
	struct buf why = { 0 };
	bool good = read_own(a, path, &why);

	if (!good)
		diag(DIAG_UPLOAD_METADATA, path, 0, "%s", buf_str(&why));
	else if (a->left_out)
		diag(DIAG_UPLOAD_METADATA, path, 0,
		    "%llu pairs are left out: too long, too many, or twice",
		    (unsigned long long)a->left_out);
	buf_free(&why);
	return good;
}

bool
facts_check(const struct upload *u)
{
	struct about a = { 0 };
	bool good = !u->metadata || take_own(&a, u->metadata);

	about_free(&a);
	return good;
}

/* -- the cache -------------------------------------------------------------- */

/* Where it is, below name "" the folder; false: nowhere. */
static bool
cache_place(char path[PATH_ROOM], const char *name)
{
	const char *dir = getenv("RUNTIME_DIRECTORY"), *tail = "";
	int n;

	if (!dir || dir[0] != '/' || strchr(dir, ':')) {
		dir = geteuid() == 0 ? "/run" : getenv("XDG_RUNTIME_DIR");
		tail = "/gp";
	}
	if (!dir || dir[0] != '/')
		return false;
	n = snprintf(path, PATH_ROOM, "%s%s%s", dir, tail, name);
	return n > 0 && n < PATH_ROOM;
}

static void
read_boot(struct buf *b)
{
	if (file_read_at(AT_FDCWD, "/proc/sys/kernel/random/boot_id", b, 64) !=
	    0)
		buf_reset(b);
	while (b->len && b->s[b->len - 1] == '\n')
		b->s[--b->len] = '\0';
}

/* Whether what the cache holds, a JSON object, is of now and of this cloud. */
static bool
is_good(const struct facts *f, const struct json_value *v)
{
	const char *cloud = json_str(json_get(v, "kind"), NULL);
	const char *boot = json_str(json_get(v, "boot"), NULL);
	struct buf ours = { 0 };
	uint64_t asked, now = (uint64_t)time(NULL);
	bool good;

	read_boot(&ours);
	good = cloud && boot && ours.len && strcmp(boot, ours.s) == 0 &&
	    strcmp(cloud, cloud_name(f->cloud)) == 0;
	buf_free(&ours);
	if (!good || json_get(v, "cloud"))
		return good;
	return json_u64(json_get(v, "asked"), &asked) && asked <= now &&
	    now - asked < AGAIN_S;
}

static void
read_cache(struct facts *f)
{
	const struct json_limits limits = { .size = CACHE_MAX,
		.memory = 4 << 20, .depth = 8 };
	struct buf text = { 0 };
	struct json_doc d;
	char path[PATH_ROOM];

	if (!cache_place(path, CACHE))
		return;
	if (file_read_at(AT_FDCWD, path, &text, CACHE_MAX) == 0 &&
	    json_parse(&d, buf_str(&text), text.len, &limits)) {
		f->known = is_good(f, d.root);
		if (f->known)
			about_add_object(&f->about, &f->about.cloud,
			    json_get(d.root, "cloud"));
		json_free(&d);
	}
	buf_free(&text);
}

/* It is a cache: that it cannot be written costs a question the next time. */
static void
write_cache(const struct facts *f)
{
	struct buf text = { 0 }, boot = { 0 };
	struct jsonw w = { .out = &text };
	struct file_new file;
	char path[PATH_ROOM];

	if (!cache_place(path, "") || file_mkdirs(path, 0755) != 0 ||
	    !cache_place(path, CACHE))
		return;
	read_boot(&boot);
	jsonw_object(&w, NULL);
	jsonw_str(&w, "boot", buf_str(&boot));
	jsonw_str(&w, "kind", cloud_name(f->cloud));
	jsonw_u64(&w, "asked", (uint64_t)time(NULL));
	about_write(&f->about, &w);
	jsonw_end(&w);
	jsonw_done(&w);
	buf_addc(&text, '\n');
	if (file_new(&file, path, 0644) != 0 ||
	    file_write_all(file.fd, text.s, text.len) != 0 ||
	    file_new_replace(&file) != 0) {
		file_new_abort(&file);
		diag_verbose("%s: cannot be kept", path);
	}
	buf_free(&text);
	buf_free(&boot);
}

/* -- the question ----------------------------------------------------------- */

/* In the child, which alone has libcurl's memory: the answer, or why there is
 * none. Does not return. */
static void
be_asker(const struct facts *f, int out, pid_t parent)
{
	struct about a = { 0 };
	struct buf text = { 0 }, why = { 0 };
	struct jsonw w = { .out = &text };

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent)
		_exit(1);
	if (!cloud_ask(&a, f->cloud, CLOUD_TIME_NS, &why))
		about_free(&a);
	jsonw_object(&w, NULL);
	about_write(&a, &w);
	if (why.len)
		jsonw_str(&w, "why", why.s);
	jsonw_end(&w);
	jsonw_done(&w);
	_exit(file_write_all(out, text.s, text.len) != 0);
}

static void
start_asking(struct facts *f)
{
	pid_t parent = getpid();
	int p[2];

	if (pipe2(p, O_CLOEXEC) != 0)
		return;
	f->child = fork();
	if (f->child == 0)
		be_asker(f, p[1], parent);
	close(p[1]);
	if (f->child < 0) {
		close(p[0]);
		f->child = 0;
		return;
	}
	f->answer = p[0];
	f->end = monotonic_ns() + CLOUD_TIME_NS + GRACE_NS;
}

void
facts_begin(struct facts *f, const struct upload *u)
{
	*f = (struct facts){ .upload = u, .answer = -1 };
	f->cloud = u->cloud_auto ? cloud_detect("") : u->cloud;
	if (f->cloud == CLOUD_NONE)
		return;
	read_cache(f);
	if (!f->known)
		start_asking(f);
}

/* All that the child says until the time is up. */
static void
read_answer(const struct facts *f, struct buf *text)
{
	struct pollfd p = { f->answer, POLLIN, 0 };
	char chunk[4096];
	uint64_t now;
	ssize_t n = 1;

	while (n > 0 && (now = monotonic_ns()) < f->end && text->len < CACHE_MAX) {
		if (poll(&p, 1, (int)((f->end - now) / 1000000) + 1) <= 0)
			continue;
		n = read(f->answer, chunk, sizeof chunk);
		if (n > 0)
			buf_add(text, chunk, (size_t)n);
	}
}

static void
finish_asking(struct facts *f)
{
	const struct json_limits limits = { .size = CACHE_MAX,
		.memory = 4 << 20, .depth = 8 };
	struct buf text = { 0 };
	const char *why = NULL;
	struct json_doc d;
	bool good;

	read_answer(f, &text);
	close(f->answer);
	kill(f->child, SIGKILL);
	while (waitpid(f->child, NULL, 0) < 0 && errno == EINTR)
		;
	good = json_parse(&d, buf_str(&text), text.len, &limits);
	if (good) {
		about_add_object(&f->about, &f->about.cloud,
		    json_get(d.root, "cloud"));
		why = json_str(json_get(d.root, "why"), NULL);
	}
	if (f->about.cloud.n == 0)
		diag(DIAG_UPLOAD_CLOUD, cloud_name(f->cloud), 0, "%s",
		    why ? why : "no answer in time");
	if (good)
		json_free(&d);
	buf_free(&text);
	write_cache(f);
}

void
facts_end(struct facts *f, struct about *about)
{
	if (f->child)
		finish_asking(f);
	if (f->upload->metadata)
		(void)!take_own(&f->about, f->upload->metadata);
	*about = f->about;
}
