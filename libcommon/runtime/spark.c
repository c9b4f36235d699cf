#include "runtime/spark.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/file.h"
#include "base/utf16.h"

#define EXECUTOR "org.apache.spark.executor"
#define CONF "__spark_conf__/__spark_conf__.properties"
#define KEY "spark.app.name"

bool
spark_is_executor(const char *const *argv, size_t argc)
{
	for (size_t i = 1; i < argc; i++)
		if (strncmp(argv[i], EXECUTOR, sizeof EXECUTOR - 1) == 0)
			return true;
	return false;
}

static size_t
skip_blanks(const char *s, size_t len)
{
	size_t n = 0;

	while (n < len && (s[n] == ' ' || s[n] == '\t' || s[n] == '\f'))
		n++;
	return n;
}

static bool
read_hex4(const char *s, size_t len, uint32_t *v)
{
	*v = 0;
	for (size_t i = 0; i < 4; i++) {
		const char *digits = "0123456789abcdef", *at;

		at = i < len && s[i] ? strchr(digits, s[i] | 0x20) : NULL;
		if (!at)
			return false;
		*v = *v << 4 | (uint32_t)(at - digits);
	}
	return true;
}

/* \uXXXX: a unit of UTF-16, of which two may make a character. */
static size_t
put_unicode(struct buf *out, const char *s, size_t len)
{
	struct utf16 u = { 0 };
	unsigned char unit[4];
	char text[UTF16_OUT_MAX(sizeof unit)];
	uint32_t c, low;
	size_t n = 4, bytes = 2, got;

	if (!read_hex4(s, len, &c))
		return 0;
	if (c >= 0xd800 && c < 0xdc00 && len >= 10 && s[4] == '\\' &&
	    s[5] == 'u' && read_hex4(s + 6, len - 6, &low)) {
		n = 10;
		bytes = 4;
		unit[2] = low & 0xff;
		unit[3] = (unsigned char)(low >> 8);
	}
	c = c ? c : 0xfffd;
	unit[0] = c & 0xff;
	unit[1] = (unsigned char)(c >> 8);
	got = utf16_convert(&u, unit, bytes, text);
	got += utf16_finish(&u, text + got);
	buf_add(out, text, got);
	return n;
}

static void
put_value(struct buf *out, const char *s, size_t len)
{
	size_t before = out->len;

	for (size_t i = 0; i < len && out->len - before < SPARK_NAME_MAX; i++) {
		if (s[i] != '\\' || i + 1 == len) {
			buf_addc(out, s[i]);
			continue;
		}
		i++;
		if (s[i] == 'u')
			i += put_unicode(out, s + i + 1, len - i - 1);
		else
			buf_addc(out, strchr("tnrf", s[i]) ? ' ' : s[i]);
	}
}

/* One line: the key, blanks, perhaps '=' or ':', blanks, and the value. */
static bool
take_line(struct buf *out, const char *s, size_t len)
{
	size_t n = skip_blanks(s, len);

	s += n;
	len -= n;
	if (len && s[len - 1] == '\r')
		len--;
	n = sizeof KEY - 1;
	if (len <= n || memcmp(s, KEY, n) != 0 || !strchr(" \t\f=:", s[n]))
		return false;
	n += skip_blanks(s + n, len - n);
	if (n < len && (s[n] == '=' || s[n] == ':'))
		n++;
	n += skip_blanks(s + n, len - n);
	if (n == len || memchr(s + n, '\0', len - n))
		return false;
	put_value(out, s + n, len - n);
	return true;
}

bool
spark_put_name(struct buf *out, const char *text, size_t len)
{
	while (len) {
		const char *end = memchr(text, '\n', len);
		size_t n = end ? (size_t)(end - text) : len;

		if (take_line(out, text, n))
			return true;
		text += end ? n + 1 : n;
		len -= end ? n + 1 : n;
	}
	return false;
}

bool
spark_read(struct buf *out, const struct proc *p, const char *cwd)
{
	char path[4096 + sizeof CONF];
	ssize_t n = -1;
	int fd;

	snprintf(path, sizeof path, "%.4095s/" CONF, cwd);
	fd = proc_open_path(p, path);
	if (fd < 0)
		return false;
	buf_grow(out, SPARK_CONF_MAX);
	n = file_pread(fd, out->s + out->len, SPARK_CONF_MAX, 0);
	close(fd);
	if (n > 0)
		out->len += (size_t)n;
	return n > 0;
}
