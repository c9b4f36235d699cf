/*
 * jsoncopy.h - writing a value that was read.
 *
 * What was text, a number, true, null, an array or an object comes out as that, in
 * the order of the text, without blanks. A number that is not whole may have other
 * digits, and reads back as the same.
 *
 * The value may be JSON_COPY_DEPTH_MAX deep, a limit for json_parse().
 */
#ifndef GP_JSONCOPY_H
#define GP_JSONCOPY_H

#include "base/json.h"
#include "base/jsonw.h"

enum { JSON_COPY_DEPTH_MAX = 32 };

/* key: as for jsonw_str(). NULL, for v, is null. */
void json_copy(struct jsonw *w, const char *key, const struct json_value *v);

#endif
