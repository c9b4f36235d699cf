/*
 * docker.h - the containers that Docker's API lists, and podman's, which speaks it.
 *
 *	GET /containers/json
 *	[{"Id":"9f86d081884c…","Names":["/web"],"Image":"web:1.4","Labels":{…}},…]
 *
 * Of several names the one that is no link's ("/other/alias") is meant. Containers
 * that the kubelet had Docker make are known by their labels.
 *
 * Source: Docker Engine API, GET /containers/json.
 */
#ifndef GP_DOCKER_H
#define GP_DOCKER_H

#include "base/attr.h"
#include "ship/names.h"

#define DOCKER_PATH "/containers/json"

/* Add what an answer holds; false if it is no list of containers. */
GP_MUSTUSE bool docker_take(struct names *n, const char *text, size_t len);

#endif
