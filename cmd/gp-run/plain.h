/*
 * plain.h - names without symbols: what stands in for a gp-symbolize that failed.
 *
 *	#gp version=1 kind=raw …         #gp version=1 kind=named …
 *	#module id=3 path=/…/libc.so.6   #module id=3 path=/…/libc.so.6
 *	app-7;$5+10;$3+1c2f0;$k+ff80 4   app-7;[app+10];[libc.so.6+1c2f0];[kernel+ff80]_[k] 4
 *
 * It needs nothing but the stream, so nothing that a stranger's file holds can
 * hurt it. The addresses are those of the ELF files: with the #module records
 * they can be named later.
 */
#ifndef GP_PLAIN_H
#define GP_PLAIN_H

#include "base/attr.h"

/* Read the raw stream in the file in from its start, write it named to out (a
 * file, emptied first). Bad lines are left to be counted by the caller, who
 * compares the sums. Returns 0, or -1 with errno. */
GP_MUSTUSE int plain_write(int out, int in);

#endif
