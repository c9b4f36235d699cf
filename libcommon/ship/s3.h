/*
 * s3.h - the target that is object storage: S3 and what speaks like it.
 *
 *	PUT /gp/2026/11/24/10/web-7/20261124T104107.482Z-<id>.tar.gz
 *	x-amz-content-sha256: …		of the bundle
 *	Authorization: AWS4-HMAC-SHA256 …	by libcurl
 *
 * The bundle, gp-bundle(5), is the object as it is. Its key is made of time,
 * host and id, so that the same bundle is the same object however often it is
 * put. The URL says the bucket, in its host or in its path, and what comes
 * before the key:
 *
 *	https://bucket.s3.eu-west-1.amazonaws.com/prefix	virtual host
 *	http://minio.example:9000/bucket/prefix			path
 *
 * The access key comes from a file as the aws command has it, or from
 * AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN; it is read
 * anew for each attempt, so keys that are rotated do. The region is the
 * setting's, that in the host, or AWS_REGION.
 */
#ifndef GP_S3_H
#define GP_S3_H

#include "base/attr.h"
#include "base/buf.h"
#include "ship/spec.h"
#include "ship/target.h"

enum { S3_REGION_MAX = 64, S3_FILE_MAX = 65536 };

/* spec and agent must stay. NULL if HTTP cannot be set up. */
GP_MUSTUSE struct target *s3_open(const struct spec *spec, const char *agent);

/* An access key; secret_wipe() each. */
struct s3_key {
	struct buf id, secret, session;
};

/*
 * Read the section of a profile ("default") from the text of a credentials file:
 *
 *	[default]
 *	aws_access_key_id = AKIA…
 *	aws_secret_access_key = …
 *	aws_session_token = …
 *
 * False if it holds no key there.
 */
GP_MUSTUSE bool s3_parse_credentials(struct s3_key *k, const char *text,
    size_t len, const char *profile);

/* The region in a host, as in "bucket.s3.eu-west-1.amazonaws.com"; false if there
 * is none. */
GP_MUSTUSE bool s3_region_of(const char *host, char out[S3_REGION_MAX]);

#endif
