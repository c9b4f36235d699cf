/*
 * appmeta.h - gProfiler's application_metadata: what a stack's program is.
 *
 *	exe=/usr/bin/python3.11 execfn=python3 … runtime=python/3.11.2
 *
 * as place.h has it, becomes the second of
 *
 *	"application_metadata":[null,{"exe":"/usr/bin/python3.11",
 *	    "execfn":"python3","python_version":"Python 3.11.2",…}]
 *
 * and stacks of that program begin with its number, 1. Equal ones are one.
 *
 *	exe, execfn, arch               as they are
 *	runtime=python/3.11.2           python_version: "Python 3.11.2"; ruby_version,
 *	                                "ruby …"; golang_version, "go…"; node_version,
 *	                                "v…"; java_version, dotnet_version, perl_version
 *	                                …: the number alone
 *	exe_build_id, lib_build_id      exe_elfid, and libpython_elfid, libruby_elfid,
 *	                                libjvm_elfid: "buildid:…"
 *	link, libc                      "static" or "dynamic"; "glibc" or "musl"
 *	stripped                        true or false
 *	image                           container_image, which gProfiler does not have
 *	own={"job":"nightly"}           "job":"nightly", as it is there: the owner's
 *	                                words, which take the place of ours
 *
 * What is not known is left out. gProfiler asks the programs themselves for their
 * versions (python -V), and prints what they say; these are read off their files.
 *
 * A zeroed struct appmeta is ready. Whoever declares it calls appmeta_free().
 *
 * Source: gProfiler's metadata classes, and the expectations of its tests.
 */
#ifndef GP_APPMETA_H
#define GP_APPMETA_H

#include <stddef.h>
#include <stdint.h>

#include "base/intern.h"
#include "base/jsonw.h"

/* Programs that are told apart: the header, which goes with each piece of a profile,
 * should stay far below the 4 MiB that a server takes. */
enum { APPMETA_MAX = 1024 };

struct appmeta {
	struct intern programs;
};

/* The number of a program's frame: 0 of what is none (place_is_program()) or tells
 * nothing, and of those beyond APPMETA_MAX. */
uint32_t appmeta_number(struct appmeta *a, const char *frame, size_t len);

/* Add the array. a may be NULL. */
void appmeta_put(struct jsonw *w, const struct appmeta *a);

void appmeta_free(struct appmeta *a);

#endif
