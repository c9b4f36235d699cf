#include "ship/cloud.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/monotonic.h"
#include "ship/http.h"
#include "ship/secret.h"

#define SERVER "http://169.254.169.254"

enum { ANSWER_MAX = 262144, DMI_MAX = 4096, TOKEN_MAX = 256 };

/* What a provider calls things, and what gProfiler does. */
struct field {
	const char *theirs, *ours;
};

static const struct provider {
	const char *name;
	const char *url;
	const char *header; /* without which no answer comes */
	const char *id;     /* the member without which it is not theirs */
	struct field field[8];
} providers[] = {
	[CLOUD_NONE] = { .name = "" },
	[CLOUD_AWS] = { "aws",
		SERVER "/latest/dynamic/instance-identity/document", NULL,
		"instanceId", { { "instanceId", "instance_id" },
		{ "instanceType", "instance_type" }, { "region", "region" },
		{ "availabilityZone", "zone" }, { "accountId", "account_id" },
		{ "imageId", "image_id" } } },
	[CLOUD_GCP] = { "gcp",
		SERVER "/computeMetadata/v1/instance/?recursive=true",
		"Metadata-Flavor: Google", "machineType",
		{ { "id", "instance_id" }, { "machineType", "instance_type" },
		{ "zone", "zone" }, { "name", "name" },
		{ "image", "image_id" } } },
	[CLOUD_AZURE] = { "azure",
		SERVER "/metadata/instance/compute?api-version=2021-02-01",
		"Metadata: true", "vmId", { { "vmId", "instance_id" },
		{ "vmSize", "instance_type" }, { "location", "region" },
		{ "zone", "zone" }, { "name", "name" },
		{ "subscriptionId", "account_id" } } },
};

const char *
cloud_name(enum cloud_kind kind)
{
	return providers[kind].name;
}

/* -- by the machine's description ------------------------------------------- */

static bool
says(const char *root, const char *file, const char *word)
{
	char path[4096];
	struct buf b = { 0 };
	bool found;

	snprintf(path, sizeof path, "%s/sys/class/dmi/id/%s", root, file);
	found = file_read_at(AT_FDCWD, path, &b, DMI_MAX) == 0 && b.len &&
	    memmem(b.s, b.len, word, strlen(word));
	buf_free(&b);
	return found;
}

enum cloud_kind
cloud_detect(const char *root)
{
	/* Xen's machines say it in the version of their firmware. */
	if (says(root, "sys_vendor", "Amazon EC2") ||
	    says(root, "bios_version", "amazon"))
		return CLOUD_AWS;
	if (says(root, "product_name", "Google Compute Engine"))
		return CLOUD_GCP;
	/* Microsoft's number for machines of Azure; others of its hypervisor
	 * have none. */
	if (says(root, "chassis_asset_tag", "7783-7084-3265-9085-8269-3286-77"))
		return CLOUD_AZURE;
	return CLOUD_NONE;
}

/* -- by its metadata server ------------------------------------------------- */

/* "projects/12/zones/us-central1-a": the last part. */
static const char *
last_part(const char *s)
{
	const char *slash = strrchr(s, '/');

	return slash ? slash + 1 : s;
}

static void
add_field(struct about *a, enum cloud_kind kind, const struct field *f,
    const struct json_value *v)
{
	const char *s = json_str(v, NULL), *dash;
	char text[32];
	uint64_t n;

	if (!s && json_u64(v, &n)) {
		snprintf(text, sizeof text, "%llu", (unsigned long long)n);
		s = text;
	}
	if (s && kind == CLOUD_GCP)
		s = last_part(s);
	if (!s || !*s)
		return;
	about_add(a, &a->cloud, f->ours, s, strlen(s));
	/* "us-central1-a" is in the region "us-central1". */
	dash = strrchr(s, '-');
	if (kind == CLOUD_GCP && strcmp(f->ours, "zone") == 0 && dash)
		about_add(a, &a->cloud, "region", s, (size_t)(dash - s));
}

bool
cloud_parse(struct about *a, enum cloud_kind kind, const char *text, size_t len)
{
	const struct json_limits limits = { .size = ANSWER_MAX,
		.memory = 16 << 20, .depth = 32 };
	const struct provider *p = &providers[kind];
	struct json_doc d;
	bool good;

	if (kind == CLOUD_NONE || len == 0 ||
	    !json_parse(&d, text, len, &limits))
		return false;
	good = json_str(json_get(d.root, p->id), NULL) != NULL;
	if (good)
		about_add(a, &a->cloud, "provider", p->name, strlen(p->name));
	for (size_t i = 0; good && i < GP_COUNT(p->field) &&
	    p->field[i].theirs; i++)
		add_field(a, kind, &p->field[i],
		    json_get(d.root, p->field[i].theirs));
	json_free(&d);
	return good;
}

static bool
ask(struct http *h, struct http_request *r, uint64_t end,
    struct http_answer *answer, struct buf *why)
{
	uint64_t now = monotonic_ns();

	r->fd = -1;
	r->body_max = ANSWER_MAX;
	r->timeout_ns = end > now ? end - now : 1;
	if (http_send(h, r, answer) != HTTP_ANSWERED)
		buf_adds(why, buf_str(&answer->error));
	else if (answer->status != 200)
		buf_addf(why, "HTTP status %ld", answer->status);
	else if (answer->cut || answer->body.len == 0)
		buf_adds(why, "an answer of the wrong length");
	return why->len == 0;
}

/* Amazon gives out a token first, and what is asked without one is refused. */
static bool
get_token(struct http *h, uint64_t end, struct buf *token, struct buf *why)
{
	static const char *const headers[] = {
		"X-aws-ec2-metadata-token-ttl-seconds: 60", NULL };
	struct http_request r = { .method = "PUT", .headers = headers,
		.url = SERVER "/latest/api/token" };
	struct http_answer answer = { 0 };
	bool good = ask(h, &r, end, &answer, why);

	if (good && (answer.body.len > TOKEN_MAX ||
	    secret_check(&answer.body))) {
		buf_adds(why, "the token is none");
		good = false;
	}
	if (good)
		buf_add(token, answer.body.s, answer.body.len);
	http_answer_free(&answer);
	return good;
}

static bool
ask_document(struct about *a, enum cloud_kind kind, struct http *h,
    const struct buf *token, uint64_t end, struct buf *why)
{
	const struct provider *p = &providers[kind];
	const char *headers[] = { p->header, NULL };
	struct http_request r = { .method = "GET", .headers = headers,
		.url = p->url, .auth = HTTP_AUTH_HEADER,
		.user = "X-aws-ec2-metadata-token", .secret = token };
	struct http_answer answer = { 0 };
	bool good = ask(h, &r, end, &answer, why);

	if (good && !cloud_parse(a, kind, answer.body.s, answer.body.len)) {
		buf_adds(why, "the answer is no description of a machine");
		good = false;
	}
	http_answer_free(&answer);
	return good;
}

bool
cloud_ask(struct about *a, enum cloud_kind kind, uint64_t timeout_ns,
    struct buf *why)
{
	const struct http_config config = { .agent = "gp-upload/" GP_VERSION,
		.proxy = "" };
	uint64_t end = monotonic_ns() + timeout_ns;
	struct http *h = http_open(&config);
	struct buf token = { 0 };
	bool good;

	if (!h) {
		buf_adds(why, "libcurl is not installed");
		return false;
	}
	good = kind != CLOUD_AWS || get_token(h, end, &token, why);
	good = good && ask_document(a, kind, h, &token, end, why);
	secret_wipe(&token);
	http_free(h);
	return good;
}
