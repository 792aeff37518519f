/*
 * sheet.h - what run.py and one role tell each other, in a file that both map. run.py has the same list.
 *
 * Words are 64 bits and written by one side only. Nothing here costs the role a system call, and what a
 * process wrote before it was killed can still be read.
 */
#ifndef PEERS_SHEET_H
#define PEERS_SHEET_H

#include <stdint.h>

enum { SHEET_BUFFERS = 256, SHEET_HELD = 16, SHEET_SAMPLES = 1 << 20 };

/* What run.py asks of a reader. */
enum command {
	COMMAND_NONE = 0,
	COMMAND_HOLD = 1, /* keep the next frames, as many as was agreed, and read no more */
	COMMAND_SLOW = 2, /* look at each frame for 100 ms */
	COMMAND_WRITE = 3, /* write over each frame */
	COMMAND_TRUNCATE = 4, /* truncate the memory of the next frame, then read on */
	COMMAND_CLOSE = 5, /* end in the middle of the next frame, without releasing it */
};

enum written {
	WRITTEN_NOT_TRIED = 0,
	WRITTEN_REFUSED = 1,
	WRITTEN_AT_ONCE = 2, /* by a plain store */
	WRITTEN_BY_PROTECT = 3, /* after mprotect(2) */
	WRITTEN_BY_MAPPING = 4, /* through a mapping of the file made anew */
};

enum truncated {
	TRUNCATED_NOT_TRIED = 0,
	TRUNCATED_REFUSED = 1,
	TRUNCATED_DONE = 2,
	TRUNCATED_PRIVATE = 3, /* the memory is the reader's own: there is nothing to truncate */
};

/* What a role has used up at one moment. */
struct usage {
	uint64_t when_ns;
	uint64_t cpu_ns; /* user and system, all threads */
	uint64_t faults; /* of pages */
	uint64_t frames; /* published or seen until then */
};

struct sheet {
	/* By run.py */
	uint64_t go; /* a producer publishes when this is 1 */
	uint64_t command; /* of enum command */

	/* By the role */
	uint64_t ready_ns; /* it can publish, or has joined */
	uint64_t first_ns, last_ns; /* its first and its last frame */
	uint64_t frames; /* published or seen */
	uint64_t missed; /* by a reader, by the numbers of those it saw */
	uint64_t torn; /* seen by a reader, and not what was drawn */
	uint64_t refused; /* times that a producer found no memory to draw into */
	uint64_t rejoined; /* times that a reader found its side closed and opened it again */
	uint64_t error; /* the last errno */
	uint64_t written; /* of enum written */
	uint64_t truncated; /* of enum truncated */
	uint64_t held_count;
	uint64_t held[SHEET_HELD]; /* buffers that a reader keeps */
	/* By a producer: when a buffer was first drawn into since run.py wrote 0 here. */
	uint64_t drawn_ns[SHEET_BUFFERS];
	uint64_t gap_ns; /* by a reader: the longest between two frames since run.py wrote 0 here */
	struct usage begin, end; /* when measuring began, and ended */
	uint64_t sample_count;
	/* Nanoseconds: a reader's from the stamp until it has the frame; a producer's of draw and publish. */
	uint32_t samples[SHEET_SAMPLES];
};

#endif /* PEERS_SHEET_H */
