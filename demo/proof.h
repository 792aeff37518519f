/*
 * proof.h - that two processes see the same physical pages, and how much a process has read: by the
 * kernel's word.
 */
#ifndef DEMO_PROOF_H
#define DEMO_PROOF_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum proof_kind {
	PROOF_NONE = 0, /* this kernel does not let us look */
	PROOF_FRAMES, /* the page frame numbers are equal: /proc/PID/pagemap, for root */
	PROOF_MAPPINGS, /* same file, same offset (/proc/PID/maps), and the page is mapped more than once */
};

struct proof {
	enum proof_kind kind;
	uint64_t pages;
	uint64_t shared;
};

/* Compares @size bytes at @mine with those at @theirs in another process; all have been touched. */
void
proof_compare(const void *mine, pid_t pid, uint64_t theirs, size_t size, struct proof *ret);

/* Bytes that read(2) and its kin have brought to this process so far, or -1. */
int64_t
proof_count_read(void);

#endif /* DEMO_PROOF_H */
