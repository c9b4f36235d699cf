/*
 * targets.c - from options to targets.
 */
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/opt.h"
#include "upload.h"

/* Those of the command line, which come later, take the place of the file's. */
static void
displace(size_t *n, size_t *from_file)
{
	if (*from_file && !opt_is_configuring())
		*n = *from_file = 0;
}

static const char *
keep_dir(struct upload *u, const char *dir)
{
	for (size_t i = 0; i < u->dirs; i++)
		if (strcmp(u->dir[i], dir) == 0)
			return NULL;
	u->dirs_from_file += opt_is_configuring();
	if (u->dirs == UPLOAD_DIRS_MAX)
		return "is one directory too many";
	u->dir[u->dirs++] = dir;
	return NULL;
}

const char *
upload_add_dir(void *dst, const char *arg)
{
	struct upload *u = dst;

	displace(&u->dirs, &u->dirs_from_file);
	if (arg[0] == '\0')
		return "is empty";
	return keep_dir(u, arg);
}

const char *
upload_add_target(void *dst, const char *arg)
{
	static char wrong[256];
	struct upload *u = dst;
	struct buf why = { 0 };
	struct spec s;

	displace(&u->targets, &u->from_file);
	displace(&u->dirs, &u->dirs_from_file);
	if (u->targets == UPLOAD_TARGETS_MAX)
		return "is one target too many";
	if (spec_parse(&s, &u->mem, arg, &why) != 0) {
		state_set(wrong, sizeof wrong, buf_str(&why));
		buf_free(&why);
		return wrong;
	}
	if (s.kind != SPEC_DIR) {
		u->from_file += opt_is_configuring();
		u->target[u->targets++] = s;
		return NULL;
	}
	return keep_dir(u, s.dir);
}

/* --url and its token, as a target like the others. */
static void
add_url(struct upload *u)
{
	struct buf why = { 0 };
	struct spec *s = &u->target[u->targets];

	if (u->targets == UPLOAD_TARGETS_MAX)
		opt_usage("--url: is one target too many");
	/* Blanks in it would begin settings. Not the URL itself is shown: it
	 * may hold a password. */
	if (strpbrk(u->url, " \t") || u->url[0] == '/')
		opt_usage("--url: the URL is none");
	if (spec_parse(s, &u->mem, u->url, &why) != 0)
		opt_usage("--url: %s", buf_str(&why));
	u->targets++;
	if (u->token_file) {
		s->token.from = SECRET_FILE;
		s->token.where = u->token_file;
	} else {
		s->token.from = SECRET_ENV;
		s->token.where = "GP_TOKEN";
	}
}

static void
default_to(const char **field, const char *value)
{
	if (!*field)
		*field = value;
}

static void
complete(const struct upload *u, struct spec *s)
{
	default_to(&s->ca_file, u->ca_file);
	default_to(&s->proxy, u->proxy);
	if (!s->cert) {
		s->cert = u->cert;
		default_to(&s->key, u->key);
	}
}

static void
check_names(const struct upload *u)
{
	for (size_t i = 0; i < u->targets; i++)
		for (size_t j = 0; j < i; j++)
			if (strcmp(u->target[i].name, u->target[j].name) == 0)
				opt_usage("two targets are called %s: give "
				    "one of them a name=", u->target[i].name);
}

void
upload_check_targets(struct upload *u)
{
	struct url proxy;
	const char *wrong;

	if (u->proxy) {
		wrong = url_parse(&proxy, u->proxy);
		if (wrong)
			opt_usage("--proxy: the URL %s", wrong);
	}
	if (u->url)
		add_url(u);
	else if (u->token_file)
		opt_usage("--token-file is for --url; "
		    "a target of --to has token-file=");
	if (u->key && !u->cert)
		opt_usage("--key needs --cert");
	for (size_t i = 0; i < u->targets; i++)
		complete(u, &u->target[i]);
	check_names(u);
	if (u->flush && u->targets == 0)
		opt_usage("--flush needs --to or --url");
	if (u->flush && u->file)
		opt_usage("--flush reads no file");
	if (u->again && !u->flush)
		opt_usage("--again needs --flush");
}
