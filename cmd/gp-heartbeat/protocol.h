/*
 * protocol.h - what is said to the control server, and what it says.
 *
 *	POST SERVER/api/metrics/heartbeat
 *	{"hostname":"web-7","service_name":"shop","last_command_id":"3f…",
 *	 "received_command_ids":[…],"executed_command_ids":[…],"containers":[…],…}
 *	◄ {"success":true,"message":"…","command_id":"9c…","profiling_command":
 *	   {"command_type":"start","combined_config":{"duration":60,…}}}
 *
 *	POST SERVER/api/metrics/command_completion
 *	{"command_id":"9c…","status":"completed","execution_time":61,…}
 *	◄ {"success":true,"message":"…"}
 *
 * Of combined_config these are used: continuous, duration (seconds), frequency,
 * profiling_mode, pids, target_hostnames, max_processes, and profiler_configs.perf:
 * "disabled", "enabled_restricted" (up to 600 processes), "enabled_aggressive"
 * (1,500), or an object with events. Profilers of single languages mean nothing
 * here: one sampler sees them all.
 *
 * The server may be anybody's who can answer in its place: every value is checked
 * before it becomes an argument of a command. What cannot be obeyed makes a
 * command that has already failed, which is reported once.
 *
 * Source: the dynamic profiling management of gProfiler's fork, and the routes of
 * its Performance Studio.
 */
#ifndef GP_HEARTBEAT_PROTOCOL_H
#define GP_HEARTBEAT_PROTOCOL_H

#include "base/attr.h"
#include "base/buf.h"
#include "journal.h"

#define PROTOCOL_HEARTBEAT "/api/metrics/heartbeat"
#define PROTOCOL_COMPLETION "/api/metrics/command_completion"

enum {
	PROTOCOL_ANSWER_MAX = 1 << 20, /* bytes of an answer */
	PROTOCOL_DURATION_MAX = 86400, /* seconds */
	PROTOCOL_FREQUENCY_MAX = 1000,
	/* What a server that says nothing means. */
	PROTOCOL_DURATION = 60, PROTOCOL_FREQUENCY = 11,
	PROTOCOL_RESTRICTED = 600, PROTOCOL_AGGRESSIVE = 1500, /* processes */
};

/* Who is speaking. */
struct protocol_host {
	const char *hostname, *service, *address;
	const char *run_mode, *namespace, *pod; /* the last two may be NULL */
};

/* Add the body of a heartbeat. now: for its timestamp. */
void protocol_put_heartbeat(struct buf *b, const struct protocol_host *host,
    const struct journal *j, uint64_t now);

/* Add the body of the report of a command that has ended. */
void protocol_put_completion(struct buf *b, const struct protocol_host *host,
    const struct command *c);

enum protocol_answer {
	PROTOCOL_NOTHING, /* no command */
	PROTOCOL_COMMAND, /* one, which the journal knows: id is set */
	PROTOCOL_NEW,     /* one that was added to the journal */
	PROTOCOL_REFUSED, /* the server does not accept us: why */
	PROTOCOL_EPARSE,  /* it is not understood: why */
};

/*
 * Read the answer to a heartbeat; a command that is new is added to the journal,
 * and applied to the others (journal_apply()).
 *
 * why: words, size bytes, set for the last two, and "" else.
 */
enum protocol_answer protocol_take(const char *text, size_t len,
    const struct protocol_host *host, struct journal *j, uint64_t now,
    char *why, size_t size);

#endif
