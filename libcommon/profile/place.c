#include "profile/place.h"

#include <string.h>

#include "base/utf8.h"

#define K8S "k8s:"

enum { ID_SHORT = 12 }; /* digits of an id, as docker ps shows it */

static const char *
get(const struct record *r, const char *key)
{
	const char *value = record_get(r, key);

	return value ? value : "";
}

void
place_put_container(struct buf *b, const struct record *r)
{
	const char *id = get(r, "container"), *name = get(r, "container_name");
	const char *pod = get(r, "pod"), *engine = get(r, "engine");
	size_t len = strlen(id);

	if (len == 0) {
		buf_adds(b, PLACE_HOST);
		return;
	}
	if (*pod && *name) {
		buf_addf(b, K8S "%s/%s/%s", get(r, "namespace"), pod, name);
		return;
	}
	/* Names that are not hexadecimal (runc, lxc) stay whole. */
	if (len == 64 && strspn(id, "0123456789abcdef") == len)
		len = ID_SHORT;
	buf_adds(b, *engine ? engine : "container");
	buf_addc(b, ':');
	if (*name)
		buf_adds(b, name);
	else
		buf_add(b, id, len);
}

void
place_put_app(struct buf *b, const struct record *r)
{
	const char *app = get(r, "app");
	size_t len = strlen(app), n = len;

	if (len > PLACE_APP_MAX)
		/* At a whole character. */
		for (n = PLACE_APP_MAX;
		    n > PLACE_APP_MAX - 4 && (app[n] & 0xc0) == 0x80; n--)
			;
	if (len)
		buf_add(b, app, n);
	else
		buf_adds(b, PLACE_NO_APP);
}

/* The last is always there, and nothing that a stranger chose. */
static const char *const program_keys[] = {
	"exe", "execfn", "arch", "exe_build_id", "lib_build_id", "link", "libc",
	"stripped", "image", "own", "runtime",
};

static size_t
field_max(const char *key)
{
	return strcmp(key, "own") == 0 ? PLACE_OWN_MAX : PLACE_FIELD_MAX;
}

void
place_put_program(struct buf *b, const struct record *r)
{
	struct buf field = { 0 };
	size_t start = b->len;

	for (size_t i = 0; i < GP_COUNT(program_keys); i++) {
		buf_reset(&field);
		record_put(&field, program_keys[i], get(r, program_keys[i]));
		if (i + 1 == GP_COUNT(program_keys) && field.len == 0)
			record_put(&field, program_keys[i], "unknown");
		if (field.len == 0 || field.len > field_max(program_keys[i]))
			continue;
		/* Without the blank before the first. */
		for (size_t k = b->len == start; k < field.len; k++)
			if (field.s[k] == ';')
				buf_adds(b, "%3B");
			else
				buf_addc(b, field.s[k]);
	}
	buf_free(&field);
}

bool
place_is_program(const char *frame, size_t len)
{
	static const char last[] = "runtime=";
	const size_t n = sizeof last - 1;
	const char *s = memrchr(frame, ' ', len);

	s = s ? s + 1 : frame;
	return (size_t)(frame + len - s) > n && memcmp(s, last, n) == 0;
}

/* "namespace/pod/container", none of which has a '/' or a '_'. */
static bool
put_kubernetes(struct buf *b, const char *s, size_t len)
{
	const char *pod = memchr(s, '/', len), *end = s + len, *name;

	name = pod ? memchr(pod + 1, '/', (size_t)(end - pod - 1)) : NULL;
	if (!name || memchr(s, '_', len) ||
	    memchr(name + 1, '/', (size_t)(end - name - 1)))
		return false;
	buf_adds(b, "k8s_");
	buf_add(b, name + 1, (size_t)(end - name - 1));
	buf_addc(b, '_');
	buf_add(b, pod + 1, (size_t)(name - pod - 1));
	buf_addc(b, '_');
	buf_add(b, s, (size_t)(pod - s));
	buf_adds(b, "_unknown_0");
	return true;
}

void
place_put_gprofiler(struct buf *b, const char *frame, size_t len)
{
	const size_t k8s = sizeof K8S - 1;
	const char *colon;

	if (len == 0 || frame[0] == '[')
		return;
	if (len > k8s && memcmp(frame, K8S, k8s) == 0 &&
	    put_kubernetes(b, frame + k8s, len - k8s))
		return;
	colon = memchr(frame, ':', len);
	if (colon) {
		len -= (size_t)(colon + 1 - frame);
		frame = colon + 1;
	}
	buf_add(b, frame, len);
}
