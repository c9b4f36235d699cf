/*
 * journalplain.h - a journal exactly as journaltext_put() writes it.
 *
 * Each poll reads the history, a thousand commands for the most part, to tell their
 * ids. A JSON parser takes more time for them than all of the request; what gp
 * wrote itself has its members in one order and no blanks, and can be read in one
 * pass. Anything else, as an escape in a string, a member that is new or a file that
 * somebody has edited, is not for here: it may be a journal none the less, and
 * journaltext.c has it parsed.
 *
 * What is taken here is JSON, and means the same (tests/fuzz/fuzz_commands.c).
 */
#ifndef GP_HEARTBEAT_JOURNALPLAIN_H
#define GP_HEARTBEAT_JOURNALPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attr.h"
#include "journal.h"

enum { JOURNAL_VERSION = 1 };

/* Words of the text, by their values. */
extern const char *const journal_states[COMMAND_STATES];
extern const char *const journal_kinds[COMMAND_UNKNOWN + 1];

/* Read len bytes and a NUL behind them into a journal without commands. False if
 * this is not for here: the journal then holds anything. */
GP_MUSTUSE bool journalplain_read(struct journal *j, const char *text,
    size_t len);

#endif
