/*
 * explore.h - runs parties that share memory in every order of their accesses, within limits, on memory whose stores
 * may be delayed; what the parties do is world.c's, which accesses they make comes from hooks.c.
 *
 * Each party is a coroutine. At each access to shared memory it may be that another party goes on instead, or that a
 * store stays unseen by the others for a while. Every such decision is recorded, and the next run decides otherwise at the
 * last place where something is left to try, until nothing is.
 */
#ifndef TEST_INTERLEAVE_EXPLORE_H
#define TEST_INTERLEAVE_EXPLORE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { MAX_PARTIES = 6 };

/* What a run may do beyond running one party after the other on memory that shows every store at once. */
struct limits {
	unsigned preemptions; /* of a party that could go on */
	/*
	 * Of stores, and as many times that delayed stores are seen before their party goes on or makes a fence. What comes
	 * behind a delayed store on TSO is delayed as well, and not counted.
	 */
	unsigned delays;
	unsigned deaths; /* of a party that may die, at any access */
	bool weak; /* stores pass each other, but for release stores and those to one place; else TSO, as on x86 */
	bool plain; /* accesses that are not atomic are places for decisions too */
};

struct outcome {
	unsigned long schedules;
	bool complete; /* all within the limits */
	const char *failure; /* of the last schedule, or NULL */
};

/*
 * Runs @begin, which makes the world anew and adds its parties, and then these, in every way. Stops at the first failure, or after
 * @seconds. @end looks at the world after each run; NULL, or what is wrong.
 */
void
explore(void (*begin)(void), const char *(*end)(void), const struct limits *limits, double seconds,
	struct outcome *ret);

/* Once more the schedule that was last, and prints each of its steps; @describe names a place in memory. */
void
explore_again(void (*begin)(void), const char *(*end)(void), void (*describe)(const void *at, char text[64]));

/* In @begin */

/* The memory that is shared, and all zero. */
void
explore_share(void *memory, size_t size);
/* One more piece of it. */
void
explore_share_also(void *at, size_t size);
/* A service waits for what need not come. */
enum part { LIVES, MAY_DIE, SERVES };
void
explore_add(const char *name, void (*body)(void *), void *argument, enum part part);

/* In a party */

/* The run ends here. */
_Noreturn void
explore_fail(const char *why);

/* What others could do, they may do here. */
void
explore_point(const char *what);

/* All stores of this party are seen. */
void
explore_barrier(void);

/* Others go on until @ready(argument). All stores of this party are seen. */
void
explore_wait(bool (*ready)(void *), void *argument, const char *what);

/* What another party has stored is seen here: it has given up a lock that this one takes. */
void
explore_follow(unsigned party);

bool
explore_is_weak(void);
bool
explore_is_dead(unsigned party);
unsigned
explore_get_party(void);

/* A step of the run, printed if it is one that is done again; @at may be NULL. */
void
explore_trace(const char *what, const volatile void *at, uint64_t value);

/* For hooks.c and world.c. Sizes are 1, 2, 4 or 8. */

enum order { PLAIN, RELAXED, RELEASE };

bool
explore_is_shared(const volatile void *at);
uint64_t
explore_load(const volatile void *at, size_t size, enum order order);
void
explore_store(volatile void *at, size_t size, uint64_t value, enum order order);
/* What all see; and a store that all see at once. After explore_barrier(). */
uint64_t
explore_peek(const volatile void *at, size_t size);
void
explore_poke(volatile void *at, size_t size, uint64_t value);
/* Stores that come after this are seen after those before it. */
void
explore_release(void);
/* The party is about to store there itself; 16 bytes too. */
void
explore_announce_store(volatile void *at, size_t size);

#endif /* TEST_INTERLEAVE_EXPLORE_H */
