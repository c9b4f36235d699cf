/*
 * screen.h - the figures and what is wrong: on one screen, or as JSON.
 */
#ifndef GP_STATUS_SCREEN_H
#define GP_STATUS_SCREEN_H

#include <stdio.h>

#include "health.h"

/* host: this machine's name. */
void screen_print(const struct figures *f, const char *host, FILE *out);

/* The same for programs: {"host":…,"healthy":…,"problems":[…],"metrics":[…]} */
void screen_json(const struct figures *f, const char *host, FILE *out);

/* How many limits are exceeded. */
size_t screen_problems(const struct figures *f);

#endif
