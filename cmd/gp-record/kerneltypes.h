/*
 * kerneltypes.h - what the BPF program has to know of the kernel's structs, in a file
 * that libbpf parses in no time.
 */
#ifndef GP_KERNELTYPES_H
#define GP_KERNELTYPES_H

#include "base/attr.h"

/* A nameless file with the BTF of the structs that bpf/task.bpf.h reads; the caller
 * closes it. -1 if there can be none: libbpf looks by itself then. */
GP_MUSTUSE int kerneltypes_open(void);

#endif
