#include "profile/otlpput.h"

#include <string.h>

#include "stream/frame.h"

enum { FLUSH = 1 << 16 };

void
otlpput_flush(struct otlpput *o, size_t above)
{
	if (!protow_is_flat(&o->w) || o->w.b.len <= above)
		return;
	(void)!fwrite(o->w.b.s, 1, o->w.b.len, o->out);
	buf_reset(&o->w.b);
}

void
otlpput_end(struct otlpput *o)
{
	protow_end(&o->w);
	otlpput_flush(o, FLUSH);
}

void
otlpput_value(struct otlpput *o, const char *s, size_t len, int64_t number)
{
	protow_begin(&o->w, 2, "value");
	if (s)
		protow_str(&o->w, 1, "stringValue", s, len);
	else
		protow_set_i64(&o->w, 3, "intValue", number);
	protow_end(&o->w);
}

void
otlpput_key_value(struct otlpput *o, const char *key, const char *s, size_t len,
    int64_t number)
{
	if (s && len == 0)
		return;
	protow_begin(&o->w, 0, NULL);
	protow_str(&o->w, 1, "key", key, strlen(key));
	otlpput_value(o, s, len, number);
	protow_end(&o->w);
}

void
otlpput_text(struct otlpput *o, const char *key, const char *s)
{
	struct buf b = { 0 };

	if (*s)
		frame_put_name(&b, s, strlen(s));
	otlpput_key_value(o, key, buf_str(&b), b.len, 0);
	buf_free(&b);
}
