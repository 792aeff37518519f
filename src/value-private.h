/* value-private.h - what a value is made of; shared by the sources of this room only. */
#ifndef TRANSOM_VALUE_PRIVATE_H
#define TRANSOM_VALUE_PRIVATE_H

#include <stdatomic.h>

#include <transom/value.h>

/*
 * One allocation a value: the pointers of the union lead to the memory behind the struct. A
 * dictionary's slots are key, value, key, value, sorted by key; its keys are strings, so that a
 * changed copy shares them.
 *
 * The sizes are kept because a value may hold one part many times: thirty arrays of two equal items
 * each have 2^30 leaves. Bounding the size of the whole tree when it is made bounds each walk of it.
 */
struct transom_value {
	atomic_uint references;
	uint32_t encoded_size;
	uint32_t count; /* bytes of a string or data, items of an array, entries of a dictionary */
	uint8_t type;
	uint8_t depth; /* 0 but for arrays and dictionaries */
	union {
		int64_t integer;
		double real; /* and the seconds of a date */
		bool boolean;
		char *bytes;
		struct transom_value **slots;
	};
};

/* Slots of an array or a dictionary; 0 for other types. */
size_t
value_slot_count(const struct transom_value *value);

/* A string of @size bytes without a NUL. */
int
value_create_text(const void *bytes, size_t size, struct transom_value **ret);

/* An array or a dictionary with empty slots, which own what is put into them. */
int
value_create_container(enum transom_value_type type, size_t count, struct transom_value **ret);

/* Must follow when all slots are filled: sorts the keys, and refuses what is no value (-EINVAL for
 * duplicate keys, -E2BIG). */
int
value_complete(struct transom_value *container);

#endif /* TRANSOM_VALUE_PRIVATE_H */
