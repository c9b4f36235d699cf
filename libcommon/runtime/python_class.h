/*
 * python_class.h - the class that a function was defined in, to 3.10.
 *
 * From 3.11 on a code object knows its qualified name. Before, only the function
 * object does (3.x), or nobody (2.7); but a method's first argument is an object
 * of its class, or the class (self, cls: the sampler's clue is the class in either
 * case), and among that class's and its bases' attributes one is the function:
 *
 *	class ──mro──► Derived, Base, object
 *	                 └─dict["price"]──► [property, classmethod, wrapper ──►]
 *	                                    function ──► code: this one?
 *	                                      └─► "Base.price"
 *
 * So the name is the class's that defines it, whoever called it first, and a
 * function that happens to be called with an object of a class is not its method.
 *
 * Source: object.h, dict-common.h, funcobject.h, classobject.h of the branches.
 */
#ifndef GP_PYTHON_CLASS_H
#define GP_PYTHON_CLASS_H

#include "runtime/python_object.h"

/*
 * Add the qualified name of a code object.
 *
 * code: its address; name: the address of the str that is its co_name. False, and
 * nothing added, if no class in reach of type has it.
 */
GP_MUSTUSE bool python_put_qualified(const struct python_memory *m,
    uint64_t type, uint64_t code, uint64_t name, struct buf *out);

#endif
