/*
 * cfirun.h - the programs of call frame information, run.
 *
 * A CIE's program sets up the state that its FDEs begin with; a FDE's moves
 * through a function and changes it. A row comes out wherever a rule changes.
 * Programs are a stranger's: what is malformed ends the program, and what was
 * before it holds.
 */
#ifndef GP_CFIRUN_H
#define GP_CFIRUN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attr.h"
#include "unwind/cfi.h"
#include "unwind/cfirule.h"

struct cfi_cie {
	uint32_t off;      /* in the section */
	uint8_t pc_enc;    /* DW_EH_PE_x of the FDEs' pcs */
	bool augmented;    /* FDEs have augmentation data, with its length */
	bool ok;
	uint64_t code_align;
	int64_t data_align;
	struct cfirule_regs initial;
};

/* Run a CIE's instructions; they set cie->initial. False: malformed. */
GP_MUSTUSE bool cfirun_initial(struct cfi *c, struct cfi_cie *cie,
    struct dwread program);

/*
 * Run a FDE's instructions and add the rows of [start, end), counted from the
 * section's base, to out. A malformed program is counted; its rest is a gap.
 */
void cfirun_function(struct cfi *c, const struct cfi_cie *cie, uint64_t start,
    uint64_t end, struct dwread program, struct rows *out);

#endif
