/*
 * suite.h - what a unit test is for main.c, which runs it: a suite of check(3).
 */
#ifndef GP_SUITE_H
#define GP_SUITE_H

#include <check.h>

/* The tests of this file; the runner frees them. */
Suite *suite(void);

#endif
