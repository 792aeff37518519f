/*
 * peer.h - what every program beside the peers shares: the work is the same, only the adapter differs.
 *
 * Each way to pass frames is one program `peer-NAME`: the files of the harness and one adapter. It runs as
 * a producer or as a reader. run.py starts them, tells them what to do through a sheet, a file that both
 * map, and reads there what came of it.
 */
#ifndef PEERS_PEER_H
#define PEERS_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sheet.h"

#ifdef __cplusplus
extern "C" {
#endif

/* How long an adapter may wait in one call: the harness then looks whether it shall end. */
enum { PATIENCE_MS = 100 };

/* What an adapter is told. */
struct setup {
	const char *folder; /* of this run: sockets, pipes and names go there */
	const char *variant; /* of the adapter, or "" */
	uint32_t width, height;
	bool nv12; /* else BGRA */
	size_t bytes; /* of a frame, without padding */
	unsigned buffers; /* that frames go round in, where there is such a thing */
	unsigned readers; /* that there will be */
	unsigned index; /* of this reader, from 0 */
	unsigned hold; /* how many frames this reader will keep beside the one that it looks at */
	bool busy; /* wait without sleeping */
	bool lossless; /* every frame reaches every reader; else the newest is enough */
};

/* A frame in a reader's hands. */
struct received {
	const void *bytes;
	void *token; /* the adapter's */
};

/*
 * What an adapter does. All give 0 or a negative errno: -EAGAIN nothing within PATIENCE_MS, -EPIPE the other
 * side is gone and nothing more will come, -ENOENT it is not there yet. One object is one side.
 */
struct adapter {
	int (*open_producer)(const struct setup *setup, void **ret);
	/* Memory for the next frame; it stays the same until it was published. */
	int (*draw)(void *side, void **ret);
	int (*publish)(void *side);
	int (*open_reader)(const struct setup *setup, void **ret);
	int (*acquire)(void *side, struct received *ret);
	void (*release)(void *side, struct received *frame);
	void (*close)(void *side);
};

extern const struct adapter adapter;

/* main.c */

uint64_t
now_ns(void);
/* Whether SIGTERM or SIGINT came. */
bool
is_stopped(void);
/* Sleeps, or spins, until then. */
void
wait_until(uint64_t when_ns, bool spin);
/* Has this thread run before all that is not as urgent; where that is not allowed nothing changes. */
void
come_first(void);
/* Prints a sentence on stderr and ends. */
#ifdef __cplusplus
[[noreturn]]
#else
_Noreturn
#endif
void
give_up(const char *what, int error);

/* frame.c: what is drawn and what is checked, the same for all */

enum work {
	WORK_TOUCH, /* the first and the last 64 bytes */
	WORK_WHOLE, /* every byte */
};

/* The first 64 bytes of each frame; a frame of 64 bytes is that alone. */
struct header {
	uint64_t magic;
	uint64_t sequence; /* from 1 */
	uint64_t bytes;
	uint64_t buffer; /* which memory of the producer's it was drawn into */
	uint64_t work; /* of enum work */
	uint64_t warm; /* 1: drawn before measuring began */
	uint64_t stamp_ns; /* right before it was published */
	uint64_t check; /* of the other seven */
};

void
frame_draw(void *bytes, const struct header *header);
/* The last step before publishing. */
void
frame_stamp(void *bytes);
/* Copies the header, and says whether all of the frame is what was drawn. */
bool
frame_check(const void *bytes, size_t size, struct header *ret);

/* producer.c, reader.c: the two roles */

struct role {
	struct setup setup;
	struct sheet *sheet;
	enum work work;
	uint64_t period_ns; /* 0: as fast as it goes */
	uint64_t warm_ns, duration_ns; /* 0: until stopped */
	bool realtime; /* see come_first(), once it is to begin */
};

void
produce(const struct role *role);
void
read_frames(const struct role *role);

/* attack.c: what a hostile reader tries */

/* Writes over the frame; gives one of enum written. */
enum written
attack_write(const void *bytes, size_t size);
/* Truncates the memory; gives one of enum truncated. */
enum truncated
attack_truncate(const void *bytes);

#ifdef __cplusplus
}
#endif

#endif /* PEERS_PEER_H */
