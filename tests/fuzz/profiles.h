/*
 * profiles.h - what the targets that read profiles of any format share.
 */
#ifndef GP_FUZZ_PROFILES_H
#define GP_FUZZ_PROFILES_H

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/diag.h"
#include "profile/input.h"
#include "stream/stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* What is said of bad input is not of interest; what sanitizers say goes to the
 * descriptor. */
static inline void
be_quiet(void)
{
	static bool quiet;

	if (quiet)
		return;
	diag_init("fuzz");
	diag_set_verbosity(-1);
	stderr = fopen("/dev/null", "w");
	assert(stderr);
	quiet = true;
}

/* Add bytes, as if they were a file, to in's fold; the exit status. */
static inline int
read_bytes(struct input *in, const void *p, size_t len)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC), status;
	char path[32];

	assert(fd >= 0 && write(fd, p, len) == (ssize_t)len);
	snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	status = input_read(in, path);
	input_done(in);
	close(fd);
	return status;
}

/* A profile's folded text, to be freed. */
static inline char *
folded_text(const struct fold *f, size_t *len)
{
	struct stream_writer w = { 0 };
	char *text;

	w.f = open_memstream(&text, len);
	assert(w.f);
	profile_write_folded(&f->profile, &w);
	assert(fclose(w.f) == 0);
	assert(w.samples == f->profile.samples);
	return text;
}

#endif
