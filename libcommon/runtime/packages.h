/*
 * packages.h - which package a source file came with.
 *
 *	/srv/venv/lib/python3.11/site-packages/flask/app.py ──► "Flask==2.0.1"
 *
 * Python's packages leave a folder beside what they install, which says their name
 * and version, and which files are theirs:
 *
 *	site-packages/flask/app.py
 *	site-packages/Flask-2.0.1.dist-info/METADATA    Name: Flask, Version: 2.0.1
 *	site-packages/Flask-2.0.1.dist-info/RECORD      flask/app.py,sha256=…,…
 *
 * Older ones have .egg-info with PKG-INFO and SOURCES.txt instead; distributors
 * drop the lists, and then top_level.txt, or the package's own name, says which
 * folder is meant. A folder of packages is read once, when the first file in it
 * is asked for, below the root of the process that has it.
 *
 * All of it is a stranger's: sizes have limits, and names no strange bytes.
 *
 * Source: packaging.python.org, "Recording installed projects" and "Core metadata".
 */
#ifndef GP_PACKAGES_H
#define GP_PACKAGES_H

#include "base/intern.h"
#include "base/pairmap.h"
#include "runtime/interp.h"

enum {
	PACKAGES_FILES_MAX = 400000,  /* files that are known, in all */
	PACKAGES_FOLDERS_MAX = 4096,  /* of packages */
	PACKAGES_RECORD_MAX = 8 << 20 /* bytes of one list that are read */
};

/* A zeroed one is empty and ready. */
struct packages {
	struct intern names;   /* "Flask==2.0.1" */
	struct pairmap files;  /* (hash of the name, folder) to a name */
	struct packages_folder {
		uint64_t dev, ino;
	} *folder;
	uint32_t n;
	size_t cap;
};

/* Add the package of a source file, by its path as the process has it; false, and
 * nothing added, if it is of none. */
GP_MUSTUSE bool packages_put(struct packages *pk,
    const struct interp_process *p, const char *path, struct buf *out);

void packages_free(struct packages *pk);

#endif
