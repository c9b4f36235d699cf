/*
 * flamew.h - a flame graph's tree as ASCII text, about 4 bytes a node.
 *
 *	a;c 1            all 36                  C        2 kids
 *	b;c 33     ->    a 1 │ b 35        ->    A @      1 kid, "a"
 *	b 2              c 1 │ c 33 │ self 2     BA A     1 kid and samples, "b", 2
 *	                                         @?@      samples, "c", 1
 *	                                         @?`@     samples, "c", 33
 *
 * Nodes come in their order (flame.h). Each is
 *
 *	kids * 2 + (self != 0)   name   self, if not 0
 *
 * or, with a base,
 *
 *	kids * 4 + (base != 0) * 2 + (self != 0)   name   self   base
 *
 * and in a chart ends in how far behind its neighbour's end, or its parent's begin,
 * it begins. The root has no name. Parents, totals and places follow from the order.
 *
 * A number is five bits a character, lowest first, bit 5 set if more follow, 63
 * added: the characters '?' to '~'.
 */
#ifndef GP_FLAMEW_H
#define GP_FLAMEW_H

#include <stdint.h>
#include <stdio.h>

#include "profile/flame.h"

/* Write the nodes of a tree that is laid out. Errors stay in the FILE. */
void flamew_nodes(const struct flame *f, FILE *out);

/* Write a number as all of them are. */
void flamew_number(FILE *out, uint64_t v);

#endif
