#include "kernelask.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>

#include "base/diag.h"
#include "bpf/kfunction.h"
#include "objects.h"

/* 0 or a negative errno. */
static int
load(struct kernelask *a)
{
	const char *elf = object_kfunction, *end = object_kfunction_end;
	struct bpf_object_open_opts opts;
	struct bpf_program *prog;
	struct bpf_map *map;
	void *p;
	int rc;

	memset(&opts, 0, sizeof opts); /* what lies between members, too */
	opts.sz = sizeof opts;
	opts.object_name = "gp_kfunction";
	a->obj = bpf_object__open_mem(elf, (size_t)(end - elf), &opts);
	if (!a->obj)
		return -errno;
	rc = bpf_object__load(a->obj);
	if (rc != 0)
		return rc;
	prog = bpf_object__find_program_by_name(a->obj, "name_function");
	map = bpf_object__find_map_by_name(a->obj, ".bss");
	if (!prog || !map)
		return -EINVAL;
	a->prog_fd = bpf_program__fd(prog);
	p = mmap(NULL, KFUNCTION_TEXT, PROT_READ, MAP_SHARED, bpf_map__fd(map),
	    0);
	if (p == MAP_FAILED)
		return -errno;
	a->text = p;
	return 0;
}

const char *
kernelask(void *arg, uint64_t addr)
{
	struct kernelask *a = arg;
	struct kfunction_question q = { addr };
	struct bpf_test_run_opts opts;
	int rc;

	if (!a->tried) {
		a->tried = true;
		rc = load(a);
		if (rc != 0)
			diag_verbose("the kernel does not name its functions "
			    "one by one: %s", strerror(-rc));
	}
	if (!a->text)
		return NULL;
	memset(&opts, 0, sizeof opts);
	opts.sz = sizeof opts;
	opts.ctx_in = &q;
	opts.ctx_size_in = sizeof q;
	if (bpf_prog_test_run_opts(a->prog_fd, &opts) != 0 ||
	    (int)opts.retval <= 0 || opts.retval > KFUNCTION_TEXT)
		return NULL;
	return a->text;
}

void
kernelask_free(struct kernelask *a)
{
	if (a->text)
		munmap((void *)(uintptr_t)a->text, KFUNCTION_TEXT);
	bpf_object__close(a->obj);
	*a = (struct kernelask){ 0 };
}
