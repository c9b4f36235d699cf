#include "ship/spec.h"

#include <stdio.h>
#include <string.h>

#include "base/diag.h"

#define KIND(k) (1u << (k))
#define NET (KIND(SPEC_POST) | KIND(SPEC_STUDIO) | KIND(SPEC_PYROSCOPE) | \
	KIND(SPEC_S3))
#define TOKEN (NET & ~KIND(SPEC_S3))

static const struct {
	const char *prefix;
	enum spec_kind kind;
} kinds[] = {
	{ "post", SPEC_POST }, { "studio", SPEC_STUDIO },
	{ "pyroscope", SPEC_PYROSCOPE }, { "s3", SPEC_S3 },
};

static const char *take_name(struct spec *s, const char *value);
static const char *take_label(struct spec *s, const char *value);
static const char *take_file(struct spec *s, const char *value);
static const char *take_env(struct spec *s, const char *value);
static const char *take_credential(struct spec *s, const char *value);
static const char *take_user(struct spec *s, const char *value);
static const char *take_service(struct spec *s, const char *value);
static const char *take_tenant(struct spec *s, const char *value);
static const char *take_format(struct spec *s, const char *value);
static const char *take_region(struct spec *s, const char *value);
static const char *take_proxy(struct spec *s, const char *value);

/* One setting: a string that is only kept has its place, others a function. */
static const struct setting {
	const char *key;
	unsigned kinds;
	size_t offset;
	const char *(*take)(struct spec *s, const char *value);
} settings[] = {
	{ "name", NET, 0, take_name },
	{ "token-file", TOKEN, 0, take_file },
	{ "token-env", TOKEN, 0, take_env },
	{ "token-credential", TOKEN, 0, take_credential },
	{ "user", KIND(SPEC_POST) | KIND(SPEC_PYROSCOPE), 0, take_user },
	{ "ca-file", NET, offsetof(struct spec, ca_file), NULL },
	{ "cert", NET, offsetof(struct spec, cert), NULL },
	{ "key", NET, offsetof(struct spec, key), NULL },
	{ "proxy", NET, 0, take_proxy },
	{ "service", KIND(SPEC_STUDIO) | KIND(SPEC_PYROSCOPE), 0,
	    take_service },
	{ "tenant", KIND(SPEC_PYROSCOPE), 0, take_tenant },
	{ "label", KIND(SPEC_PYROSCOPE), 0, take_label },
	{ "format", KIND(SPEC_PYROSCOPE), 0, take_format },
	{ "region", KIND(SPEC_S3), 0, take_region },
	{ "credentials-file", KIND(SPEC_S3),
	    offsetof(struct spec, credentials_file), NULL },
};

static bool
is_name_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' ||
	    c == '-' || c == '_';
}

bool
spec_is_name(const char *name)
{
	size_t n = 0;

	while (is_name_char(name[n]))
		n++;
	return n > 0 && n < SPEC_NAME_MAX && name[n] == '\0' &&
	    !strchr(".-_", name[0]);
}

static const char *
take_name(struct spec *s, const char *value)
{
	if (!spec_is_name(value))
		return "is not a name (lower-case letters, digits, '.', '-', "
		    "'_', at most 48)";
	memcpy(s->name, value, strlen(value) + 1);
	return NULL;
}

static const char *
take_secret(struct spec *s, enum secret_from from, const char *value)
{
	if (s->token.from != SECRET_NONE)
		return "is a second place of the token";
	s->token.from = from;
	s->token.where = value;
	return NULL;
}

static const char *
take_file(struct spec *s, const char *value)
{
	return take_secret(s, SECRET_FILE, value);
}

static const char *
take_env(struct spec *s, const char *value)
{
	return take_secret(s, SECRET_ENV, value);
}

static const char *
take_credential(struct spec *s, const char *value)
{
	if (strchr(value, '/') || value[0] == '.')
		return "is not the name of a credential";
	return take_secret(s, SECRET_CREDENTIAL, value);
}

/* What becomes part of a header, or of a name that others read. */
static bool
is_made_of(const char *s, const char *more)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (!(s[n] >= 'a' && s[n] <= 'z') &&
		    !(s[n] >= 'A' && s[n] <= 'Z') &&
		    !(s[n] >= '0' && s[n] <= '9') && !strchr(more, s[n]))
			return false;
	return n > 0 && n < 256;
}

static const char *
take_user(struct spec *s, const char *value)
{
	s->user = value;
	return is_made_of(value, ".-_@+") ? NULL : "is not a user name";
}

static const char *
take_service(struct spec *s, const char *value)
{
	s->service = value;
	return is_made_of(value, ".-_") ? NULL :
	    "is not a service name (letters, digits, '.', '-', '_')";
}

static const char *
take_tenant(struct spec *s, const char *value)
{
	s->tenant = value;
	/* As Pyroscope has them. */
	return is_made_of(value, "!-_.*'()|") ? NULL : "is not a tenant";
}

static const char *
take_format(struct spec *s, const char *value)
{
	s->pprof = strcmp(value, "pprof") == 0;
	return s->pprof || strcmp(value, "folded") == 0 ? NULL :
	    "is not folded or pprof";
}

static const char *
take_region(struct spec *s, const char *value)
{
	s->region = value;
	return is_made_of(value, "-") && strlen(value) < 64 ? NULL :
	    "is not a region";
}

static const char *
take_proxy(struct spec *s, const char *value)
{
	struct url u;

	s->proxy = value;
	/* One with a password stands in https_proxy, in the environment. */
	return url_parse(&u, value);
}

/* "env=prod". Names as Prometheus has them. */
static const char *
take_label(struct spec *s, const char *value)
{
	static const char first[] = "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ_", more[] = "0123456789";
	size_t n = strspn(value, first);
	char *eq;

	while (n && (strspn(value + n, first) || strspn(value + n, more)))
		n++;
	eq = strchr(value, '=');
	if (n == 0 || value[n] != '=' || !eq || eq[1] == '\0')
		return "is not NAME=VALUE";
	if (s->labels == SPEC_LABELS_MAX)
		return "is one label too many";
	/* The value is in the arena, and ours. */
	*eq = '\0';
	s->label[s->labels].key = value;
	s->label[s->labels++].value = eq + 1;
	return NULL;
}

/* Keep what stands behind the '='. */
static const char *
take_setting(struct spec *s, const struct setting *t, const char *value)
{
	if (value[0] == '\0')
		return "is empty";
	if (t->take)
		return t->take(s, value);
	memcpy((char *)s + t->offset, &value, sizeof value);
	return NULL;
}

static const struct setting *
find_setting(const char *word, size_t len)
{
	for (size_t i = 0; i < GP_COUNT(settings); i++)
		if (strlen(settings[i].key) == len &&
		    memcmp(settings[i].key, word, len) == 0)
			return &settings[i];
	return NULL;
}

/* One word of settings. What is wrong is said with the key, not the value. */
static int
take_word(struct spec *s, char *word, struct buf *why)
{
	size_t len = strcspn(word, "=");
	const struct setting *t = find_setting(word, len);
	const char *wrong;

	if (word[len] != '=' || len == 0 || len > 32 ||
	    strspn(word, "abcdefghijklmnopqrstuvwxyz-") < len) {
		buf_adds(why, "a word behind the URL is not KEY=VALUE");
		return -1;
	}
	if (len == 5 && memcmp(word, "token", 5) == 0) {
		buf_adds(why, "a token there can be seen by others; "
		    "use token-file=, token-env= or token-credential=");
		return -1;
	}
	if (!t || !(t->kinds & KIND(s->kind))) {
		buf_addf(why, "%.*s= is no setting of this kind of target",
		    (int)len, word);
		return -1;
	}
	wrong = take_setting(s, t, word + len + 1);
	if (wrong)
		buf_addf(why, "%s= %s", t->key, wrong);
	return wrong ? -1 : 0;
}

/* Name it by what stays the same when a path or a label changes. */
static void
name_it(struct spec *s)
{
	const char *kind = "";
	char name[URL_HOST_MAX + 32];
	size_t n = 0;
	int len;

	for (size_t i = 0; i < GP_COUNT(kinds); i++)
		if (kinds[i].kind == s->kind)
			kind = kinds[i].prefix;
	len = s->url.has_port ?
	    snprintf(name, sizeof name, "%s-%s-%u", kind, s->url.host,
	        (unsigned)s->url.port) :
	    snprintf(name, sizeof name, "%s-%s", kind, s->url.host);
	/* Of a long host the end is what differs least; brackets and colons of
	 * IPv6 go. */
	for (int i = 0; i < len && n < SPEC_NAME_MAX - 1; i++)
		s->name[n++] = is_name_char(name[i]) ? name[i] : '_';
	s->name[n] = '\0';
}

static int
take_url(struct spec *s, struct arena *a, const char *word, struct buf *why)
{
	struct buf shown = { 0 };
	const char *wrong;

	s->kind = SPEC_POST;
	for (size_t i = 0; i < GP_COUNT(kinds); i++) {
		size_t len = strlen(kinds[i].prefix);

		if (strncmp(word, kinds[i].prefix, len) != 0 ||
		    word[len] != '+')
			continue;
		s->kind = kinds[i].kind;
		word += len + 1;
		break;
	}
	s->text = word;
	wrong = url_parse(&s->url, word);
	if (wrong) {
		buf_addf(why, "the URL %s", wrong);
		return -1;
	}
	url_show(&s->url, &shown);
	s->shown = arena_strndup(a, shown.s, shown.len);
	buf_free(&shown);
	name_it(s);
	return 0;
}

/* What a kind cannot do without, and what makes no sense. */
static int
check_whole(const struct spec *s, struct buf *why)
{
	if ((s->kind == SPEC_STUDIO || s->kind == SPEC_PYROSCOPE) &&
	    !s->service)
		buf_adds(why, "service= is missing");
	else if (s->kind == SPEC_STUDIO && s->token.from == SECRET_NONE)
		buf_adds(why, "a token is missing: token-file=");
	else if (s->key && !s->cert)
		buf_adds(why, "key= without cert=");
	else if (s->user && s->token.from == SECRET_NONE)
		buf_adds(why, "user= without a token");
	else if (s->kind != SPEC_POST && s->url.query)
		buf_adds(why, "the URL holds a query");
	else
		return 0;
	return -1;
}

int
spec_parse(struct spec *s, struct arena *a, const char *text, struct buf *why)
{
	static const char blanks[] = " \t";
	char *copy, *word, *rest = NULL;

	*s = (struct spec){ .kind = SPEC_DIR };
	text += strspn(text, blanks);
	copy = arena_strndup(a, text, strlen(text));
	if (copy[0] == '/') {
		s->dir = copy;
		return 0;
	}
	word = strtok_r(copy, blanks, &rest);
	if (!word) {
		buf_adds(why, "it is empty");
		return -1;
	}
	if (take_url(s, a, word, why) != 0)
		return -1;
	while ((word = strtok_r(NULL, blanks, &rest)))
		if (take_word(s, word, why) != 0)
			return -1;
	return check_whole(s, why);
}
