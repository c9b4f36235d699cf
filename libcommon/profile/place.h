/*
 * place.h - where a process belongs: its container, its application, its program.
 *
 *	#process pid=7 comm=python3 container=9f86d081884c… engine=docker
 *	    container_name=web app=python:%20app.py%20(/srv/app.py)
 *
 *	docker:web;python: app.py (/srv/app.py);exe=… runtime=python/3.11;python3;…
 *	^container ^application                 ^program                  ^process
 *
 * A container's frame is what people know it by, as far as that was found out:
 *
 *	k8s:shop/web-5d4f/nginx    namespace, pod and container of Kubernetes
 *	docker:web                 the engine's name for it
 *	docker:9f86d081884c        the first 12 digits of its id
 *	runc:NAME                  an id that is a name already
 *	[host]                     it is in none
 *
 * and [no-app] stands for a process that is no known application. The program's
 * frame is the fields of #process that tell of it, in this order and as a record
 * has them, with ';' as %3B:
 *
 *	exe=/usr/bin/python3.11 execfn=python3 arch=x86_64 exe_build_id=9c61…
 *	    link=dynamic libc=glibc stripped=1 image=web:1.4 own={"job":"nightly"}
 *	    runtime=python/3.11.2
 */
#ifndef GP_PLACE_H
#define GP_PLACE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "base/buf.h"
#include "stream/record.h"

enum {
	/* Bytes of an application's frame; of a longer one this much is kept. */
	PLACE_APP_MAX = 1024,
	/* Of one field of a program's; a longer one is left out. */
	PLACE_FIELD_MAX = 512,
	PLACE_OWN_MAX = 1024, /* the same of own= */
	PLACE_PROGRAM_MAX = 4096,
};

#define PLACE_HOST "[host]"
#define PLACE_NO_APP "[no-app]"

/* Add the text of a #process record's frame. It is as strangers wrote it. */
void place_put_container(struct buf *b, const struct record *process);
void place_put_app(struct buf *b, const struct record *process);
void place_put_program(struct buf *b, const struct record *process);

/* Whether a frame is such a program's. */
GP_MUSTUSE bool place_is_program(const char *frame, size_t len);

/*
 * Add a container's frame as gProfiler's files have it: the name alone, nothing
 * for the host or what is not known, and of Kubernetes dockershim's
 *
 *	k8s_nginx_web-5d4f_shop_unknown_0
 *
 * whose six parts its readers take apart.
 */
void place_put_gprofiler(struct buf *b, const char *frame, size_t len);

#endif
