/* The sampler in the kernel: loads bpf/sampler.bpf.c, or its form for kernels
 * before 5.17. */
#include "sampler_engine.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "bpfring.h"
#include "kerneltypes.h"
#include "objects.h"
#include "pidns.h"

struct bpf_sampler {
	struct sampler base;
	struct sampler_options o;
	struct bpf_object *obj;
	struct bpfring ring;
	int epoll; /* of the ring: readable when the program says so */
	int prog_fd;
	int targets_fd;
	int counters_fd;
	int modules_fd;
	int mappings_fd;
	int interps_fd;
	int seen_fd;
	int rows_fd;
	struct sampler_pool pool;
	int *event_fd; /* by CPU, -1 where none */
	int cpus;      /* possible ones: the length of event_fd */
};

static int print_libbpf(enum libbpf_print_level level, const char *fmt,
    va_list ap) GP_PRINTF(2, 0);

static int
print_libbpf(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	char text[512];

	if (diag_verbosity() >= 2)
		return vfprintf(stderr, fmt, ap);
	if (level == LIBBPF_DEBUG || diag_verbosity() < 1)
		return 0;
	vsnprintf(text, sizeof text, fmt, ap);
	text[strcspn(text, "\n")] = '\0';
	diag_verbose("%s", text);
	return 0;
}

/* Which object this kernel can load. types: a path, or NULL. */
static struct bpf_object *
open_object(enum sampler_engine engine, const char *types)
{
	struct bpf_object_open_opts opts;
	const char *elf = object_sampler, *end = object_sampler_end;

	if (engine == SAMPLER_BPF_BOUNDED || libbpf_probe_bpf_helper(BPF_PROG_TYPE_PERF_EVENT, BPF_FUNC_loop,
	    NULL) != 1) {
		diag_verbose("a bounded loop instead of bpf_loop()");
		elf = object_sampler_legacy;
		end = object_sampler_legacy_end;
	}
	/* libbpf wants even what lies between its members to be 0. */
	memset(&opts, 0, sizeof opts);
	opts.sz = sizeof opts;
	opts.object_name = "gp_sampler";
	opts.btf_custom_path = types;
	return bpf_object__open_mem(elf, (size_t)(end - elf), &opts);
}

static int
map_fd(const struct bpf_sampler *s, const char *name)
{
	return bpf_object__find_map_fd_by_name(s->obj, name);
}

/* Processes that are wanted at a time. */
#define TARGETS_MAX 65536

#define BLOCKS_BYTES (SAMPLER_BLOCKS_MAX * sizeof(struct sampler_block))

/* Of a slot: a whole number of pages. */
#define SLOT_BYTES (SAMPLER_BLOCK_ROWS * sizeof(struct unwind_row))

static size_t
slots_bytes(const struct bpf_sampler *s)
{
	return s->o.pool_slots * sizeof *s->pool.used;
}

/* Share an array map's values. NULL with errno if it cannot be. */
static void *
map_array(const struct bpf_sampler *s, const char *name, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED,
	    map_fd(s, name), 0);

	return p == MAP_FAILED ? NULL : p;
}

static int
open_ring(struct bpf_sampler *s)
{
	struct epoll_event ev = { .events = EPOLLIN };
	int fd = map_fd(s, "samples");

	/* A ring by itself is readable with anything in it. */
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (bpfring_open(&s->ring, fd, s->o.ring_bytes) != 0 ||
	    s->epoll < 0 || epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev) != 0)
		return -errno;
	return 0;
}

/* How large each map has to be that has no size of its own. 0 or a negative
 * errno. */
static int
size_maps(struct bpf_sampler *s)
{
	const struct {
		const char *name;
		size_t n;
	} sizes[] = {
		{ "samples", s->o.ring_bytes },
		{ "rows", (size_t)s->o.pool_slots * SAMPLER_BLOCK_ROWS },
		{ "slots", s->o.pool_slots },
		{ "states", (size_t)s->cpus },
		/* The kernel takes the memory of all of them, 5 MB. */
		{ "targets", s->o.filter ? TARGETS_MAX : 1 },
	};
	struct bpf_map *map;
	int rc;

	for (size_t i = 0; i < GP_COUNT(sizes); i++) {
		map = bpf_object__find_map_by_name(s->obj, sizes[i].name);
		if (!map)
			return -EINVAL;
		rc = bpf_map__set_max_entries(map, (uint32_t)sizes[i].n);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Open the object, configure it and load it. 0 or a negative errno. */
static int
load_object(struct bpf_sampler *s, const char *types)
{
	struct sampler_config config = {
		.filter = s->o.filter,
		.self = (uint32_t)getpid(),
		.pidns = pidns_inode(),
	};
	struct bpf_map *rodata;
	int rc;

	s->obj = open_object(s->o.engine, types);
	if (!s->obj)
		return -errno;
	rodata = bpf_object__find_map_by_name(s->obj, ".rodata");
	if (!rodata)
		return -EINVAL;
	rc = bpf_map__set_initial_value(rodata, &config, sizeof config);
	if (rc == 0)
		rc = size_maps(s);
	return rc == 0 ? bpf_object__load(s->obj) : rc;
}

/* Load, and find the parts. 0 or a negative errno. */
static int
load(struct bpf_sampler *s)
{
	int rc, types = kerneltypes_open();
	struct bpf_program *prog;
	char path[64];

	snprintf(path, sizeof path, "/proc/self/fd/%d", types);
	rc = load_object(s, types >= 0 ? path : NULL);
	if (types >= 0)
		close(types);
	/* Whatever libbpf may find wrong with them, it need not with the kernel's. */
	if (rc != 0 && rc != -EPERM && types >= 0) {
		bpf_object__close(s->obj);
		rc = load_object(s, NULL);
	}
	if (rc != 0)
		return rc;
	prog = bpf_object__find_program_by_name(s->obj, "on_sample");
	if (!prog)
		return -EINVAL;
	/* What loading took, nobody needs again. */
	malloc_trim(0);
	s->prog_fd = bpf_program__fd(prog);
	s->targets_fd = map_fd(s, "targets");
	s->counters_fd = map_fd(s, "counters");
	s->modules_fd = map_fd(s, "modules");
	s->mappings_fd = map_fd(s, "mappings");
	s->interps_fd = map_fd(s, "interps");
	s->seen_fd = map_fd(s, "seen");
	s->rows_fd = map_fd(s, "rows");
	s->pool.slots = s->o.pool_slots;
	s->pool.block = map_array(s, "blocks", BLOCKS_BYTES);
	s->pool.used = map_array(s, "slots", slots_bytes(s));
	if (!s->pool.block || !s->pool.used)
		return -errno;
	return open_ring(s);
}

/* Capabilities of this process as /proc/self/status has them. */
static uint64_t
effective_caps(void)
{
	unsigned long long caps = 0;
	char line[256];
	FILE *f = fopen("/proc/self/status", "re");

	while (f && fgets(line, sizeof line, f))
		if (sscanf(line, "CapEff: %llx", &caps) == 1)
			break;
	if (f)
		fclose(f);
	return caps;
}

/* Say why loading failed, as precisely as it can be known. */
static int
explain(int err, char *why, size_t size)
{
	/* Numbers of linux/capability.h. */
	enum { SYS_ADMIN = 21, PERFMON = 38, BPF = 39 };
	uint64_t caps = effective_caps();
	bool admin = caps >> SYS_ADMIN & 1;
	const char *missing = NULL;

	if (!admin && !(caps >> BPF & 1) && !(caps >> PERFMON & 1))
		missing = "CAP_BPF and CAP_PERFMON";
	else if (!admin && !(caps >> BPF & 1))
		missing = "CAP_BPF";
	else if (!admin && !(caps >> PERFMON & 1))
		missing = "CAP_PERFMON";
	if (missing) {
		snprintf(why, size, "sampling all processes needs %s: run as "
		    "root, or grant them", missing);
		return EX_NOPERM;
	}
	if (access("/sys/kernel/btf/vmlinux", R_OK) != 0) {
		snprintf(why, size, "the kernel shows no type information: "
		    "/sys/kernel/btf/vmlinux: %s (it needs "
		    "CONFIG_DEBUG_INFO_BTF=y)", strerror(errno));
		return EX_UNAVAILABLE;
	}
	if (err == EPERM || err == EACCES) {
		snprintf(why, size, "the kernel refuses the BPF program: %s "
		    "(a lockdown, a seccomp filter or a container?)",
		    strerror(err));
		return EX_NOPERM;
	}
	snprintf(why, size, "cannot load the BPF program: %s (-v says more)",
	    strerror(err));
	return EX_UNAVAILABLE;
}

static int
bpf_attach(struct sampler *base, int cpu)
{
	struct bpf_sampler *s = (void *)base;
	int fd, err;

	if (cpu < 0 || cpu >= s->cpus) {
		errno = EINVAL;
		return -1;
	}
	/* A CPU that went and came back has a dead event. */
	if (s->event_fd[cpu] >= 0)
		close(s->event_fd[cpu]);
	s->event_fd[cpu] = -1;
	fd = event_open(&s->o.event, cpu, s->o.freq, s->o.period);
	if (fd < 0)
		return -1;
	if (ioctl(fd, PERF_EVENT_IOC_SET_BPF, s->prog_fd) != 0 ||
	    ioctl(fd, PERF_EVENT_IOC_ENABLE, 0) != 0) {
		err = errno;
		close(fd);
		errno = err;
		return -1;
	}
	s->event_fd[cpu] = fd;
	return 0;
}

static void
bpf_stop(struct sampler *base)
{
	struct bpf_sampler *s = (void *)base;
	for (int i = 0; i < s->cpus; i++) {
		if (s->event_fd[i] < 0)
			continue;
		close(s->event_fd[i]);
		s->event_fd[i] = -1;
	}
}

static int
bpf_target(struct sampler *base, uint32_t pid, bool wanted)
{
	struct bpf_sampler *s = (void *)base;
	uint8_t one = 1;

	if (wanted)
		return bpf_map_update_elem(s->targets_fd, &pid, &one, BPF_ANY);
	return bpf_map_delete_elem(s->targets_fd, &pid);
}

static struct sampler_pool
bpf_pool(const struct sampler *base)
{
	const struct bpf_sampler *s = (const void *)base;
	return s->pool;
}

static struct unwind_row *
bpf_map_slot(const struct sampler *base, uint32_t slot)
{
	const struct bpf_sampler *s = (const void *)base;
	void *p = mmap(NULL, SLOT_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED,
	    s->rows_fd, (off_t)(slot * SLOT_BYTES));

	return p == MAP_FAILED ? NULL : p;
}

static void
bpf_unmap_slot(struct unwind_row *rows)
{
	munmap(rows, SLOT_BYTES);
}

static int
bpf_set_module(struct sampler *base, uint32_t module,
    const struct sampler_module *m)
{
	struct bpf_sampler *s = (void *)base;
	return bpf_map_update_elem(s->modules_fd, &module, m, BPF_ANY);
}

/* Cut [*start, end) into what the trie knows: blocks of a power of two bytes,
 * aligned to their size. Sets the key of the first and moves *start behind it. */
static void
next_block(struct sampler_key *key, uint64_t *start, uint64_t end)
{
	uint32_t bits = 12;

	while (bits < 62 && !(*start >> bits & 1) &&
	    end - *start >= 2ull << bits)
		bits++;
	key->prefixlen = 96 - bits;
	key->addr_be = __builtin_bswap64(*start);
	*start += 1ull << bits;
}

static int
bpf_map(struct sampler *base, uint32_t image,
    const struct sampler_mapping *m)
{
	struct bpf_sampler *s = (void *)base;
	struct sampler_key key = { .image = image };
	uint64_t start = m->start;

	while (start < m->end) {
		next_block(&key, &start, m->end);
		if (bpf_map_update_elem(s->mappings_fd, &key, m, BPF_ANY) != 0)
			return -1;
	}
	return 0;
}

static void
bpf_unmap(struct sampler *base, uint32_t image, uint64_t start, uint64_t end)
{
	struct bpf_sampler *s = (void *)base;
	struct sampler_key key = { .image = image };

	/* What is not there need not be taken away. */
	while (start < end) {
		next_block(&key, &start, end);
		bpf_map_delete_elem(s->mappings_fd, &key);
	}
}

static int
bpf_set_interp(struct sampler *base, uint32_t image, const struct interp *i)
{
	struct bpf_sampler *s = (void *)base;

	if (i)
		return bpf_map_update_elem(s->interps_fd, &image, i, BPF_ANY);
	return bpf_map_delete_elem(s->interps_fd, &image);
}

/* With the other one of its set: that one will be told of once more, too. */
static void
bpf_forget_code(struct sampler *base, uint32_t image, uint64_t word)
{
	struct bpf_sampler *s = (void *)base;
	__u32 set = sampler_seen_set(sampler_seen_hash(image, word));
	__u64 none = 0;

	bpf_map_update_elem(s->seen_fd, &set, &none, BPF_ANY);
}

static void
bpf_read(struct sampler *base,
    bool (*fn)(void *arg, const struct sample *sample), void *arg)
{
	struct bpf_sampler *s = (void *)base;
	const struct sample *sample;
	size_t size;

	while ((sample = bpfring_next(&s->ring, &size))) {
		/* The ring is the kernel's word, but cheap to check. */
		if (size >= sizeof *sample && size >= sample_bytes(sample) &&
		    !fn(arg, sample))
			break;
	}
	bpfring_release(&s->ring);
}

static int
bpf_fd(const struct sampler *base)
{
	const struct bpf_sampler *s = (const void *)base;
	return s->epoll;
}

static void
bpf_count(const struct sampler *base, struct sampler_counters *sum)
{
	const struct bpf_sampler *s = (const void *)base;
	struct sampler_counters *each;
	uint32_t zero = 0;

	*sum = (struct sampler_counters){ 0 };
	each = calloc((size_t)s->cpus, sizeof *each);
	if (!each)
		die_nomem();
	if (bpf_map_lookup_elem(s->counters_fd, &zero, each) == 0) {
		for (int i = 0; i < s->cpus; i++) {
			sum->fired += each[i].fired;
			sum->ring_full += each[i].ring_full;
			sum->idle += each[i].idle;
			sum->other += each[i].other;
		}
	}
	free(each);
}

static void
bpf_free(struct sampler *base)
{
	struct bpf_sampler *s = (void *)base;
	if (s->event_fd)
		bpf_stop(base);
	if (s->pool.block)
		munmap(s->pool.block, BLOCKS_BYTES);
	if (s->pool.used)
		munmap(s->pool.used, slots_bytes(s));
	bpfring_close(&s->ring);
	if (s->epoll >= 0)
		close(s->epoll);
	bpf_object__close(s->obj);
	free(s->event_fd);
	free(s);
}

static const struct sampler_ops bpf_ops = {
	.in_kernel = true,
	.attach = bpf_attach,
	.stop = bpf_stop,
	.target = bpf_target,
	.pool = bpf_pool,
	.map_slot = bpf_map_slot,
	.unmap_slot = bpf_unmap_slot,
	.set_module = bpf_set_module,
	.map = bpf_map,
	.unmap = bpf_unmap,
	.set_interp = bpf_set_interp,
	.forget_code = bpf_forget_code,
	.read = bpf_read,
	.fd = bpf_fd,
	.count = bpf_count,
	.free = bpf_free,
};

struct sampler *
sampler_open_bpf(const struct sampler_options *o, int *status, char *why,
    size_t why_size)
{
	struct bpf_sampler *s = calloc(1, sizeof *s);
	int rc;

	if (!s)
		die_nomem();
	s->base.ops = &bpf_ops;
	s->o = *o;
	s->epoll = -1;
	libbpf_set_print(print_libbpf);
	s->cpus = libbpf_num_possible_cpus();
	rc = s->cpus > 0 ? load(s) : s->cpus;
	if (rc != 0) {
		*status = explain(-rc, why, why_size);
		bpf_free(&s->base);
		return NULL;
	}
	s->event_fd = calloc((size_t)s->cpus, sizeof *s->event_fd);
	if (!s->event_fd)
		die_nomem();
	for (int i = 0; i < s->cpus; i++)
		s->event_fd[i] = -1;
	return &s->base;
}
