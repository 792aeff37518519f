/* picture.c - pixel buffers as the memory of FFmpeg's frames; what is written there is not its business. */
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <libavutil/buffer.h>
#include <libavutil/pixdesc.h>

#include <transom/pool.h>

#include "av-format.h"
#include "picture.h"

enum {
	/* Buffers that were not needed for so long are freed: longer than a slow stream's frame. */
	MAXIMUM_AGE_MS = 10000,
};

struct picture {
	struct picture_pool *pool;
	struct picture *next, **previous;
	struct transom_pixel_buffer *buffer;
	uint8_t *begin; /* of all its memory */
	uint32_t lock; /* TRANSOM_SURFACE_LOCK_...: which it has */
};

struct picture_pool {
	pthread_mutex_t lock; /* for all that follows */
	unsigned references; /* the owner's, and one a picture */
	struct picture *pictures;
	struct picture_shape shape; /* of the buffers that the pool gives */
	struct transom_pool *pool;
	char name[TRANSOM_SURFACE_MAX_NAME + 1];
};

int
picture_pool_create(const char *name, struct picture_pool **ret)
{
	struct picture_pool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return -ENOMEM;
	pthread_mutex_init(&pool->lock, NULL);
	pool->references = 1;
	if (name != NULL && strlen(name) < sizeof(pool->name))
		strcpy(pool->name, name);
	*ret = pool;
	return 0;
}

static void
drop_reference(struct picture_pool *pool)
{
	unsigned left;

	pthread_mutex_lock(&pool->lock);
	left = --pool->references;
	pthread_mutex_unlock(&pool->lock);
	if (left > 0)
		return;
	transom_pool_unref(pool->pool);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

void
picture_pool_free(struct picture_pool *pool)
{
	if (pool != NULL)
		drop_reference(pool);
}

static bool
is_same_shape(const struct picture_shape *a, const struct picture_shape *b)
{
	return a->format == b->format && a->width == b->width && a->height == b->height &&
	       memcmp(a->extended, b->extended, sizeof(a->extended)) == 0;
}

/* With the lock held: the pool for a shape. Buffers of another shape live on until nobody has them. */
static int
choose_pool(struct picture_pool *pool, const struct picture_shape *shape)
{
	struct transom_pool_options options = {
		.size = sizeof(options),
		.maximum_age_ms = MAXIMUM_AGE_MS,
		.buffer = { .size = sizeof(options.buffer),
			    .format = shape->format,
			    .width = shape->width,
			    .height = shape->height,
			    .surface_flags = TRANSOM_SURFACE_MAKER_WRITES,
			    .name = pool->name[0] != '\0' ? pool->name : NULL },
	};
	struct transom_pool *made;
	int r;

	if (pool->pool != NULL && is_same_shape(&pool->shape, shape))
		return 0;
	memcpy(options.buffer.extended, shape->extended, sizeof(shape->extended));
	r = transom_pool_create(&options, &made);
	if (r < 0)
		return r;
	transom_pool_unref(pool->pool);
	pool->pool = made;
	pool->shape = *shape;
	return 0;
}

/* FFmpeg's last reference is gone: in whichever thread. Readers may have the buffer still. */
static void
free_picture(void *opaque, uint8_t *data)
{
	struct picture *picture = opaque;
	struct picture_pool *pool = picture->pool;

	pthread_mutex_lock(&pool->lock);
	*picture->previous = picture->next;
	if (picture->next != NULL)
		picture->next->previous = picture->previous;
	pthread_mutex_unlock(&pool->lock);
	transom_pixel_buffer_unlock(picture->buffer, picture->lock, NULL);
	transom_pixel_buffer_unref(picture->buffer);
	free(picture);
	drop_reference(pool);
}

static void
list_picture(struct picture_pool *pool, struct picture *picture)
{
	picture->pool = pool;
	pool->references++;
	picture->next = pool->pictures;
	picture->previous = &pool->pictures;
	if (picture->next != NULL)
		picture->next->previous = &picture->next;
	pool->pictures = picture;
}

/* The first pixel of a plane, the extended ones included. */
static uint8_t *
plane_begin(const struct picture *picture, const struct picture_shape *shape, uint32_t index)
{
	const struct transom_format_plane *plane = &transom_format_get(shape->format)->planes[index];
	struct transom_plane_layout layout;
	uint8_t *base = transom_pixel_buffer_get_plane_base(picture->buffer, index);
	const uint32_t left = shape->extended[0] / plane->horizontal_subsampling / plane->block_width;
	const uint32_t top = shape->extended[2] / plane->vertical_subsampling / plane->block_height;

	transom_pixel_buffer_get_plane(picture->buffer, index, &layout);
	return base - (size_t)top * layout.bytes_per_row - (size_t)left * plane->bytes_per_block;
}

static void
fill_frame(const struct picture *picture, const struct picture_shape *shape, AVFrame *frame)
{
	const uint32_t planes = transom_format_get(shape->format)->plane_count;
	struct transom_plane_layout layout;

	memset(frame->data, 0, sizeof(frame->data));
	memset(frame->linesize, 0, sizeof(frame->linesize));
	for (uint32_t i = 0; i < planes; i++) {
		transom_pixel_buffer_get_plane(picture->buffer, i, &layout);
		frame->data[i] = plane_begin(picture, shape, i);
		frame->linesize[i] = (int)layout.bytes_per_row;
	}
	frame->extended_data = frame->data;
}

/* With the lock held. */
static int
make_picture(struct picture_pool *pool, const struct picture_shape *shape, struct picture **ret)
{
	struct transom_plane_layout layout;
	struct picture *picture;
	int r = choose_pool(pool, shape);

	if (r < 0)
		return r;
	picture = calloc(1, sizeof(*picture));
	if (picture == NULL)
		return -ENOMEM;
	picture->lock = TRANSOM_SURFACE_LOCK_WRITE;
	r = transom_pool_acquire(pool->pool, 0, &picture->buffer);
	if (r == 0)
		r = transom_pixel_buffer_lock(picture->buffer, picture->lock, NULL);
	if (r < 0) {
		transom_pixel_buffer_unref(picture->buffer);
		free(picture);
		return r;
	}
	transom_pixel_buffer_get_plane(picture->buffer, 0, &layout);
	picture->begin = (uint8_t *)transom_pixel_buffer_get_base(picture->buffer) - layout.offset;
	list_picture(pool, picture);
	*ret = picture;
	return 0;
}

int
picture_pool_acquire(struct picture_pool *pool, const struct picture_shape *shape, AVFrame *frame)
{
	struct picture *picture = NULL;
	int r;

	pthread_mutex_lock(&pool->lock);
	r = make_picture(pool, shape, &picture);
	pthread_mutex_unlock(&pool->lock);
	if (r < 0)
		return r;
	frame->buf[0] = av_buffer_create(picture->begin, transom_pixel_buffer_get_size(picture->buffer),
					 free_picture, picture, AV_BUFFER_FLAG_READONLY);
	if (frame->buf[0] == NULL) {
		free_picture(picture, NULL);
		return -ENOMEM;
	}
	fill_frame(picture, shape, frame);
	return 0;
}

/* With the lock held: the picture whose memory the frame has. */
static struct picture *
find_picture(const struct picture_pool *pool, const AVFrame *frame)
{
	struct picture *picture = pool->pictures;

	while (picture != NULL && (frame->buf[0] == NULL || picture->begin != frame->buf[0]->data))
		picture = picture->next;
	return picture;
}

/* Whether the frame shows what is visible of the buffer: size, planes and format, no more and no less. */
static bool
is_visible_part(struct transom_pixel_buffer *buffer, const AVFrame *frame)
{
	const uint32_t format = transom_pixel_buffer_get_format(buffer);
	const uint32_t planes = transom_format_get(format)->plane_count;
	struct transom_plane_layout layout;

	if (format != av_format_to_transom(frame->format, frame->color_range == AVCOL_RANGE_JPEG) ||
	    (int)transom_pixel_buffer_get_width(buffer) != frame->width ||
	    (int)transom_pixel_buffer_get_height(buffer) != frame->height)
		return false;
	for (uint32_t i = 0; i < planes; i++) {
		transom_pixel_buffer_get_plane(buffer, i, &layout);
		if (transom_pixel_buffer_get_plane_base(buffer, i) != frame->data[i] ||
		    (int)layout.bytes_per_row != frame->linesize[i])
			return false;
	}
	return true;
}

/* From writing to reading: the seed says that the pixels are others, and the base stays good for the decoder. */
static int
end_writing(struct picture *picture)
{
	int r;

	if (picture->lock == TRANSOM_SURFACE_LOCK_READ)
		return 0;
	r = transom_pixel_buffer_lock(picture->buffer, TRANSOM_SURFACE_LOCK_READ, NULL);
	if (r < 0)
		return r;
	transom_pixel_buffer_unlock(picture->buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	picture->lock = TRANSOM_SURFACE_LOCK_READ;
	return 0;
}

struct transom_pixel_buffer *
picture_pool_show(struct picture_pool *pool, const AVFrame *frame)
{
	struct transom_pixel_buffer *buffer = NULL;
	struct picture *picture;

	pthread_mutex_lock(&pool->lock);
	picture = find_picture(pool, frame);
	if (picture != NULL && is_visible_part(picture->buffer, frame) && end_writing(picture) == 0)
		buffer = picture->buffer;
	pthread_mutex_unlock(&pool->lock);
	return buffer;
}
