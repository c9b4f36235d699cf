/*
 * libpages.h - memory that loading libraries leaves behind.
 *
 * To bind a library, the dynamic linker reads its symbols, names and relocations, and
 * the kernel maps 64 KB around each page that is read. Of the 29 libraries that come
 * with a libcurl that is more than what a request reads. All of it are pages of
 * files that are as they were: they can go at any time, and come back when they are
 * read again.
 */
#ifndef GP_LIBPAGES_H
#define GP_LIBPAGES_H

/* Unmap the pages of what cannot be written to, of the program and of its libraries.
 * Those that are read again cost a page fault, for 64 KB at a time. */
void libpages_drop(void);

#endif
