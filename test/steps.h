/* steps.h - two processes that go step by step: one says how far it is, and waits to be told to go on, or killed. */
#ifndef TEST_STEPS_H
#define TEST_STEPS_H

/* How far the receiver of a picture goes before it waits. */
enum step {
	IN_FLIGHT, /* it has not received anything */
	RIGHT_HELD, /* it has the message with the right in it */
	LOOKED_UP, /* it has the surface too */
	WRAPPED, /* it has a pixel buffer, and has dropped the right */
	READING, /* it has locked the pixels */
	DROPPED, /* it has dropped everything */
	STEPS
};

struct steps {
	int reached[2], go[2];
};

/* Before the fork; each side closes its own. */
void
steps_open(struct steps *steps);
void
steps_close(struct steps *steps);

/* Says that a step is done, and waits to be told to go on. */
void
reach(struct steps *steps);

/* The other side: waits until a step is done, and tells to go on. */
void
await_step(struct steps *steps);
void
go_on(struct steps *steps);

/* A word without content, by a pipe. */
void
say(int fd);
void
hear(int fd);

#endif /* TEST_STEPS_H */
