/* surface.c - surfaces: the objects of this process, and their pixels; surface-create.c makes them. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fd-private.h"
#include "fork-private.h"
#include "surface-private.h"

enum { BUCKETS = 4096 };

/* All surfaces of this process: two imports of one surface are one object. */
static struct {
	pthread_mutex_t lock;
	struct transom_surface *by_inode[BUCKETS], *by_id[BUCKETS];
} table = { .lock = PTHREAD_MUTEX_INITIALIZER };

static struct transom_surface **
inode_bucket(ino_t inode)
{
	return &table.by_inode[(inode * 2654435761u) % BUCKETS];
}

static struct transom_surface **
id_bucket(uint32_t id)
{
	return &table.by_id[id % BUCKETS];
}

static void
insert_inode(struct transom_surface *surface)
{
	struct transom_surface **head = inode_bucket(surface->inode);

	surface->next_inode = *head;
	*head = surface;
}

static void
insert_id(struct transom_surface *surface)
{
	struct transom_surface **head = id_bucket(surface->header.id);

	surface->next_id = *head;
	*head = surface;
}

static void
table_remove(struct transom_surface *surface)
{
	for (struct transom_surface **at = inode_bucket(surface->inode); *at; at = &(*at)->next_inode) {
		if (*at == surface) {
			*at = surface->next_inode;
			break;
		}
	}
	for (struct transom_surface **at = id_bucket(surface->header.id); *at; at = &(*at)->next_id) {
		if (*at == surface) {
			*at = surface->next_id;
			break;
		}
	}
}

/* A reference, unless the last one has just gone: then the object is about to be freed. */
static bool
try_ref(struct transom_surface *surface)
{
	unsigned references = atomic_load(&surface->references);

	while (references)
		if (atomic_compare_exchange_weak(&surface->references, &references, references + 1))
			return true;
	return false;
}

static struct transom_surface *
find_locked(dev_t device, ino_t inode)
{
	for (struct transom_surface *s = *inode_bucket(inode); s; s = s->next_inode)
		if (s->inode == inode && s->device == device && try_ref(s))
			return s;
	return NULL;
}

struct transom_surface *
surface_find(dev_t device, ino_t inode)
{
	struct transom_surface *found;

	pthread_mutex_lock(&table.lock);
	found = find_locked(device, inode);
	pthread_mutex_unlock(&table.lock);
	return found;
}

struct transom_surface *
surface_find_id(uint32_t id)
{
	struct transom_surface *found = NULL;

	pthread_mutex_lock(&table.lock);
	for (struct transom_surface *s = *id_bucket(id); s && !found; s = s->next_id)
		if (s->header.id == id && try_ref(s))
			found = s;
	pthread_mutex_unlock(&table.lock);
	return found;
}

void
surface_visit(bool (*visit)(struct transom_surface *surface, void *argument), void *argument)
{
	pthread_mutex_lock(&table.lock);
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct transom_surface *s = table.by_inode[i]; s; s = s->next_inode)
			if (!visit(s, argument))
				goto out;
out:
	pthread_mutex_unlock(&table.lock);
}

/*
 * Fork. All locks are taken, so that nothing is half done. The child shares the descriptions that hold
 * locks; it closes them, or its parent's uses would outlive the parent. It keeps the mappings, which
 * are of other descriptions.
 */
static void
before_fork(void)
{
	pthread_mutex_lock(&table.lock);
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct transom_surface *s = table.by_inode[i]; s; s = s->next_inode) {
			pthread_mutex_lock(&s->lock);
			atomic_store_explicit(&s->shared, true, memory_order_relaxed); /* with its lock */
		}
	}
}

static void
after_fork_in_parent(void)
{
	for (size_t i = 0; i < BUCKETS; i++)
		for (struct transom_surface *s = table.by_inode[i]; s; s = s->next_inode)
			pthread_mutex_unlock(&s->lock);
	pthread_mutex_unlock(&table.lock);
}

static void
after_fork_in_child(void)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct transom_surface *s = table.by_inode[i]; s; s = s->next_inode) {
			s->use_fd = fd_close(s->use_fd);
			s->uses = 0;
			s->claimed = false;
			pthread_mutex_init(&s->lock, NULL);
		}
	}
	pthread_mutex_init(&table.lock, NULL);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

int
surface_new(int fd, const struct surface_header *header, struct surface_memory *memory,
	    struct transom_surface **ret)
{
	struct transom_surface *surface = calloc(1, sizeof(*surface));

	if (!surface) {
		fd_close(fd);
		surface_memory_free(memory);
		return -ENOMEM;
	}
	atomic_init(&surface->references, 1);
	surface->header = *header;
	surface->fd = fd;
	surface->memory = memory;
	surface->use_fd = -1;
	pthread_mutex_init(&surface->lock, NULL);
	*ret = surface;
	return 0;
}

static void
free_object(struct transom_surface *surface)
{
	void *map = atomic_load(&surface->map);

	if (map)
		munmap(map, surface_layout_get_map_size(&surface->header));
	surface_id_unregister(surface);
	surface_memory_free(surface->memory);
	fd_close(surface->use_fd);
	fd_close(surface->fd);
	transom_value_unref(surface->values);
	pthread_mutex_destroy(&surface->lock);
	free(surface);
}

struct transom_surface *
transom_surface_ref(struct transom_surface *surface)
{
	if (surface)
		atomic_fetch_add_explicit(&surface->references, 1, memory_order_relaxed);
	return surface;
}

struct transom_surface *
transom_surface_unref(struct transom_surface *surface)
{
	if (!surface || atomic_fetch_sub(&surface->references, 1) != 1)
		return NULL;
	/* From 0 no look-up takes it up again; what is left is to take it out of the table. */
	pthread_mutex_lock(&table.lock);
	table_remove(surface);
	pthread_mutex_unlock(&table.lock);
	free_object(surface);
	return NULL;
}

/* Whether two look-ups of one surface found the same files beside it. */
static bool
is_same_memory(const struct surface_memory *a, const struct surface_memory *b)
{
	if (!a || !b)
		return a == b;
	for (uint32_t i = 0; i < a->table.count && i < b->table.count; i++)
		if (a->table.parts[i].device != b->table.parts[i].device ||
		    a->table.parts[i].inode != b->table.parts[i].inode)
			return false;
	return a->table.count == b->table.count;
}

int
surface_adopt(int fd, const struct surface_origin *origin, struct transom_surface **ret)
{
	struct transom_surface *surface, *other;
	int r;

	r = surface_new(fd, &origin->header, origin->memory, &surface);
	if (r < 0)
		return r;
	surface->device = origin->device;
	surface->inode = origin->inode;
	surface->state_writable = origin->writable;
	surface->writable = origin->writable && (!origin->memory || origin->memory->writable);
	surface->adopted = origin->adopted;
	atomic_init(&surface->shared, true);
	pthread_mutex_lock(&table.lock);
	other = find_locked(surface->device, surface->inode); /* another thread may have been faster */
	if (!other) {
		insert_inode(surface);
		insert_id(surface);
	}
	pthread_mutex_unlock(&table.lock);
	if (!other) {
		*ret = surface;
		return 0;
	}
	r = is_same_memory(other->memory, surface->memory) ? 0 : -EPROTO;
	free_object(surface);
	if (r == 0)
		*ret = other;
	else
		transom_surface_unref(other);
	return r;
}

/* Header, state and values where they would be with the pixels between them. */
static void *
map_around_pixels(const struct transom_surface *surface, int protection)
{
	const struct surface_header *header = &surface->header;
	size_t size = surface_layout_get_map_size(header);
	char *map = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int error;

	if (map == MAP_FAILED)
		return map;
	if (mmap(map, header->data_offset, protection, MAP_SHARED | MAP_FIXED, surface->fd, 0) !=
		    MAP_FAILED &&
	    mmap(map + header->values_offset, 2 * (size_t)header->values_size, protection,
		 MAP_SHARED | MAP_FIXED, surface->fd, (off_t)header->data_offset) != MAP_FAILED)
		return map;
	error = errno;
	munmap(map, size);
	errno = error;
	return MAP_FAILED;
}

/* What is in the header's file. */
static int
map_file(struct transom_surface *surface)
{
	int protection = surface->state_writable ? PROT_READ | PROT_WRITE : PROT_READ;
	size_t size = surface_layout_get_map_size(&surface->header);
	void *map, *expected = NULL;

	/* Acquire: pairs with the exchange below, here and wherever the map is used without a lock. */
	if (atomic_load_explicit(&surface->map, memory_order_acquire))
		return 0;
	if (surface->memory)
		map = map_around_pixels(surface, protection);
	else
		map = mmap(NULL, size, protection, MAP_SHARED, surface->fd, 0);
	if (map == MAP_FAILED)
		return errno == EPERM    ? -EACCES
		       : errno == EAGAIN ? -ENOMEM
					 : -errno; /* mlockall(2): EAGAIN */
	if (!atomic_compare_exchange_strong(&surface->map, &expected, map))
		munmap(map, size); /* another thread was faster */
	return 0;
}

int
surface_map(struct transom_surface *surface)
{
	int r = map_file(surface);

	return r == 0 && surface->memory ? surface_memory_map(surface) : r;
}

struct surface_state *
surface_get_state(struct transom_surface *surface)
{
	char *map;

	if (map_file(surface) < 0)
		return NULL;
	map = atomic_load_explicit(&surface->map, memory_order_acquire);
	return (struct surface_state *)(void *)(map + surface->header.page_size);
}

int
surface_enter(struct transom_surface *surface, uint32_t flags)
{
	struct stat st;
	int r;

	if (fstat(surface->fd, &st) < 0)
		return -errno;
	surface->device = st.st_dev;
	surface->inode = st.st_ino;
	pthread_mutex_lock(&table.lock);
	insert_inode(surface);
	pthread_mutex_unlock(&table.lock);
	r = flags & TRANSOM_SURFACE_GLOBAL ? surface_id_register(surface) : 0;
	if (r < 0)
		return r;
	pthread_mutex_lock(&table.lock);
	insert_id(surface);
	pthread_mutex_unlock(&table.lock);
	return 0;
}

int
transom_surface_lock(struct transom_surface *surface, uint32_t flags, uint32_t *ret_seed)
{
	bool may_block = !(flags & TRANSOM_SURFACE_LOCK_NONBLOCK);
	struct surface_state *state;
	int r;

	flags &= ~(uint32_t)TRANSOM_SURFACE_LOCK_NONBLOCK;
	if (!surface || (flags != TRANSOM_SURFACE_LOCK_READ && flags != TRANSOM_SURFACE_LOCK_WRITE))
		return -EINVAL;
	if (flags == TRANSOM_SURFACE_LOCK_WRITE && !surface->writable)
		return -EACCES;
	state = surface_get_state(surface);
	if (!state)
		return -ENOMEM;
	if (surface->memory) {
		r = surface_memory_begin_access(surface, flags == TRANSOM_SURFACE_LOCK_WRITE, may_block);
		if (r < 0)
			return r;
	}
	atomic_fetch_add(flags == TRANSOM_SURFACE_LOCK_WRITE ? &surface->write_locks : &surface->read_locks,
			 1);
	if (ret_seed)
		*ret_seed = atomic_load_explicit(&state->seed, memory_order_acquire); /* see unlock */
	return 0;
}

int
transom_surface_unlock(struct transom_surface *surface, uint32_t flags, uint32_t *ret_seed)
{
	struct surface_state *state;
	atomic_uint *locks;
	unsigned held;
	uint32_t seed = 0;
	int r = 0;

	flags &= ~(uint32_t)TRANSOM_SURFACE_LOCK_NONBLOCK; /* which says how it was begun */
	if (!surface || (flags != TRANSOM_SURFACE_LOCK_READ && flags != TRANSOM_SURFACE_LOCK_WRITE))
		return -EINVAL;
	locks = flags == TRANSOM_SURFACE_LOCK_WRITE ? &surface->write_locks : &surface->read_locks;
	held = atomic_load(locks);
	do
		if (!held)
			return -EINVAL;
	while (!atomic_compare_exchange_weak(locks, &held, held - 1));
	if (surface->memory)
		r = surface_memory_end_access(surface->memory, flags == TRANSOM_SURFACE_LOCK_WRITE);
	state = surface_get_state(surface); /* mapped since the lock */
	/* Release: who sees the new seed, by an acquire load, sees the pixels that were written before it. */
	if (flags == TRANSOM_SURFACE_LOCK_WRITE)
		seed = atomic_fetch_add_explicit(&state->seed, 1, memory_order_release) + 1;
	else if (ret_seed) /* else its line stays with who writes it */
		seed = atomic_load_explicit(&state->seed, memory_order_acquire);
	if (ret_seed && r == 0)
		*ret_seed = seed;
	return r;
}

uint32_t
transom_surface_get_seed(struct transom_surface *surface)
{
	struct surface_state *state = surface ? surface_get_state(surface) : NULL;

	return state ? atomic_load_explicit(&state->seed, memory_order_acquire) : 0;
}

void *
transom_surface_get_base(const struct transom_surface *surface)
{
	char *map = surface ? atomic_load_explicit(&surface->map, memory_order_acquire) : NULL;

	if (map && surface->memory && !atomic_load_explicit(&surface->memory->mapped, memory_order_acquire))
		return NULL;
	return map ? map + surface->header.data_offset : NULL;
}

void *
transom_surface_get_plane_base(const struct transom_surface *surface, uint32_t plane)
{
	struct transom_plane_layout layout;
	char *base = transom_surface_get_base(surface);

	if (!base || transom_surface_get_plane(surface, plane, &layout) < 0)
		return NULL;
	return base + layout.offset;
}

int
transom_surface_get_geometry(const struct transom_surface *surface, struct transom_surface_geometry *ret)
{
	if (!surface || !ret)
		return -EINVAL;
	*ret = surface->header.geometry;
	return 0;
}

int
transom_surface_get_plane(const struct transom_surface *surface, uint32_t plane,
			  struct transom_plane_layout *ret)
{
	if (!surface || !ret)
		return -EINVAL;
	return surface_layout_get_plane(&surface->header, plane, ret) ? 0 : -ENOENT;
}

bool
transom_surface_is_writable(const struct transom_surface *surface)
{
	return surface && surface->writable;
}

uint32_t
transom_surface_get_id(const struct transom_surface *surface)
{
	return surface ? surface->header.id : 0;
}

const uint8_t *
transom_surface_get_identity(const struct transom_surface *surface)
{
	return surface ? surface->header.identity : NULL;
}

int
transom_surface_get_name(struct transom_surface *surface, char *text, size_t size)
{
	struct transom_value *value = NULL;
	const char *name;
	int r;

	if (!surface || (size && !text))
		return -EINVAL;
	r = transom_surface_dup_value(surface, TRANSOM_SURFACE_NAME_KEY, &value);
	if (r < 0 && r != -ENOENT)
		return r;
	name = transom_value_get_string(value);
	r = snprintf(text, size, "%s", name ? name : surface->header.name);
	transom_value_unref(value);
	return r;
}

/* A text that grows into a buffer that may be too small for it. */
struct text {
	char *at;
	size_t room;
	int length;
};

__attribute__((format(printf, 2, 3))) static void
append(struct text *text, const char *format, ...)
{
	size_t used = (size_t)text->length < text->room ? (size_t)text->length : text->room;
	va_list arguments;
	int n;

	va_start(arguments, format);
	n = vsnprintf(text->at ? text->at + used : NULL, text->room - used, format, arguments);
	va_end(arguments);
	text->length += n > 0 ? n : 0;
}

static void
append_plane(struct text *text, const struct transom_surface *surface, uint32_t index)
{
	struct transom_plane_layout plane;

	transom_surface_get_plane(surface, index, &plane);
	append(text,
	       "  plane %u: %ux%u, %u bytes a row, element of %u bytes for %ux%u, at %llu, %llu bytes\n",
	       index, plane.width, plane.height, plane.bytes_per_row, plane.bytes_per_element,
	       plane.element_width, plane.element_height, (unsigned long long)plane.offset,
	       (unsigned long long)plane.size);
}

int
transom_surface_describe(struct transom_surface *surface, char *text, size_t size)
{
	static const char *const states[] = { "nonvolatile", "volatile", "empty" };
	struct text out = { text, text ? size : 0, 0 };
	const struct surface_header *header;
	const struct transom_format *format;
	struct surface_state *state;
	char name[TRANSOM_SURFACE_MAX_NAME + 1] = "";
	uint32_t purgeable;

	if (!surface || (size && !text))
		return -EINVAL;
	if (size)
		text[0] = 0;
	header = &surface->header;
	format = transom_format_get(header->geometry.format);
	transom_surface_get_name(surface, name, sizeof(name));
	append(&out, "surface %08x \"%s\" ", header->id, name);
	for (size_t i = 0; i < sizeof(header->identity); i++)
		append(&out, "%02x", header->identity[i]);
	append(&out, "\n  %ux%u %s (0x%08x), %llu bytes\n", header->geometry.width, header->geometry.height,
	       format ? format->name : "no known format", header->geometry.format,
	       (unsigned long long)header->geometry.allocation_size);
	for (uint32_t i = 0; i < (header->geometry.plane_count ? header->geometry.plane_count : 1); i++)
		append_plane(&out, surface, i);
	append(&out, "  made by process %d, writers: %s%s%s\n", header->maker,
	       header->flags & TRANSOM_SURFACE_MAKER_WRITES ? "the maker only" : "everyone",
	       surface->writable ? "" : ", read-only here",
	       header->flags & TRANSOM_SURFACE_GLOBAL ? ", global" : "");
	if (surface->memory)
		append(&out, "  pixels in %u files of others\n", surface->memory->table.count);
	state = surface_get_state(surface);
	purgeable = state ? atomic_load_explicit(&state->purgeable, memory_order_relaxed) : 0;
	append(&out, "  seed %u, %s, uses here %u, %s elsewhere\n", transom_surface_get_seed(surface),
	       states[purgeable < 2 ? purgeable : 2], transom_surface_get_use_count(surface),
	       transom_surface_is_in_use_elsewhere(surface) ? "in use" : "not in use");
	return out.length;
}

static const struct {
	enum transom_surface_property property;
	uint64_t maximum, alignment;
} limits[] = {
	{ TRANSOM_SURFACE_WIDTH, TRANSOM_MAX_DIMENSION, 1 },
	{ TRANSOM_SURFACE_HEIGHT, TRANSOM_MAX_DIMENSION, 1 },
	{ TRANSOM_SURFACE_BYTES_PER_ROW, UINT32_MAX, TRANSOM_ROW_ALIGNMENT },
	{ TRANSOM_SURFACE_BYTES_PER_ELEMENT, UINT32_MAX, 1 },
	{ TRANSOM_SURFACE_ELEMENT_WIDTH, UINT32_MAX, 1 },
	{ TRANSOM_SURFACE_ELEMENT_HEIGHT, UINT32_MAX, 1 },
	{ TRANSOM_SURFACE_ALLOCATION_SIZE, TRANSOM_SURFACE_MAX_SIZE, 0 },
	{ TRANSOM_SURFACE_PLANE_COUNT, TRANSOM_MAX_PLANES, 1 },
	{ TRANSOM_SURFACE_PLANE_OFFSET, TRANSOM_SURFACE_MAX_SIZE, TRANSOM_ROW_ALIGNMENT },
	{ TRANSOM_SURFACE_PLANE_BYTES_PER_ROW, UINT32_MAX, TRANSOM_ROW_ALIGNMENT },
	{ TRANSOM_SURFACE_PLANE_SIZE, TRANSOM_SURFACE_MAX_SIZE, TRANSOM_ROW_ALIGNMENT },
	{ TRANSOM_SURFACE_VALUES_SIZE, TRANSOM_VALUE_MAX_SIZE, 0 },
};

uint64_t
transom_surface_get_maximum(enum transom_surface_property property)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i].property == property)
			return limits[i].maximum;
	return 0;
}

uint64_t
transom_surface_get_alignment(enum transom_surface_property property)
{
	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++)
		if (limits[i].property == property) /* 0: whole pages */
			return limits[i].alignment ? limits[i].alignment : (uint64_t)sysconf(_SC_PAGESIZE);
	return 1;
}

uint64_t
transom_surface_align(enum transom_surface_property property, uint64_t value)
{
	uint64_t alignment = transom_surface_get_alignment(property), rest = value % alignment;

	if (!rest)
		return value;
	return value > UINT64_MAX - (alignment - rest) ? UINT64_MAX : value + (alignment - rest);
}
