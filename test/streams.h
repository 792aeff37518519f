/*
 * streams.h - publishers and subscribers for the tests of streams, small frames that say their number, and one
 * subscriber that is made by hand.
 */
#ifndef TEST_STREAMS_H
#define TEST_STREAMS_H

#include <pthread.h>

#include <transom/stream.h>

#include "stream-private.h"

struct transom_publisher_options
publisher_options(const char *name);

struct transom_publisher *
publish_as(const char *name);

struct transom_subscriber_options
subscriber_options(uint32_t mode);

struct transom_subscriber *
subscribe(struct transom_publisher *publisher, uint32_t mode);

void
fill(struct transom_pixel_buffer *buffer, uint32_t number);

/* The number that fills a frame, or 0 if there are several. */
uint32_t
read_number(const struct transom_frame *frame);

/* Publishes a frame filled with its own sequence. */
uint64_t
publish(struct transom_publisher *publisher);

struct transom_frame *
acquire(struct transom_subscriber *subscriber, uint64_t sequence);

void
expect_nothing(struct transom_subscriber *subscriber);

struct transom_stream_statistics
statistics_of(struct transom_publisher *publisher);

/* The service's thread notices a subscriber's end a moment later. Waits for as long as the test may take. */
void
wait_for_subscribers(struct transom_publisher *publisher, uint32_t count);

struct transom_publisher *
publish_with_policy(uint32_t policy);

/* A child's body: publishes a frame, sends an invitation to the port whose send right is at @argument, and waits. */
void
publish_and_wait(void *argument);

/* A subscriber by hand: what the library's would do, and then whatever the test likes. */
struct enemy {
	int socket;
	struct stream_card *card;
	void *page;
};

void
join_by_hand(struct transom_publisher *publisher, uint32_t mode, struct enemy *ret);

void
leave(struct enemy *enemy);

/*
 * Has this thread call something before the next deadline is chosen, once: acquire has just found nothing then, and is about
 * to look why.
 */
void
call_before_deadline(void (*call)(void *), void *argument);

/* Times that this thread, or process, has given up the processor: as for getrusage(). */
long
count_switches(int who);

/* Something that is done a moment after it was asked for, when the test is asleep. */
struct later {
	void (*call)(void *argument);
	void *argument;
	struct transom_publisher *publisher; /* that must wait first, or NULL */
	uint64_t waited; /* how often it had waited before */
	pthread_t thread;
};

/* Whoever calls it joins the thread. */
void
begin_later(struct later *later, void (*call)(void *), void *argument);

/* The same, but not before the publisher waits for a buffer, however slow the machine is. */
void
begin_when_waiting(struct later *later, struct transom_publisher *publisher, void (*call)(void *),
		   void *argument);

/* For it: kills the process at @argument, a pid_t. */
void
kill_it(void *argument);

#endif /* TEST_STREAMS_H */
