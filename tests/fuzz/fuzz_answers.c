/*
 * fuzz_answers.c - what servers answer, any bytes: Performance Studio's JSON, S3's
 * XML; and credentials, which people write.
 *
 * Property: a gpid is a number above 0, and is found again in the answer that gave
 * it; of an error only its code's letters get into a message, and a verdict does
 * not change when the same is said twice; a key has both its parts, each one word.
 */
#include <stdint.h>
#include <string.h>

#include "libcommon/ship/s3.c"
#include "ship/studio.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
require(bool truth)
{
	if (!truth)
		abort();
}

static void
check_studio(const char *s, size_t len)
{
	uint64_t gpid = 0, again = 0;
	char text[64];

	if (!studio_parse_answer(s, len, &gpid))
		return;
	require(gpid > 0);
	snprintf(text, sizeof text, "{\"gpid\":\"%llu\"}",
	    (unsigned long long)gpid);
	require(studio_parse_answer(text, strlen(text), &again));
	require(again == gpid);
}

static void
check_s3(const char *s, size_t len)
{
	static const long statuses[] = { 200, 400, 403, 404, 500, 503 };
	struct answer a = { 0 };
	struct buf body = { 0 }, twice = { 0 };

	buf_add(&body, s, len);
	buf_add(&twice, s, len);
	buf_add(&twice, s, len);
	buf_add(&a.text, s, len);
	add_code(&a);
	require(a.why.len <= 102);
	for (size_t i = 2; i < a.why.len; i++)
		require(strchr("abcdefghijklmnopqrstuvwxyz"
		    "ABCDEFGHIJKLMNOPQRSTUVWXYZ", a.why.s[i]) != NULL);
	for (size_t i = 0; i < GP_COUNT(statuses); i++) {
		enum retry_verdict v = retry_judge(statuses[i]);
		enum retry_verdict once = override(statuses[i], &body, v);

		/* Only a 400 and a 500 mean another thing here. */
		require(statuses[i] == 400 || statuses[i] == 500 || once == v);
		require(once != RETRY_DONE || statuses[i] == 200);
		if (once != v)
			require(override(statuses[i], &twice, v) == once);
	}
	answer_free(&a);
	buf_free(&body);
	buf_free(&twice);
}

static void
check_credentials(const char *s, size_t len)
{
	struct s3_key k = { 0 };

	if (s3_parse_credentials(&k, s, len, "default")) {
		require(k.id.len > 0 && k.secret.len > 0);
		require(!memchr(k.id.s, '\n', k.id.len));
		require(!memchr(k.secret.s, '\n', k.secret.len));
	}
	secret_wipe(&k.id);
	secret_wipe(&k.secret);
	secret_wipe(&k.session);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check_studio((const char *)data, len);
	check_s3((const char *)data, len);
	check_credentials((const char *)data, len);
	return 0;
}
