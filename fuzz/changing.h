/*
 * changing.h - put before sources of the library that read memory which others write: each atomic load tells
 * still.c first, so that a fuzz target can change that memory between any two of them.
 */
#ifndef FUZZ_CHANGING_H
#define FUZZ_CHANGING_H

#include <stdatomic.h>

void
still_look(void);

#undef atomic_load_explicit
#define atomic_load_explicit(object, order) (still_look(), *(object))

#endif /* FUZZ_CHANGING_H */
