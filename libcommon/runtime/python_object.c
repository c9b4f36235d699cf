#include "runtime/python_object.h"

#include <string.h>

/* Where text begins. */
enum {
	TEXT_27 = 36, BYTES = 32,
	ASCII_TO_311 = 48, ASCII_312 = 40,
	WIDE_TO_311 = 72, WIDE_312 = 56,
};

bool
python_get(const struct python_memory *m, uint64_t addr, void *dst, size_t len)
{
	if (addr == 0)
		return false;
	if (m->left) {
		if (*m->left == 0)
			return false;
		--*m->left;
	}
	return m->p->read(m->p->arg, addr, dst, len);
}

uint64_t
python_pointer(const struct python_memory *m, uint64_t addr)
{
	uint64_t p = 0;

	return python_get(m, addr, &p, sizeof p) ? p : 0;
}

bool
python_is_object(const struct python_memory *m, const uint8_t *head,
    uint64_t type)
{
	uint64_t word[4];

	if (m->l->head) {
		memcpy(word, head, sizeof word);
		return (word[1] >> 32 != 0 || word[2] != 0) &&
		    (type == 0 || word[3] == type);
	}
	memcpy(word, head, 16);
	return (uint32_t)word[0] != 0 && (word[0] >> 32 & 0xffff) == 0 &&
	    (type == 0 || word[1] == type);
}

static void
put_utf8(struct buf *b, uint32_t c)
{
	if (c < 0x80) {
		buf_addc(b, (char)c);
		return;
	}
	if (c >= 0x10000) {
		buf_addc(b, (char)(0xf0 | (c >> 18 & 7)));
		buf_addc(b, (char)(0x80 | (c >> 12 & 63)));
	} else if (c >= 0x800) {
		buf_addc(b, (char)(0xe0 | c >> 12));
	}
	if (c >= 0x800)
		buf_addc(b, (char)(0x80 | (c >> 6 & 63)));
	else
		buf_addc(b, (char)(0xc0 | c >> 6));
	buf_addc(b, (char)(0x80 | (c & 63)));
}

/* How the text of a str is stored. */
struct text {
	uint64_t at;
	uint64_t length; /* in characters */
	uint32_t kind;   /* bytes of each */
	bool bytes;      /* in whatever encoding, ASCII mostly */
};

/* state: bits 2-4 kind, 5 compact, 6 ascii; 3.14 has them 14 bits further up. */
static bool
read_header(const struct python_memory *m, uint64_t addr, struct text *t)
{
	bool old = m->l->minor < 12;
	uint8_t head[40 + UINT8_MAX], *rest = head + m->l->head;
	uint32_t state;

	if (!python_get(m, addr, head, 40u + m->l->head) ||
	    !python_is_object(m, head, m->l->text_type))
		return false;
	addr += m->l->head;
	memcpy(&t->length, rest + 16, 8);
	t->kind = 1;
	t->bytes = true;
	t->at = addr + TEXT_27;
	if (m->l->minor == 0)
		return true;
	memcpy(&state, rest + 32, 4);
	if ((state >> 2 & 7) == 0)
		state >>= 14;
	t->kind = state >> 2 & 7;
	t->bytes = state >> 6 & 1;
	t->at = addr + (t->bytes ? (old ? ASCII_TO_311 : ASCII_312) :
	    (old ? WIDE_TO_311 : WIDE_312));
	return (state >> 5 & 1) && (t->kind == 1 || t->kind == 2 ||
	    t->kind == 4);
}

bool
python_put_text(const struct python_memory *m, uint64_t addr, struct buf *out)
{
	uint8_t raw[INTERP_TEXT_MAX];
	struct text t;
	size_t n;

	if (!read_header(m, addr, &t))
		return false;
	n = t.length > sizeof raw / t.kind ? sizeof raw / t.kind :
	    (size_t)t.length;
	if (n && !python_get(m, t.at, raw, n * t.kind))
		return false;
	if (t.bytes) {
		buf_add(out, raw, n);
		return true;
	}
	for (size_t k = 0; k < n; k++) {
		uint32_t ch = 0;

		memcpy(&ch, raw + k * t.kind, t.kind);
		put_utf8(out, ch & 0x1fffff);
	}
	return true;
}

bool
python_put_bytes(const struct python_memory *m, uint64_t addr, size_t max,
    struct buf *out)
{
	uint8_t head[24 + UINT8_MAX];
	uint64_t length;

	if (!python_get(m, addr, head, 24u + m->l->head) ||
	    !python_is_object(m, head, 0))
		return false;
	addr += m->l->head;
	memcpy(&length, head + m->l->head + 16, 8);
	if (length > max)
		return false;
	buf_grow(out, length);
	if (length && !python_get(m, addr + (m->l->minor == 0 ? TEXT_27 :
	    BYTES), out->s + out->len, length))
		return false;
	out->len += length;
	out->s[out->len] = '\0';
	return true;
}
