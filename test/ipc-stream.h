/*
 * ipc-stream.h - what the parts of the torn-frame test share: the plan, the tally, and frames that say in
 * every pixel which one they are. ipc-stream.c supervises, ipc-stream-publisher.c draws and forwards,
 * ipc-stream-reader.c reads.
 */
#ifndef TEST_IPC_STREAM_H
#define TEST_IPC_STREAM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <transom/stream.h>

enum {
	READERS = 8, /* of the first stream, half of them lossless */
	RELAY_READERS = 4, /* of the stream that forwards it */
	BUFFERS = 64, /* that a publisher may have */
	RELAY_BUFFERS = 32,
	PATIENCE_S = 30, /* for what must happen but may take its time on a busy machine */
};

/* The streams of a run. */
enum stream { DRAWN, RELAYED, STREAMS };

enum phase {
	RUNNING, /* whoever is killed begins anew */
	SETTLING, /* nobody is killed; all come together once more */
	ENDING, /* all leave, the readers first */
};

struct variant {
	const char *name;
	uint32_t policy; /* for laggards */
	bool resizes; /* the publisher changes the frames' size */
	bool relays; /* a second stream forwards the first */
};

/* What all processes of a run know; fixed while it lasts. */
struct plan {
	const struct variant *variant;
	bool threads; /* of one process, instead of processes */
	bool release_early; /* readers release a frame, and only then read it */
	unsigned seed;
	struct {
		const char *name;
		uint32_t subscribers; /* once all have joined */
		int receive, send; /* a port with invitations */
	} streams[STREAMS];
};

/* In memory that all processes of the test share. */
struct tally {
	atomic_uint phase; /* enum phase */
	atomic_uint epochs; /* publishers that have begun */
	atomic_uint relays; /* the same */
	atomic_uint wanted[STREAMS]; /* invitations */
	atomic_uint settled[STREAMS]; /* all subscribers were there */
	atomic_ulong published[STREAMS];
	atomic_ulong readings[2]; /* by mode */
	atomic_ulong kept; /* frames that were read after their release, by a right or a use */
	atomic_ulong missed; /* frames that readers knew they had missed */
	atomic_ulong refused, shut_out, kills, relay_kills, restarts, stops;
	/* What must stay 0. */
	atomic_ulong torn; /* frames with pixels of another one */
	atomic_ulong kept_torn; /* the same, of those that were kept */
	atomic_ulong lost; /* that a lossless reader did not get */
	atomic_ulong wrong; /* frames of another size or number than they say, or out of order */
	atomic_ulong held_up; /* a publisher, by a reader that was stopped */
	atomic_ulong retained; /* buffers, by nobody */
	atomic_ulong miscounted; /* subscribers */
	atomic_ulong leaked; /* descriptors or mappings, by who was not killed */
	atomic_ulong unexpected; /* errors, and deaths */
};

extern struct tally *tally;
extern struct plan plan;

/* A process or thread of the test. */
struct actor {
	void (*play)(struct actor *actor);
	enum stream stream;
	unsigned number; /* among the readers of its stream */
	unsigned lives; /* how often it was begun */
	pid_t pid;
	pthread_t thread;
	atomic_bool leave; /* threads cannot be killed: they leave at once, and begin anew */
};

static inline enum phase
get_phase(void)
{
	return (enum phase)atomic_load(&tally->phase);
}

/* Of one actor's life. */
unsigned
choose_seed(const struct actor *actor);

/* Counts an error that must not be, and says where. */
void
report_unexpected(const char *what, int error);

/* ipc-stream-frame.c */

/* What goes with each frame, as its user data: which frame it is. */
struct note {
	uint64_t sequence; /* in the stream for which it was drawn */
	uint32_t epoch; /* which publisher drew it */
	uint32_t relay; /* which relay has forwarded it; 0: none */
};

void
choose_size(const struct note *note, uint32_t *ret_width, uint32_t *ret_height);

void
draw_note(struct transom_pixel_buffer *buffer, const struct note *note);

/* Whether the first, the last and a random line of a surface are of the frame that @note says. */
bool
verify_note(struct transom_surface *surface, const struct note *note, unsigned *seed);

/* ipc-stream-publisher.c and ipc-stream-reader.c */

void
play_publisher(struct actor *actor);
void
play_relay(struct actor *actor);
void
play_reader(struct actor *actor);

#endif /* TEST_IPC_STREAM_H */
