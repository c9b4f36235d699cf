#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "report.h"

enum { RULE_ERROR_MAX = 160 };

/* "5%", "0.5 %", "2pp". */
static bool
parse_limit(const char *s, struct rule *rule)
{
	size_t digits = strspn(s, "0123456789.");
	char *end;
	double v = strtod(s, &end);

	if (digits == 0 || end != s + digits)
		return false;
	while (*end == ' ')
		end++;
	rule->points = strcmp(end, "pp") == 0;
	rule->limit = v / 100;
	return isfinite(v) && v <= 1e6 &&
	    (rule->points || strcmp(end, "%") == 0);
}

const char *
rules_add(struct rules *r, const char *text)
{
	static const char frame[] = "frame~";
	static char why[RULE_ERROR_MAX];
	struct rule rule = { .text = text };
	const char *limit = text, *bar = strrchr(text, '|');
	char *expression;
	int err;

	if (strncmp(text, frame, sizeof frame - 1) == 0) {
		if (!bar)
			return "has no '|' and limit behind the expression";
		limit = bar + 1;
		rule.has_re = true;
	}
	if (!parse_limit(limit, &rule))
		return "is not a limit such as 5%, 2pp or 'frame~^app::|3%'";
	if (rule.has_re) {
		expression = strndup(text + sizeof frame - 1,
		    (size_t)(bar - text) - (sizeof frame - 1));
		if (!expression)
			die_nomem();
		err = regcomp(&rule.re, expression, REG_EXTENDED | REG_NOSUB);
		free(expression);
		if (err) {
			regerror(err, &rule.re, why, sizeof why);
			return why;
		}
	}
	r->v = reallocarray(r->v, r->n + 1, sizeof *r->v);
	if (!r->v)
		die_nomem();
	r->v[r->n++] = rule;
	return NULL;
}

bool
rule_matches(const struct rule *rule, const char *name)
{
	return !rule->has_re || regexec(&rule->re, name, 0, NULL, 0) == 0;
}

void
rules_free(struct rules *r)
{
	for (size_t i = 0; i < r->n; i++)
		if (r->v[i].has_re)
			regfree(&r->v[i].re);
	free(r->v);
	*r = (struct rules){ 0 };
}
