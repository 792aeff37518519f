/*
 * inspect.h - what `transom inspect` was asked for, and the kinds of things that it tells everything of.
 */
#ifndef CLI_INSPECT_H
#define CLI_INSPECT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include <transom/surface.h>

struct inspect_wish {
	const char *name;
	bool stream, port, surface, json, no_frame;
	int timeout_ms;
};

/* A line "word         the rest". */
void
inspect_line(const char *word, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* -ENOENT if there is no such stream, and nothing was said; else 0, and @ret_code is the exit code. */
int
inspect_stream(const struct inspect_wish *wish, int *ret_code);

/* The same for a global surface, by its ID. */
int
inspect_surface(const struct inspect_wish *wish, uint32_t id, int *ret_code);

/* Everything of a surface that this process has. */
void
inspect_print_surface(struct transom_surface *surface);

json_t *
inspect_surface_to_json(struct transom_surface *surface);

#endif /* CLI_INSPECT_H */
