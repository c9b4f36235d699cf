#include "jitjob.h"

#include <string.h>

#include "base/buf.h"
#include "jobs.h"
#include "proc/jitdump.h"
#include "proc/perfmap.h"

struct request {
	uint64_t lines;
};

/* -- in the jail --------------------------------------------------------- */

static bool
put(void *arg, const void *p, size_t len)
{
	struct jail_call *c = arg;

	jail_put(c, p, len);
	return !c->failed;
}

static int
answer(struct jail_call *c, struct jitcode *j, int status)
{
	if (status == 0 && jitcode_write(j, put, c))
		jail_say(c, "%u pieces of compiled code, %llu lines or "
		    "records not understood", j->n, (unsigned long long)j->bad);
	jitcode_free(j);
	return status;
}

int
jitjob_map(struct jail_call *c)
{
	struct jitcode j = { 0 };

	return answer(c, &j, perfmap_read(&j, c->fd));
}

int
jitjob_dump(struct jail_call *c)
{
	struct request r = { 0 };
	struct jitcode j = { 0 };

	if (c->len == sizeof r)
		memcpy(&r, c->data, sizeof r);
	return answer(c, &j, jitdump_read(&j, c->fd, JITDUMP_NOW,
	    r.lines != 0));
}

/* -- the other side ------------------------------------------------------ */

static bool
take(void *arg, const void *p, size_t len)
{
	buf_add(arg, p, len);
	return true;
}

static const char *
text_of(enum jitjob_form form, int status)
{
	return form == JITJOB_MAP ?
	    perfmap_strerror((enum perfmap_err)status) :
	    jitdump_strerror((enum jitdump_err)status);
}

const char *
jitjob_ask(struct jail *j, const struct jitjob_file *f, struct jitcode *out)
{
	struct request data = { .lines = f->lines };
	struct buf bytes = { 0 };
	const struct jail_request r = {
		.job = f->form == JITJOB_MAP ? JOB_PERFMAP : JOB_JITDUMP,
		.data = &data, .len = sizeof data, .fd = f->fd,
		.reopen = f->slow, .name = f->name, .owner = f->owner,
		.take = take, .take_arg = &bytes,
		.answer_max = JITCODE_BYTES_MAX,
	};
	const char *why = NULL;
	enum jail_err err;
	int status;

	*out = (struct jitcode){ 0 };
	err = jail_ask(j, &r, &status);
	if (err == JAIL_EFORK)
		why = "cannot fork";
	else if (err != JAIL_OK)
		why = jail_why(j);
	else if (status != 0)
		why = text_of(f->form, status);
	else if (!jitcode_read(out, bytes.s, bytes.len))
		why = "its reader made no sense";
	buf_free(&bytes);
	return why;
}
