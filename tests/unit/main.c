/*
 * main.c - runs the suite of a unit test.
 *
 * CK_VERBOSITY, CK_RUN_CASE and what else check(3) takes from the environment
 * work. Exit status 1 if a test failed.
 */
#include <stdlib.h>

#include "suite.h"

int
main(void)
{
	SRunner *r = srunner_create(suite());
	int failed;

	srunner_run_all(r, CK_ENV);
	failed = srunner_ntests_failed(r);
	srunner_free(r);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
