/* steps.c - what two processes of a test say to each other through pipes, to go step by step. */
#include <unistd.h>

#include "harness.h"
#include "steps.h"

void
say(int fd)
{
	check(write(fd, "x", 1) == 1);
}

void
hear(int fd)
{
	char byte;

	check(read(fd, &byte, 1) == 1);
}

void
steps_open(struct steps *steps)
{
	check(pipe(steps->reached) == 0 && pipe(steps->go) == 0);
}

void
steps_close(struct steps *steps)
{
	for (int i = 0; i < 2; i++) {
		close(steps->reached[i]);
		close(steps->go[i]);
	}
}

void
reach(struct steps *steps)
{
	say(steps->reached[1]);
	hear(steps->go[0]);
}

void
await_step(struct steps *steps)
{
	hear(steps->reached[0]);
}

void
go_on(struct steps *steps)
{
	say(steps->go[1]);
}
