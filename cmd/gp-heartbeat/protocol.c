#include "protocol.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/json.h"
#include "base/jsonw.h"
#include "base/opt.h"
#include "inventory.h"

/* Of those that are known, those that have ended or all. */
static void
put_ids(struct jsonw *w, const char *key, const struct journal *j, bool ended)
{
	jsonw_array(w, key);
	for (size_t i = 0; i < j->n; i++)
		if (!ended || j->v[i].state >= COMMAND_ENDED)
			jsonw_str(w, NULL, j->v[i].id);
	jsonw_end(w);
}

/* Local time without a zone: what the server expects. */
static void
put_timestamp(struct jsonw *w, const char *key, uint64_t now)
{
	time_t t = (time_t)now;
	struct tm tm;
	char text[64];

	if (localtime_r(&t, &tm) &&
	    strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S.000000", &tm))
		jsonw_str(w, key, text);
}

static void
put_or_null(struct jsonw *w, const char *key, const char *s)
{
	if (s && *s)
		jsonw_str(w, key, s);
	else
		jsonw_null(w, key);
}

void
protocol_put_heartbeat(struct buf *b, const struct protocol_host *host,
    const struct journal *j, uint64_t now)
{
	struct jsonw w = { .out = b };

	jsonw_object(&w, NULL);
	jsonw_str(&w, "ip_address", host->address);
	jsonw_str(&w, "hostname", host->hostname);
	jsonw_str(&w, "service_name", host->service);
	put_or_null(&w, "last_command_id", j->n ? j->v[j->n - 1].id : NULL);
	jsonw_str(&w, "status", "active");
	put_timestamp(&w, "timestamp", now);
	put_ids(&w, "received_command_ids", j, false);
	put_ids(&w, "executed_command_ids", j, true);
	inventory_put_events(&w, "perf_supported_events");
	jsonw_str(&w, "agent_version", GP_VERSION);
	jsonw_str(&w, "run_mode", host->run_mode);
	put_or_null(&w, "namespace", host->namespace);
	put_or_null(&w, "pod_name", host->pod);
	inventory_put_containers(&w, "containers", NULL);
	jsonw_end(&w);
	jsonw_done(&w);
}

void
protocol_put_completion(struct buf *b, const struct protocol_host *host,
    const struct command *c)
{
	struct jsonw w = { .out = b };

	jsonw_object(&w, NULL);
	jsonw_str(&w, "command_id", c->id);
	jsonw_str(&w, "hostname", host->hostname);
	jsonw_str(&w, "status", c->failed ? "failed" : "completed");
	if (c->began && c->ended >= c->began)
		jsonw_u64(&w, "execution_time", c->ended - c->began);
	else
		jsonw_null(&w, "execution_time");
	put_or_null(&w, "error_message", c->why);
	jsonw_null(&w, "results_path");
	jsonw_end(&w);
	jsonw_done(&w);
}

/* Ids become file contents and messages: a UUID, or something as plain. */
static bool
is_id(const char *s)
{
	size_t len = s ? strspn(s, "abcdefghijklmnopqrstuvwxyz"
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") : 0;

	return len > 0 && len < COMMAND_ID_MAX && !s[len];
}

static bool
is_absent(const struct json_value *v)
{
	enum json_kind kind = json_kind(v);

	return kind == JSON_NOTHING || kind == JSON_KIND_NULL;
}

/* Say why a command cannot be obeyed, in a text that is always there. */
static bool
refuse(struct command *c, const char *what)
{
	c->why = what;
	return false;
}

/* A whole number in a range; what is absent leaves the default. */
static bool
read_ranged(const struct json_value *config, const char *key, uint64_t min,
    uint64_t max, uint64_t *out)
{
	const struct json_value *v = json_get(config, key);
	uint64_t n;

	if (is_absent(v))
		return true;
	if (!json_u64(v, &n) || n < min || n > max)
		return false;
	*out = n;
	return true;
}

static bool
read_pids(const struct json_value *config, struct journal *j, struct command *c)
{
	const struct json_value *list = json_get(config, "pids");
	char text[COMMAND_PIDS_MAX] = "";
	size_t len = 0;
	uint64_t pid;

	if (is_absent(list))
		return true;
	if (json_kind(list) != JSON_KIND_ARRAY)
		return refuse(c, "pids is no list");
	for (size_t i = 0; i < json_count(list); i++) {
		if (!json_u64(json_at(list, i), &pid) || pid == 0 ||
		    pid > 4194304)
			return refuse(c, "pids holds what is no pid");
		len += (size_t)snprintf(text + len, sizeof text - len,
		    "%s%" PRIu64, len ? "," : "", pid);
		if (len >= sizeof text)
			return refuse(c, "more pids than can be followed");
	}
	c->pids = journal_keep(j, text);
	return true;
}

/* Event names go to gp-record: perf's words and nothing else. */
static bool
read_event(const struct json_value *events, struct journal *j,
    struct command *c)
{
	const char *s = json_str(json_at(events, 0), NULL);
	size_t len;

	if (is_absent(events) || json_count(events) == 0)
		return true;
	if (json_count(events) > 1)
		return refuse(c, "more than one event");
	len = s ? strspn(s, "abcdefghijklmnopqrstuvwxyz0123456789-_:") : 0;
	if (len == 0 || s[len] || len >= COMMAND_EVENT_MAX || s[0] == '-')
		return refuse(c, "events holds what is no event");
	c->event = journal_keep(j, s);
	return true;
}

static bool
read_perf(const struct json_value *perf, struct journal *j, struct command *c)
{
	const char *word = json_str(perf, NULL);

	if (is_absent(perf))
		return true;
	if (json_kind(perf) == JSON_KIND_OBJECT)
		return read_event(json_get(perf, "events"), j, c);
	if (!word)
		return refuse(c, "profiler_configs.perf is not understood");
	if (strcmp(word, "enabled_restricted") == 0)
		c->processes_max = PROTOCOL_RESTRICTED;
	else if (strcmp(word, "enabled_aggressive") == 0)
		c->processes_max = PROTOCOL_AGGRESSIVE;
	else if (strcmp(word, "disabled") == 0)
		return refuse(c, "the system profiler is disabled, and there is "
		    "no other");
	else if (strncmp(word, "enabled", 7) != 0)
		return refuse(c, "profiler_configs.perf is not understood");
	return true;
}

static bool
is_for(const struct json_value *config, const char *hostname)
{
	const struct json_value *list = json_get(config, "target_hostnames");

	if (is_absent(list) || json_count(list) == 0)
		return true;
	for (size_t i = 0; i < json_count(list); i++) {
		const char *s = json_str(json_at(list, i), NULL);

		if (s && strcmp(s, hostname) == 0)
			return true;
	}
	return false;
}

static bool
read_config(const struct json_value *config,
    const struct protocol_host *host, struct journal *j, struct command *c)
{
	const struct json_value *continuous = json_get(config, "continuous");
	const struct json_value *mode = json_get(config, "profiling_mode");
	const char *word = json_str(mode, NULL);

	c->duration_s = PROTOCOL_DURATION;
	c->frequency = PROTOCOL_FREQUENCY;
	if (json_kind(config) != JSON_KIND_OBJECT && !is_absent(config))
		return refuse(c, "combined_config is not understood");
	if (!is_absent(continuous) && !json_bool(continuous, &c->continuous))
		return refuse(c, "continuous is neither true nor false");
	if (!read_ranged(config, "duration", 1, PROTOCOL_DURATION_MAX,
	    &c->duration_s))
		return refuse(c, "duration is not from 1 to 86400 seconds");
	if (!read_ranged(config, "frequency", 1, PROTOCOL_FREQUENCY_MAX,
	    &c->frequency))
		return refuse(c, "frequency is not from 1 to 1000 Hz");
	if (!is_absent(mode) && (!word || strcmp(word, "cpu") != 0))
		return refuse(c, "profiling_mode is not cpu");
	if (!is_for(config, host->hostname))
		return refuse(c, "target_hostnames does not name this host");
	return read_pids(config, j, c) &&
	    read_perf(json_get(json_get(config, "profiler_configs"), "perf"),
	    j, c);
}

/* Read a command into the journal. */
static void
take_command(const struct json_value *command, const char *id,
    const struct protocol_host *host, struct journal *j, uint64_t now)
{
	const char *type = json_str(json_get(command, "command_type"), NULL);
	struct command *c = journal_add(j, id, now);
	bool good = true;

	if (type && strcmp(type, "start") == 0) {
		c->kind = COMMAND_START;
		good = read_config(json_get(command, "combined_config"), host,
		    j, c);
	} else if (type && strcmp(type, "stop") == 0) {
		c->kind = COMMAND_STOP;
	} else {
		c->kind = COMMAND_UNKNOWN;
		good = refuse(c, "command_type is neither start nor stop");
	}
	if (good)
		journal_apply(j, c, now);
	else
		journal_end(j, c, true, NULL, now);
}

static enum protocol_answer
take_answer(const struct json_value *root, const struct protocol_host *host,
    struct journal *j, uint64_t now, char *why, size_t size)
{
	const struct json_value *command = json_get(root, "profiling_command");
	const char *id = json_str(json_get(root, "command_id"), NULL);
	const char *message = json_str(json_get(root, "message"), NULL);
	bool success = false;

	if (!json_bool(json_get(root, "success"), &success)) {
		snprintf(why, size, "the answer does not say success");
		return PROTOCOL_EPARSE;
	}
	if (!success) {
		snprintf(why, size, "the server says: %s",
		    message ? message : "no");
		return PROTOCOL_REFUSED;
	}
	if (is_absent(command))
		return PROTOCOL_NOTHING;
	if (json_kind(command) != JSON_KIND_OBJECT || !is_id(id)) {
		snprintf(why, size, "a command without a command_id");
		return PROTOCOL_EPARSE;
	}
	if (journal_find(j, id))
		return PROTOCOL_COMMAND;
	take_command(command, id, host, j, now);
	return PROTOCOL_NEW;
}

enum protocol_answer
protocol_take(const char *text, size_t len, const struct protocol_host *host,
    struct journal *j, uint64_t now, char *why, size_t size)
{
	enum protocol_answer a;
	struct json_doc d;

	*why = '\0';
	if (!json_parse(&d, text, len, NULL)) {
		snprintf(why, size, "the answer is not JSON: %s", d.error);
		return PROTOCOL_EPARSE;
	}
	a = take_answer(d.root, host, j, now, why, size);
	json_free(&d);
	return a;
}
