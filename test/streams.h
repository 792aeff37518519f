/*
 * streams.h - publishers and subscribers for the tests of streams, small frames that say their number, and one
 * subscriber that is made by hand.
 */
#ifndef TEST_STREAMS_H
#define TEST_STREAMS_H

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

/* The service's thread notices a subscriber's end a moment later. */
void
wait_for_subscribers(struct transom_publisher *publisher, uint32_t count);

struct transom_publisher *
publish_with_policy(uint32_t policy);

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

#endif /* TEST_STREAMS_H */
