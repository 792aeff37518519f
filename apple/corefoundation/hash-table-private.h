/*
 * hash-table-private.h - entries found by their key's hash, in the order in which they came: what is common to
 * dictionaries and sets. No retaining, which is theirs.
 */
#ifndef HASH_TABLE_PRIVATE_H
#define HASH_TABLE_PRIVATE_H

#include <CoreFoundation/CFBase.h>

struct entry {
	const void *key;
	const void *value;
	CFHashCode hash;
	bool is_used;
};

struct hash_table {
	CFAllocatorRef allocator; /* not retained */
	Boolean (*equal)(const void *first, const void *second); /* NULL: as pointers */
	CFHashCode (*hash)(const void *key); /* NULL: of the pointer */
	struct entry *entries; /* @used of @capacity, removed ones among them */
	CFIndex *slots; /* twice as many as @capacity, a power of two: index of an entry + 1 */
	CFIndex capacity;
	CFIndex used;
	CFIndex count; /* of those that are not removed */
};

/* The entry of @key; NULL if there is none. It stays where it is until the next hash_table_add(). */
struct entry *
hash_table_find(const struct hash_table *table, const void *key);

/* A new entry for a key that is not there, @value NULL; NULL without memory, and then nothing has changed. */
struct entry *
hash_table_add(struct hash_table *table, const void *key);

void
hash_table_remove(struct hash_table *table, struct entry *entry);

/* The next entry after @entry, the first after NULL; NULL at the end. */
struct entry *
hash_table_next(const struct hash_table *table, const struct entry *entry);

/* Frees all entries. */
void
hash_table_clear(struct hash_table *table);

#endif /* HASH_TABLE_PRIVATE_H */
