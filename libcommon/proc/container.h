/*
 * container.h - which container a process is in, from /proc/PID/cgroup.
 *
 *	0::/kubepods.slice/…-pod7e4c.slice/cri-containerd-9f86d08…0a08.scope
 *	                                   ^engine        ^id, 64 hex digits
 *
 * The engines name the cgroups that they make, each in its own way, and
 * differently with the systemd and the cgroupfs driver:
 *
 *	docker-ID.scope  cri-containerd-ID.scope  nerdctl-ID.scope
 *	crio-ID.scope  crio-ID  libpod-ID.scope  libpod-ID    ID: 64 hex digits
 *	runc-NAME.scope  crun-NAME.scope  lxc.payload.NAME    NAME: anything
 *	SLICE:docker:ID  SLICE:cri-containerd:ID  SLICE:runc:NAME
 *	docker/ID  default/ID  k8s.io/ID  kubepods/…/ID  lxc/NAME  any/ID
 *
 * One name of 64 hex digits is a container whoever made it (engine unknown, if
 * nothing tells). Where containers are nested, the innermost is meant: path
 * components are looked at from the end, so that cgroups that a container makes
 * within its own do not hide it. The engines' monitors (conmon) are no
 * containers.
 *
 * Version 1 has a line for each controller, version 2 has one, "0::/path",
 * hybrid systems have both: a line that shows a container wins, then version 2,
 * then systemd's own, then the others as they come; "/" only if nothing else
 * is there.
 *
 * A container made by hand (`runc run NAME`, `ctr run … NAME`) with the cgroupfs
 * driver has a cgroup of any name: the text does not tell it from any other
 * cgroup. But then the runtime keeps a folder of that name while it lives:
 * container_find_by_state() looks there.
 *
 * Source: the engines' documentation of their cgroup layouts, and paths seen on
 * real machines (the table of tests/unit/test_container.c).
 */
#ifndef GP_CONTAINER_H
#define GP_CONTAINER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"

/* Longest id with its NUL; longer names are cut off by no engine: NAME_MAX. */
enum { CONTAINER_ID_MAX = 256, CONTAINER_CGROUP_MAX = 4096 };

enum container_engine {
	CONTAINER_NONE = 0, /* not in a container, as far as this tells */
	CONTAINER_DOCKER,
	CONTAINER_CONTAINERD,
	CONTAINER_CRIO,
	CONTAINER_PODMAN,
	CONTAINER_RUNC,
	CONTAINER_CRUN,
	CONTAINER_LXC,
	CONTAINER_KUBERNETES, /* a pod's container, runtime not told */
	CONTAINER_UNKNOWN,    /* a container, engine not told */
};

struct container {
	enum container_engine engine;
	char id[CONTAINER_ID_MAX];         /* "" if CONTAINER_NONE */
	char cgroup[CONTAINER_CGROUP_MAX]; /* the path, "" if none is told */
};

/* Read the text of /proc/PID/cgroup. Any text will do; what is not understood
 * tells nothing. */
void container_parse(struct container *c, const char *text, size_t len);

/*
 * For a process that container_parse() found in none: look for a component of
 * c->cgroup, innermost first, among the containers that runtimes keep the state
 * of below root ("" for the machine's own): /run/runc, /run/crun and
 * containerd's tasks. Sets engine and id and returns true if there is one.
 *
 * Costs some stat(2) a component; the same cgroup gives the same answer.
 */
bool container_find_by_state(struct container *c, const char *root);

/* "docker", "containerd", "crio", "podman" …; "" for CONTAINER_NONE. */
const char *container_engine_name(enum container_engine engine);

#endif
