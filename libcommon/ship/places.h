/*
 * places.h - where commands keep what outlives them, unless told otherwise.
 *
 *	            root              others
 *	state       /var/lib/gp       $XDG_STATE_HOME/gp or ~/.local/state/gp
 *	spool       /var/spool/gp     …/gp/spool
 *
 * $STATE_DIRECTORY, of a systemd service, comes before either state. What
 * gp.conf(5) says comes before all, in the section of whoever the place belongs
 * to: so gp-status looks where gp-run and gp-upload write.
 */
#ifndef GP_PLACES_H
#define GP_PLACES_H

#include "base/conf.h"

enum { PLACES_PATH_MAX = 4096 };

/* conf: what was read, or NULL. */
void places_state(char path[PLACES_PATH_MAX], const struct conf *conf);
void places_spool(char path[PLACES_PATH_MAX], const struct conf *conf);

#endif
