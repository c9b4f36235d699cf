/*
 * Answers of a control server, any bytes. Property: what comes out of one is
 * safe to be an argument of gp-run; an answer that is repeated adds nothing; and
 * at most one session is open.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/gp-heartbeat/inventory.c"
#include "cmd/gp-heartbeat/journal.c"
#include "cmd/gp-heartbeat/journalplain.c"
#include "cmd/gp-heartbeat/journaltext.c"
#include "cmd/gp-heartbeat/protocol.c"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
require(bool condition)
{
	if (!condition)
		abort();
}

static bool
only(const char *s, const char *set)
{
	return strspn(s, set) == strlen(s);
}

static void
check(const struct command *c)
{
	require(c->id[0] && c->id[0] != '/');
	require(only(c->pids, "0123456789,"));
	require(only(c->event, "abcdefghijklmnopqrstuvwxyz0123456789-_:"));
	require(c->event[0] != '-');
	if (c->kind != COMMAND_START || c->state != COMMAND_QUEUED)
		return;
	require(c->duration_s >= 1 && c->duration_s <= PROTOCOL_DURATION_MAX);
	require(c->frequency >= 1 && c->frequency <= PROTOCOL_FREQUENCY_MAX);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct protocol_host host = { .hostname = "web-7" };
	struct journal j = { .lock = -1, .file = -1 };
	const char *text = (const char *)data;
	enum protocol_answer first;
	char why[64];
	size_t n;

	/* A session and a single run that are open already. */
	journal_add(&j, "a", 1)->continuous = true;
	journal_add(&j, "b", 1);
	for (size_t i = 0; i < j.n; i++) {
		j.v[i].duration_s = j.v[i].frequency = 10;
	}
	first = protocol_take(text, size, &host, &j, 2, why, sizeof why);
	n = j.n;
	require(first == PROTOCOL_NEW ? n == 3 : n == 2);
	for (size_t i = 0; i < n; i++)
		check(&j.v[i]);
	require(protocol_take(text, size, &host, &j, 3, why, sizeof why) ==
	    (first == PROTOCOL_NEW ? PROTOCOL_COMMAND : first));
	require(j.n == n);
	n = 0;
	for (size_t i = 0; i < j.n; i++)
		n += j.v[i].kind == COMMAND_START && j.v[i].continuous &&
		    is_open(&j.v[i]) && !j.v[i].cancelled;
	require(n <= 1);
	journal_close(&j);
	return 0;
}
