/* CVPixelBufferPool.c - pools as CoreFoundation objects. What is done, <transom/pool.h> does. */
#include <errno.h>
#include <math.h>
#include <poll.h>

#include <CoreFoundation/CFNotificationCenter.h>
#include <CoreFoundation/CFNumber.h>
#include <CoreFoundation/CFString.h>

#include "CVBuffer-private.h"
#include "fork-private.h"

#include <transom/pool.h>

struct pool {
	struct cf_object head;
	struct transom_pool *pool; /* a reference */
	bool shows_surface;
	CFDictionaryRef attributes; /* never NULL */
	CFDictionaryRef buffer_attributes; /* never NULL */
	CFDictionaryRef unpropagated; /* attachments, or NULL */
	CFDictionaryRef propagated; /* attachments, or NULL */
	_Atomic(bool) is_awaited; /* a thread waits for a free buffer, to tell */
	pthread_mutex_t lock; /* so that nobody finds a buffer gone that it has only looked at */
	unsigned generation;
};

static void
finalize(CFTypeRef object)
{
	struct pool *pool = (struct pool *)(uintptr_t)object;

	pthread_mutex_destroy(&pool->lock);
	transom_pool_unref(pool->pool);
	CFRelease(pool->attributes);
	CFRelease(pool->buffer_attributes);
	CFRelease(pool->unpropagated);
	CFRelease(pool->propagated);
}

static const struct cf_class class = { .name = "CVPixelBufferPool", .finalize = finalize };

CFTypeID
CVPixelBufferPoolGetTypeID(void)
{
	return cf_type_register(&class);
}

static struct pool *
get(CVPixelBufferPoolRef pool)
{
	return cf_is_own(pool, CVPixelBufferPoolGetTypeID()) ? (struct pool *)pool : NULL;
}

CVPixelBufferPoolRef
CVPixelBufferPoolRetain(CVPixelBufferPoolRef pixelBufferPool)
{
	return pixelBufferPool != NULL ? (CVPixelBufferPoolRef)(uintptr_t)CFRetain(pixelBufferPool) : NULL;
}

void
CVPixelBufferPoolRelease(CVPixelBufferPoolRef pixelBufferPool)
{
	CFRelease(pixelBufferPool);
}

/* Seconds; 0 is for ever. */
static bool
read_age(CFDictionaryRef attributes, struct transom_pool_options *options)
{
	CFTypeRef value = attributes != NULL
				  ? CFDictionaryGetValue(attributes, kCVPixelBufferPoolMaximumBufferAgeKey)
				  : NULL;
	double seconds;

	if (value == NULL)
		return true;
	if (CFGetTypeID(value) != CFNumberGetTypeID() ||
	    !CFNumberGetValue(value, kCFNumberDoubleType, &seconds) || !(seconds >= 0))
		return false;
	if (seconds == 0 || seconds > UINT32_MAX / 1000)
		options->flags |= TRANSOM_POOL_KEEP_FOREVER;
	else
		options->maximum_age_ms = (uint32_t)ceil(seconds * 1000);
	return true;
}

static bool
read_pool_attributes(CFDictionaryRef attributes, struct transom_pool_options *options)
{
	if (attributes != NULL && CFGetTypeID(attributes) != CFDictionaryGetTypeID())
		return false;
	return attributes_read_number(attributes, kCVPixelBufferPoolMinimumBufferCountKey,
				      &options->minimum_count) &&
	       read_age(attributes, options);
}

/* One format: a number, or the first of an array. */
static bool
read_format(CFDictionaryRef attributes, uint32_t *ret)
{
	CFTypeRef value = CFDictionaryGetValue(attributes, kCVPixelBufferPixelFormatTypeKey);
	int64_t number;

	if (value != NULL && CFGetTypeID(value) == CFArrayGetTypeID() && CFArrayGetCount(value) > 0)
		value = CFArrayGetValueAtIndex(value, 0);
	if (value == NULL || CFGetTypeID(value) != CFNumberGetTypeID() ||
	    !CFNumberGetValue(value, kCFNumberSInt64Type, &number) || number < 0 || number > UINT32_MAX)
		return false;
	*ret = (uint32_t)number;
	return true;
}

static CVReturn
read_buffer_attributes(CFDictionaryRef attributes, struct transom_pool_options *options, bool *ret_surface,
		       char *name)
{
	struct transom_pixel_buffer_options *buffer = &options->buffer;
	CVReturn checked = attributes_read(attributes, buffer, ret_surface, name);

	if (checked != kCVReturnSuccess)
		return checked;
	if (attributes == NULL || !read_format(attributes, &buffer->format) ||
	    transom_format_get(buffer->format) == NULL)
		return kCVReturnInvalidPixelFormat;
	if (!attributes_read_number(attributes, kCVPixelBufferWidthKey, &buffer->width) ||
	    !attributes_read_number(attributes, kCVPixelBufferHeightKey, &buffer->height))
		return kCVReturnInvalidPixelBufferAttributes;
	if (buffer->width == 0 || buffer->height == 0 || buffer->width > TRANSOM_MAX_DIMENSION ||
	    buffer->height > TRANSOM_MAX_DIMENSION)
		return kCVReturnInvalidSize;
	return kCVReturnSuccess;
}

/* A copy, of nothing if there is nothing. */
static CFDictionaryRef
copy_dictionary(CFDictionaryRef dictionary)
{
	if (dictionary != NULL)
		return CFDictionaryCreateCopy(NULL, dictionary);
	return CFDictionaryCreate(NULL, NULL, NULL, 0, &kCFTypeDictionaryKeyCallBacks,
				  &kCFTypeDictionaryValueCallBacks);
}

static CFDictionaryRef
copy_defaults(CFDictionaryRef attributes, CFStringRef key)
{
	CFTypeRef value = CFDictionaryGetValue(attributes, key);

	return value != NULL && CFGetTypeID(value) == CFDictionaryGetTypeID() ? CFRetain(value) : NULL;
}

CVReturn
CVPixelBufferPoolCreate(CFAllocatorRef allocator, CFDictionaryRef poolAttributes,
			CFDictionaryRef pixelBufferAttributes, CVPixelBufferPoolRef *poolOut)
{
	struct transom_pool_options options = { .size = sizeof(options) };
	char name[TRANSOM_SURFACE_MAX_NAME + 1];
	bool shows_surface;
	struct pool *made;
	CVReturn checked;
	int r;

	if (poolOut == NULL)
		return kCVReturnInvalidArgument;
	if (!read_pool_attributes(poolAttributes, &options))
		return kCVReturnInvalidPoolAttributes;
	checked = read_buffer_attributes(pixelBufferAttributes, &options, &shows_surface, name);
	if (checked != kCVReturnSuccess)
		return checked;
	made = cf_object_create(allocator, CVPixelBufferPoolGetTypeID(), sizeof(*made));
	if (made == NULL)
		return kCVReturnAllocationFailed;
	pthread_mutex_init(&made->lock, NULL);
	made->generation = fork_generation();
	r = transom_pool_create(&options, &made->pool);
	made->shows_surface = shows_surface;
	made->attributes = copy_dictionary(poolAttributes);
	made->buffer_attributes = copy_dictionary(pixelBufferAttributes);
	made->propagated = copy_defaults(pixelBufferAttributes, kCVBufferPropagatedAttachmentsKey);
	made->unpropagated = copy_defaults(pixelBufferAttributes, kCVBufferNonPropagatedAttachmentsKey);
	if (r < 0 || made->attributes == NULL || made->buffer_attributes == NULL) {
		CFRelease(made);
		return r < 0 ? cv_return(r) : kCVReturnAllocationFailed;
	}
	*poolOut = (CVPixelBufferPoolRef)made;
	return kCVReturnSuccess;
}

CFDictionaryRef
CVPixelBufferPoolGetAttributes(CVPixelBufferPoolRef pool)
{
	struct pool *own = get(pool);

	return own != NULL ? own->attributes : NULL;
}

CFDictionaryRef
CVPixelBufferPoolGetPixelBufferAttributes(CVPixelBufferPoolRef pool)
{
	struct pool *own = get(pool);

	return own != NULL ? own->buffer_attributes : NULL;
}

CVReturn
CVPixelBufferPoolCreatePixelBuffer(CFAllocatorRef allocator, CVPixelBufferPoolRef pixelBufferPool,
				   CVPixelBufferRef *pixelBufferOut)
{
	return CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(allocator, pixelBufferPool, NULL,
								   pixelBufferOut);
}

/* In the child of a fork the pool refuses, and the lock may be that of a thread that it has not. */
static int
acquire(struct pool *pool, uint32_t threshold, struct transom_pixel_buffer **ret)
{
	int r;

	if (pool->generation != fork_generation())
		return transom_pool_acquire_below(pool->pool, threshold, 0, ret);
	pthread_mutex_lock(&pool->lock);
	r = transom_pool_acquire_below(pool->pool, threshold, 0, ret);
	pthread_mutex_unlock(&pool->lock);
	return r;
}

/* With a threshold of 1 no buffer is made: what comes is free, and goes back before anybody else looks. */
static bool
has_free_buffer(struct pool *pool)
{
	struct transom_pixel_buffer *buffer = NULL;

	pthread_mutex_lock(&pool->lock);
	transom_pool_acquire_below(pool->pool, 1, 0, &buffer);
	transom_pixel_buffer_unref(buffer);
	pthread_mutex_unlock(&pool->lock);
	return buffer != NULL;
}

/* Waits until there is a free buffer, and tells; one thread a pool at a time. */
static void *
await_free_buffer(void *argument)
{
	struct pool *pool = argument;
	struct pollfd wait = { .fd = transom_pool_get_fd(pool->pool), .events = POLLIN };
	bool found = false;

	/* The last reference but ours gone: nobody cares. */
	while (CFGetRetainCount(pool) > 1 && !(found = has_free_buffer(pool)))
		poll(&wait, 1, 100);
	atomic_store(&pool->is_awaited, false);
	if (found)
		CFNotificationCenterPostNotification(CFNotificationCenterGetLocalCenter(),
						     kCVPixelBufferPoolFreeBufferNotification, pool, NULL,
						     true);
	CFRelease(pool);
	return NULL;
}

static void
promise_to_tell(struct pool *pool)
{
	pthread_attr_t attributes;
	pthread_t thread;

	if (atomic_exchange(&pool->is_awaited, true))
		return;
	CFRetain(pool);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	if (pthread_create(&thread, &attributes, await_free_buffer, pool) != 0) {
		atomic_store(&pool->is_awaited, false);
		CFRelease(pool);
	}
	pthread_attr_destroy(&attributes);
}

CVReturn
CVPixelBufferPoolCreatePixelBufferWithAuxAttributes(CFAllocatorRef allocator,
						    CVPixelBufferPoolRef pixelBufferPool,
						    CFDictionaryRef auxAttributes,
						    CVPixelBufferRef *pixelBufferOut)
{
	struct pool *own = get(pixelBufferPool);
	struct transom_pixel_buffer *pixels = NULL;
	uint32_t threshold = 0;
	int r;

	if (own == NULL || pixelBufferOut == NULL ||
	    (auxAttributes != NULL && CFGetTypeID(auxAttributes) != CFDictionaryGetTypeID()))
		return kCVReturnInvalidArgument;
	if (!attributes_read_number(auxAttributes, kCVPixelBufferPoolAllocationThresholdKey, &threshold))
		return kCVReturnInvalidPoolAttributes;
	r = acquire(own, threshold, &pixels);
	if (r == -EAGAIN) {
		promise_to_tell(own);
		return kCVReturnWouldExceedAllocationThreshold;
	}
	if (r < 0)
		return r == -ENOMEM ? kCVReturnPoolAllocationFailed : cv_return(r);
	*pixelBufferOut = buffer_take(pixels, own->shows_surface);
	if (*pixelBufferOut == NULL)
		return kCVReturnPoolAllocationFailed;
	CVBufferSetAttachments(*pixelBufferOut, own->unpropagated, kCVAttachmentMode_ShouldNotPropagate);
	CVBufferSetAttachments(*pixelBufferOut, own->propagated, kCVAttachmentMode_ShouldPropagate);
	return kCVReturnSuccess;
}

void
CVPixelBufferPoolFlush(CVPixelBufferPoolRef pool, CVPixelBufferPoolFlushFlags options)
{
	struct pool *own = get(pool);

	if (own != NULL)
		transom_pool_flush(own->pool, options & kCVPixelBufferPoolFlushExcessBuffers
						      ? TRANSOM_POOL_FLUSH_EXCESS
						      : 0);
}
