/* pixel-buffer.c - pixel buffers: how they are made, locked and freed, and where their pixels are. */
#include <assert.h>
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "attachments-private.h"
#include "checked-private.h"
#include "extended-pixels-private.h"
#include "fork-private.h"
#include "pixel-buffer-private.h"

_Static_assert(sizeof(struct transom_pixel_buffer_options) == 48 + sizeof(char *), "layout of the options");

enum { FOR_READING, FOR_WRITING };

struct transom_pixel_buffer {
	atomic_uint references;
	unsigned generation; /* of the process that made it, see fork-private.h */
	const struct transom_format *format;
	uint32_t width, height;
	uint32_t extended[4];
	uint64_t size;
	struct transom_plane_layout planes[TRANSOM_MAX_PLANES];
	_Atomic(uint8_t *)
		memory; /* where offsets count from; that of a surface is known once it is locked */
	atomic_uint locks[2];
	atomic_uint seed; /* that of a surface is the surface's */
	struct attachments attachments;

	struct transom_surface *surface;
	bool is_use;
	void *allocation;
	const void *data; /* the caller's bytes, and how to give them back */
	transom_pixel_buffer_release release;
	transom_pixel_buffer_release_planar release_planar;
	void (*recycle)(struct transom_pixel_buffer *buffer, void *context);
	void *context;
};

static const uint32_t not_extended[4];

static struct transom_pixel_buffer *
allocate(uint32_t code, uint32_t width, uint32_t height, const struct transom_layout *layout)
{
	struct transom_pixel_buffer *buffer = calloc(1, sizeof(*buffer));

	if (!buffer)
		return NULL;
	atomic_init(&buffer->references, 1);
	buffer->generation = fork_generation();
	buffer->format = transom_format_get(code);
	buffer->width = width;
	buffer->height = height;
	buffer->size = layout->size;
	memcpy(buffer->planes, layout->planes, sizeof(buffer->planes));
	pthread_mutex_init(&buffer->attachments.mutex, NULL);
	return buffer;
}

static bool
is_made_here(const struct transom_pixel_buffer *buffer)
{
	return buffer->generation == fork_generation();
}

/* The planes of the caller's bytes may be different objects, between which pointers do not add up. */
static void *
locate(const struct transom_pixel_buffer *buffer, uint32_t plane)
{
	uint8_t *memory = atomic_load_explicit(&buffer->memory, memory_order_relaxed);

	return (void *)((uintptr_t)memory + (uintptr_t)buffer->planes[plane].offset);
}

static void
give_bytes_back(struct transom_pixel_buffer *buffer)
{
	const void *bases[TRANSOM_MAX_PLANES];

	if (buffer->release)
		buffer->release(buffer->context, buffer->data);
	if (buffer->release_planar) {
		for (uint32_t i = 0; i < buffer->format->plane_count; i++)
			bases[i] = locate(buffer, i);
		buffer->release_planar(buffer->context, buffer->data, (size_t)buffer->size,
				       buffer->format->plane_count, bases);
	}
}

void
pixel_buffer_free(struct transom_pixel_buffer *buffer)
{
	/* A child of fork has not begun the use; one that it began itself is not this one to end. */
	if (buffer->is_use && is_made_here(buffer))
		transom_surface_end_use(buffer->surface);
	transom_surface_unref(buffer->surface);
	free(buffer->allocation);
	give_bytes_back(buffer);
	pthread_mutex_destroy(&buffer->attachments.mutex);
	free(buffer);
}

static int
create_plain(const struct transom_pixel_buffer_options *o, const struct transom_layout *layout,
	     struct transom_pixel_buffer **ret)
{
	struct transom_pixel_buffer *buffer = allocate(o->format, o->width, o->height, layout);
	uint64_t alignment = TRANSOM_ROW_ALIGNMENT, size;

	if (!buffer)
		return -ENOMEM;
	if (alignment < buffer->format->row_alignment)
		alignment = buffer->format->row_alignment;
	if (alignment < o->row_alignment)
		alignment = o->row_alignment;
	/* Not aligned_alloc(3): large memory of calloc(3) is zero without being touched. */
	if (checked_add(layout->size, alignment - 1, &size) && size <= SIZE_MAX)
		buffer->allocation = calloc(1, (size_t)size);
	if (!buffer->allocation) {
		pixel_buffer_free(buffer);
		return -ENOMEM;
	}
	size = (alignment - (uintptr_t)buffer->allocation % alignment) % alignment;
	atomic_init(&buffer->memory, (uint8_t *)buffer->allocation + size);
	memcpy(buffer->extended, o->extended, sizeof(buffer->extended));
	*ret = buffer;
	return 0;
}

static void
set_stride(struct transom_plane_layout *plane, uint32_t bytes_per_row)
{
	uint64_t rows = plane->size / plane->bytes_per_row;

	plane->bytes_per_row = bytes_per_row;
	plane->size = rows * bytes_per_row;
}

/* Copies where the surface has a plane, if the plane that the format needs fits there. */
static int
read_plane(struct transom_surface *surface, const struct transom_surface_geometry *g,
	   const struct transom_format_plane *plane, uint32_t index, struct transom_plane_layout *layout)
{
	struct transom_plane_layout there;
	int r = transom_surface_get_plane(surface, index, &there);

	if (r < 0)
		return r;
	if (there.width < layout->width || there.height < layout->height)
		return -EPROTO;
	set_stride(layout, there.bytes_per_row);
	layout->offset = there.offset;
	return extended_fits(plane, layout, g->extended, g->allocation_size) ? 0 : -EPROTO;
}

static int
read_layout(struct transom_surface *surface, const struct transom_surface_geometry *g,
	    struct transom_layout *ret)
{
	const struct transom_format *f = transom_format_get(g->format);
	int r;

	if (!f)
		return -ENOENT;
	if (!g->width || !g->height || (g->plane_count ? g->plane_count : 1) != f->plane_count)
		return -EPROTO;
	if (!extended_is_whole(f, g->extended))
		return -EPROTO;
	r = transom_format_get_layout(g->format, g->width, g->height, 0, ret);
	for (uint32_t i = 0; i < f->plane_count && r == 0; i++)
		r = read_plane(surface, g, &f->planes[i], i, &ret->planes[i]);
	ret->size = g->allocation_size;
	return r;
}

/* A buffer that is not a use yet. */
static int
create_unused(struct transom_surface *surface, struct transom_pixel_buffer **ret)
{
	struct transom_surface_geometry g;
	struct transom_pixel_buffer *buffer;
	struct transom_layout layout;
	int r;

	r = transom_surface_get_geometry(surface, &g);
	if (r == 0)
		r = read_layout(surface, &g, &layout);
	if (r < 0)
		return r;
	buffer = allocate(g.format, g.width, g.height, &layout);
	if (!buffer)
		return -ENOMEM;
	memcpy(buffer->extended, g.extended, sizeof(g.extended));
	buffer->surface = transom_surface_ref(surface);
	*ret = buffer;
	return 0;
}

static int
create_surface(const struct transom_pixel_buffer_options *o, const struct transom_layout *layout,
	       struct transom_surface **ret)
{
	struct transom_surface_options s = {
		.size = sizeof(s),
		.flags = o->surface_flags,
		.format = o->format,
		.width = o->width,
		.height = o->height,
		.allocation_size = layout->size,
		.values_size = o->values_size,
		.name = o->name,
	};

	memcpy(s.extended, o->extended, sizeof(s.extended));
	if (layout->plane_count > 1) {
		s.plane_count = layout->plane_count;
		memcpy(s.planes, layout->planes, sizeof(s.planes));
	} else {
		s.bytes_per_row = layout->planes[0].bytes_per_row;
	}
	return transom_surface_create(&s, ret);
}

static int
check_options(const struct transom_pixel_buffer_options *o, struct transom_layout *ret)
{
	if (!o || o->size < sizeof(*o) || o->flags & ~(uint32_t)TRANSOM_PIXEL_BUFFER_PLAIN)
		return -EINVAL;
	if (o->flags & TRANSOM_PIXEL_BUFFER_PLAIN && (o->surface_flags || o->values_size))
		return -EINVAL;
	return extended_get_layout(o->format, o->width, o->height, o->row_alignment, o->extended, ret);
}

static int
create_on_new_surface(const struct transom_pixel_buffer_options *options, const struct transom_layout *layout,
		      struct transom_pixel_buffer **ret)
{
	struct transom_surface *surface;
	int r;

	r = create_surface(options, layout, &surface);
	if (r < 0)
		return r;
	r = create_unused(surface, ret);
	transom_surface_unref(surface);
	return r;
}

/* Takes @buffer, also on failure. */
static int
make_use(struct transom_pixel_buffer *buffer, struct transom_pixel_buffer **ret)
{
	int r = transom_surface_begin_use(buffer->surface);

	buffer->is_use = r == 0;
	if (r < 0)
		pixel_buffer_free(buffer);
	else
		*ret = buffer;
	return r;
}

int
transom_pixel_buffer_create(const struct transom_pixel_buffer_options *options,
			    struct transom_pixel_buffer **ret)
{
	struct transom_pixel_buffer *buffer;
	struct transom_layout layout;
	int r;

	if (!ret)
		return -EINVAL;
	r = check_options(options, &layout);
	if (r < 0)
		return r;
	if (options->flags & TRANSOM_PIXEL_BUFFER_PLAIN)
		return create_plain(options, &layout, ret);
	r = create_on_new_surface(options, &layout, &buffer);
	return r < 0 ? r : make_use(buffer, ret);
}

int
pixel_buffer_create_pooled(const struct transom_pixel_buffer_options *options,
			   void (*recycle)(struct transom_pixel_buffer *buffer, void *context), void *context,
			   struct transom_pixel_buffer **ret)
{
	struct transom_layout layout;
	int r;

	r = check_options(options, &layout);
	if (r == 0 && options->flags & TRANSOM_PIXEL_BUFFER_PLAIN)
		r = -EINVAL;
	if (r == 0)
		r = create_on_new_surface(options, &layout, ret);
	if (r < 0)
		return r;
	(*ret)->recycle = recycle;
	(*ret)->context = context;
	atomic_store_explicit(&(*ret)->references, 0, memory_order_relaxed);
	return 0;
}

int
transom_pixel_buffer_create_with_surface(struct transom_surface *surface, struct transom_pixel_buffer **ret)
{
	struct transom_pixel_buffer *buffer;
	int r;

	if (!surface || !ret)
		return -EINVAL;
	r = create_unused(surface, &buffer);
	return r < 0 ? r : make_use(buffer, ret);
}

/* Puts the planes where the caller has them; memory of an unknown size is UINT64_MAX long. */
static int
place_planes(const struct transom_format *f, uintptr_t memory, uint64_t memory_size, void *const *bases,
	     const uint32_t *bytes_per_row, struct transom_layout *layout)
{
	for (uint32_t i = 0; i < f->plane_count; i++) {
		struct transom_plane_layout *p = &layout->planes[i];

		if (!bases[i])
			return -EINVAL;
		set_stride(p, bytes_per_row[i]);
		p->offset = (uintptr_t)bases[i] - memory; /* one before the memory is far beyond its end */
		if (!extended_fits(&f->planes[i], p, not_extended, memory_size))
			return -ERANGE;
	}
	return 0;
}

int
transom_pixel_buffer_create_with_bytes(uint32_t format, uint32_t width, uint32_t height, void *base,
				       uint32_t bytes_per_row, transom_pixel_buffer_release release,
				       void *context, struct transom_pixel_buffer **ret)
{
	const struct transom_format *f = transom_format_get(format);
	struct transom_pixel_buffer *buffer;
	struct transom_layout layout;
	int r;

	if (!base || !ret || (f && f->plane_count != 1))
		return -EINVAL;
	r = transom_format_get_layout(format, width, height, 0, &layout);
	if (r == 0)
		r = place_planes(f, (uintptr_t)base, UINT64_MAX, &base, &bytes_per_row, &layout);
	if (r < 0)
		return r;
	layout.size = layout.planes[0].size;
	buffer = allocate(format, width, height, &layout);
	if (!buffer)
		return -ENOMEM;
	atomic_init(&buffer->memory, base);
	buffer->data = base;
	buffer->release = release;
	buffer->context = context;
	*ret = buffer;
	return 0;
}

static uintptr_t
lowest(void *const *bases, uint32_t count)
{
	uintptr_t least = UINTPTR_MAX;

	for (uint32_t i = 0; i < count; i++)
		if ((uintptr_t)bases[i] < least)
			least = (uintptr_t)bases[i];
	return least;
}

int
transom_pixel_buffer_create_with_planar_bytes(uint32_t format, uint32_t width, uint32_t height,
					      const void *data, size_t data_size, uint32_t plane_count,
					      void *const *bases, const uint32_t *bytes_per_row,
					      transom_pixel_buffer_release_planar release, void *context,
					      struct transom_pixel_buffer **ret)
{
	const struct transom_format *f = transom_format_get(format);
	struct transom_pixel_buffer *buffer;
	struct transom_layout layout;
	uintptr_t memory;
	int r;

	if (!bases || !bytes_per_row || !ret || (data_size && !data))
		return -EINVAL;
	if (f && (f->plane_count == 1 || f->plane_count != plane_count))
		return -EINVAL;
	r = transom_format_get_layout(format, width, height, 0, &layout);
	if (r < 0)
		return r;
	memory = data_size ? (uintptr_t)data : lowest(bases, plane_count);
	r = place_planes(f, memory, data_size ? data_size : UINT64_MAX, bases, bytes_per_row, &layout);
	if (r < 0)
		return r;
	layout.size = data_size;
	buffer = allocate(format, width, height, &layout);
	if (!buffer)
		return -ENOMEM;
	atomic_init(&buffer->memory, (uint8_t *)memory);
	buffer->data = data;
	buffer->release_planar = release;
	buffer->context = context;
	*ret = buffer;
	return 0;
}

struct transom_pixel_buffer *
transom_pixel_buffer_ref(struct transom_pixel_buffer *buffer)
{
	if (buffer)
		atomic_fetch_add_explicit(&buffer->references, 1, memory_order_relaxed);
	return buffer;
}

/* Takes back one lock of the kind if there is one. */
static bool
take_lock(struct transom_pixel_buffer *buffer, int kind)
{
	unsigned count = atomic_load_explicit(&buffer->locks[kind], memory_order_relaxed);

	while (count > 0)
		if (atomic_compare_exchange_weak(&buffer->locks[kind], &count, count - 1))
			return true;
	return false;
}

static void
drop_locks(struct transom_pixel_buffer *buffer)
{
	/* What a child of fork inherited is locked in the parent, which will unlock it: not twice. */
	bool unlock = buffer->surface && is_made_here(buffer);

	while (take_lock(buffer, FOR_READING))
		if (unlock)
			transom_surface_unlock(buffer->surface, TRANSOM_SURFACE_LOCK_READ, NULL);
	while (take_lock(buffer, FOR_WRITING))
		if (unlock)
			transom_surface_unlock(buffer->surface, TRANSOM_SURFACE_LOCK_WRITE, NULL);
}

/* Without the mutex, which in a child of fork may be locked for ever: nobody else has the buffer. */
static void
drop_attachments(struct transom_pixel_buffer *buffer)
{
	for (int i = 0; i < 2; i++)
		buffer->attachments.of_mode[i] = transom_value_unref(buffer->attachments.of_mode[i]);
}

struct transom_pixel_buffer *
transom_pixel_buffer_unref(struct transom_pixel_buffer *buffer)
{
	if (!buffer || atomic_fetch_sub_explicit(&buffer->references, 1, memory_order_acq_rel) != 1)
		return NULL;
	drop_locks(buffer);
	drop_attachments(buffer);
	if (buffer->recycle && is_made_here(buffer))
		buffer->recycle(buffer, buffer->context);
	else
		pixel_buffer_free(buffer);
	return NULL;
}

void
pixel_buffer_revive(struct transom_pixel_buffer *buffer, struct transom_value *attachments)
{
	assert(atomic_load_explicit(&buffer->references, memory_order_relaxed) == 0);
	buffer->attachments.of_mode[TRANSOM_ATTACHMENT_PROPAGATE] = transom_value_ref(attachments);
	atomic_store_explicit(&buffer->references, 1, memory_order_release);
}

int
transom_pixel_buffer_lock(struct transom_pixel_buffer *buffer, uint32_t flags, uint32_t *ret_seed)
{
	int r;

	if (!buffer || (flags != TRANSOM_SURFACE_LOCK_READ && flags != TRANSOM_SURFACE_LOCK_WRITE))
		return -EINVAL;
	if (buffer->surface) {
		r = transom_surface_lock(buffer->surface, flags, ret_seed);
		if (r < 0)
			return r;
		atomic_store_explicit(&buffer->memory, transom_surface_get_base(buffer->surface),
				      memory_order_relaxed);
	} else if (ret_seed) {
		*ret_seed = atomic_load(&buffer->seed);
	}
	atomic_fetch_add(&buffer->locks[flags == TRANSOM_SURFACE_LOCK_WRITE], 1);
	return 0;
}

int
transom_pixel_buffer_unlock(struct transom_pixel_buffer *buffer, uint32_t flags, uint32_t *ret_seed)
{
	bool written = flags == TRANSOM_SURFACE_LOCK_WRITE;
	uint32_t seed;

	if (!buffer || (flags != TRANSOM_SURFACE_LOCK_READ && !written) || !take_lock(buffer, written))
		return -EINVAL;
	if (buffer->surface)
		return transom_surface_unlock(buffer->surface, flags, ret_seed);
	seed = written ? atomic_fetch_add(&buffer->seed, 1) + 1 : atomic_load(&buffer->seed);
	if (ret_seed)
		*ret_seed = seed;
	return 0;
}

uint32_t
transom_pixel_buffer_get_width(const struct transom_pixel_buffer *buffer)
{
	return buffer ? buffer->width : 0;
}

uint32_t
transom_pixel_buffer_get_height(const struct transom_pixel_buffer *buffer)
{
	return buffer ? buffer->height : 0;
}

uint32_t
transom_pixel_buffer_get_format(const struct transom_pixel_buffer *buffer)
{
	return buffer ? buffer->format->code : 0;
}

bool
transom_pixel_buffer_is_planar(const struct transom_pixel_buffer *buffer)
{
	return buffer && buffer->format->plane_count > 1;
}

uint32_t
transom_pixel_buffer_get_plane_count(const struct transom_pixel_buffer *buffer)
{
	return transom_pixel_buffer_is_planar(buffer) ? buffer->format->plane_count : 0;
}

int
transom_pixel_buffer_get_plane(const struct transom_pixel_buffer *buffer, uint32_t index,
			       struct transom_plane_layout *ret)
{
	if (!buffer || !ret)
		return -EINVAL;
	if (index >= buffer->format->plane_count)
		return -ENOENT;
	*ret = buffer->planes[index];
	return 0;
}

static bool
is_locked(const struct transom_pixel_buffer *buffer)
{
	return atomic_load(&buffer->locks[FOR_READING]) || atomic_load(&buffer->locks[FOR_WRITING]);
}

void *
transom_pixel_buffer_get_plane_base(const struct transom_pixel_buffer *buffer, uint32_t index)
{
	return buffer && index < buffer->format->plane_count && is_locked(buffer) ? locate(buffer, index)
										  : NULL;
}

void *
transom_pixel_buffer_get_base(const struct transom_pixel_buffer *buffer)
{
	return transom_pixel_buffer_get_plane_base(buffer, 0);
}

uint32_t
transom_pixel_buffer_get_bytes_per_row(const struct transom_pixel_buffer *buffer)
{
	return buffer ? buffer->planes[0].bytes_per_row : 0;
}

uint64_t
transom_pixel_buffer_get_size(const struct transom_pixel_buffer *buffer)
{
	return buffer ? buffer->size : 0;
}

struct transom_surface *
transom_pixel_buffer_get_surface(const struct transom_pixel_buffer *buffer)
{
	return buffer ? buffer->surface : NULL;
}

bool
transom_pixel_buffer_is_writable(const struct transom_pixel_buffer *buffer)
{
	return buffer && (!buffer->surface || transom_surface_is_writable(buffer->surface));
}

int
transom_pixel_buffer_get_extended(const struct transom_pixel_buffer *buffer, uint32_t ret[4])
{
	if (!buffer || !ret)
		return -EINVAL;
	memcpy(ret, buffer->extended, sizeof(buffer->extended));
	return 0;
}

int
transom_pixel_buffer_fill_extended(struct transom_pixel_buffer *buffer)
{
	if (!buffer || !atomic_load(&buffer->locks[FOR_WRITING]))
		return -EINVAL;
	for (uint32_t i = 0; i < buffer->format->plane_count; i++)
		extended_fill(&buffer->format->planes[i], &buffer->planes[i], buffer->extended,
			      locate(buffer, i));
	return 0;
}

struct attachments *
pixel_buffer_get_attachments(struct transom_pixel_buffer *buffer)
{
	return buffer ? &buffer->attachments : NULL;
}
