/*
 * curllib.h - libcurl, loaded when the first connection is wanted (lazylib.h).
 *
 * Its functions, and what it knows of the machine. For http.c alone.
 */
#ifndef GP_CURLLIB_H
#define GP_CURLLIB_H

/* Calls go through pointers, which the checking macros do not know. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

#include "base/attr.h"

struct curllib {
	CURLcode (*global_init)(long flags);
	void (*global_cleanup)(void);
	curl_version_info_data *(*version_info)(CURLversion v);
	CURL *(*init)(void);
	void (*cleanup)(CURL *c);
	CURLcode (*setopt)(CURL *c, CURLoption o, ...);
	CURLcode (*perform)(CURL *c);
	CURLcode (*getinfo)(CURL *c, CURLINFO i, ...);
	const char *(*strerror)(CURLcode rc);
	struct curl_slist *(*slist_append)(struct curl_slist *l, const char *s);
	void (*slist_free_all)(struct curl_slist *l);
};

/* NULL if it is not installed. */
GP_MUSTUSE const struct curllib *curllib_load(void);

/*
 * The system's file of all CA certificates, if it can be done without.
 *
 * libcurl reads that file whole for each connection: 150 certificates, 50 ms of
 * a CPU. OpenSSL can also look for the one that it needs in a folder, by a hash of
 * its owner's name. Where there is such a folder and libcurl looks there, the file
 * needs to be read only if the folder did not do. NULL: it is needed.
 */
const char *curllib_spare_ca_file(const struct curllib *l);

#endif
