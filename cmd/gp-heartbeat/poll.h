/*
 * poll.h - one poll of the control server.
 *
 *	heartbeat ──► answer ──► journal        a new command
 *	completion ◄── journal                  each command that has ended
 *	worker ◄── journal                      if there is something to run
 *
 * The journal is read, the lock given back, the server asked, and the journal
 * read again: a server that hangs keeps no worker waiting. What the server was
 * told is true of the earlier state, which does no harm.
 *
 * A server that does not answer, or says that it cannot, is left alone for a
 * while: twice as long after each failure, up to POLL_BACKOFF_MAX seconds, or as
 * long as it asks. Polls in that time do nothing. A report is repeated until it
 * takes it, or says that there is something wrong with it (400, 422 …); one that
 * it does not take leaves the next ones their turn.
 */
#ifndef GP_HEARTBEAT_POLL_H
#define GP_HEARTBEAT_POLL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "figures.h"
#include "protocol.h"
#include "ship/http.h"
#include "ship/secret.h"

enum { POLL_BACKOFF_MAX = 600 };

struct poll_options {
	const char *dir;    /* of the journal */
	const char *server; /* URL, without a path behind its '/' */
	struct protocol_host host;
	struct http_config http;
	struct secret token;
	uint64_t timeout_ns; /* of each request */
};

/* Poll once. Sets *work if the journal has work for a worker, and counts in f,
 * which comes zeroed. Returns an exit status; says what is wrong itself. */
GP_MUSTUSE int poll_once(struct poll_options *o, struct figures *f,
    bool *work);

#endif
