/*
 * nametext.h - the text of one address, made anew: the table of names.h.
 *
 * Each puts it into n->text, which is empty, and uses n->raw, which is empty too.
 * False if the frame is to be left as it came.
 */
#ifndef GP_SYMBOLIZE_NAMETEXT_H
#define GP_SYMBOLIZE_NAMETEXT_H

#include "elf/debuginfo.h"
#include "names.h"

/* frame: what DWARF says of the address, if that was asked. */
GP_MUSTUSE bool nametext_module(struct names *n, uint32_t module,
    uint64_t addr, const struct debuginfo_frame *frame, size_t frames);

GP_MUSTUSE bool nametext_kernel(struct names *n, uint64_t addr);

GP_MUSTUSE bool nametext_jit(struct names *n, uint32_t pid, uint64_t addr);

#endif
