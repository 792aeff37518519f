/* explore.c - the scheduler: coroutines, decisions, and what each party sees of the others' stores. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "../harness.h"
#include "explore.h"

enum {
	STACK = 96 << 10,
	DEPTH = 8, /* of a store buffer */
	MAX_DECISIONS = 1 << 14,
	MAX_STEPS = 1 << 14, /* of a run: more is going round in circles */
	MAX_SHARED = 8 << 10,
	MAX_ALSO = 4,
};

/* A store that its own party sees, and the others do not. */
struct delayed {
	unsigned char *at;
	size_t size;
	uint64_t value;
	bool release;
};

struct party {
	const char *name;
	void (*body)(void *);
	void *argument;
	enum part part;
	bool started, done, dead;
	bool (*ready)(void *); /* it waits for this, if not NULL */
	void *ready_argument;
	struct delayed delayed[DEPTH];
	bool walled; /* stores from here on come after those that are delayed: a release fence */
	unsigned delayed_count;
	ucontext_t context;
	jmp_buf place;
	char *stack;
};

/* What one could do in another's place. */
struct option {
	enum { GO_ON, SWITCH, SHOW, DIE } kind;
	unsigned party, store;
};

struct decision {
	unsigned char chosen, options;
};

static struct party parties[MAX_PARTIES];
static unsigned party_count, current;

/*
 * Shared memory is what the current party sees of it. What all see, with no store that is delayed, is in @seen, in the
 * same places.
 */
static struct range {
	unsigned char *at;
	size_t size;
	unsigned char *seen;
} ranges[1 + MAX_ALSO];
static unsigned range_count;
static unsigned char all_seen[MAX_SHARED];
static size_t seen_size;

static struct limits limits;
static unsigned preemptions, delays, shown, deaths, steps; /* of this run */
static struct decision decisions[MAX_DECISIONS];
static unsigned decision_count, decided; /* recorded, and come to in this run */
static jmp_buf host;
static const char *failure;
static unsigned char *announced; /* a store that the party makes itself, after the hook */
static size_t announced_size;
static bool running;
static void (*trace)(const void *at, char text[64]);

/* Memory */

static struct range *
find_range(const volatile void *at)
{
	for (unsigned i = 0; i < range_count; i++)
		if ((uintptr_t)at - (uintptr_t)ranges[i].at < ranges[i].size)
			return &ranges[i];
	return NULL;
}

bool
explore_is_shared(const volatile void *at)
{
	return running && find_range(at) != NULL;
}

static unsigned char *
get_seen(const unsigned char *at)
{
	const struct range *range = find_range(at);

	return range->seen + (at - range->at);
}

/* Shows a store to the others; the party that made it has it already. */
static void
show(struct party *party, unsigned i)
{
	struct delayed store = party->delayed[i];

	memcpy(get_seen(store.at), &store.value, store.size);
	party->delayed_count--;
	memmove(&party->delayed[i], &party->delayed[i + 1], (party->delayed_count - i) * sizeof(store));
	if (party == &parties[current])
		return;
	memcpy(store.at, &store.value, store.size);
	for (unsigned k = 0; k < parties[current].delayed_count;
	     k++) /* its own, to the same place, are newer */
		memcpy(parties[current].delayed[k].at, &parties[current].delayed[k].value,
		       parties[current].delayed[k].size);
}

static void
show_all(struct party *party)
{
	while (party->delayed_count)
		show(party, 0);
}

static bool
overlaps(const struct delayed *a, const struct delayed *b)
{
	return a->at < b->at + b->size && b->at < a->at + a->size;
}

/* Whether a delayed store may be seen before those that were made earlier. */
static bool
may_pass(const struct party *party, unsigned i)
{
	if (i == 0)
		return true;
	if (!limits.weak || party->delayed[i].release)
		return false;
	for (unsigned k = 0; k < i; k++)
		if (overlaps(&party->delayed[k], &party->delayed[i]))
			return false;
	return true;
}

static void
hide_stores(const struct party *party)
{
	for (unsigned i = 0; i < party->delayed_count; i++)
		memcpy(party->delayed[i].at, get_seen(party->delayed[i].at), party->delayed[i].size);
}

static void
reveal_stores(const struct party *party)
{
	for (unsigned i = 0; i < party->delayed_count; i++)
		memcpy(party->delayed[i].at, &party->delayed[i].value, party->delayed[i].size);
}

/* Decisions */

static void
print_step(const char *what, const volatile void *at, uint64_t value)
{
	char text[64] = "";

	if (!trace)
		return;
	if (at)
		trace((const void *)(uintptr_t)at, text);
	printf("#   %s: %s %s", parties[current].name, what, text);
	if (at)
		printf(" %llu", (unsigned long long)value);
	printf("\n");
}

/* On weak memory that store, else all up to it. Others may be seen before the party goes on, or does a fence. */
static void
show_some(struct party *party, unsigned last)
{
	print_step("sees a delayed store", party->delayed[last].at, party->delayed[last].value);
	shown++;
	if (limits.weak)
		show(party, last);
	else
		for (unsigned i = 0; i <= last; i++)
			show(party, 0);
}

static unsigned
decide(unsigned options)
{
	struct decision *decision = &decisions[decided];

	if (options == 1)
		return 0;
	check(decided < MAX_DECISIONS && options < 256);
	if (decided == decision_count) {
		*decision = (struct decision){ 0, (unsigned char)options };
		decision_count++;
	}
	check_eq(decision->options, options); /* or the world is not the same as in the run before */
	decided++;
	return decision->chosen;
}

static bool
is_ready(const struct party *party)
{
	return !party->done && !party->dead && (!party->ready || party->ready(party->ready_argument));
}

_Noreturn static void
end_run(const char *why)
{
	failure = why;
	running = false;
	_longjmp(host, 1);
}

void
explore_fail(const char *why)
{
	print_step(why, NULL, 0);
	end_run(why);
}

static void
run_body(void)
{
	struct party *party = &parties[current];

	party->body(party->argument);
	explore_barrier();
	party->done = true;
	explore_point("is done");
	abort(); /* nobody comes back to it */
}

static void
switch_to(unsigned next)
{
	struct party *from = &parties[current], *to = &parties[next];

	if (next == current)
		return;
	hide_stores(from);
	current = next;
	reveal_stores(to);
	if (_setjmp(from->place))
		return;
	if (to->started)
		_longjmp(to->place, 1);
	to->started = true;
	setcontext(&to->context);
}

static unsigned
list_options(bool goes_on, struct option *ret)
{
	const struct party *self = &parties[current];
	unsigned count = 0;

	if (goes_on)
		ret[count++] = (struct option){ GO_ON, current, 0 };
	for (unsigned i = 0; i < party_count; i++)
		if (i != current && is_ready(&parties[i]) && (!goes_on || preemptions < limits.preemptions))
			ret[count++] = (struct option){ SWITCH, i, 0 };
	for (unsigned i = 0; i < party_count; i++)
		for (unsigned k = 0; i != current && shown < limits.delays && k < parties[i].delayed_count;
		     k++)
			if (!limits.weak || may_pass(&parties[i], k))
				ret[count++] = (struct option){ SHOW, i, k };
	if (goes_on && self->part == MAY_DIE && deaths < limits.deaths)
		ret[count++] = (struct option){ DIE, current, 0 };
	return count;
}

/* Nobody can go on: the run has ended, or somebody waits for what never comes. */
_Noreturn static void
end_all(void)
{
	for (unsigned i = 0; i < party_count; i++)
		if (!parties[i].done && !parties[i].dead && parties[i].part != SERVES) {
			print_step(parties[i].name, NULL, 0);
			end_run("a party waits for ever");
		}
	end_run(NULL);
}

/* What the dead have stored is seen at last. False: there is nothing. */
static bool
show_dead(void)
{
	bool any = false;

	for (unsigned i = 0; i < party_count; i++) {
		any |= parties[i].dead && parties[i].delayed_count;
		if (parties[i].dead)
			show_all(&parties[i]);
	}
	return any;
}

/* Somebody goes on: this party, or another one while it waits for its turn. */
static void
choose(void)
{
	struct option options[MAX_PARTIES * (DEPTH + 1) + 2];

	if (++steps > MAX_STEPS)
		end_run("a run does not end");
	for (;;) {
		bool goes_on = is_ready(&parties[current]);
		unsigned count = list_options(goes_on, options);
		struct option option;

		if (!count && show_dead())
			continue;
		if (!count)
			end_all();
		option = options[decide(count)];
		if (option.kind == GO_ON)
			return;
		if (option.kind == SWITCH) {
			preemptions += goes_on;
			switch_to(option.party);
			return;
		}
		if (option.kind == SHOW) {
			show_some(&parties[option.party], option.store);
			continue;
		}
		deaths++;
		print_step("dies", NULL, 0);
		parties[current].dead = true;
	}
}

/* What the party has stored itself, after it has announced that, is a store like any other. */
static void
take_announced(void)
{
	unsigned char *at = announced;
	uint64_t values[2] = { 0 };

	if (!at)
		return;
	announced = NULL;
	memcpy(values, at, announced_size);
	memcpy(at, get_seen(at), announced_size);
	reveal_stores(&parties[current]); /* what was seen here before */
	explore_store(at, announced_size < 8 ? announced_size : 8, values[0], PLAIN);
	if (announced_size > 8)
		explore_store(at + 8, announced_size - 8, values[1], PLAIN);
}

void
explore_point(const char *what)
{
	take_announced();
	print_step(what, NULL, 0);
	choose();
}

void
explore_barrier(void)
{
	take_announced();
	if (parties[current].delayed_count)
		choose(); /* the last moment at which others do not see them */
	show_all(&parties[current]);
}

void
explore_wait(bool (*ready)(void *), void *argument, const char *what)
{
	struct party *self = &parties[current];

	explore_barrier();
	self->ready = ready;
	self->ready_argument = argument;
	explore_point(what);
	self->ready = NULL;
}

uint64_t
explore_load(const volatile void *at, size_t size, enum order order)
{
	uint64_t value = 0;

	take_announced();
	if (order != PLAIN || limits.plain)
		choose();
	memcpy(&value, (const void *)(uintptr_t)at, size < 8 ? size : 8);
	print_step("loads", at, value);
	return value;
}

/* Whether a store that could be seen at once is not. */
static bool
is_delayed(const struct party *party, const struct delayed *store, enum order order)
{
	bool behind = false;

	for (unsigned i = 0; i < party->delayed_count; i++)
		behind |= !limits.weak || store->release || overlaps(&party->delayed[i], store);
	if (behind)
		return true;
	if (delays == limits.delays || (order == PLAIN && !limits.plain) || !decide(2))
		return false;
	delays++;
	return true;
}

void
explore_store(volatile void *at, size_t size, uint64_t value, enum order order)
{
	struct party *self = &parties[current];
	struct delayed store = { (unsigned char *)(uintptr_t)at, size, value, false };
	bool delayed;

	take_announced();
	if (order != PLAIN || limits.plain)
		choose();
	if (self->delayed_count == DEPTH)
		show(self, 0);
	self->walled &= self->delayed_count > 0;
	store.release = order == RELEASE || self->walled;
	delayed = is_delayed(self, &store, order);
	print_step(delayed ? "stores, and others do not see it yet," : "stores", at, value);
	memcpy(store.at, &value, size);
	self->delayed[self->delayed_count++] = store;
	if (!delayed)
		show(self, self->delayed_count - 1);
}

void
explore_announce_store(volatile void *at, size_t size)
{
	take_announced();
	announced = (unsigned char *)(uintptr_t)at;
	announced_size = size;
}

uint64_t
explore_peek(const volatile void *at, size_t size)
{
	uint64_t value = 0;

	memcpy(&value, get_seen((const unsigned char *)(uintptr_t)at), size);
	return value;
}

void
explore_poke(volatile void *at, size_t size, uint64_t value)
{
	print_step("stores, in one step,", at, value);
	memcpy((void *)(uintptr_t)at, &value, size);
	memcpy(get_seen((const unsigned char *)(uintptr_t)at), &value, size);
}

void
explore_release(void)
{
	take_announced();
	parties[current].walled = parties[current].delayed_count > 0;
}

bool
explore_is_weak(void)
{
	return limits.weak;
}

void
explore_follow(unsigned party)
{
	show_all(&parties[party]);
}

bool
explore_is_dead(unsigned party)
{
	return parties[party].dead;
}

unsigned
explore_get_party(void)
{
	return current;
}

/* Runs */

void
explore_share_also(void *at, size_t size)
{
	check(range_count < 1 + MAX_ALSO && seen_size + size <= MAX_SHARED);
	ranges[range_count] = (struct range){ at, size, all_seen + seen_size };
	memcpy(ranges[range_count++].seen, at, size);
	seen_size += size;
}

void
explore_share(void *memory, size_t size)
{
	memset(memory, 0, size);
	range_count = 0;
	seen_size = 0;
	explore_share_also(memory, size);
}

void
explore_add(const char *name, void (*body)(void *), void *argument, enum part part)
{
	struct party *party = &parties[party_count];
	char *stack = party->stack ? party->stack : malloc(STACK);

	check(party_count < MAX_PARTIES && stack);
	party->name = name;
	party->body = body;
	party->argument = argument;
	party->part = part;
	party->started = party->done = party->dead = false;
	party->ready = NULL;
	party->delayed_count = 0;
	party->walled = false;
	if (!party->stack)
		getcontext(&party->context);
	party->stack = stack;
	party->context.uc_stack.ss_sp = stack;
	party->context.uc_stack.ss_size = STACK;
	party->context.uc_link = NULL;
	makecontext(&party->context, run_body, 0);
	party_count++;
}

/* What was made before the parties begin is seen by all. */
static void
begin_run(void (*begin)(void))
{
	party_count = current = 0;
	preemptions = delays = shown = deaths = steps = decided = 0;
	announced = NULL;
	begin();
	for (unsigned i = 0; i < range_count; i++)
		memcpy(ranges[i].seen, ranges[i].at, ranges[i].size);
}

static void
run_once(void (*begin)(void), const char *(*end)(void))
{
	begin_run(begin);
	failure = NULL;
	if (!_setjmp(host)) {
		running = true;
		parties[0].started = true;
		setcontext(&parties[0].context);
	}
	if (!failure)
		failure = end();
}

/* The next schedule: another choice where one is left, as late as possible. False: there is none. */
static bool
step_back(void)
{
	while (decision_count) {
		struct decision *last = &decisions[decision_count - 1];

		if (++last->chosen < last->options)
			return true;
		decision_count--;
	}
	return false;
}

void
explore(void (*begin)(void), const char *(*end)(void), const struct limits *wanted, double seconds,
	struct outcome *ret)
{
	double start = seconds_since(0);
	bool more = true;

	limits = *wanted;
	decision_count = 0;
	*ret = (struct outcome){ 0 };
	while (more && !ret->failure) {
		run_once(begin, end);
		ret->schedules++;
		ret->failure = failure;
		more = failure || step_back();
		if (more && ret->schedules % 256 == 0 && seconds_since(start) > seconds)
			return;
	}
	ret->complete = !more;
}

void
explore_again(void (*begin)(void), const char *(*end)(void), void (*describe)(const void *at, char text[64]))
{
	trace = describe;
	run_once(begin, end);
	trace = NULL;
}
