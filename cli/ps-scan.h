/*
 * ps-scan.h - which processes hold which surfaces, as procfs has it: descriptors, the locks that are uses, and mappings.
 */
#ifndef CLI_PS_SCAN_H
#define CLI_PS_SCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <transom/surface.h>

#include "process.h"

/* A process that holds a surface in some way. */
struct ps_holder {
	int32_t pid;
	uint32_t uid;
	char command[PROCESS_COMMAND_SIZE];
	unsigned descriptors; /* that lead to it */
	unsigned
		uses; /* open file descriptions with a lock: its use of the surface, and rights in its hands */
	unsigned copies; /* of these, that another process before it in the list has too */
	bool claims; /* one of them is a claim */
	unsigned mappings;
};

struct ps_surface {
	dev_t device;
	ino_t inode;
	uint32_t id;
	int32_t maker; /* by its own word; 0: unknown */
	char name[TRANSOM_SURFACE_MAX_NAME + 1];
	struct transom_surface_geometry geometry;
	int uses; /* in the whole system; negative: unknown */
	size_t holder_count;
	struct ps_holder *holders; /* by pid */
};

struct ps_scan {
	size_t count;
	struct ps_surface *surfaces; /* in the order of discovery */
	unsigned unreadable; /* processes that let this user see nothing of theirs */
};

/* 0, or a negative errno: -ENXIO without procfs. */
int
ps_scan_create(struct ps_scan *ret);

void
ps_scan_free(struct ps_scan *scan);

/* Uses that are with none of the holders: in flight, or with processes that cannot be read. Negative: unknown. */
int
ps_surface_count_elsewhere(const struct ps_surface *surface);

/* Whether its maker holds it still. */
bool
ps_surface_has_maker(const struct ps_surface *surface);

#endif /* CLI_PS_SCAN_H */
