/*
 * called.h - what the engines call the containers of a scan.
 *
 * Engines are asked when a process of the scan is in a container, and else not:
 * on a machine without any, --names costs nothing.
 */
#ifndef GP_CALLED_H
#define GP_CALLED_H

#include "scan.h"
#include "ship/engines.h"

/* Fill in container_name, pod, namespace and image. An engine that does not answer is
 * reported with diag(). list, n: as for engines_ask(). */
void called_find(struct scan *s, const struct engine *list, size_t n);

#endif
