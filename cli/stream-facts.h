/*
 * stream-facts.h - what there is to know of the streams of this user, asked from outside, and how fast they run.
 */
#ifndef CLI_STREAM_FACTS_H
#define CLI_STREAM_FACTS_H

#include <jansson.h>

#include <transom/inquiry.h>
#include <transom/name.h>

#include "process.h"

/* One stream. What its publisher does not tell is zero, and @error says why. */
struct stream_facts {
	char name[TRANSOM_NAME_MAX + 1];
	char description[TRANSOM_NAME_MAX_DESCRIPTION + 1];
	int32_t pid;
	char command[PROCESS_COMMAND_SIZE];
	int error;
	struct transom_inquiry *inquiry; /* NULL if @error */
	struct transom_stream_status status;
	double rate; /* frames a second; negative: unknown */
};

struct stream_facts_list {
	size_t count;
	struct stream_facts *streams; /* by name */
};

/*
 * Asks all streams, or the one of that name; each has @timeout_ms to answer. 0, or a negative errno: -ENOENT if the one that
 * was named is not there.
 */
int
stream_facts_gather(const char *name, int timeout_ms, struct stream_facts_list *ret);

/* Computes rates from an earlier look. */
void
stream_facts_compare(struct stream_facts_list *now, const struct stream_facts_list *before);

void
stream_facts_free(struct stream_facts_list *list);

/* How many frames a second a subscriber of the mode *every frame* took since then; negative: unknown. */
double
stream_facts_get_subscriber_rate(const struct stream_facts *now, const struct stream_facts *before,
				 size_t index);

/* Frames that subscribers missed by the policy for laggards. */
uint64_t
stream_facts_count_dropped(const struct stream_facts *facts);

/* Frames that subscribers hold. */
uint32_t
stream_facts_count_held(const struct stream_facts *facts);

const char *
stream_facts_describe_mode(uint32_t mode);

/* All of it but the subscribers, or with them. */
json_t *
stream_facts_to_json(const struct stream_facts *facts, bool with_subscribers);

#endif /* CLI_STREAM_FACTS_H */
