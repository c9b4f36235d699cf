#include "ship/retry.h"

enum retry_verdict
retry_judge(long status)
{
	if (status >= 200 && status < 300)
		return RETRY_DONE;
	if (status >= 300 && status < 400)
		return RETRY_REFUSE;
	switch (status) {
	case 408: /* Request Timeout */
	case 429: /* Too Many Requests */
	case 502: /* Bad Gateway */
	case 503: /* Service Unavailable */
	case 504: /* Gateway Timeout */
		return RETRY_LATER;
	case 401: /* Unauthorized */
	case 403: /* Forbidden */
	case 404: /* Not Found */
	case 405: /* Method Not Allowed */
	case 407: /* Proxy Authentication Required */
	case 410: /* Gone */
	case 421: /* Misdirected Request */
		return RETRY_REFUSE;
	default:
		return RETRY_REJECT;
	}
}

uint64_t
retry_delay_ns(unsigned attempt, uint64_t after_s, uint64_t random)
{
	const uint64_t second = 1000000000;
	uint64_t most = RETRY_BACKOFF_MAX;

	if (after_s > RETRY_AFTER_MAX)
		after_s = RETRY_AFTER_MAX;
	if (after_s)
		return after_s * second;
	if (attempt < 6 && (1u << attempt) < most)
		most = 1u << attempt;
	return random % (most * second + 1);
}
