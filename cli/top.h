/*
 * top.h - what `transom top` was asked for, and its rows: streams, each with its subscribers under it.
 */
#ifndef CLI_TOP_H
#define CLI_TOP_H

#include <stdbool.h>

#include "latency.h"
#include "stream-facts.h"
#include "text.h"

enum top_key {
	TOP_NAME,
	TOP_FPS,
	TOP_DROPS,
	TOP_HELD,
	TOP_WAITS,
	TOP_MEMORY,
	TOP_SUBSCRIBERS,
	TOP_KEYS,
};

extern const char *const top_key_names[TOP_KEYS];

struct top_wish {
	const char *name; /* whose latency is measured; NULL: whatever is selected */
	int interval_ms;
	int count; /* looks; 0: for ever */
	enum top_key key;
	bool reverse, batch, json;
};

/* This look and the one before it. */
struct top_looks {
	struct stream_facts_list now, before;
};

/* One stream, or one subscriber of it. */
struct top_row {
	const struct stream_facts *stream;
	bool is_stream;
	bool is_alarming; /* it drops frames, or does not answer */
	char name[TRANSOM_NAME_MAX + 8];
	char pid[TEXT_SIZE], rate[TEXT_SIZE], drops[TEXT_SIZE], held[TEXT_SIZE], waits[TEXT_SIZE],
		memory[TEXT_SIZE];
	char rest[PROCESS_COMMAND_SIZE + TEXT_SIZE];
};

struct top_rows {
	size_t count;
	struct top_row *rows;
};

/* Takes the next look, sorted. 0 or a negative errno. */
int
top_look(const struct top_wish *wish, struct top_looks *looks);

void
top_forget(struct top_looks *looks);

void
top_make_rows(const struct top_looks *looks, struct top_rows *ret);

void
top_free_rows(struct top_rows *rows);

/* Table after table, or line after line of JSON. An exit code. */
int
top_print(const struct top_wish *wish);

/* On a terminal, until it is left. An exit code. */
int
top_show(struct top_wish *wish);

#endif /* CLI_TOP_H */
