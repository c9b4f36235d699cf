#include "ship/engines.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/monotonic.h"
#include "ship/cri.h"
#include "ship/docker.h"
#include "ship/http.h"

enum { GRPC_UNIMPLEMENTED = 12 };

static const struct engine usual[] = {
	{ false, "/run/docker.sock" },
	{ false, "/var/run/docker.sock" },
	{ false, "/run/podman/podman.sock" },
	{ true, "/run/containerd/containerd.sock" },
	{ true, "/run/k3s/containerd/containerd.sock" },
	{ true, "/run/crio/crio.sock" },
	{ true, "/var/run/crio/crio.sock" },
};

struct asking {
	struct names *names;
	void (*failed)(const char *path, const char *why);
	uint64_t end;   /* monotonic */
	bool missing;   /* what is not there is told, too */
	bool no_http;
	struct {
		dev_t dev;
		ino_t ino;
	} asked[ENGINES_MAX];
	size_t n;
	int request;    /* a file with gRPC's empty message, or -1 */
};

const char *
engine_parse(struct engine *e, const char *text)
{
	static const struct {
		const char *kind;
		bool cri;
	} kinds[] = { { "docker:", false }, { "podman:", false },
		{ "cri:", true } };

	for (size_t i = 0; i < GP_COUNT(kinds); i++) {
		size_t n = strlen(kinds[i].kind);

		if (strncmp(text, kinds[i].kind, n) != 0)
			continue;
		*e = (struct engine){ kinds[i].cri, text + n };
		if (e->path[0] != '/')
			return "is not an absolute path";
		return strlen(e->path) < sizeof ((struct sockaddr_un *)0)->
		    sun_path ? NULL : "is a path too long for a socket";
	}
	return "is not docker:PATH, podman:PATH or cri:PATH";
}

static void
tell(const struct asking *a, const char *path, const char *why)
{
	if (a->failed)
		a->failed(path, why);
}

/* -- one request ------------------------------------------------------------ */

/* Send it, and have the whole body of a good answer; why says what else. */
static bool
ask(struct http *h, struct http_request *r, uint64_t end,
    struct http_answer *answer, struct buf *why)
{
	static const char *const accept[] = { "Accept: application/json", NULL };
	uint64_t now = monotonic_ns();

	r->timeout_ns = end > now ? end - now : 1;
	r->body_max = ENGINES_ANSWER_MAX;
	if (!r->headers)
		r->headers = accept;
	if (http_send(h, r, answer) != HTTP_ANSWERED)
		buf_adds(why, buf_str(&answer->error));
	else if (answer->status != 200)
		buf_addf(why, "HTTP status %ld", answer->status);
	else if (answer->cut)
		buf_adds(why, "the answer is too long");
	return why->len == 0;
}

static void
ask_docker(struct asking *a, struct http *h, uint64_t end, struct buf *why)
{
	struct http_request r = { .method = "GET",
		.url = "http://localhost" DOCKER_PATH, .fd = -1 };
	struct http_answer answer = { 0 };

	if (ask(h, &r, end, &answer, why) &&
	    !docker_take(a->names, answer.body.s, answer.body.len))
		buf_adds(why, "the answer is no list of containers");
	http_answer_free(&answer);
}

/* Call one method of a version of the interface; the gRPC status, or
 * HTTP_NO_GRPC with why. */
static uint64_t
call(struct asking *a, struct http *h, const char *version, const char *method,
    uint64_t end, struct buf *why)
{
	static const char *const headers[] = { "Content-Type: application/grpc",
		"TE: trailers", NULL };
	bool sandboxes = strcmp(method, CRI_SANDBOXES) == 0;
	struct http_answer answer = { 0 };
	uint64_t status = HTTP_NO_GRPC;
	char url[128];
	struct http_request r = { .method = "POST", .headers = headers,
		.url = url, .fd = a->request, .size = CRI_HEAD,
		/* libcurl 7.88 cannot use such a connection twice. */
		.fresh = true };

	snprintf(url, sizeof url, "http://localhost/runtime.%s.%s", version,
	    method);
	if (ask(h, &r, end, &answer, why)) {
		status = answer.grpc;
		if (status != 0)
			buf_addf(why, "gRPC status %llu",
			    (unsigned long long)status);
		else if (!(sandboxes ? cri_take_sandboxes :
		    cri_take_containers)(a->names, buf_str(&answer.body),
		    answer.body.len))
			buf_adds(why, "the answer is no list of containers");
	}
	http_answer_free(&answer);
	return status;
}

/* v1, or before it v1alpha2. */
static void
ask_cri(struct asking *a, struct http *h, uint64_t end, struct buf *why)
{
	const char *version = "v1";

	if (a->request < 0) {
		buf_adds(why, "no memory for a request");
		return;
	}
	if (call(a, h, version, CRI_SANDBOXES, end, why) ==
	    GRPC_UNIMPLEMENTED) {
		buf_reset(why);
		version = "v1alpha2";
		(void)call(a, h, version, CRI_SANDBOXES, end, why);
	}
	if (why->len == 0)
		(void)call(a, h, version, CRI_CONTAINERS, end, why);
}

/* -- one engine ------------------------------------------------------------- */

/* There, a socket, and not asked yet. */
static bool
is_new(struct asking *a, const char *path)
{
	struct stat st;

	if (stat(path, &st) != 0) {
		if (a->missing)
			tell(a, path, strerror(errno));
		return false;
	}
	if (!S_ISSOCK(st.st_mode)) {
		tell(a, path, "is no socket");
		return false;
	}
	for (size_t i = 0; i < a->n; i++)
		if (a->asked[i].dev == st.st_dev &&
		    a->asked[i].ino == st.st_ino)
			return false;
	if (a->n == ENGINES_MAX)
		return false;
	a->asked[a->n].dev = st.st_dev;
	a->asked[a->n++].ino = st.st_ino;
	return true;
}

static void
ask_engine(struct asking *a, const struct engine *e)
{
	struct http_config config = { .agent = "gp-discover/" GP_VERSION,
		.proxy = "", .socket = e->path, .http2 = e->cri };
	uint64_t now = monotonic_ns(), end = now + ENGINES_ONE_NS;
	struct buf why = { 0 };
	struct http *h;

	if (!is_new(a, e->path))
		return;
	if (now >= a->end) {
		tell(a, e->path, "the time for all engines is up");
		return;
	}
	h = http_open(&config);
	if (!h) {
		a->no_http = true;
		return;
	}
	(e->cri ? ask_cri : ask_docker)(a, h, end < a->end ? end : a->end,
	    &why);
	if (why.len)
		tell(a, e->path, why.s);
	buf_free(&why);
	http_free(h);
}

static int
make_request(void)
{
	static const char empty[CRI_HEAD];
	int fd = memfd_create("gp-request", MFD_CLOEXEC);

	if (fd >= 0 && file_write_all(fd, empty, sizeof empty) != 0) {
		close(fd);
		fd = -1;
	}
	return fd;
}

bool
engines_ask(struct names *names, const struct engine *list, size_t n,
    void (*failed)(const char *path, const char *why))
{
	struct asking a = { .names = names, .failed = failed,
		.end = monotonic_ns() + ENGINES_ALL_NS, .missing = n > 0,
		.request = make_request() };
	char path[128];

	for (size_t i = 0; i < n && !a.no_http; i++)
		ask_engine(&a, &list[i]);
	for (size_t i = 0; n == 0 && i < 2 * GP_COUNT(usual) && !a.no_http;
	    i++) {
		struct engine e = usual[i % GP_COUNT(usual)];

		snprintf(path, sizeof path, "%s%s",
		    i < GP_COUNT(usual) ? "" : "/proc/1/root", e.path);
		e.path = path;
		ask_engine(&a, &e);
	}
	if (a.request >= 0)
		close(a.request);
	return !a.no_http;
}
