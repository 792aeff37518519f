/* hash-table.c - entries in a row, and slots that find them by linear probing. */
#include <stdint.h>
#include <string.h>

#include "hash-table-private.h"

#define REMOVED ((CFIndex)-1)

static CFHashCode
hash_of(const struct hash_table *table, const void *key)
{
	CFHashCode hash = table->hash ? table->hash(key) : (CFHashCode)(uintptr_t)key;

	/* Programs' hashes may differ in few bits only. */
	hash ^= hash >> 32;
	hash *= 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static bool
keys_are_equal(const struct hash_table *table, const void *first, const void *second)
{
	return first == second || (table->equal && table->equal(first, second));
}

static CFIndex
slot_count(const struct hash_table *table)
{
	return table->capacity * 2;
}

/* The slot of @key, or the empty one where it would begin to be looked for in vain. */
static CFIndex
find_slot(const struct hash_table *table, const void *key, CFHashCode hash)
{
	CFIndex mask = slot_count(table) - 1, slot = (CFIndex)hash & mask;

	for (; table->slots[slot]; slot = (slot + 1) & mask) {
		CFIndex index = table->slots[slot];

		if (index != REMOVED && table->entries[index - 1].hash == hash &&
		    keys_are_equal(table, table->entries[index - 1].key, key))
			break;
	}
	return slot;
}

struct entry *
hash_table_find(const struct hash_table *table, const void *key)
{
	CFIndex index;

	if (table->count == 0)
		return NULL;
	index = table->slots[find_slot(table, key, hash_of(table, key))];
	return index ? &table->entries[index - 1] : NULL;
}

static void
place(struct hash_table *table, CFIndex index)
{
	CFIndex mask = slot_count(table) - 1, slot = (CFIndex)table->entries[index].hash & mask;

	while (table->slots[slot])
		slot = (slot + 1) & mask;
	table->slots[slot] = index + 1;
}

/* New memory with room for @capacity, without what was removed. */
static bool
rebuild(struct hash_table *table, CFIndex capacity)
{
	struct hash_table new = *table;

	if (capacity > PTRDIFF_MAX / 2 / (CFIndex)sizeof(struct entry))
		return false;
	new.entries = CFAllocatorAllocate(table->allocator, capacity * (CFIndex)sizeof(struct entry), 0);
	new.slots = CFAllocatorAllocate(table->allocator, capacity * 2 * (CFIndex)sizeof(CFIndex), 0);
	if (!new.entries || !new.slots) {
		CFAllocatorDeallocate(table->allocator, new.entries);
		CFAllocatorDeallocate(table->allocator, new.slots);
		return false;
	}
	memset(new.slots, 0, (size_t)capacity * 2 * sizeof(CFIndex));
	new.capacity = capacity;
	new.used = 0;
	for (CFIndex i = 0; i < table->used; i++)
		if (table->entries[i].is_used) {
			new.entries[new.used] = table->entries[i];
			place(&new, new.used++);
		}
	CFAllocatorDeallocate(table->allocator, table->entries);
	CFAllocatorDeallocate(table->allocator, table->slots);
	*table = new;
	return true;
}

struct entry *
hash_table_add(struct hash_table *table, const void *key)
{
	CFHashCode hash = hash_of(table, key);
	CFIndex capacity = 8;

	if (table->used == table->capacity) {
		while (capacity < table->count + table->count / 2 + 1)
			capacity *= 2;
		if (!rebuild(table, capacity))
			return NULL;
	}
	table->entries[table->used] = (struct entry){ .key = key, .hash = hash, .is_used = true };
	place(table, table->used++);
	table->count++;
	return &table->entries[table->used - 1];
}

void
hash_table_remove(struct hash_table *table, struct entry *entry)
{
	CFIndex mask = slot_count(table) - 1, slot = (CFIndex)entry->hash & mask;
	CFIndex index = entry - table->entries;

	while (table->slots[slot] != index + 1)
		slot = (slot + 1) & mask;
	table->slots[slot] = REMOVED;
	entry->is_used = false;
	table->count--;
}

struct entry *
hash_table_next(const struct hash_table *table, const struct entry *entry)
{
	for (CFIndex i = entry ? entry - table->entries + 1 : 0; i < table->used; i++)
		if (table->entries[i].is_used)
			return &table->entries[i];
	return NULL;
}

void
hash_table_clear(struct hash_table *table)
{
	CFAllocatorDeallocate(table->allocator, table->entries);
	CFAllocatorDeallocate(table->allocator, table->slots);
	table->entries = NULL;
	table->slots = NULL;
	table->capacity = table->used = table->count = 0;
}
