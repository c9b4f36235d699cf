/*
 * apppath.h - paths as a process of another root finds them.
 */
#ifndef GP_APPPATH_H
#define GP_APPPATH_H

enum { APPPATH_MAX = 4096 };

/* Take "." and ".." out of an absolute path, which gets no longer. */
void apppath_tidy(char *path);

/*
 * Follow the links in an absolute, tidy path below a root, in place: it may grow to
 * APPPATH_MAX bytes. What would not fit, or does not end, stays as far as it
 * was followed. root: an int *, a descriptor of the root; nothing is opened.
 */
void apppath_resolve(void *root, char *path);

#endif
