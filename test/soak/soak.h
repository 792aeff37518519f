/*
 * soak.h - what the parts of the soak test share: the lives that are begun and ended at random, and the tally in
 * memory that all of them see. soak.c supervises, soak-count.c counts what there is, the others live.
 */
#ifndef TEST_SOAK_H
#define TEST_SOAK_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <transom/stream.h>

enum {
	RESIDENTS = 11, /* processes that live from the beginning to the end */
	IDS = 32, /* of global surfaces that somebody has made */
	LONGEST_PAUSE_US = 15000, /* between two blows */
	MARK_WIDTH = 64,
	MARK_HEIGHT = 16,
};

enum phase {
	RUNNING, /* mortals are begun and killed, everybody works */
	RESTING, /* all mortals are dead; residents let go of what will not last, and are counted */
	ENDING, /* residents leave */
};

struct place {
	atomic_uint resting; /* the round in which this resident has come to rest, from 1 on */
	atomic_ulong heap; /* bytes that it has allocated, there */
};

/* In memory that all processes of the test share. */
struct tally {
	atomic_uint phase; /* enum phase */
	atomic_uint round;
	struct place places[RESIDENTS];
	atomic_uint ids[IDS];
	atomic_uint marks; /* drawn ever: each frame has a number of its own */
	atomic_ulong published, read, posted, received, forwarded, globals, heard, asked, forks, threads;
	unsigned long births, kills, stops; /* the supervisor's */
	atomic_ulong changed; /* frames that changed while somebody had them: must stay 0 */
	atomic_ulong unexpected; /* errors that cannot be; must stay 0 */
};

extern struct tally *tally;
extern unsigned chance; /* the seed of this process */
extern bool leaking; /* on purpose */

struct role;

/* One life of a process or thread. */
struct life {
	const struct role *role;
	unsigned number; /* of the stream or port that it is at */
	unsigned seed;
	bool resident;
};

/* What somebody does. */
struct role {
	const char *name;
	/* NULL: it cannot be now; the name is taken, or its publisher is not there. */
	void *(*begin)(struct life *life);
	/* Some work, some milliseconds at most; false: there is nothing more to do. */
	bool (*step)(void *self);
	/* Residents: lets go of what it has of others. False: others have not let go yet; to be called again. */
	bool (*settle)(void *self);
	void (*end)(void *self);
};

extern const struct role publisher_role, subscriber_role, forwarder_role, renderer_role, receiver_role,
	globals_role, watcher_role, house_role;

/* What a process that is born at random does. */
const struct role *
choose_role(unsigned *seed, bool in_house);

/* Whether a chance of 1 in @n comes. */
bool
one_in(unsigned *seed, unsigned n);

void
pause_us(unsigned *seed, unsigned longest);

/*
 * Whether a call succeeded; counts and prints an error that no peer's death, absence or slowness explains.
 * @expected is a list of such errors that ends with 0.
 */
bool
succeeded(const char *what, int r, const int *expected);

/*
 * The errors by which one notices that another is not there, not yet, or no more; and that this user, whose other
 * programs may have many, gets no more inotify instances.
 */
extern const int absence[];

/* A number in the first and the last pixel of a buffer: it is the same as long as somebody has it. */
uint32_t
draw_mark(struct transom_pixel_buffer *buffer);
uint32_t
read_mark(struct transom_surface *surface);

/* Counts it if a frame is another one than when it was taken. */
void
check_mark(struct transom_surface *surface, uint32_t mark);

/* soak-processes.c */

extern pid_t resident_pids[RESIDENTS];

void
begin_residents(void);
void
end_residents(void);

/* Ends the test if one has died. */
void
check_residents(void);
bool
is_everybody_at_rest(void);
/* Says who is not. */
void
print_restless(void);

/* Begins, stops or kills a mortal. */
void
strike(void);
void
kill_mortals(void);

/* soak-leak.c: something of each kind, for the proof that it is found. */
void
leak_something(unsigned *seed);
void
leak_process(void);

/* soak-count.c */

enum counted { FDS, MAPPINGS, THREADS, LOCKS, NAMES, PROCESSES, HEAP_KB, PRIVATE_KB, SHARED_KB, COUNTED };

struct count {
	unsigned long of[COUNTED];
};

extern const char *const counted_names[COUNTED];

/* How much more than in the beginning is no leak. */
extern const unsigned long counted_slack[COUNTED];

/* Of this process and those of @pids; the heap by their own word. */
void
count_all(const pid_t *pids, unsigned pid_count, const char *directory, struct count *ret);

#endif /* TEST_SOAK_H */
