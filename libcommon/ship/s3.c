#include "ship/s3.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "ship/bundle.h"
#include "ship/stamp.h"
#include "ship/web.h"

struct s3 {
	struct web web;
	char region[S3_REGION_MAX];
	struct utsname un;
	/* Of the bundle that is ready. */
	char hash[SHA256_HEX_MAX];
	char host[STAMP_HOST_MAX];
};

/* -- credentials ------------------------------------------------------------ */

static void
trim(const char **s, size_t *len)
{
	static const char blanks[] = " \t\r";

	while (*len && strchr(blanks, **s) && **s) {
		++*s;
		--*len;
	}
	while (*len && (*s)[*len - 1] && strchr(blanks, (*s)[*len - 1]))
		--*len;
}

static bool
is_word(const char *s, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(s, word, len) == 0;
}

static void
take_setting(struct s3_key *k, const char *line, size_t len)
{
	const char *eq = memchr(line, '=', len), *value;
	size_t key_len, value_len;
	struct buf *to;

	if (!eq)
		return;
	key_len = (size_t)(eq - line);
	value = eq + 1;
	value_len = len - key_len - 1;
	trim(&line, &key_len);
	trim(&value, &value_len);
	if (is_word(line, key_len, "aws_access_key_id"))
		to = &k->id;
	else if (is_word(line, key_len, "aws_secret_access_key"))
		to = &k->secret;
	else if (is_word(line, key_len, "aws_session_token"))
		to = &k->session;
	else
		return;
	buf_reset(to);
	buf_add(to, value, value_len);
}

static void
free_key(struct s3_key *k)
{
	secret_wipe(&k->id);
	secret_wipe(&k->secret);
	secret_wipe(&k->session);
}

static bool
is_key(struct s3_key *k)
{
	return secret_check(&k->id) == NULL &&
	    secret_check(&k->secret) == NULL &&
	    (k->session.len == 0 || secret_check(&k->session) == NULL);
}

bool
s3_parse_credentials(struct s3_key *k, const char *text, size_t len,
    const char *profile)
{
	bool in = false;
	size_t n, line_len;
	const char *nl, *line;

	*k = (struct s3_key){ 0 };
	for (; len; text += n, len -= n) {
		nl = memchr(text, '\n', len);
		n = nl ? (size_t)(nl - text) + 1 : len;
		line = text;
		line_len = nl ? n - 1 : n;
		trim(&line, &line_len);
		if (line_len && line[0] == '[')
			in = line[line_len - 1] == ']' &&
			    is_word(line + 1, line_len - 2, profile);
		else if (in && line_len && line[0] != '#')
			take_setting(k, line, line_len);
	}
	if (is_key(k))
		return true;
	free_key(k);
	return false;
}

static void
add_env(struct buf *b, const char *name)
{
	const char *value = getenv(name);

	if (value)
		buf_adds(b, value);
}

static bool
key_of_environment(struct s3_key *k)
{
	*k = (struct s3_key){ 0 };
	add_env(&k->id, "AWS_ACCESS_KEY_ID");
	add_env(&k->secret, "AWS_SECRET_ACCESS_KEY");
	add_env(&k->session, "AWS_SESSION_TOKEN");
	if (is_key(k))
		return true;
	free_key(k);
	return false;
}

static bool
load_key(const struct spec *spec, struct s3_key *k, struct buf *why)
{
	const char *profile = getenv("AWS_PROFILE");
	struct buf text = { 0 };
	bool good;

	if (!spec->credentials_file) {
		good = key_of_environment(k);
		if (!good)
			buf_adds(why, "no access key: credentials-file= or "
			    "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY");
		return good;
	}
	buf_grow(&text, S3_FILE_MAX + 1);
	if (file_read_at(AT_FDCWD, spec->credentials_file, &text,
	    S3_FILE_MAX) != 0) {
		buf_addf(why, "%s: %s", spec->credentials_file,
		    strerror(errno));
		good = false;
	} else {
		profile = profile && profile[0] ? profile : "default";
		good = s3_parse_credentials(k, text.s, text.len, profile);
		if (!good)
			buf_addf(why, "%s holds no access key in [%s]",
			    spec->credentials_file, profile);
	}
	secret_wipe(&text);
	return good;
}

/* -- where ------------------------------------------------------------------ */

bool
s3_region_of(const char *host, char out[S3_REGION_MAX])
{
	const char *s = strstr(host, ".s3.");
	size_t n;

	s = s ? s + 4 : strncmp(host, "s3.", 3) == 0 ? host + 3 : NULL;
	if (!s)
		return false;
	n = strcspn(s, ".");
	if (n == 0 || n >= S3_REGION_MAX ||
	    strncmp(s + n, ".amazonaws.", 11) != 0)
		return false;
	memcpy(out, s, n);
	out[n] = '\0';
	return true;
}

static void
find_region(struct s3 *s)
{
	const struct spec *spec = s->web.spec;
	const char *env = getenv("AWS_REGION");

	if (!spec->region && s3_region_of(spec->url.host, s->region))
		return;
	if (!env || !env[0])
		env = getenv("AWS_DEFAULT_REGION");
	if (!env || !env[0])
		env = "us-east-1";
	snprintf(s->region, sizeof s->region, "%s",
	    spec->region ? spec->region : env);
}

static void
make_url(const struct s3 *s, const struct parcel *p, struct buf *url)
{
	char time[STAMP_MAX];

	url_base(&s->web.spec->url, url);
	/* No byte of it needs escaping: a signature is of the path as sent. */
	stamp_format(time, "/Y/M/D/H/", p->time);
	buf_addf(url, "%s%s", time, s->host);
	stamp_format(time, "/YMDTHms.iZ-", p->time);
	buf_addf(url, "%s%s.tar.gz", time, p->id);
}

/* -- sending ---------------------------------------------------------------- */

static int
hash_bundle(struct s3 *s, const struct parcel *p)
{
	unsigned char digest[SHA256_SIZE];
	char chunk[65536];
	struct sha256 h;
	uint64_t off = 0;
	ssize_t n;

	sha256_init(&h);
	while (off < p->size &&
	    (n = file_pread(p->fd, chunk, sizeof chunk, (off_t)off)) > 0) {
		sha256_add(&h, chunk, (size_t)n);
		off += (uint64_t)n;
	}
	if (off != p->size)
		return -1;
	sha256_end(&h, digest);
	sha256_hex(s->hash, digest);
	return 0;
}

/* The host of the profile, or else this one. */
static void
find_host(struct s3 *s, const struct parcel *p)
{
	struct buf meta = { 0 };
	struct json_doc d;
	const char *host = NULL;
	bool good = bundle_read_meta(p->fd, &meta) == 0 &&
	    json_parse(&d, buf_str(&meta), meta.len, NULL);

	if (good)
		host = json_str(json_get(d.root, "host"), NULL);
	stamp_host(s->host, host && host[0] ? host : s->un.nodename);
	if (good)
		json_free(&d);
	buf_free(&meta);
}

static enum retry_verdict
prepare(struct target *t, const struct parcel *p, struct answer *a)
{
	struct s3 *s = (struct s3 *)t;

	if (hash_bundle(s, p) != 0) {
		buf_adds(&a->why, "the bundle cannot be read back");
		return RETRY_REJECT;
	}
	find_host(s, p);
	return RETRY_DONE;
}

static bool
says(const struct buf *body, const char *code)
{
	struct buf b = { 0 };
	bool found;

	buf_addf(&b, "<Code>%s</Code>", code);
	found = body->len && memmem(body->s, body->len, b.s, b.len);
	buf_free(&b);
	return found;
}

/* Where S3 means another thing than HTTP does. */
static enum retry_verdict
override(long status, const struct buf *body, enum retry_verdict v)
{
	static const char *const ours[] = { "ExpiredToken", "InvalidToken",
		"AuthorizationHeaderMalformed", "InvalidRegion",
		"TokenRefreshRequired", "PermanentRedirect" };

	if (status == 500)
		return RETRY_LATER;
	if (status == 400 && says(body, "RequestTimeout"))
		return RETRY_LATER;
	for (size_t i = 0; status == 400 && i < GP_COUNT(ours); i++)
		if (says(body, ours[i]))
			return RETRY_REFUSE;
	return v;
}

/* S3's XML has no first line for people; its code is. */
static void
add_code(struct answer *a)
{
	const char *s = a->text.len ? memmem(a->text.s, a->text.len, "<Code>",
	    6) : NULL;
	size_t n;

	if (!s)
		return;
	s += 6;
	n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	buf_addf(&a->why, ": %.*s", (int)(n < 100 ? n : 100), s);
}

static enum retry_verdict
send_with(struct s3 *s, const struct parcel *p, const struct s3_key *k,
    uint64_t timeout_ns, struct answer *a)
{
	struct buf url = { 0 }, hash = { 0 };
	const char *headers[] = { "Content-Type: application/gzip", NULL,
		NULL };
	struct http_request r = { .method = "PUT", .headers = headers,
		.auth = HTTP_AUTH_SIGV4, .user = k->id.s, .secret = &k->secret,
		.session = &k->session, .region = s->region, .fd = p->fd,
		.size = p->size, .timeout_ns = timeout_ns,
		.fresh = p->attempt > 0 };
	enum retry_verdict v;

	make_url(s, p, &url);
	buf_addf(&hash, "x-amz-content-sha256: %s", s->hash);
	headers[1] = hash.s;
	r.url = url.s;
	v = web_send(&s->web, &r, a, override);
	if (v != RETRY_DONE)
		add_code(a);
	buf_free(&url);
	buf_free(&hash);
	return v;
}

static enum retry_verdict
send_parcel(struct target *t, const struct parcel *p, uint64_t timeout_ns,
    struct answer *a)
{
	struct s3 *s = (struct s3 *)t;
	enum retry_verdict v;
	struct s3_key k;

	if (!load_key(s->web.spec, &k, &a->why))
		return RETRY_BROKEN;
	v = send_with(s, p, &k, timeout_ns, a);
	free_key(&k);
	return v;
}

static void
s3_free(struct target *t)
{
	struct s3 *s = (struct s3 *)t;

	web_close(&s->web);
	free(s);
}

struct target *
s3_open(const struct spec *spec, const char *agent)
{
	struct s3 *s = calloc(1, sizeof *s);

	if (!s)
		die_nomem();
	s->web.target = (struct target){ .prepare = prepare,
		.send = send_parcel, .free = s3_free };
	if (uname(&s->un) != 0)
		snprintf(s->un.nodename, sizeof s->un.nodename, "localhost");
	if (!web_open(&s->web, spec, agent)) {
		s3_free(&s->web.target);
		return NULL;
	}
	find_region(s);
	return &s->web.target;
}
