/*
 * note.h - what the processes of the demo write to each other, and how they find each other.
 *
 * The director owns a port with a name. The renderer and the receivers look it up, say hello with a send
 * right to a port of their own, and report to the director from then on. The director introduces each
 * receiver to the renderer by passing its right on. Frames go from the renderer to the receiver directly.
 */
#ifndef DEMO_NOTE_H
#define DEMO_NOTE_H

#include <stdbool.h>
#include <stdint.h>

#include <transom/port.h>

#define NOTE_DIRECTOR "demo.director"

enum note_word {
	/* To the director. */
	NOTE_RENDERER = 1, /* hello, with a send right */
	NOTE_RECEIVER, /* hello, with a send right */
	NOTE_POOL, /* the answer to NOTE_ASK */
	NOTE_BACK, /* the receiver died, and this came back to the pool */
	NOTE_REPORT, /* what the receiver has seen */
	NOTE_READING, /* the receiver is in the middle of a frame */
	/* To the renderer. */
	NOTE_INTRODUCE, /* a receiver, with a send right */
	NOTE_ASK, /* how is the pool? */
	NOTE_END, /* enough */
	/* To a receiver. */
	NOTE_FRAME, /* with a surface right */
};

/* NOTE_RENDERER */
struct note_input {
	char description[96];
	char format[16];
	uint32_t width;
	uint32_t height;
	uint64_t frame_size; /* bytes of visible pixels */
};

/* NOTE_FRAME, and NOTE_READING */
struct note_frame {
	uint32_t number; /* from 1 */
	uint32_t is_last;
	uint64_t checksum;
	uint64_t address; /* where the renderer has the pixels: for the proof that they are the same pages */
};

/* NOTE_POOL, NOTE_BACK */
struct note_pool {
	uint32_t count;
	uint32_t out;
	uint32_t idle;
	uint32_t held;
	uint32_t regained; /* handed out again after the receiver's death */
	uint32_t reserved;
	uint64_t created;
	int64_t regained_at; /* nanoseconds of CLOCK_MONOTONIC */
};

/* NOTE_REPORT */
struct note_report {
	uint32_t frames;
	uint32_t wrong; /* frames whose checksum was not the renderer's */
	uint32_t missing; /* numbers that were left out */
	uint32_t first;
	uint32_t last;
	uint32_t surfaces;
	uint64_t bytes; /* of pixels seen */
	int64_t nanoseconds; /* from the first frame's arrival to the last one's end */
	int64_t bytes_read; /* by read(2) and its kin meanwhile; -1 if the kernel does not count them */
	uint64_t bytes_posted; /* that came beside the rights */
	uint64_t pages;
	uint64_t pages_shared;
	uint32_t proof; /* enum proof_kind */
	uint32_t written; /* the number of the frame that was written as PNG, or 0 */
};

struct note {
	uint32_t word; /* enum note_word */
	uint32_t reserved;
	union {
		struct note_input input;
		struct note_frame frame;
		struct note_pool pool;
		struct note_report report;
	};
};

/* Sends a note, with a right if @kind is not 0. 0 or a negative errno. */
int
note_send(int send, const struct note *note, int right, uint32_t kind);

/* Receives a note; rights stay in the message. 0 or a negative errno. */
int
note_receive(int receive, struct transom_message *message, int timeout_ms, struct note *ret);

/*
 * What the renderer and the receivers begin with: finds the director and makes a port. @ret_hello goes with
 * the first note; the caller closes it. False after a complaint.
 */
bool
note_find_director(int *ret_director, int *ret_receive, int *ret_hello);

#endif /* DEMO_NOTE_H */
