#include "elf/elfhas.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"

enum {
	DYNAMIC_MAX = 512,         /* entries read; linkers make 30 */
	SECTIONS_MAX = 65535,
	SYMBOLS_AT_ONCE = 2048,
	TEXT_AT_ONCE = 64 * 1024,
};

static bool
get(const struct elffile *f, uint64_t off, void *dst, size_t len)
{
	return elffile_read(f, off, dst, len) == ELFFILE_OK;
}

/* base + index * size without overflow, or the end of all files. */
static uint64_t
at(uint64_t base, uint64_t index, uint64_t size)
{
	uint64_t off;

	if (__builtin_mul_overflow(index, size, &off) ||
	    __builtin_add_overflow(base, off, &off))
		return UINT64_MAX;
	return off;
}

bool
elfhas_read(const struct elffile *f, uint64_t vaddr, void *dst, size_t len)
{
	uint64_t off;

	return elffile_offset(f, vaddr, &off) && get(f, off, dst, len);
}

/* The PT_DYNAMIC segment: what the loader itself goes by. */
static bool
find_dynamic(const struct elffile *f, uint64_t *off, uint64_t *n)
{
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (!get(f, 0, &eh, sizeof eh) || eh.e_phentsize != sizeof ph)
		return false;
	for (size_t i = 0; i < eh.e_phnum && i < ELFFILE_PHDRS_MAX; i++) {
		if (!get(f, at(eh.e_phoff, i, sizeof ph), &ph, sizeof ph))
			return false;
		if (ph.p_type != PT_DYNAMIC)
			continue;
		*off = ph.p_offset;
		*n = ph.p_filesz / sizeof(Elf64_Dyn);
		return true;
	}
	return false;
}

static uint64_t
offset_of(const struct elffile *f, uint64_t vaddr)
{
	uint64_t off;

	return elffile_offset(f, vaddr, &off) ? off : 0;
}

static void
read_hash_header(struct elfhas *h)
{
	uint32_t w[4];

	if (h->gnu_hash && get(h->f, h->gnu_hash, w, sizeof w)) {
		h->h.buckets = w[0];
		h->h.first = w[1];
		h->h.bloom_words = w[2];
		h->h.bloom_shift = w[3];
		return;
	}
	h->gnu_hash = 0;
	if (h->sysv_hash && get(h->f, h->sysv_hash, w, 2 * sizeof w[0]))
		h->h.buckets = w[0];
	else
		h->sysv_hash = 0;
}

void
elfhas_init(struct elfhas *h, const struct elffile *f)
{
	uint64_t off, n;
	Elf64_Dyn d;

	*h = (struct elfhas){ .f = f };
	if (!find_dynamic(f, &off, &n))
		return;
	for (uint64_t i = 0; i < n && i < DYNAMIC_MAX; i++) {
		if (!get(f, at(off, i, sizeof d), &d, sizeof d) ||
		    d.d_tag == DT_NULL)
			break;
		if (d.d_tag == DT_SYMTAB)
			h->symbols = offset_of(f, d.d_un.d_ptr);
		else if (d.d_tag == DT_STRTAB)
			h->names = offset_of(f, d.d_un.d_ptr);
		else if (d.d_tag == DT_STRSZ)
			h->names_size = d.d_un.d_val;
		else if (d.d_tag == DT_GNU_HASH)
			h->gnu_hash = offset_of(f, d.d_un.d_ptr);
		else if (d.d_tag == DT_HASH)
			h->sysv_hash = offset_of(f, d.d_un.d_ptr);
	}
	if (h->symbols && h->names)
		read_hash_header(h);
	else
		h->gnu_hash = h->sysv_hash = 0;
}

/* Whether symbol i is the one, and is defined here. */
static bool
is_symbol(const struct elfhas *h, uint32_t i, const char *name,
    struct elfhas_symbol *out)
{
	size_t len = strlen(name) + 1;
	char text[ELFHAS_NAME_MAX];
	Elf64_Sym sym;

	if (len > sizeof text ||
	    !get(h->f, at(h->symbols, i, sizeof sym), &sym, sizeof sym) ||
	    sym.st_shndx == SHN_UNDEF || sym.st_name >= h->names_size ||
	    !get(h->f, at(h->names, sym.st_name, 1), text, len) ||
	    memcmp(text, name, len) != 0)
		return false;
	if (out)
		*out = (struct elfhas_symbol){ sym.st_value, sym.st_size };
	return true;
}

/*
 * u32 buckets, first, bloom_words, bloom_shift
 * u64 bloom[bloom_words]
 * u32 bucket[buckets]          first symbol of a chain, or 0
 * u32 chain[]                  hash of symbol first + i; bit 0: the last one
 */
static bool
find_gnu(const struct elfhas *h, const char *name, struct elfhas_symbol *out)
{
	uint32_t hash = 5381, bucket, chain;
	uint64_t bloom = h->gnu_hash + 16, word, buckets, chains;

	if (h->h.buckets == 0 || h->h.bloom_words == 0)
		return false;
	for (const char *s = name; *s; s++)
		hash = hash * 33 + (unsigned char)*s;
	if (!get(h->f, at(bloom, hash / 64 % h->h.bloom_words, 8), &word, 8) ||
	    !(word >> hash % 64 & 1) ||
	    !(word >> (hash >> h->h.bloom_shift % 32) % 64 & 1))
		return false;
	buckets = at(bloom, h->h.bloom_words, 8);
	chains = at(buckets, h->h.buckets, 4);
	if (!get(h->f, at(buckets, hash % h->h.buckets, 4), &bucket, 4) ||
	    bucket < h->h.first)
		return false;
	for (uint32_t i = 0; i < ELFHAS_CHAIN_MAX; i++) {
		if (bucket > UINT32_MAX - i ||
		    !get(h->f, at(chains, bucket - h->h.first + i, 4), &chain,
		        4))
			return false;
		if ((chain | 1) == (hash | 1) &&
		    is_symbol(h, bucket + i, name, out))
			return true;
		if (chain & 1)
			return false;
	}
	return false;
}

/* u32 buckets, symbols; u32 bucket[buckets]; u32 next[symbols] */
static bool
find_sysv(const struct elfhas *h, const char *name, struct elfhas_symbol *out)
{
	uint64_t buckets = h->sysv_hash + 8, next;
	uint32_t hash = 0, i;

	if (h->h.buckets == 0)
		return false;
	for (const char *s = name; *s; s++) {
		hash = (hash << 4) + (unsigned char)*s;
		hash ^= hash >> 24 & 0xf0;
	}
	hash &= 0x0fffffff;
	next = at(buckets, h->h.buckets, 4);
	if (!get(h->f, at(buckets, hash % h->h.buckets, 4), &i, 4))
		return false;
	for (int steps = 0; i && steps < ELFHAS_CHAIN_MAX; steps++) {
		if (is_symbol(h, i, name, out))
			return true;
		if (!get(h->f, at(next, i, 4), &i, 4))
			return false;
	}
	return false;
}

bool
elfhas_export(const struct elfhas *h, const char *name,
    struct elfhas_symbol *out)
{
	if (h->gnu_hash)
		return find_gnu(h, name, out);
	return h->sysv_hash && find_sysv(h, name, out);
}

/* Section i, if it has content in the file. */
static bool
read_section(const struct elffile *f, uint64_t i, Elf64_Shdr *sh)
{
	return f->shoff && f->shentsize == sizeof *sh && i < SECTIONS_MAX &&
	    i < f->shnum && get(f, at(f->shoff, i, sizeof *sh), sh, sizeof *sh) &&
	    sh->sh_type != SHT_NULL && sh->sh_type != SHT_NOBITS &&
	    sh->sh_offset <= f->size && sh->sh_size <= f->size - sh->sh_offset;
}

bool
elfhas_section(const struct elffile *f, const char *name,
    struct elfhas_section *out)
{
	size_t len = strlen(name) + 1;
	char text[ELFHAS_NAME_MAX];
	Elf64_Shdr names, sh;

	if (len > sizeof text || !read_section(f, f->shstrndx, &names))
		return false;
	for (uint32_t i = 1; i < f->shnum; i++) {
		if (!read_section(f, i, &sh) || sh.sh_name >= names.sh_size ||
		    !get(f, at(names.sh_offset, sh.sh_name, 1), text, len) ||
		    memcmp(text, name, len) != 0)
			continue;
		*out = (struct elfhas_section){
			.offset = sh.sh_offset,
			.size = sh.sh_size,
			.vaddr = sh.sh_addr,
			.link = sh.sh_link,
		};
		return true;
	}
	return false;
}

/* Look at some symbols of .symtab; how many names were found among them. */
static size_t
match_symbols(const Elf64_Sym *sym, size_t symbols, unsigned bind,
    const char *strtab, size_t strtab_len, const char *const *names, size_t n,
    struct elfhas_symbol *out)
{
	size_t hits = 0;

	for (size_t i = 0; i < symbols; i++) {
		const char *s;

		if (ELF64_ST_BIND(sym[i].st_info) != bind ||
		    sym[i].st_shndx == SHN_UNDEF || sym[i].st_value == 0 ||
		    sym[i].st_name >= strtab_len)
			continue;
		s = strtab + sym[i].st_name;
		for (size_t k = 0; k < n; k++) {
			if (s[0] != names[k][0] || strcmp(s, names[k]) != 0 ||
			    out[k].value)
				continue;
			out[k].value = sym[i].st_value;
			out[k].size = sym[i].st_size;
			hits++;
		}
	}
	return hits;
}

static size_t
search_symtab(const struct elffile *f, unsigned bind,
    const char *const *names, size_t n, struct elfhas_symbol *out)
{
	struct elfhas_section table;
	Elf64_Sym sym[SYMBOLS_AT_ONCE];
	Elf64_Shdr strings;
	uint64_t left, some, off;
	size_t hits = 0;
	char *strtab;

	memset(out, 0, n * sizeof *out);
	if (!elfhas_section(f, ".symtab", &table) ||
	    !read_section(f, table.link, &strings) ||
	    strings.sh_size == 0 || strings.sh_size > ELFHAS_STRTAB_MAX)
		return 0;
	strtab = malloc(strings.sh_size + 1);
	if (!strtab)
		die_nomem();
	strtab[strings.sh_size] = '\0';
	left = table.size / sizeof sym[0];
	if (left > ELFHAS_SYMTAB_MAX)
		left = ELFHAS_SYMTAB_MAX;
	off = table.offset;
	if (!get(f, strings.sh_offset, strtab, strings.sh_size))
		left = 0;
	for (; left && hits < n; left -= some) {
		some = left < SYMBOLS_AT_ONCE ? left : SYMBOLS_AT_ONCE;
		if (!get(f, off, sym, some * sizeof sym[0]))
			break;
		off += some * sizeof sym[0];
		hits += match_symbols(sym, some, bind, strtab,
		    strings.sh_size, names, n, out);
	}
	free(strtab);
	return hits;
}

size_t
elfhas_symtab(const struct elffile *f, const char *const *names, size_t n,
    struct elfhas_symbol *out)
{
	return search_symtab(f, STB_GLOBAL, names, n, out);
}

size_t
elfhas_locals(const struct elffile *f, const char *const *names, size_t n,
    struct elfhas_symbol *out)
{
	return search_symtab(f, STB_LOCAL, names, n, out);
}

/* Copy the word at the start of s, if it starts with a digit. */
static bool
copy_number(const char *s, size_t len, char *out, size_t size)
{
	size_t n = 0;

	if (len == 0 || s[0] < '0' || s[0] > '9')
		return false;
	while (n < len && n < size - 1 && s[n] > ' ' && s[n] < 0x7f &&
	    s[n] != '/' && s[n] != '"') {
		out[n] = s[n];
		n++;
	}
	out[n] = '\0';
	return true;
}

/* Look in one piece of the section. */
static bool
search(const char *text, size_t len, const char *prefix, char *out, size_t size)
{
	const char *end = text + len, *hit;
	size_t plen = strlen(prefix);

	for (; ; text = hit + plen) {
		hit = memmem(text, (size_t)(end - text), prefix, plen);
		if (!hit)
			return false;
		if (copy_number(hit + plen, (size_t)(end - hit) - plen, out,
		        size))
			return true;
	}
}

bool
elfhas_number(const struct elffile *f, const char *section, const char *prefix,
    char *out, size_t size)
{
	size_t some, keep = strlen(prefix) + size;
	struct elfhas_section sec;
	uint64_t done = 0, end;
	bool good = false;
	char *text;

	if (size == 0 || !prefix[0] || !elfhas_section(f, section, &sec))
		return false;
	end = sec.size < ELFHAS_TEXT_MAX ? sec.size : ELFHAS_TEXT_MAX;
	text = malloc(TEXT_AT_ONCE + keep);
	if (!text)
		die_nomem();
	/* Pieces overlap by keep bytes, so that no hit is cut in two. */
	while (!good && done < end) {
		some = end - done < TEXT_AT_ONCE + keep ?
		    (size_t)(end - done) : TEXT_AT_ONCE + keep;
		if (!get(f, sec.offset + done, text, some))
			break;
		good = search(text, some, prefix, out, size);
		done += TEXT_AT_ONCE;
	}
	free(text);
	return good;
}
