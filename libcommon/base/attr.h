/*
 * attr.h - what the compiler is told about functions, and this suite's version.
 */
#ifndef GP_ATTR_H
#define GP_ATTR_H

#define GP_VERSION "0.1.0"

/* The result says whether it worked: ignoring it is a mistake. */
#define GP_MUSTUSE __attribute__((warn_unused_result))
#define GP_PRINTF(fmt, first) __attribute__((format(printf, fmt, first)))
#define GP_NORETURN __attribute__((noreturn))

#define GP_COUNT(array) (sizeof(array) / sizeof((array)[0]))

#endif
