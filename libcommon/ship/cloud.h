/*
 * cloud.h - which cloud this machine is in, and as what.
 *
 *	/sys/class/dmi/id/sys_vendor: Amazon EC2
 *	PUT http://169.254.169.254/latest/api/token		(IMDSv2)
 *	GET …/latest/dynamic/instance-identity/document
 *	  ─► provider=aws instance_id=i-0a1b instance_type=c5.xlarge region=… zone=…
 *
 * The provider is told by the machine's own description (DMI), so nothing is asked
 * where there is nobody to answer. The rest is the provider's metadata server's:
 * link-local HTTP, through no proxy, and without names to be resolved.
 *
 * Sources: Amazon EC2 user guide, "Instance metadata"; Google Compute Engine,
 * "About VM metadata"; Azure Instance Metadata Service.
 */
#ifndef GP_CLOUD_H
#define GP_CLOUD_H

#include <stdint.h>

#include "base/attr.h"
#include "base/buf.h"
#include "ship/about.h"

enum cloud_kind { CLOUD_NONE, CLOUD_AWS, CLOUD_GCP, CLOUD_AZURE };

/* All requests together. */
#define CLOUD_TIME_NS UINT64_C(1000000000)

/* "aws", "gcp", "azure"; "" for none. */
const char *cloud_name(enum cloud_kind kind);

/* root: where /sys is, "" for the real one; tests have others. */
enum cloud_kind cloud_detect(const char *root);

/* Take a metadata server's answer, JSON, into a->cloud, which begins with the
 * provider; false if it is none, and nothing was added. */
GP_MUSTUSE bool cloud_parse(struct about *a, enum cloud_kind kind,
    const char *text, size_t len);

/* Ask the metadata server; false, with why, if there is no good answer. */
GP_MUSTUSE bool cloud_ask(struct about *a, enum cloud_kind kind,
    uint64_t timeout_ns, struct buf *why);

#endif
