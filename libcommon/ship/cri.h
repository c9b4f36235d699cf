/*
 * cri.h - the containers that Kubernetes' runtimes list: containerd, CRI-O.
 *
 *	POST /runtime.v1.RuntimeService/ListPodSandbox		ids of pods
 *	POST /runtime.v1.RuntimeService/ListContainers		and what is in them
 *
 * The Container Runtime Interface is gRPC: HTTP/2, and in the body of a request and
 * of an answer one message each, with its length before it:
 *
 *	0	1 byte: not compressed
 *	length	4 bytes, big-endian
 *	message	protobuf, cri.proto
 *
 * A sandbox has a container of its own, which holds the pod's name spaces; it is
 * called POD, as kubelet always has. Memory is bounded by CRI_MEMORY_MAX.
 *
 * Source: kubernetes/cri-api, runtime/v1 and v1alpha2, which have the same
 * fields; gRPC over HTTP2.
 */
#ifndef GP_CRI_H
#define GP_CRI_H

#include "base/attr.h"
#include "ship/names.h"

#define CRI_SANDBOXES "RuntimeService/ListPodSandbox"
#define CRI_CONTAINERS "RuntimeService/ListContainers"

enum { CRI_MEMORY_MAX = 128 << 20, CRI_HEAD = 5 };

/* Add what an answer's body holds; false if it is none, or libprotobuf-c is not
 * installed. Sandboxes first: containers are looked up in them. */
GP_MUSTUSE bool cri_take_sandboxes(struct names *n, const char *body,
    size_t len);
GP_MUSTUSE bool cri_take_containers(struct names *n, const char *body,
    size_t len);

#endif
