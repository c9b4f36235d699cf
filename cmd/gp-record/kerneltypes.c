#include "kerneltypes.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/attr.h"
#include "base/file.h"
#include "elf/btf.h"

/* More than any kernel has: 5 MB is usual. */
#define BTF_MAX (256u << 20)

/* The structs with preserve_access_index of bpf/task.bpf.h. */
static const char *const wanted[] = {
	"thread_struct", "mm_struct", "ns_common", "pid_namespace", "upid",
	"pid", "task_struct",
};

/* The kernel's, of this many bytes. */
static bool
reduce(int fd, size_t len, struct buf *out)
{
	struct buf copy = { 0 };
	bool ok;
	void *p = mmap(NULL, len, PROT_READ, MAP_PRIVATE, fd, 0);

	if (p != MAP_FAILED) {
		ok = btf_reduce(p, len, wanted, GP_COUNT(wanted), out);
		munmap(p, len);
		return ok;
	}
	/* Before Linux 6.16. */
	ok = file_read_fd(fd, &copy, BTF_MAX) == 0 && btf_reduce(copy.s,
	    copy.len, wanted, GP_COUNT(wanted), out);
	buf_free(&copy);
	return ok;
}

int
kerneltypes_open(void)
{
	int fd = open("/sys/kernel/btf/vmlinux", O_RDONLY | O_CLOEXEC);
	struct buf types = { 0 };
	struct stat st;
	int file = -1;

	if (fd < 0)
		return -1;
	if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= BTF_MAX &&
	    reduce(fd, (size_t)st.st_size, &types))
		file = memfd_create("kernel types", MFD_CLOEXEC);
	close(fd);
	if (file >= 0 && file_write_all(file, types.s, types.len) != 0) {
		close(file);
		file = -1;
	}
	buf_free(&types);
	return file;
}
