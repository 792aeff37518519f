/*
 * view.h - `transom view`: what was asked for, and the two ways to show it.
 */
#ifndef CLI_VIEW_H
#define CLI_VIEW_H

#include <stdbool.h>
#include <stdint.h>

#include "stream-name.h"

/* How the terminal draws. */
enum view_drawing {
	VIEW_DRAWING_AUTO, /* the best that it says it can */
	VIEW_DRAWING_BLOCKS, /* two pixels a character, 24 bits each */
	VIEW_DRAWING_KITTY,
	VIEW_DRAWING_SIXEL,
};

struct view_options {
	struct stream_name name;
	const char *title; /* NULL: the stream's name */
	const char *screenshot; /* NULL: none at the end */
	double scale; /* 0: fit */
	double rate; /* pictures a second at most; 0: no limit */
	uint64_t frames; /* then end; 0: never */
	int64_t timeout_ms; /* without a new frame; negative: for ever */
	int64_t wait_ns; /* for a stream that is not there, with @once */
	uint32_t mode; /* enum transom_subscriber_mode */
	enum view_drawing drawing;
	bool terminal, fullscreen, overlay, once, json;
};

struct view_source;

/* Both return an exit code, and have complained if it is no EXIT_DONE. */
int
view_in_window(struct view_source *source, const struct view_options *options);
int
view_in_terminal(struct view_source *source, const struct view_options *options);

/* Whether there is a display that a window could be on. */
bool
view_has_display(void);

#endif /* CLI_VIEW_H */
