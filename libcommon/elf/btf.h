/*
 * btf.h - the kernel's type information (BTF), cut down to what is asked for.
 *
 * The kernel's own describes its 130,000 types, of which a BPF program reads some
 * members of a few structs. libbpf takes 15 ms and 15 MB to parse it all; what comes
 * out of here is a few KB that say the same of those structs.
 *
 * Source: Documentation/bpf/btf.rst and include/uapi/linux/btf.h of the kernel.
 */
#ifndef GP_BTF_H
#define GP_BTF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"

/*
 * Add a BTF to out that has the structs and unions of these names, whole: with what
 * their members are. Of other structs with a name that are members it says no more
 * than the size, and of what pointers lead to, nothing.
 *
 * data: a BTF of this machine's byte order, which may be anything. False, and out as it
 * was, if it is none, or of a kind that is not known here. A name that it does
 * not have is left out.
 */
GP_MUSTUSE bool btf_reduce(const void *data, size_t len,
    const char *const *name, size_t names, struct buf *out);

#endif
