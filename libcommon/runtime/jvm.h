/*
 * jvm.h - the version of a HotSpot JVM.
 *
 * libjvm.so tells it to its own process only. Beside it, at the top of the JDK's
 * folder, stands a file "release" with the line JAVA_VERSION="17.0.15".
 */
#ifndef GP_JVM_H
#define GP_JVM_H

#include "runtime/lang.h"

GP_MUSTUSE bool jvm_version(const struct runtime_file *f, char *out,
    size_t size);

/* The value of JAVA_VERSION in the text of such a file. */
GP_MUSTUSE bool jvm_parse_release(const char *text, size_t len, char *out,
    size_t size);

#endif
