#include "kernel.h"

#include <errno.h>
#include <string.h>

#include "base/diag.h"
#include "base/parse.h"

/* -- the kernel of another machine or boot --------------------------------- */

enum {
	/* Linkers and boots put the text at multiples of this: CONFIG_PHYSICAL_
	 * ALIGN of x86-64. */
	TEXT_ALIGN = 2 << 20,
	TEXT_MAX = 512 << 20, /* KERNEL_IMAGE_SIZE: no address beyond is in it */
};

/* Where Debian's linux-image-*-dbg puts it. What has the build id is also
 * looked for by that, so the name is but one more place, and what messages say. */
static void
put_path(struct buf *b, const char *release)
{
	if (release && !strchr(release, '/'))
		buf_addf(b, "/usr/lib/debug/boot/vmlinux-%s", release);
	else
		buf_adds(b, "vmlinux");
}

static void
find_vmlinux(struct kernel *k, const struct record *gp)
{
	const char *text = record_get(gp, "kernel_text");
	const char *id = record_get(gp, "kernel_build_id");
	struct buf path = { 0 };
	struct buildid build_id;

	if (!text || !id || !parse_hex(text, strlen(text), &k->text) ||
	    !buildid_parse(&build_id, id))
		return;
	put_path(&path, record_get(gp, "kernel"));
	k->vmlinux = modules_add_kernel(k->modules, path.s, &build_id);
	buf_free(&path);
}

/* The address in vmlinux; false if it is not in the kernel's own text. */
static bool
to_vmlinux(const struct kernel *k, uint64_t addr, uint64_t *linked)
{
	if (k->vmlinux == MODULE_NONE || !k->linked || addr < k->text ||
	    addr - k->text >= TEXT_MAX)
		return false;
	*linked = addr - k->text + k->linked;
	return true;
}

static bool
find_in_vmlinux(struct kernel *k, uint64_t addr, struct buf *b)
{
	uint64_t linked, first;

	/* Its first function is at the start of its text, or near it; what is at
	 * low addresses is each CPU's data. */
	if (k->vmlinux != MODULE_NONE && !k->linked) {
		if (modules_first(k->modules, k->vmlinux, 1ull << 63, &first))
			k->linked = first / TEXT_ALIGN * TEXT_ALIGN;
		else
			k->vmlinux = MODULE_NONE;
	}
	return to_vmlinux(k, addr, &linked) &&
	    modules_name(k->modules, k->vmlinux, linked, b);
}

/* -- this one ------------------------------------------------------------ */

static void
read_here(struct kernel *k)
{
	k->state = KERNEL_NONE;
	switch (kernsyms_open(&k->kernsyms)) {
	case KALLSYMS_OK:
		k->state = KERNEL_READ;
		if (k->kernsyms.cached)
			diag_verbose("kernel: functions from the cache");
		else
			diag_verbose("kernel: %u functions from /proc/kallsyms",
			    k->kernsyms.list.functions);
		return;
	case KALLSYMS_EREAD:
		diag(DIAG_KERNEL_READ, "/proc/kallsyms", 0, "%s",
		    strerror(errno));
		return;
	case KALLSYMS_EHIDDEN:
		diag(DIAG_KERNEL_HIDDEN, NULL, 0, "grant CAP_SYSLOG, or set "
		    "sysctl kernel.kptr_restrict=0 and "
		    "kernel.perf_event_paranoid=1");
		return;
	}
}

/* -- both ---------------------------------------------------------------- */

void
kernel_begin(struct kernel *k, const struct record *gp, bool foreign)
{
	jitcode_free(&k->passing);
	told_reset(&k->told);
	k->foreign = foreign;
	k->vmlinux = MODULE_NONE;
	k->linked = 0;
	if (foreign)
		find_vmlinux(k, gp);
}

static bool
parse_place(const struct record *r, uint64_t *start, uint64_t *size)
{
	const char *addr = record_get(r, "addr");

	return addr && parse_hex(addr, strlen(addr), start) &&
	    record_get_u64(r, "size", size);
}

bool
kernel_take_ksymbol(struct kernel *k, const struct record *r)
{
	const char *name = record_get(r, "name");
	const char *module = record_get(r, "module");
	struct jitcode *j = &k->passing;
	struct buf b = { 0 };
	uint64_t start, size;
	bool ok;

	if (!name || !parse_place(r, &start, &size))
		return false;
	if (jitcode_is_full(j))
		jitcode_halve(j);
	buf_adds(&b, name);
	if (module)
		buf_addf(&b, " [%s]", module);
	ok = jitcode_add(j, start, size, 0, jitcode_add_text(j, b.s, b.len),
	    (uint32_t)b.len);
	buf_free(&b);
	k->view++;
	return ok;
}

bool
kernel_take_function(struct kernel *k, const struct record *r)
{
	const char *name = record_get(r, "name");
	uint64_t start, size;

	return name && parse_place(r, &start, &size) &&
	    told_add(&k->told, start, size, name, record_get(r, "module"));
}

static bool
find_passing(struct kernel *k, uint64_t addr, struct jitcode_found *f)
{
	return k->passing.n && jitcode_find(&k->passing, addr, JITCODE_NOW, f);
}

/* What the stream tells itself is nearer in time than what is here now. */
bool
kernel_find(struct kernel *k, uint64_t addr, struct buf *b)
{
	const struct told_function *told;
	struct jitcode_found f;

	if (find_passing(k, addr, &f)) {
		buf_add(b, f.name, f.name_len);
		return true;
	}
	told = told_find(&k->told, addr);
	if (told) {
		buf_add(b, k->told.text.s + told->text, told->len);
		return true;
	}
	if (k->foreign)
		return find_in_vmlinux(k, addr, b);
	if (k->state == KERNEL_UNREAD)
		read_here(k);
	return k->state == KERNEL_READ && kernsyms_find(&k->kernsyms, addr, b);
}

/* Numbers of this kernel's functions are numbers of no image, and those of what was
 * told are of neither. */
bool
kernel_function(struct kernel *k, uint64_t addr, uint64_t *function)
{
	const struct told_function *told;
	struct jitcode_found f;
	uint64_t linked;

	if (find_passing(k, addr, &f))
		return false;
	told = told_find(&k->told, addr);
	if (told) {
		*function = 1ull << 63 | told->text;
		return true;
	}
	if (k->foreign)
		return to_vmlinux(k, addr, &linked) &&
		    modules_function(k->modules, k->vmlinux, linked,
			function) == IMAGES_FUNCTION;
	return k->state == KERNEL_READ &&
	    kernsyms_function(&k->kernsyms, addr, function);
}

void
kernel_free(struct kernel *k)
{
	kernsyms_free(&k->kernsyms);
	jitcode_free(&k->passing);
	told_free(&k->told);
}
