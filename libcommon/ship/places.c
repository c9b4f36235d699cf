#include "ship/places.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A user's own folder of states. */
static void
user_state(char path[PLACES_PATH_MAX], const char *name)
{
	const char *xdg = getenv("XDG_STATE_HOME"), *home = getenv("HOME");
	const struct passwd *pw;

	if (xdg && xdg[0] == '/') {
		snprintf(path, PLACES_PATH_MAX, "%s/%s", xdg, name);
		return;
	}
	if (!home || home[0] != '/') {
		pw = getpwuid(geteuid());
		home = pw ? pw->pw_dir : "";
	}
	snprintf(path, PLACES_PATH_MAX, "%s/.local/state/%s", home, name);
}

void
places_state(char path[PLACES_PATH_MAX], const struct conf *conf)
{
	const char *said = conf_get(conf, "run", "state");
	const char *env = getenv("STATE_DIRECTORY");

	if (said)
		snprintf(path, PLACES_PATH_MAX, "%s", said);
	else if (env && env[0] == '/' && !strchr(env, ':'))
		snprintf(path, PLACES_PATH_MAX, "%s", env);
	else if (geteuid() == 0)
		snprintf(path, PLACES_PATH_MAX, "/var/lib/gp");
	else
		user_state(path, "gp");
}

void
places_spool(char path[PLACES_PATH_MAX], const struct conf *conf)
{
	const char *said = conf_get(conf, "run", "spool");

	if (!said)
		said = conf_get(conf, "upload", "spool");
	if (said)
		snprintf(path, PLACES_PATH_MAX, "%s", said);
	else if (geteuid() == 0)
		snprintf(path, PLACES_PATH_MAX, "/var/spool/gp");
	else
		user_state(path, "gp/spool");
}
