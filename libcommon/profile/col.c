#include "profile/col.h"

#include <stdio.h>
#include <string.h>

#include "base/jsonw.h"
#include "stream/frame.h"

void
col_time(char out[COL_TIME_MAX], time_t t)
{
	struct tm tm = { 0 };

	gmtime_r(&t, &tm);
	if (strftime(out, COL_TIME_MAX, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
		snprintf(out, COL_TIME_MAX, "1970-01-01T00:00:00");
}

void
col_put_time(struct jsonw *w, const char *key, time_t t)
{
	char text[COL_TIME_MAX];

	col_time(text, t);
	jsonw_str(w, key, text);
}

static void
put_run_arguments(struct jsonw *w, const struct col_head *h)
{
	jsonw_object(w, "run_arguments");
	if (h->service)
		jsonw_str(w, "service_name", h->service);
	jsonw_str(w, "profile_api_version", "v2");
	jsonw_end(w);
}

static void
put_pairs(struct jsonw *w, const char *key, const struct col_pair *pair,
    size_t n)
{
	if (n == 0)
		return;
	jsonw_object(w, key);
	for (size_t i = 0; i < n; i++)
		jsonw_str(w, pair[i].key, pair[i].value);
	jsonw_end(w);
}

static const char *
provider(const struct col_head *h)
{
	for (size_t i = 0; i < h->clouds; i++)
		if (strcmp(h->cloud[i].key, "provider") == 0)
			return h->cloud[i].value;
	return "unknown";
}

static void
put_metadata(struct jsonw *w, const struct col_head *h)
{
	const struct machine *m = h->machine;

	jsonw_object(w, "metadata");
	jsonw_str(w, "cloud_provider", provider(h));
	put_pairs(w, "cloud_info", h->cloud, h->clouds);
	put_pairs(w, "external_metadata", h->own, h->owns);
	jsonw_str(w, "agent_version", COL_AGENT_VERSION);
	col_put_time(w, "spawn_time", h->start);
	col_put_time(w, "current_time", h->end);
	jsonw_u64(w, "spawn_uptime_ms", m->uptime_ms);
	jsonw_str(w, "run_mode", m->run_mode);
	jsonw_str(w, "deployment_type", m->deployment);
	jsonw_str(w, "hostname", h->host ? h->host : m->hostname);
	jsonw_str(w, "private_ip", m->ip);
	jsonw_str(w, "mac_address", m->mac);
	jsonw_str(w, "system_name", m->system);
	jsonw_str(w, "os_name", m->os_name);
	jsonw_str(w, "os_release", m->os_release);
	jsonw_str(w, "os_codename", m->os_codename);
	jsonw_str(w, "kernel_release", m->kernel_release);
	jsonw_str(w, "kernel_version", m->kernel_version);
	jsonw_str(w, "hardware_type", m->hardware);
	jsonw_str(w, "libc_type", m->libc_type);
	jsonw_str(w, "libc_version", m->libc_version);
	jsonw_u64(w, "processors", m->processors);
	jsonw_u64(w, "memory_capacity_mb", m->memory_mb);
	jsonw_u64(w, "pid", h->pid);
	jsonw_str(w, "python_version", "none");
	jsonw_str(w, "profiling_mode", "cpu");
	put_run_arguments(w, h);
	jsonw_end(w);
}

void
col_put_share(struct jsonw *w, const char *key, const double *percent)
{
	if (percent)
		jsonw_double(w, key, *percent);
	else
		jsonw_null(w, key);
}

void
col_put_head(struct buf *out, const struct col_head *h)
{
	struct jsonw w = { .out = out };

	buf_addc(out, '#');
	jsonw_object(&w, NULL);
	jsonw_array(&w, "containers");
	for (size_t i = 0; i < h->containers; i++)
		jsonw_str(&w, NULL, h->container[i]);
	jsonw_end(&w);
	jsonw_bool(&w, "container_names_enabled", true);
	put_metadata(&w, h);
	jsonw_object(&w, "metrics");
	col_put_share(&w, "cpu_avg", h->cpu_busy);
	col_put_share(&w, "mem_avg", h->memory_used);
	jsonw_end(&w);
	appmeta_put(&w, h->programs);
	jsonw_bool(&w, "application_metadata_enabled", true);
	jsonw_str(&w, "profiling_mode", "cpu");
	jsonw_null(&w, "hwmetrics");
	jsonw_null(&w, "htmlblob");
	jsonw_null(&w, "flamegraph_html");
	jsonw_end(&w);
	jsonw_done(&w);
	buf_addc(out, '\n');
}

/* A text as one column. frame.h would have ':' for ';'. */
static void
put_column(struct buf *out, const char *s, size_t len)
{
	struct buf b = { 0 };

	buf_add(&b, s, len);
	for (size_t i = 0; i < len; i++)
		if (b.s[i] == ';')
			b.s[i] = '|';
	frame_put_name(out, b.s, b.len);
	buf_free(&b);
}

void
col_put_line(struct buf *out, const struct col_line *l)
{
	size_t comm = strcspn(l->stack, ";");

	if (comm > l->len)
		comm = l->len;
	buf_addu(out, l->program);
	buf_addc(out, ';');
	if (l->container && l->container_len)
		put_column(out, l->container, l->container_len);
	buf_addc(out, ';');
	buf_add(out, l->stack, comm);
	if (l->appid) {
		buf_adds(out, ";appid: ");
		put_column(out, l->appid, l->appid_len);
	}
	buf_add(out, l->stack + comm, l->len - comm);
	buf_addc(out, ' ');
	buf_addu(out, l->count);
	buf_addc(out, '\n');
}
