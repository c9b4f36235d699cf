/*
 * send.c - from the spool to the server, and what to say about it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/diag.h"
#include "base/file.h"
#include "ship/http.h"
#include "ship/post.h"
#include "upload.h"

static int
read_token_file(const char *path, struct buf *token)
{
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC), rc, err;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    (st.st_mode & S_IROTH))
		diag(DIAG_UPLOAD_TOKEN_MODE, path, 0, NULL);
	rc = file_read_fd(fd, token, HTTP_TOKEN_MAX);
	err = errno;
	close(fd);
	errno = err;
	return rc;
}

/* The token, from the file or else the environment; false if what there is
 * cannot be used. No token at all is fine. */
static bool
get_token(struct upload *u, struct buf *token)
{
	const char *from = u->token_file ? u->token_file : "GP_TOKEN", *wrong;
	const char *env = getenv("GP_TOKEN");

	if (u->token_file) {
		if (read_token_file(u->token_file, token) != 0) {
			diag_error("%s:", u->token_file);
			upload_fail(u, EX_NOINPUT);
			return false;
		}
	} else if (env && env[0]) {
		buf_adds(token, env);
	} else {
		return true;
	}
	wrong = http_check_token(token);
	if (wrong) {
		diag_error("%s %s", from, wrong);
		upload_fail(u, EX_CONFIG);
		return false;
	}
	if (strncmp(buf_str(&u->shown), "http://", 7) == 0)
		diag(DIAG_UPLOAD_CLEARTEXT, u->shown.s, 0, NULL);
	return true;
}

static void
report(struct upload *u, const struct deliver_result *r)
{
	unsigned long long waiting = r->waiting;

	diag_verbose("%s: %llu sent, %llu bytes, %llu waiting", u->shown.s,
	    (unsigned long long)r->sent, (unsigned long long)r->sent_bytes,
	    waiting);
	switch (r->end) {
	case DELIVER_ALL:
		break;
	case DELIVER_LATER:
		diag_say("%s: %s; %llu waiting in %s", u->shown.s,
		    buf_str(&r->why), waiting, u->spool);
		upload_fail(u, EX_TEMPFAIL);
		break;
	case DELIVER_BUSY:
		diag_say("%s: another gp-upload is sending; "
		    "%llu waiting in %s", u->shown.s, waiting, u->spool);
		upload_fail(u, EX_TEMPFAIL);
		break;
	case DELIVER_REFUSED:
		diag_error("%s: %s; nothing more is sent, "
		    "%llu waiting in %s", u->shown.s, buf_str(&r->why), waiting,
		    u->spool);
		upload_fail(u, EX_UNAVAILABLE);
		break;
	case DELIVER_EIO:
		diag_error("%s:", u->spool);
		upload_fail(u, EX_IOERR);
		break;
	}
}

static void
send_spool(struct upload *u, struct spool *spool, const struct buf *token)
{
	const struct http_config config = {
		.token = token->len ? token->s : NULL,
		.ca_file = u->ca_file,
		.agent = "gp-upload/" GP_VERSION,
	};
	struct deliver_result r = { 0 };
	struct target *t = post_open(u->url, u->shown.s, &config);

	if (!t) {
		diag_error("libcurl cannot be set up");
		upload_fail(u, EX_OSERR);
		return;
	}
	deliver(spool, t, &u->limits, &deliver_real, &r);
	report(u, &r);
	buf_free(&r.why);
	t->free(t);
}

void
upload_send(struct upload *u)
{
	struct buf token = { 0 };
	struct spool spool;

	/* No core file may hold the token. */
	setrlimit(RLIMIT_CORE, &(struct rlimit){ 0 });
	if (spool_open(&spool, u->spool, u->max) != 0) {
		diag_error("%s:", u->spool);
		upload_fail(u, EX_CANTCREAT);
	} else if (u->ca_file && access(u->ca_file, R_OK) != 0) {
		diag_error("%s:", u->ca_file);
		upload_fail(u, EX_NOINPUT);
	} else if (get_token(u, &token)) {
		send_spool(u, &spool, &token);
	}
	spool_close(&spool);
	if (token.s)
		explicit_bzero(token.s, token.len);
	buf_free(&token);
}
