/*
 * surface-list.h - the global surfaces of this user.
 */
#ifndef CLI_SURFACE_LIST_H
#define CLI_SURFACE_LIST_H

#include <jansson.h>

#include <transom/surface.h>

#include "process.h"

struct surface_entry {
	uint32_t id;
	int32_t pid; /* of the maker; 0: unknown */
	char command[PROCESS_COMMAND_SIZE];
	int error; /* of looking it up; the rest is zero then */
	char name[TRANSOM_SURFACE_MAX_NAME + 1];
	struct transom_surface_geometry geometry;
	int uses; /* negative: unknown */
};

struct surface_list {
	size_t count;
	struct surface_entry *surfaces; /* by ID */
};

/* 0 or a negative errno. Those whose makers are dead are not in it. */
int
surface_list_gather(struct surface_list *ret);

void
surface_list_free(struct surface_list *list);

json_t *
surface_list_to_json(const struct surface_list *list);

#endif /* CLI_SURFACE_LIST_H */
