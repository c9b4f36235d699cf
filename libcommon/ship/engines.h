/*
 * engines.h - ask the container engines of this machine for their containers.
 *
 *	/run/docker.sock, /run/podman/podman.sock		docker.h
 *	/run/containerd/containerd.sock, /run/crio/crio.sock	cri.h
 *
 * Each socket that is there is asked once, by HTTP over it; one that is not, or is
 * also there under another name, is passed over. In a container that shares the
 * machine's processes the machine's own are found below /proc/1/root.
 *
 * An engine may be slow, dead, or say anything: each gets ENGINES_ONE_NS, all of
 * them together ENGINES_ALL_NS, and an answer of more than ENGINES_ANSWER_MAX
 * bytes, or one that breaks off, counts as none.
 */
#ifndef GP_ENGINES_H
#define GP_ENGINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "ship/names.h"

#define ENGINES_ALL_NS UINT64_C(1000000000)
#define ENGINES_ONE_NS UINT64_C(500000000)

enum { ENGINES_MAX = 16, ENGINES_ANSWER_MAX = 16 << 20 };

struct engine {
	bool cri;         /* or else Docker's API */
	const char *path; /* of its socket; no longer than that of an address */
};

/* Read "docker:PATH", "podman:PATH" or "cri:PATH", of which the path is kept. NULL,
 * or what is wrong. */
GP_MUSTUSE const char *engine_parse(struct engine *e, const char *text);

/*
 * Ask some engines, or with n 0 those whose sockets are where they usually are.
 *
 * failed: told of each that did not answer, and why; only with n above 0 also of
 * one that is not there. May be NULL. Returns false if libcurl is not installed.
 */
GP_MUSTUSE bool engines_ask(struct names *names, const struct engine *list,
    size_t n, void (*failed)(const char *path, const char *why));

#endif
