/*
 * appid.h - which application a process is: what its runtime was asked to run.
 *
 *	python3 -m celery -A shop worker    celery: shop (/srv/shop.py)
 *	gunicorn: master [web:app]          gunicorn: web:app (/srv/web.py)
 *	node --inspect server.js            nodejs: server.js (/srv/server.js)
 *	java -Xmx1g -jar Fibonacci.jar      java: Fibonacci.jar
 *	java … org.apache.spark.executor.E  java: …, spark: NAME    (if asked for)
 *
 * A machine has a hundred processes called python3; this tells them apart. All of
 * it is read from /proc: the command line, the working folder, and where links
 * on the way lead, below the process's own root. Nothing of the process is
 * executed or asked. Names of modules become the path that they would have below
 * the working folder; whether there is such a file is not asked.
 *
 * The forms are those of gProfiler, so that its users find their applications
 * under the names they know. Where several would fit, the first of the table in
 * appid.c wins. PHP, .NET, Go and native programs have none.
 *
 * A process may write anything into its command line.
 */
#ifndef GP_APPID_H
#define GP_APPID_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "proc/proc.h"
#include "runtime/runtime.h"

enum {
	APPID_ARGS_MAX = 512,    /* arguments that are looked at */
	APPID_MAX = 1024,        /* bytes of a result; longer ones are none */
	APPID_PATH_MAX = 4096,
};

/* What is known of a process. */
struct appid_process {
	const char *const *argv;
	size_t argc;
	const char *cwd; /* absolute, or NULL: then paths stay as they are */
	/* Follow the links in an absolute path, which may be changed in place; at
	 * most APPID_PATH_MAX bytes. NULL: none are followed. */
	void (*resolve)(void *arg, char *path);
	void *arg;
	bool spark; /* Spark's executors by the name of their application */
	const struct buf *spark_conf; /* its settings (spark.h), or NULL */
};

/* Add the application's id to out; false, and nothing added, if there is
 * none. */
GP_MUSTUSE bool appid_put(struct buf *out, enum runtime_kind kind,
    const struct appid_process *p);

/* The same for an open process. */
GP_MUSTUSE bool appid_find(struct buf *out, enum runtime_kind kind,
    const struct proc *p, bool spark);

#endif
