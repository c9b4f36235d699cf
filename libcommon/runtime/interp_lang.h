/*
 * interp_lang.h - what each interpreter of interp.def has to be able to do.
 *
 * For a row INTERP(TCL, tcl, "_[tcl]") these are tcl_recognise() and so on, in
 * tcl_frames.c and whatever else it takes. The prototypes are made here, so that a
 * language needs no header that others include.
 */
#ifndef GP_INTERP_LANG_H
#define GP_INTERP_LANG_H

#include "runtime/interp.h"

/* An ELF file that is looked at. */
struct interp_elf {
	const struct elffile *f;
	const struct elfhas *has;
	bool program; /* it need not export what it has */
};

/*
 * NAME_recognise: whether the file has this interpreter, of a version that can be
 * walked. Fills in all of out but the language.
 *
 * NAME_move: add bias to every address in i->u.
 *
 * NAME_read: fill in c, which is empty but for check, as interp_read() says.
 *
 * NAME_switches: as interp_switches().
 *
 * NAME_line: the line at a place, by a table that NAME_read() took; 0: it does not
 * say.
 */
#define INTERP(ID, name, suffix) \
bool name##_recognise(const struct interp_elf *e, struct interp *out); \
bool name##_switches(const struct interp_elf *e); \
void name##_move(struct interp *i, uint64_t bias); \
int name##_read(const struct interp *i, const struct interp_process *p, \
    const struct interp_wish *wish, uint64_t addr, uint64_t clue, \
    struct interp_code *c); \
uint32_t name##_line(const struct interp *i, const struct interp_code *c, \
    uint32_t at);
#include "runtime/interp.def"

#endif
