/* fuzz.h - what fuzz targets share: an input that is read as a script, descriptors to send, and what must not stay behind. */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Ends the program, with a core, if it does not hold: in builds without assertions too. */
void
insist(bool condition);

/* 0, or an error that the table of <transom/error.h> has. */
void
insist_listed(int r);

/* An input, read from its beginning. What lies beyond its end is zeros. */
struct script {
	const uint8_t *at;
	size_t left;
};

uint8_t
script_byte(struct script *script);

/* One byte as a number below @limit. */
unsigned
script_choose(struct script *script, unsigned limit);

uint16_t
script_word(struct script *script);

/* Numbers at which checks change their mind are one byte long; others are written out in eight. */
uint64_t
script_number(struct script *script);

/* Overwrites some bytes of what is good: how many, then a place and a number of 1, 4 or 8 bytes for each. */
void
script_spoil(struct script *script, void *bytes, size_t size);

/* As many bytes as the next byte says, or as are left. */
size_t
script_take(struct script *script, const uint8_t **ret);

/* Descriptors that this process has, and mappings that it has made and not undone. */
struct possessions {
	unsigned fds;
	long mappings;
};

struct possessions
count_possessions(void);

void
insist_on_same(struct possessions before);

/* Has TRANSOM_RUNTIME_DIR be a new folder, which is removed at the end; its path. */
const char *
use_own_runtime_directory(void);

/* A socket that listens at that path below the runtime directory, or -1 if there can be none. */
int
listen_at(const char *path);

/* A memory file with these bytes at its beginning. */
int
make_file(size_t size, const void *bytes, size_t count, int seals);

/* A descriptor of a sort that somebody could send: sockets, a pipe, memory files with and without seals. */
int
make_any_descriptor(unsigned sort);

/* The same, several of them; whoever calls it closes them. */
void
make_any_descriptors(struct script *script, int *ret, unsigned count);
void
close_all(const int *fds, unsigned count);

/* One packet, as it is; how much the kernel lets through does not matter. */
void
send_packet(int socket, const void *bytes, size_t size, const int *fds, unsigned count);

#endif /* FUZZ_H */
