/* surface-purge.c - contents that may be, or are, discarded. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "lock-private.h"
#include "surface-private.h"

/* With the lock held and nobody else using it: gives the pixels' memory back. They read as zero. */
static int
discard(struct transom_surface *surface, struct surface_state *state)
{
	const struct surface_header *header = &surface->header;

	if (header->flags & TRANSOM_SURFACE_MAKER_WRITES || surface->memory)
		return -EOPNOTSUPP; /* F_SEAL_FUTURE_WRITE forbids to punch holes; others' files are others' */
	while (fallocate(surface->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)header->data_offset,
			 (off_t)(header->values_offset - header->data_offset)) < 0)
		if (errno != EINTR)
			return errno == EPERM ? -EOPNOTSUPP : errno == ENOSPC ? -ENOMEM : -errno;
	/* Release: who sees it sees no old pixels any more. */
	atomic_store_explicit(&state->purgeable, TRANSOM_SURFACE_EMPTY, memory_order_release);
	return 0;
}

/* What any writer may have put there, as one of the three states. */
static enum transom_surface_purgeable
get_state(struct surface_state *state)
{
	uint32_t value = atomic_load_explicit(&state->purgeable, memory_order_acquire);

	return value < TRANSOM_SURFACE_EMPTY ? (enum transom_surface_purgeable)value : TRANSOM_SURFACE_EMPTY;
}

/* With the lock held: discards if this process has one use at most, and nobody else has any. */
static int
empty(struct transom_surface *surface, struct surface_state *state)
{
	int r;

	if (surface->uses > 1 || surface->claimed || surface->adopted)
		return -EBUSY;
	r = surface_open_use(surface);
	if (r < 0)
		return r;
	r = lock_byte_exclusive(surface->use_fd, SURFACE_USE_BYTE);
	if (r < 0)
		return r;
	r = discard(surface, state);
	if (surface->uses)
		lock_byte_shared(surface->use_fd, SURFACE_USE_BYTE);
	else
		lock_byte_release(surface->use_fd, SURFACE_USE_BYTE);
	surface_announce(surface);
	return r;
}

int
transom_surface_set_purgeable(struct transom_surface *surface, enum transom_surface_purgeable state,
			      enum transom_surface_purgeable *ret_old)
{
	enum transom_surface_purgeable old;
	struct surface_state *shared;
	int r = 0;

	if (!surface || (unsigned)state > TRANSOM_SURFACE_KEEP_CURRENT)
		return -EINVAL;
	if (state != TRANSOM_SURFACE_KEEP_CURRENT && !surface->writable)
		return -EACCES;
	shared = surface_get_state(surface);
	if (!shared)
		return -ENOMEM;
	pthread_mutex_lock(&surface->lock);
	old = get_state(shared);
	if (state == TRANSOM_SURFACE_EMPTY)
		r = empty(surface, shared);
	else if (state == TRANSOM_SURFACE_NONVOLATILE ||
		 (state == TRANSOM_SURFACE_VOLATILE && old != TRANSOM_SURFACE_EMPTY))
		atomic_store_explicit(&shared->purgeable, (uint32_t)state, memory_order_release);
	pthread_mutex_unlock(&surface->lock);
	if (r == 0 && ret_old)
		*ret_old = old;
	return r;
}

struct discarding {
	uint64_t wished, done;
};

static bool
discard_if_volatile(struct transom_surface *surface, void *argument)
{
	struct discarding *discarding = argument;
	struct surface_state *state = surface->writable ? surface_get_state(surface) : NULL;

	if (!state || get_state(state) != TRANSOM_SURFACE_VOLATILE)
		return true;
	pthread_mutex_lock(&surface->lock);
	if (surface_claim_locked(surface) == 0) {
		/* Again, with the claim: its user may have made it nonvolatile before he let go. */
		if (get_state(state) == TRANSOM_SURFACE_VOLATILE && discard(surface, state) == 0)
			discarding->done += surface->header.geometry.allocation_size;
		surface_end_claim_locked(surface);
	}
	pthread_mutex_unlock(&surface->lock);
	return discarding->done < discarding->wished;
}

uint64_t
transom_surface_discard_volatile(uint64_t bytes)
{
	struct discarding discarding = { bytes, 0 };

	if (bytes)
		surface_visit(discard_if_volatile, &discarding);
	return discarding.done;
}
