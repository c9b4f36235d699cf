/*
 * inventory.h - what runs here, as the control server wants to know it.
 *
 *	"containers":[{"container_id":"9f86d0…","container_name":"9f86d081884c",
 *	  "runtime":"containerd","processes":[{"pid":4242,"process_name":"java"}]}]
 *
 * Bounded by the limits below: a machine with more says so with -v.
 */
#ifndef GP_HEARTBEAT_INVENTORY_H
#define GP_HEARTBEAT_INVENTORY_H

#include <stddef.h>

#include "base/attr.h"
#include "base/jsonw.h"

enum {
	INVENTORY_CONTAINERS_MAX = 500,
	INVENTORY_PROCESSES_MAX = 5000, /* in containers */
	INVENTORY_CGROUPS_MAX = 4096, /* that are remembered meanwhile */
	INVENTORY_ADDRESS_MAX = 64,
};

/* Write the containers, by id, and their processes. root: where proc is mounted,
 * NULL for /proc. */
void inventory_put_containers(struct jsonw *w, const char *key,
    const char *root);

/* Write the names of the hardware events that this machine counts. */
void inventory_put_events(struct jsonw *w, const char *key);

/* How many processes there are; 0 if that cannot be told. */
size_t inventory_processes(void);

/* The address that others see first: of an interface other than the loopback,
 * if there is one. */
void inventory_address(char address[INVENTORY_ADDRESS_MAX]);

#endif
