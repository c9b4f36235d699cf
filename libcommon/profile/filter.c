#include "profile/filter.h"

#include <stdlib.h>

#include "base/diag.h"

const char *
filter_add(struct filter *f, enum filter_flag flag, const char *expression)
{
	static char wrong[256];
	struct filter_rule *r;
	int err;

	r = reallocarray(f->rule, f->n + 1, sizeof *r);
	if (!r)
		die_nomem();
	f->rule = r;
	r += f->n;
	r->flag = flag;
	err = regcomp(&r->re, expression, REG_EXTENDED | REG_NOSUB);
	if (err) {
		regerror(err, &r->re, wrong, sizeof wrong);
		return wrong;
	}
	f->n++;
	f->kinds |= flag;
	return NULL;
}

unsigned
filter_frame(const struct filter *f, const char *frame)
{
	unsigned flags = 0;

	for (size_t i = 0; i < f->n; i++) {
		const struct filter_rule *r = &f->rule[i];

		if (!(flags & r->flag) &&
		    regexec(&r->re, frame, 0, NULL, 0) == 0)
			flags |= r->flag;
	}
	return flags;
}

bool
filter_keeps(const struct filter *f, unsigned flags)
{
	const unsigned needed = f->kinds &
	    (FILTER_FOCUS | FILTER_SHOW_FROM | FILTER_ROOT);

	return !(flags & FILTER_IGNORE) && (flags & needed) == needed;
}

void
filter_free(struct filter *f)
{
	for (size_t i = 0; i < f->n; i++)
		regfree(&f->rule[i].re);
	free(f->rule);
	*f = (struct filter){ 0 };
}

const char *
filter_option_focus(void *f, const char *arg)
{
	return filter_add(f, FILTER_FOCUS, arg);
}

const char *
filter_option_ignore(void *f, const char *arg)
{
	return filter_add(f, FILTER_IGNORE, arg);
}

const char *
filter_option_hide(void *f, const char *arg)
{
	return filter_add(f, FILTER_HIDE, arg);
}

const char *
filter_option_show(void *f, const char *arg)
{
	return filter_add(f, FILTER_SHOW, arg);
}

const char *
filter_option_show_from(void *f, const char *arg)
{
	return filter_add(f, FILTER_SHOW_FROM, arg);
}

const char *
filter_option_root(void *f, const char *arg)
{
	return filter_add(f, FILTER_ROOT, arg);
}

const char *
filter_option_skip_after(void *f, const char *arg)
{
	return filter_add(f, FILTER_SKIP_AFTER, arg);
}

const char *
filter_option_prune_from(void *f, const char *arg)
{
	return filter_add(f, FILTER_PRUNE_FROM, arg);
}
