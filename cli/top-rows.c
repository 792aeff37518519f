/* top-rows.c - takes looks at all streams, sorts them, and makes rows of them. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "top.h"

enum { MOST_PATIENCE_MS = 500 };

const char *const top_key_names[TOP_KEYS] = {
	[TOP_NAME] = "name",
	[TOP_FPS] = "fps",
	[TOP_DROPS] = "drops",
	[TOP_HELD] = "held",
	[TOP_WAITS] = "waits",
	[TOP_MEMORY] = "memory",
	[TOP_SUBSCRIBERS] = "subscribers",
};

static double
get_number(const struct stream_facts *facts, enum top_key key)
{
	switch (key) {
	case TOP_FPS:
		return facts->rate;
	case TOP_DROPS:
		return (double)stream_facts_count_dropped(facts);
	case TOP_HELD:
		return stream_facts_count_held(facts);
	case TOP_WAITS:
		return (double)facts->status.statistics.waited;
	case TOP_MEMORY:
		return (double)facts->status.memory;
	case TOP_SUBSCRIBERS:
		return facts->status.statistics.subscribers;
	default:
		return 0;
	}
}

/* Names upwards, numbers downwards, unless reversed; what is equal by its name. */
static int
compare(const void *a, const void *b, void *argument)
{
	const struct top_wish *wish = argument;
	const struct stream_facts *x = a, *y = b;
	const double p = get_number(x, wish->key), q = get_number(y, wish->key);
	int order = (p < q) - (p > q);

	if (order == 0)
		order = strcmp(x->name, y->name);
	return wish->reverse ? -order : order;
}

int
top_look(const struct top_wish *wish, struct top_looks *looks)
{
	const int patience =
		wish->interval_ms / 2 < MOST_PATIENCE_MS ? wish->interval_ms / 2 + 1 : MOST_PATIENCE_MS;
	struct stream_facts_list now;
	int r = stream_facts_gather(NULL, patience, &now);

	if (r < 0)
		return r;
	stream_facts_compare(&now, &looks->now);
	if (now.count > 0)
		qsort_r(now.streams, now.count, sizeof(*now.streams), compare, (void *)wish);
	stream_facts_free(&looks->before);
	looks->before = looks->now;
	looks->now = now;
	return 0;
}

void
top_forget(struct top_looks *looks)
{
	stream_facts_free(&looks->now);
	stream_facts_free(&looks->before);
}

static const struct stream_facts *
find_before(const struct top_looks *looks, const struct stream_facts *facts)
{
	for (size_t i = 0; i < looks->before.count; i++)
		if (strcmp(looks->before.streams[i].name, facts->name) == 0)
			return &looks->before.streams[i];
	return NULL;
}

static struct top_row *
add_row(struct top_rows *rows, const struct stream_facts *facts, bool is_stream)
{
	struct top_row *row;

	rows->rows = memory_grow(rows->rows, rows->count + 1, sizeof(*rows->rows));
	row = &rows->rows[rows->count++];
	*row = (struct top_row){ .stream = facts, .is_stream = is_stream };
	return row;
}

static void
add_stream(struct top_rows *rows, const struct stream_facts *facts)
{
	struct top_row *row = add_row(rows, facts, true);
	const uint64_t dropped = stream_facts_count_dropped(facts);
	char shape[TEXT_SIZE];

	row->is_alarming = facts->error != 0 || dropped > 0;
	snprintf(row->name, sizeof(row->name), "%s", facts->name);
	snprintf(row->pid, sizeof(row->pid), "%" PRId32, facts->pid);
	text_rate(facts->rate, row->rate);
	if (facts->error != 0) {
		snprintf(row->rest, sizeof(row->rest), "%s %s",
			 facts->error == -ETIMEDOUT ? "(does not answer)" : transom_error_name(facts->error),
			 facts->command);
		return;
	}
	snprintf(row->drops, sizeof(row->drops), "%" PRIu64, dropped);
	snprintf(row->held, sizeof(row->held), "%" PRIu32, stream_facts_count_held(facts));
	snprintf(row->waits, sizeof(row->waits), "%" PRIu64, facts->status.statistics.waited);
	text_bytes(facts->status.memory, row->memory);
	snprintf(row->rest, sizeof(row->rest), "%s %s",
		 text_shape(facts->status.geometry.width, facts->status.geometry.height,
			    facts->status.geometry.format, shape),
		 facts->command);
}

static void
add_subscriber(struct top_rows *rows, const struct stream_facts *facts, const struct stream_facts *before,
	       size_t index, const struct transom_subscriber_status *status)
{
	struct top_row *row = add_row(rows, facts, false);
	char command[PROCESS_COMMAND_SIZE];

	process_get_command(status->pid, command, sizeof(command));
	row->is_alarming = status->dropped > 0;
	snprintf(row->name, sizeof(row->name), "  %s", stream_facts_describe_mode(status->mode));
	snprintf(row->pid, sizeof(row->pid), "%" PRId32, status->pid);
	text_rate(stream_facts_get_subscriber_rate(facts, before, index), row->rate);
	snprintf(row->drops, sizeof(row->drops), "%" PRIu64, status->dropped);
	snprintf(row->held, sizeof(row->held), "%" PRIu32 "/%" PRIu32, status->held, status->granted);
	snprintf(row->rest, sizeof(row->rest), "%s", command);
}

void
top_make_rows(const struct top_looks *looks, struct top_rows *ret)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };

	*ret = (struct top_rows){ 0 };
	for (size_t i = 0; i < looks->now.count; i++) {
		const struct stream_facts *facts = &looks->now.streams[i];

		add_stream(ret, facts);
		for (size_t k = 0; transom_inquiry_get_subscriber(facts->inquiry, k, &status) == 0; k++)
			add_subscriber(ret, facts, find_before(looks, facts), k, &status);
	}
}

void
top_free_rows(struct top_rows *rows)
{
	free(rows->rows);
	*rows = (struct top_rows){ 0 };
}
