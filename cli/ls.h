/*
 * ls.h - what `transom ls` was asked for and what it found; ls-watch.c goes on looking.
 */
#ifndef CLI_LS_H
#define CLI_LS_H

#include <stdio.h>

#include "stream-facts.h"
#include "surface-list.h"

struct ls_wish {
	bool streams, ports, surfaces;
	bool watch, json, quiet;
	int interval_ms, timeout_ms;
};

/* What was not asked for is empty. */
struct ls_view {
	struct stream_facts_list streams;
	struct transom_name_list *ports;
	struct surface_list surfaces;
};

/* An exit code; it has complained then. */
int
ls_look(const struct ls_wish *wish, struct ls_view *ret);

void
ls_forget(struct ls_view *view);

void
ls_print(const struct ls_wish *wish, const struct ls_view *view, FILE *where);

/* Looks until it is asked to stop. An exit code. */
int
ls_watch(const struct ls_wish *wish);

#endif /* CLI_LS_H */
