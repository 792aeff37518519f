/*
 * streams.h - what the files that measure streams share. Frames pass between two processes, and take
 * turns in short rounds with the least that the machine can do instead.
 */
#ifndef BENCH_STREAMS_H
#define BENCH_STREAMS_H

#include "bench.h"

/* Percentiles of many samples. */
struct tail {
	double p50, p99, p999;
};

/* Sorts the values. */
struct tail
tail_of(float *values, size_t count);

/* stream-pair.c: a stream in each direction between two processes */

struct stream_end {
	struct transom_publisher *publisher; /* to the other side */
	struct transom_subscriber *subscriber; /* from the other side */
};

/* BGRA, so many pixels; for as many subscribers as are asked for, of one frame each. */
struct transom_publisher *
create_publisher(uint32_t width, uint32_t height, uint32_t subscribers);

/* Sends an invitation to whoever is at the other end of the socket; there it is accepted. */
void
invite(struct transom_publisher *publisher, int socket);
struct transom_subscriber *
accept_invitation(int socket, uint32_t mode, uint32_t flags);

/* Both sides call this; frames are written to once, all over. */
void
stream_end_create(int socket, uint32_t width, uint32_t height, uint32_t flags, struct stream_end *ret);

/* Writes to all of a frame: the first time, so that its memory is there. */
void
fill_frame(struct transom_frame *frame, int value);

/* stream-latency.c: from one process to the other, and the least that this can take */

enum latency_line {
	LINE_FLOOR, /* two cache lines, or two eventfds */
	LINE_SMALL, /* frames of 64 B */
	LINE_MIDDLE, /* 1 MB */
	LINE_LARGE, /* 33 MB */
	LINE_WHOLE, /* 64 B, and the publisher's acquire too */
	LINE_COUNT
};

struct latency {
	const char *name, *label;
	bool busy;
	int core; /* of the other process */
	unsigned times; /* in a round */
	unsigned rounds;
	struct tail ns[LINE_COUNT];
	struct statistic ratio[LINE_COUNT]; /* to the floor, of the medians of each round */
	struct statistic growth; /* of the largest frames to the smallest */
};

enum { LATENCY_COUNT = 4 };

extern const char *const latency_line_names[LINE_COUNT];

/* Whether it is in the summary; if @brief, the others are left out. */
bool
latency_is_told_briefly(const struct latency *latency);

void
latency_measure(unsigned rounds, bool brief, struct latency ret[LATENCY_COUNT]);

/* stream-crowd.c: what publishing costs when many look on */

struct crowd {
	unsigned count;
	int core; /* of the subscribers */
	struct tail awake, asleep; /* of publish */
	struct tail acquire; /* by the publisher; it looks at what all hold */
	struct tail floor; /* a futex wake of so many threads */
	struct statistic ratio; /* asleep to floor */
};

enum { CROWD_COUNT = 8 };

bool
crowd_is_told_briefly(const struct crowd *crowd);

void
crowd_measure(unsigned rounds, bool brief, struct crowd ret[CROWD_COUNT]);

/* stream-rate.c: frames by the second */

struct rate {
	const char *name, *label;
	uint32_t width, height, mode, flags;
	bool filled; /* written and read all over; else only touched at both ends */
	int core; /* of the reader */
	double published, seen; /* a second */
	double growth; /* time of a frame against that of one of 64 B; if @filled, to fill it alone */
	double publisher_faults, reader_faults; /* of pages, a frame */
	double copied; /* bytes of a frame that the reader does not share with the publisher */
};

enum { RATE_COUNT = 10 };

void
rate_measure(unsigned rounds, struct rate ret[RATE_COUNT]);

/* stream-lossless.c: frames of which none is missed, against a plain ring of as many places */

struct lossless {
	const char *name, *label;
	unsigned queue;
	int core; /* of the reader */
	double frames, floor; /* a second: of the stream, of the ring */
	struct statistic ratio; /* of the times */
};

enum { LOSSLESS_COUNT = 4 };

void
lossless_measure(unsigned rounds, struct lossless ret[LOSSLESS_COUNT]);

/* stream-calls.c: system calls of a frame */

enum { CALL_COUNT = 6 };

/* @looks: calls of a frame for which the time gave reason, and not the frame: whether the publisher lives. */
void
stream_calls_measure(struct cost ret[CALL_COUNT], double looks[CALL_COUNT]);

/* stream-idle.c: sleepers */

struct idle {
	const char *name, *label;
	uint32_t flags;
	double wakes; /* a second, of all together */
	struct tail knew; /* after their publisher was killed */
};

enum { IDLE_COUNT = 2 };

void
idle_measure(struct idle ret[IDLE_COUNT]);

/* streams.c: all of it */

struct streams {
	unsigned rounds;
	struct latency latencies[LATENCY_COUNT];
	struct crowd crowds[CROWD_COUNT];
	struct rate rates[RATE_COUNT];
	struct lossless lossless[LOSSLESS_COUNT];
	struct idle idles[IDLE_COUNT];
	struct cost calls[CALL_COUNT];
	double looks[CALL_COUNT];
};

/* @brief: latencies and crowds alone. */
void
streams_measure(unsigned rounds, bool brief, struct streams *ret);

/* stream-report.c */

void
streams_report_table(const struct streams *streams);
/* One JSON object. */
void
streams_report_json(const struct streams *streams);

#endif /* BENCH_STREAMS_H */
