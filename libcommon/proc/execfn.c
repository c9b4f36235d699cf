#include "proc/execfn.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Where the vector says that it is; 0 if it does not. */
static uint64_t
find_address(const struct buf *auxv)
{
	Elf64_auxv_t a;

	for (size_t i = 0; i + sizeof a <= auxv->len; i += sizeof a) {
		memcpy(&a, auxv->s + i, sizeof a);
		if (a.a_type == AT_NULL)
			break;
		if (a.a_type == AT_EXECFN)
			return a.a_un.a_val;
	}
	return 0;
}

static int
read_text(const struct proc *p, uint64_t address, struct buf *b)
{
	int fd = openat(p->dir, "mem", O_RDONLY | O_CLOEXEC | O_NOFOLLOW), err;
	char text[EXECFN_MAX];
	const char *end;
	ssize_t n;

	if (fd < 0)
		return proc_err_from_errno(errno);
	/* Up to the end of the stack, if that comes first. */
	n = pread(fd, text, sizeof text, (off_t)address);
	err = errno;
	close(fd);
	if (n < 0)
		return proc_err_from_errno(err);
	end = n ? memchr(text, '\0', (size_t)n) : NULL;
	if (!end || end == text)
		return PROC_EPARSE;
	buf_add(b, text, (size_t)(end - text));
	return PROC_OK;
}

int
execfn_read(const struct proc *p, struct buf *b)
{
	struct buf auxv = { 0 };
	int rc = proc_read_file(p, "auxv", &auxv);
	uint64_t address;

	if (rc == PROC_OK) {
		address = find_address(&auxv);
		rc = address && address <= INT64_MAX ?
		    read_text(p, address, b) : PROC_EPARSE;
	}
	buf_free(&auxv);
	return rc;
}
