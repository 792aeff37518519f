/*
 * view-source.h - where `transom view` gets its frames: the newest one is held, and all that is counted is counted here.
 */
#ifndef CLI_VIEW_SOURCE_H
#define CLI_VIEW_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "image.h"
#include "view.h"

struct view_source;

/* Joins the stream. EXIT_DONE; else it has complained. */
int
view_source_create(const struct view_options *options, struct view_source **ret);

struct view_source *
view_source_unref(struct view_source *source);

/* Readable when view_source_next() should be called until it has nothing more. */
int
view_source_get_fd(const struct view_source *source);

enum view_news {
	VIEW_NOTHING, /* wait for the descriptor */
	VIEW_FRAME, /* there is another frame, held from now on */
	VIEW_ENDED, /* there will be no more: see view_source_conclude() */
};

/* Looks for another frame, and lets go of the one before. Never waits. */
enum view_news
view_source_next(struct view_source *source);

/* Says why it ended, where that is to be said. An exit code. */
int
view_source_conclude(const struct view_source *source);

/* The frame that is held; its planes are NULL if there is none, or none that can be looked at. */
const struct image *
view_source_get_image(const struct view_source *source);

/* Says that the frame held can be seen now: it counts. */
void
view_source_mark_shown(struct view_source *source);

/* As many were shown as were asked for. */
bool
view_source_is_complete(const struct view_source *source);

/* There is no publisher now. */
bool
view_source_is_waiting(const struct view_source *source);

/* Milliseconds until the patience of --timeout ends: -1 never, 0 now. */
int
view_source_get_patience_ms(const struct view_source *source);

/* Gives up, since that patience has ended; view_source_conclude() says so. */
void
view_source_give_up(struct view_source *source);

/* While paused no time counts against the stream. */
void
view_source_set_paused(struct view_source *source, bool paused);

bool
view_source_is_paused(const struct view_source *source);

/* What is to be seen now, in lines: why there is no picture, or "" if there is one. */
void
view_source_describe_state(const struct view_source *source, char *text, size_t size);

/* Numbers for people: @line counts from 0 on; false if there is no such line. */
bool
view_source_describe_numbers(struct view_source *source, unsigned line, char *text, size_t size);

/* All numbers at the end, to stdout. 0 or -1 */
int
view_source_print_json(const struct view_source *source);

/*
 * Saves the frame held as PNG. NULL as @file makes a file whose name has those of the stream and the frame, and that was not
 * there. @text gets what is to be told: "saved FILE" or why not. An exit code.
 */
int
view_source_save(struct view_source *source, const char *file, char *text, size_t size);

#endif /* CLI_VIEW_SOURCE_H */
