/* explore.c - the scheduler: coroutines, and decisions. What each party sees of the others' stores is memory.c's. */
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <ucontext.h>

#include "../harness.h"
#include "explore.h"
#include "memory.h"

enum {
	STACK = 96 << 10,
	MAX_DECISIONS = 1 << 14,
	MAX_STEPS = 1 << 14, /* of a run: more is going round in circles */
};

struct party {
	const char *name;
	void (*body)(void *);
	void *argument;
	enum part part;
	bool started, done, dead;
	bool (*ready)(void *); /* it waits for this, if not NULL */
	void *ready_argument;
	struct store_buffer delayed;
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

bool
explore_is_shared(const volatile void *at)
{
	return running && memory_is_shared(at);
}

/* Stores of a party that the others see from now on. */

static void
show(struct party *party, unsigned i)
{
	memory_show(&party->delayed, i, &parties[current].delayed);
}

static void
show_all(struct party *party)
{
	memory_show_all(&party->delayed, &parties[current].delayed);
}

/* Decisions */

void
explore_trace(const char *what, const volatile void *at, uint64_t value)
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
	explore_trace("sees a delayed store", party->delayed.stores[last].at,
		      party->delayed.stores[last].value);
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
	explore_trace(why, NULL, 0);
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
	memory_hide(&from->delayed);
	current = next;
	memory_reveal(&to->delayed);
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
		for (unsigned k = 0; i != current && shown < limits.delays && k < parties[i].delayed.count;
		     k++)
			if (!limits.weak || memory_may_pass(&parties[i].delayed, k))
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
			explore_trace(parties[i].name, NULL, 0);
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
		any |= parties[i].dead && parties[i].delayed.count;
		if (parties[i].dead)
			show_all(&parties[i]);
	}
	return any;
}

/* Somebody goes on: this party, or another one while it waits for its turn. */
static void
choose(void)
{
	struct option options[MAX_PARTIES * (STORE_BUFFER_DEPTH + 1) + 2];

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
		explore_trace("dies", NULL, 0);
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
	memory_take_back(at, announced_size, &parties[current].delayed);
	explore_store(at, announced_size < 8 ? announced_size : 8, values[0], PLAIN);
	if (announced_size > 8)
		explore_store(at + 8, announced_size - 8, values[1], PLAIN);
}

void
explore_point(const char *what)
{
	take_announced();
	explore_trace(what, NULL, 0);
	choose();
}

void
explore_barrier(void)
{
	take_announced();
	if (parties[current].delayed.count)
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
	explore_trace("loads", at, value);
	return value;
}

/* Whether a store that could be seen at once is not. */
static bool
is_delayed(const struct party *party, const struct delayed *store, enum order order)
{
	if (memory_must_wait(&party->delayed, store, limits.weak))
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
	struct store_buffer *buffer = &self->delayed;
	struct delayed store = { (unsigned char *)(uintptr_t)at, size, value, false };
	bool delayed;

	take_announced();
	if (order != PLAIN || limits.plain)
		choose();
	if (buffer->count == STORE_BUFFER_DEPTH)
		show(self, 0);
	buffer->walled &= buffer->count > 0;
	store.release = order == RELEASE || buffer->walled;
	delayed = is_delayed(self, &store, order);
	explore_trace(delayed ? "stores, and others do not see it yet," : "stores", at, value);
	memcpy(store.at, &value, size);
	buffer->stores[buffer->count++] = store;
	if (!delayed)
		show(self, buffer->count - 1);
}

void
explore_announce_store(volatile void *at, size_t size)
{
	take_announced();
	announced = (unsigned char *)(uintptr_t)at;
	announced_size = size;
}

void
explore_release(void)
{
	take_announced();
	parties[current].delayed.walled = parties[current].delayed.count > 0;
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
	party->delayed.count = 0;
	party->delayed.walled = false;
	if (!party->stack)
		getcontext(&party->context);
	party->stack = stack;
	party->context.uc_stack.ss_sp = stack;
	party->context.uc_stack.ss_size = STACK;
	party->context.uc_link = NULL;
	makecontext(&party->context, run_body, 0);
	party_count++;
}

static void
begin_run(void (*begin)(void))
{
	party_count = current = 0;
	preemptions = delays = shown = deaths = steps = decided = 0;
	announced = NULL;
	begin();
	memory_show_beginning();
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
