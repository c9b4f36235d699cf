/*
 * journaltext.h - the journal as a text, which is one JSON document:
 *
 *	{"version":1,"failures":2,"not_before":1790000000,"commands":[
 *	{"id":"9c…","kind":"start","state":"reported","duration":60,…},
 *	{"id":"3f…","kind":"stop","state":"queued","received":1790000001}]}
 *
 * What is 0, false or "" is left out. A command is a line as it is written, which
 * journalplain.h reads; however it is laid out, it is read.
 */
#ifndef GP_HEARTBEAT_JOURNALTEXT_H
#define GP_HEARTBEAT_JOURNALTEXT_H

#include "base/attr.h"
#include "base/buf.h"
#include "journal.h"

/*
 * Read a text, which is spoiled by it, into a journal without commands.
 *
 * False if it is damaged: the journal then holds anything. why: words for it,
 * size bytes.
 */
GP_MUSTUSE bool journaltext_read(struct journal *j, struct buf *text, char *why,
    size_t size);

/* Add it to a text. */
void journaltext_put(const struct journal *j, struct buf *text);

#endif
