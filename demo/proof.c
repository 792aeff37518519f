/*
 * proof.c - that two processes see the same physical pages, and how much a process has read: by the
 * kernel's word.
 *
 * The pagemap has 64 bits a page: bit 63 says that it is present, bit 56 that it is mapped only once, and the
 * lower 55 are the page frame number, which reads as 0 without CAP_SYS_ADMIN.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proof.h"

#define PRESENT ((uint64_t)1 << 63)
#define ALONE ((uint64_t)1 << 56)
#define FRAME_NUMBER (((uint64_t)1 << 55) - 1)

/* The kernel may move a page between two looks. */
#define LOOKS 3

static bool
read_pagemap(pid_t pid, uint64_t page, uint64_t count, uint64_t *entries)
{
	size_t size = count * sizeof(*entries), have = 0;
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	while (have < size) {
		ssize_t got = pread(fd, (char *)entries + have, size - have,
				    (off_t)(page * sizeof(*entries) + have));

		if (got <= 0)
			break;
		have += (size_t)got;
	}
	close(fd);
	return have == size;
}

/* Which byte of which file is at an address: "device inode", and the offset. */
static bool
find_mapping(pid_t pid, uint64_t address, char file[64], uint64_t *ret_offset)
{
	char path[64], line[512], device[16];
	uint64_t start, end, offset, inode;
	bool found = false;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "re");
	if (!maps)
		return false;
	while (!found && fgets(line, sizeof(line), maps))
		found = sscanf(line, "%" SCNx64 "-%" SCNx64 " %*s %" SCNx64 " %15s %" SCNu64, &start, &end,
			       &offset, device, &inode) == 5 &&
			start <= address && address < end && inode;
	fclose(maps);
	if (!found)
		return false;
	snprintf(file, 64, "%s %" PRIu64, device, inode);
	*ret_offset = offset + (address - start);
	return true;
}

static bool
is_same_file(uint64_t mine, pid_t pid, uint64_t theirs)
{
	char my_file[64], their_file[64];
	uint64_t my_offset, their_offset;

	return find_mapping(getpid(), mine, my_file, &my_offset) &&
	       find_mapping(pid, theirs, their_file, &their_offset) && !strcmp(my_file, their_file) &&
	       my_offset == their_offset;
}

static uint64_t
count_same_frames(const uint64_t *mine, const uint64_t *theirs, uint64_t count)
{
	uint64_t same = 0;

	for (uint64_t i = 0; i < count; i++)
		same += mine[i] & PRESENT && theirs[i] & PRESENT &&
			(mine[i] & FRAME_NUMBER) == (theirs[i] & FRAME_NUMBER);
	return same;
}

static uint64_t
count_not_alone(const uint64_t *mine, uint64_t count)
{
	uint64_t shared = 0;

	for (uint64_t i = 0; i < count; i++)
		shared += mine[i] & PRESENT && !(mine[i] & ALONE);
	return shared;
}

static void
look(const void *mine, pid_t pid, uint64_t theirs, uint64_t page_size, uint64_t *entries, struct proof *proof)
{
	uint64_t address = (uintptr_t)mine, count = proof->pages, *other = entries + count;

	proof->shared = 0;
	proof->kind = PROOF_NONE;
	if (!read_pagemap(getpid(), address / page_size, count, entries))
		return;
	if (entries[0] & FRAME_NUMBER && read_pagemap(pid, theirs / page_size, count, other)) {
		proof->kind = PROOF_FRAMES;
		proof->shared = count_same_frames(entries, other, count);
	} else if (is_same_file(address, pid, theirs)) {
		proof->kind = PROOF_MAPPINGS;
		proof->shared = count_not_alone(entries, count);
	}
}

void
proof_compare(const void *mine, pid_t pid, uint64_t theirs, size_t size, struct proof *ret)
{
	uint64_t page_size = (uint64_t)sysconf(_SC_PAGESIZE), address = (uintptr_t)mine;
	struct proof proof = { .pages = (address % page_size + size + page_size - 1) / page_size };
	uint64_t *entries = malloc(2 * proof.pages * sizeof(*entries));

	for (int i = 0; entries && i < LOOKS && proof.shared < proof.pages; i++)
		look(mine, pid, theirs, page_size, entries, &proof);
	free(entries);
	*ret = proof;
}

int64_t
proof_count_read(void)
{
	FILE *file = fopen("/proc/self/io", "re");
	int64_t count;

	if (!file)
		return -1;
	if (fscanf(file, "rchar: %" SCNd64, &count) != 1)
		count = -1;
	fclose(file);
	return count;
}
