/*
 * still.h - a world without threads and clocks, for fuzz targets whose inputs must do the same each time: whoever
 * would wait lets the others go on, and time passes only when nobody has anything to do.
 */
#ifndef FUZZ_STILL_H
#define FUZZ_STILL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * @turn is called when the library waits for something, and does one thing of the others'; false when they have
 * nothing more to do. It is not called while it runs. NULL: there are no others.
 */
void
still_set_others(bool (*turn)(void));

/* Calls what the service's thread would call, until nothing is ready; whether there was anything. */
bool
still_serve(void);

void
still_pass_time(int64_t nanoseconds);

/*
 * From now on @change is called once, when the library, built with changing.h, has looked @loads times more at
 * memory that others write. NULL: never.
 */
void
still_change_after(unsigned loads, void (*change)(void));

#endif /* FUZZ_STILL_H */
