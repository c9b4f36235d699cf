#include "ship/curllib.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/diag.h"
#include "base/lazylib.h"
#include "base/libpages.h"

/* Read when GnuTLS is loaded: it is then not set up. */
#define NO_GNUTLS "GNUTLS_NO_IMPLICIT_INIT"

static struct curllib fn;

static const struct lazylib_function functions[] = {
	{ "curl_global_init", &fn.global_init },
	{ "curl_global_cleanup", &fn.global_cleanup },
	{ "curl_version_info", &fn.version_info },
	{ "curl_easy_init", &fn.init },
	{ "curl_easy_cleanup", &fn.cleanup },
	{ "curl_easy_setopt", &fn.setopt },
	{ "curl_easy_perform", &fn.perform },
	{ "curl_easy_getinfo", &fn.getinfo },
	{ "curl_easy_strerror", &fn.strerror },
	{ "curl_slist_append", &fn.slist_append },
	{ "curl_slist_free_all", &fn.slist_free_all },
	{ NULL, NULL },
};

/* Debian has it built with OpenSSL, and with GnuTLS; either will do. */
static struct lazylib libs[] = {
	{ "libcurl.so.4", functions, LAZYLIB_UNTRIED },
	{ "libcurl-gnutls.so.4", functions, LAZYLIB_UNTRIED },
};

const struct curllib *
curllib_load(void)
{
	/* The libraries of other protocols bring GnuTLS along, and it would take
	 * a MB for nothing. The libcurl that uses it sets it up itself. */
	bool ours = !getenv(NO_GNUTLS) && setenv(NO_GNUTLS, "1", 1) == 0;
	const struct curllib *found = NULL;

	for (size_t i = 0; i < GP_COUNT(libs) && !found; i++)
		if (lazylib_load(&libs[i]))
			found = &fn;
	if (ours)
		unsetenv(NO_GNUTLS);
	libpages_drop();
	return found;
}

/* "ee5259c2.0": what OpenSSL looks for. */
static bool
is_hashed(const char *name)
{
	return strspn(name, "0123456789abcdef") == 8 && name[8] == '.' &&
	    name[9] >= '0' && name[9] <= '9' && name[10] == '\0';
}

static bool
has_hashed(const char *folder)
{
	DIR *dir = opendir(folder);
	bool found = false;
	struct dirent *e;

	while (dir && !found && (e = readdir(dir)))
		found = is_hashed(e->d_name);
	if (dir)
		closedir(dir);
	return found;
}

const char *
curllib_spare_ca_file(const struct curllib *l)
{
	const curl_version_info_data *v = l->version_info(CURLVERSION_NOW);

	if (v->age < CURLVERSION_SEVENTH || !v->cainfo || !v->capath ||
	    !v->ssl_version || strncmp(v->ssl_version, "OpenSSL/", 8) != 0)
		return NULL;
	return has_hashed(v->capath) ? v->cainfo : NULL;
}
