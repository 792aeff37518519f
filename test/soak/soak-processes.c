/* soak-processes.c - the processes of the soak test: residents that live from the beginning to the end, and mortals that do not. */
#include <malloc.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"
#include "soak.h"

enum {
	MORTALS = 8,
	LONGEST_LIFE = 4000, /* steps of a mortal that nobody kills */
};

static const struct life residents[RESIDENTS] = {
	{ &publisher_role, 0, 0, true },  { &publisher_role, 1, 0, true }, { &subscriber_role, 2, 0, true },
	{ &subscriber_role, 3, 0, true }, { &forwarder_role, 2, 0, true }, { &receiver_role, 0, 0, true },
	{ &renderer_role, 0, 0, true },   { &renderer_role, 1, 0, true },  { &globals_role, 0, 0, true },
	{ &watcher_role, 0, 0, true },    { &house_role, 0, 0, true },
};

pid_t resident_pids[RESIDENTS];

struct mortal {
	struct life life;
	pid_t pid; /* 0: not yet, or not any more */
};

static struct mortal mortals[MORTALS];

/* Residents */

static void
sleep_a_little(void *argument)
{
	unsigned *own_seed = argument;

	pause_us(own_seed, 2000);
	if (one_in(own_seed, 2))
		kill(getpid(), SIGKILL);
}

/* A child that has inherited everything, and uses nothing. */
static void
fork_once(unsigned *own_seed)
{
	int status = wait_for(spawn(sleep_a_little, own_seed));

	check(status == 0 || status == -SIGKILL);
	atomic_fetch_add(&tally->forks, 1);
}

static void
work(struct life *life, void *self)
{
	life->role->step(self);
	if (one_in(&life->seed, 200))
		fork_once(&life->seed);
	if (leaking && one_in(&life->seed, 20))
		leak_something(&life->seed);
}

static void
rest(const struct life *life, struct place *place, void *self)
{
	bool settled = life->role->settle(self);

	malloc_trim(0);
	atomic_store(&place->heap, (unsigned long)mallinfo2().uordblks);
	atomic_store(&place->resting, settled ? atomic_load(&tally->round) : 0);
	usleep(2000);
}

static void
live_on(void *argument)
{
	struct life life = *(const struct life *)argument;
	struct place *place = &tally->places[(const struct life *)argument - residents];
	void *self;

	life.seed = chance + (unsigned)(place - tally->places) * 7919;
	while (!(self = life.role->begin(&life)))
		usleep(1000); /* others have all the kernel gives */
	for (;;) {
		switch (atomic_load(&tally->phase)) {
		case RUNNING:
			work(&life, self);
			break;
		case RESTING:
			rest(&life, place, self);
			break;
		default:
			life.role->end(self);
			return;
		}
	}
}

/* Mortals */

static void
live(void *argument)
{
	struct life *life = argument;
	unsigned steps = 1 + (unsigned)rand_r(&life->seed) % LONGEST_LIFE;
	void *self = life->role->begin(life);

	while (self && steps-- && life->role->step(self))
		;
	if (self)
		life->role->end(self);
}

static void
give_birth(struct mortal *mortal)
{
	mortal->life = (struct life){ .role = choose_role(&chance, false),
				      .number = (unsigned)rand_r(&chance) % 4,
				      .seed = (unsigned)rand_r(&chance) };
	/* Streams that residents read need publishers. */
	if (mortal->life.role == &publisher_role)
		mortal->life.number = 2 + mortal->life.number % 2;
	mortal->pid = spawn(live, &mortal->life);
	tally->births++;
}

static void
note_end(struct mortal *mortal, int status)
{
	mortal->pid = 0;
	if (status == 0 || status == SIGKILL)
		return;
	atomic_fetch_add(&tally->unexpected, 1);
	fprintf(stderr, "a %s has ended with status %x\n", mortal->life.role->name, (unsigned)status);
}

static void
kill_mortal(struct mortal *mortal)
{
	int status;

	kill(mortal->pid, SIGKILL);
	check_eq(waitpid(mortal->pid, &status, 0), mortal->pid);
	note_end(mortal, status);
	tally->kills++;
}

static void
stop_mortal(const struct mortal *mortal)
{
	kill(mortal->pid, SIGSTOP);
	pause_us(&chance, 4 * LONGEST_PAUSE_US);
	kill(mortal->pid, SIGCONT);
	tally->stops++;
}

void
strike(void)
{
	struct mortal *mortal = &mortals[(unsigned)rand_r(&chance) % MORTALS];
	int status;

	if (leaking)
		leak_process();
	if (mortal->pid && waitpid(mortal->pid, &status, WNOHANG) == mortal->pid)
		note_end(mortal, status);
	if (!mortal->pid)
		give_birth(mortal);
	else if (one_in(&chance, 8))
		stop_mortal(mortal);
	else if (one_in(&chance, 2))
		kill_mortal(mortal);
}

void
kill_mortals(void)
{
	for (unsigned i = 0; i < MORTALS; i++)
		if (mortals[i].pid)
			kill_mortal(&mortals[i]);
}

/* All of them together */

void
begin_residents(void)
{
	for (unsigned i = 0; i < RESIDENTS; i++)
		resident_pids[i] = spawn(live_on, (void *)&residents[i]);
}

void
end_residents(void)
{
	atomic_store(&tally->phase, ENDING);
	for (unsigned i = 0; i < RESIDENTS; i++)
		check_eq(wait_for(resident_pids[i]), 0);
}

bool
is_everybody_at_rest(void)
{
	for (unsigned i = 0; i < RESIDENTS; i++)
		if (atomic_load(&tally->places[i].resting) != atomic_load(&tally->round))
			return false;
	return true;
}

void
check_residents(void)
{
	for (unsigned i = 0; i < RESIDENTS; i++) {
		int status;

		if (waitpid(resident_pids[i], &status, WNOHANG) == 0)
			continue;
		fprintf(stderr, "resident %u, a %s, has ended with status %x\n", i, residents[i].role->name,
			(unsigned)status);
		exit(1);
	}
}

void
print_restless(void)
{
	for (unsigned i = 0; i < RESIDENTS; i++)
		if (atomic_load(&tally->places[i].resting) != atomic_load(&tally->round))
			fprintf(stderr, "resident %u, a %s, does not come to rest\n", i,
				residents[i].role->name);
}
