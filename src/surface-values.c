/* surface-values.c - values that all holders of a surface share. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "lock-private.h"
#include "surface-private.h"

/*
 * Two slots: a writer fills the one that is not read and then turns the word that says which is, and
 * how long it is. A writer that dies half-way has changed nothing. A reader that is overtaken (by two
 * writes in a row) sees that the word has changed and starts again.
 */
enum { READ_ATTEMPTS = 100, WRITE_ROUNDS = 10 };

static uint32_t
get_length(uint64_t word)
{
	return (uint32_t)word;
}

static uint32_t
get_generation(uint64_t word)
{
	return (uint32_t)(word >> 32);
}

static unsigned char *
get_slot(const struct transom_surface *surface, uint32_t generation)
{
	const struct surface_header *header = &surface->header;

	/* Acquire: pairs with the exchange in surface.c's map_file(). */
	return (unsigned char *)atomic_load_explicit(&surface->map, memory_order_acquire) +
	       header->values_offset + (size_t)(generation & 1) * header->values_size;
}

static int
decode(const void *bytes, size_t size, struct transom_value **ret)
{
	struct transom_value *value;
	int r;

	if (size == 0)
		return transom_value_create_dictionary(NULL, NULL, 0, ret);
	r = transom_value_decode(bytes, size, &value);
	if (r < 0)
		return r == -ENOMEM ? r : -EBADMSG;
	if (transom_value_get_type(value) != TRANSOM_VALUE_DICTIONARY) {
		transom_value_unref(value);
		return -EBADMSG;
	}
	*ret = value;
	return 0;
}

/* Copies what the word stands for out of the shared memory; -EBUSY if it changed meanwhile. */
static int
snapshot(const struct transom_surface *surface, struct surface_state *state, uint64_t word,
	 struct transom_value **ret)
{
	uint32_t length = get_length(word);
	void *copy = NULL;
	int r;

	if (length > surface->header.values_size)
		return -EBADMSG;
	if (length) {
		copy = malloc(length);
		if (!copy)
			return -ENOMEM;
		memcpy(copy, get_slot(surface, get_generation(word)), length);
	}
	/* The copy is complete before the word is read again; pairs with the fence in write_values(). */
	atomic_thread_fence(memory_order_acquire);
	if (atomic_load_explicit(&state->values, memory_order_relaxed) != word)
		r = -EBUSY;
	else
		r = decode(copy, length, ret);
	free(copy);
	return r;
}

/* With the lock held: all values of one moment, kept until they change. Borrowed. */
static int
read_values(struct transom_surface *surface, struct transom_value **ret)
{
	struct surface_state *state = surface_get_state(surface);
	struct transom_value *value;
	int r = -EBUSY;

	if (!state)
		return -ENOMEM;
	for (int i = 0; i < READ_ATTEMPTS && r == -EBUSY; i++) {
		/* Acquire: what the word stands for was written before it, see write_values(). */
		uint64_t word = atomic_load_explicit(&state->values, memory_order_acquire);

		if (surface->values && word == surface->values_word) {
			*ret = surface->values;
			return 0;
		}
		r = snapshot(surface, state, word, &value);
		if (r == 0) {
			transom_value_unref(surface->values);
			surface->values = value;
			surface->values_word = word;
			*ret = value;
		}
	}
	return r;
}

int
transom_surface_dup_all_values(struct transom_surface *surface, struct transom_value **ret)
{
	struct transom_value *values;
	int r;

	if (!surface || !ret)
		return -EINVAL;
	pthread_mutex_lock(&surface->lock);
	r = read_values(surface, &values);
	if (r == 0)
		*ret = transom_value_ref(values);
	pthread_mutex_unlock(&surface->lock);
	return r;
}

int
transom_surface_dup_value(struct transom_surface *surface, const char *key, struct transom_value **ret)
{
	struct transom_value *values, *value;
	int r;

	if (!key || !ret)
		return -EINVAL;
	r = transom_surface_dup_all_values(surface, &values);
	if (r < 0)
		return r;
	value = transom_value_ref(transom_value_get_value(values, key));
	transom_value_unref(values);
	if (!value)
		return -ENOENT;
	*ret = value;
	return 0;
}

/* With both locks held: writes a whole dictionary into the slot that nobody reads. */
static int
write_values(struct transom_surface *surface, struct transom_value *values)
{
	struct surface_state *state = surface_get_state(surface);
	uint64_t word;
	size_t size = 0;
	int r;

	if (!state)
		return -ENOMEM;
	word = atomic_load_explicit(&state->values, memory_order_relaxed); /* the lock orders writers */
	/*
	 * Who copies a byte that is written from here on sees this word or a later one when it looks again: not the one
	 * before it, for which this slot was the one to read. The store of that word orders nothing that comes after it.
	 */
	atomic_thread_fence(memory_order_release);
	if (transom_value_get_count(values) > 0) {
		r = transom_value_encode(values, get_slot(surface, get_generation(word) + 1),
					 surface->header.values_size, &size);
		if (r < 0)
			return r;
	}
	word = (uint64_t)(get_generation(word) + 1) << 32 | size;
	atomic_store_explicit(&state->values, word, memory_order_release); /* who sees it sees the slot */
	transom_value_unref(surface->values);
	surface->values = transom_value_ref(values);
	surface->values_word = word;
	return 0;
}

/* How a writer changes what there is: makes the new dictionary from the old one. */
typedef int (*change)(struct transom_value *old, const void *argument, struct transom_value **ret);

static int
change_locked(struct transom_surface *surface, change make, const void *argument)
{
	struct transom_value *old = NULL, *new;
	int r;

	r = surface_open_use(surface);
	if (r < 0)
		return r;
	/* The description is not mapped and not shared, so the lock dies with this process. */
	r = lock_byte_exclusive(surface->use_fd, SURFACE_VALUES_BYTE);
	if (r < 0)
		return r;
	r = read_values(surface, &old);
	if (r == 0 || r == -EBADMSG)
		r = make(r == 0 ? old : NULL, argument, &new);
	if (r == 0) {
		r = write_values(surface, new);
		transom_value_unref(new);
	}
	lock_byte_release(surface->use_fd, SURFACE_VALUES_BYTE);
	return r;
}

static int
change_values(struct transom_surface *surface, change make, const void *argument)
{
	int rounds = 0, r;
	unsigned attempt = 0;

	if (!surface)
		return -EINVAL;
	if (!surface->state_writable)
		return -EACCES;
	for (;;) {
		pthread_mutex_lock(&surface->lock);
		r = change_locked(surface, make, argument);
		pthread_mutex_unlock(&surface->lock);
		if (r != -EBUSY)
			return r;
		if (!surface_pause(&attempt)) {
			if (++rounds == WRITE_ROUNDS)
				return r;
			attempt = 0;
		}
	}
}

static int
merge(struct transom_value *old, const void *argument, struct transom_value **ret)
{
	const struct transom_value *added = argument;
	struct transom_value *merged;
	int count = transom_value_get_count(added);

	if (!old)
		return -EBADMSG;
	merged = transom_value_ref(old);
	for (int i = 0; i < count; i++) {
		const char *key = transom_value_get_key(added, (size_t)i);
		struct transom_value *next;
		int r = transom_value_with(merged, key, transom_value_get_value(added, key), &next);

		transom_value_unref(merged);
		if (r < 0)
			return r;
		merged = next;
	}
	*ret = merged;
	return 0;
}

int
transom_surface_set_values(struct transom_surface *surface, struct transom_value *values)
{
	if (transom_value_get_type(values) != TRANSOM_VALUE_DICTIONARY)
		return -EINVAL;
	return change_values(surface, merge, values);
}

int
transom_surface_set_value(struct transom_surface *surface, const char *key, struct transom_value *value)
{
	struct transom_value *one;
	int r;

	if (!key || !value)
		return -EINVAL;
	r = transom_value_create_dictionary(&key, &value, 1, &one);
	if (r < 0)
		return r;
	r = transom_surface_set_values(surface, one);
	transom_value_unref(one);
	return r;
}

static int
without(struct transom_value *old, const void *argument, struct transom_value **ret)
{
	return old ? transom_value_without(old, argument, ret) : -EBADMSG;
}

int
transom_surface_remove_value(struct transom_surface *surface, const char *key)
{
	return key ? change_values(surface, without, key) : -EINVAL;
}

static int
nothing(struct transom_value *old, const void *argument, struct transom_value **ret)
{
	return transom_value_create_dictionary(NULL, NULL, 0, ret);
}

int
transom_surface_remove_all_values(struct transom_surface *surface)
{
	return change_values(surface, nothing, NULL);
}
