/* objects.c - the compiled BPF programs, as bytes of this one. */
#include "objects.h"

#define EMBED(symbol, file) \
	__asm__(".section .rodata\n" \
	        ".balign 16\n" \
	        ".globl " #symbol "\n" \
	        #symbol ":\n" \
	        ".incbin \"" GP_BUILD "/bpf/" file "\"\n" \
	        ".globl " #symbol "_end\n" \
	        #symbol "_end:\n" \
	        ".previous\n")

EMBED(object_sampler, "sampler.bpf.o");
EMBED(object_sampler_legacy, "sampler_legacy.bpf.o");
EMBED(object_kfunction, "kfunction.bpf.o");
