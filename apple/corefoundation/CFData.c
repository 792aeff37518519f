/* CFData.c - bytes, fixed, borrowed and growing. */
#include <stdint.h>
#include <stdlib.h>

#include <CoreFoundation/CFData.h>
#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"
#include "types-private.h"

struct data {
	struct cf_object head;
	UInt8 *bytes;
	CFIndex length;
	CFIndex capacity; /* of data that can change */
	CFIndex maximum; /* 0 for none */
	CFAllocatorRef
		deallocator; /* of bytes that are not in this object; NULL for CFAllocatorGetDefault() */
	bool has_deallocator;
};

static bool
is_data(CFTypeRef object)
{
	return CFGetTypeID(object) == CF_TYPE_DATA;
}

static bool
is_within(CFRange range, CFIndex length)
{
	return range.location >= 0 && range.length >= 0 && range.location <= length &&
	       range.length <= length - range.location;
}

CFTypeID
CFDataGetTypeID(void)
{
	return CF_TYPE_DATA;
}

CFDataRef
CFDataCreate(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length)
{
	struct data *data;

	if (length < 0 || (length && !bytes) || length > PTRDIFF_MAX - (CFIndex)sizeof(*data))
		return NULL;
	data = cf_object_create(allocator, CF_TYPE_DATA, sizeof(*data) + (size_t)length);
	if (!data)
		return NULL;
	data->bytes = (UInt8 *)(data + 1);
	data->length = length;
	if (length)
		memcpy(data->bytes, bytes, (size_t)length);
	return (CFDataRef)data;
}

CFDataRef
CFDataCreateWithBytesNoCopy(CFAllocatorRef allocator, const UInt8 *bytes, CFIndex length,
			    CFAllocatorRef deallocator)
{
	struct data *data;

	if (length < 0 || (length && !bytes))
		return NULL;
	data = cf_object_create(allocator, CF_TYPE_DATA, sizeof(*data));
	if (!data)
		return NULL;
	data->bytes = (UInt8 *)bytes;
	data->length = length;
	data->deallocator = CFRetain(deallocator ? deallocator : CFAllocatorGetDefault());
	data->has_deallocator = true;
	return (CFDataRef)data;
}

CFDataRef
CFDataCreateCopy(CFAllocatorRef allocator, CFDataRef data)
{
	if (!is_data(data))
		return NULL;
	if (cf_is_own(data, CF_TYPE_DATA) && !((const struct data *)data)->head.is_mutable)
		return CFRetain(data);
	return CFDataCreate(allocator, CFDataGetBytePtr(data), CFDataGetLength(data));
}

CFMutableDataRef
CFDataCreateMutable(CFAllocatorRef allocator, CFIndex maximum)
{
	struct data *data;

	if (maximum < 0)
		return NULL;
	data = cf_object_create(allocator, CF_TYPE_DATA, sizeof(*data));
	if (!data)
		return NULL;
	data->head.is_mutable = true;
	data->maximum = maximum;
	return (CFMutableDataRef)data;
}

CFMutableDataRef
CFDataCreateMutableCopy(CFAllocatorRef allocator, CFIndex maximum, CFDataRef data)
{
	CFIndex length = CFDataGetLength(data);
	CFMutableDataRef copy;

	if (!is_data(data) || (maximum && maximum < length))
		return NULL;
	copy = CFDataCreateMutable(allocator, maximum);
	CFDataAppendBytes(copy, CFDataGetBytePtr(data), length);
	if (copy && CFDataGetLength(copy) != length) {
		CFRelease(copy);
		return NULL;
	}
	return copy;
}

CFIndex
CFDataGetLength(CFDataRef data)
{
	if (cf_is_own(data, CF_TYPE_DATA))
		return ((const struct data *)data)->length;
	return cf_is_foreign(data, CF_TYPE_DATA) ? cf_bridge->data_get_length(data) : 0;
}

const UInt8 *
CFDataGetBytePtr(CFDataRef data)
{
	static const UInt8 nothing[1];

	if (cf_is_own(data, CF_TYPE_DATA))
		return ((const struct data *)data)->bytes ? ((const struct data *)data)->bytes : nothing;
	return cf_is_foreign(data, CF_TYPE_DATA) ? cf_bridge->data_get_bytes(data) : NULL;
}

UInt8 *
CFDataGetMutableBytePtr(CFMutableDataRef data)
{
	if (cf_is_own_mutable(data, CF_TYPE_DATA) || cf_is_foreign(data, CF_TYPE_DATA))
		return (UInt8 *)CFDataGetBytePtr(data);
	return NULL;
}

void
CFDataGetBytes(CFDataRef data, CFRange range, UInt8 *buffer)
{
	if (buffer && range.length && is_within(range, CFDataGetLength(data)))
		memcpy(buffer, CFDataGetBytePtr(data) + range.location, (size_t)range.length);
}

/* Makes room for @length bytes; false if there is none. */
static bool
reserve(struct data *data, CFIndex length)
{
	CFIndex capacity = data->capacity < 32 ? 32 : data->capacity;
	void *bytes;

	if (data->maximum && length > data->maximum)
		return false;
	if (length <= data->capacity)
		return true;
	while (capacity < length)
		capacity = capacity > PTRDIFF_MAX / 2 ? length : capacity * 2;
	bytes = CFAllocatorReallocate(CFGetAllocator(data), data->bytes, capacity, 0);
	if (!bytes)
		return false;
	data->bytes = bytes;
	data->capacity = capacity;
	return true;
}

/* Puts @length bytes, or zeros for NULL, in the place of a range that is within the data. */
static void
replace(struct data *data, CFRange range, const UInt8 *bytes, CFIndex length)
{
	CFIndex rest = data->length - range.location - range.length, all;
	UInt8 *copy = NULL;

	if (__builtin_add_overflow(data->length - range.length, length, &all))
		return;
	if (bytes && data->bytes && (uintptr_t)bytes - (uintptr_t)data->bytes < (uintptr_t)data->capacity) {
		copy = malloc((size_t)length + 1); /* of itself, which is about to move */
		if (!copy)
			return;
		bytes = memcpy(copy, bytes, (size_t)length);
	}
	if (reserve(data, all) && data->bytes) {
		UInt8 *place = data->bytes + range.location;

		memmove(place + length, place + range.length, (size_t)rest);
		if (bytes && length)
			memcpy(place, bytes, (size_t)length);
		else
			memset(place, 0, (size_t)length);
		data->length = all;
	}
	free(copy);
}

void
CFDataReplaceBytes(CFMutableDataRef data, CFRange range, const UInt8 *bytes, CFIndex length)
{
	if (length < 0 || (length && !bytes) || !is_within(range, CFDataGetLength(data)))
		return;
	if (cf_is_foreign(data, CF_TYPE_DATA))
		cf_bridge->data_replace(data, range, bytes, length);
	else if (cf_is_own_mutable(data, CF_TYPE_DATA))
		replace((struct data *)data, range, bytes, length);
}

void
CFDataAppendBytes(CFMutableDataRef data, const UInt8 *bytes, CFIndex length)
{
	CFDataReplaceBytes(data, CFRangeMake(CFDataGetLength(data), 0), bytes, length);
}

void
CFDataDeleteBytes(CFMutableDataRef data, CFRange range)
{
	CFDataReplaceBytes(data, range, NULL, 0);
}

void
CFDataSetLength(CFMutableDataRef data, CFIndex length)
{
	CFIndex now = CFDataGetLength(data);
	UInt8 *zeros;

	if (length >= 0 && length < now) {
		CFDataDeleteBytes(data, CFRangeMake(length, now - length));
	} else if (length > now && cf_is_own_mutable(data, CF_TYPE_DATA)) {
		replace((struct data *)data, CFRangeMake(now, 0), NULL, length - now);
	} else if (length > now && cf_is_foreign(data, CF_TYPE_DATA)) {
		zeros = calloc(1, (size_t)(length - now));
		if (zeros)
			CFDataAppendBytes(data, zeros, length - now);
		free(zeros);
	}
}

void
CFDataIncreaseLength(CFMutableDataRef data, CFIndex extra)
{
	CFIndex length;

	if (!__builtin_add_overflow(CFDataGetLength(data), extra, &length))
		CFDataSetLength(data, length);
}

CFRange
CFDataFind(CFDataRef data, CFDataRef wanted, CFRange range, CFDataSearchFlags options)
{
	bool backwards = options & kCFDataSearchBackwards;
	const UInt8 *bytes = CFDataGetBytePtr(data), *what = CFDataGetBytePtr(wanted);
	CFIndex size = CFDataGetLength(wanted), tries;

	if (!is_within(range, CFDataGetLength(data)) || size == 0 || size > range.length)
		return CFRangeMake(kCFNotFound, 0);
	tries = options & kCFDataSearchAnchored ? 1 : range.length - size + 1;
	for (CFIndex i = 0; i < tries; i++) {
		CFIndex at = range.location + (backwards ? range.length - size - i : i);

		if (memcmp(bytes + at, what, (size_t)size) == 0)
			return CFRangeMake(at, size);
	}
	return CFRangeMake(kCFNotFound, 0);
}

static void
data_finalize(CFTypeRef object)
{
	const struct data *data = object;

	if (data->has_deallocator)
		CFAllocatorDeallocate(data->deallocator, data->bytes);
	else if (data->head.is_mutable)
		CFAllocatorDeallocate(CFGetAllocator(data), data->bytes);
	CFRelease(data->deallocator);
}

static Boolean
data_equal(CFTypeRef first, CFTypeRef second)
{
	CFIndex length = CFDataGetLength(first);

	return length == CFDataGetLength(second) &&
	       memcmp(CFDataGetBytePtr(first), CFDataGetBytePtr(second), (size_t)length) == 0;
}

static CFHashCode
data_hash(CFTypeRef object)
{
	CFIndex length = CFDataGetLength(object);
	const UInt8 *bytes = CFDataGetBytePtr(object);
	CFHashCode hash = (CFHashCode)length;

	for (CFIndex i = 0; i < length && i < 128; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3;
	return hash;
}

static CFStringRef
data_copy_description(CFTypeRef object)
{
	CFIndex length = CFDataGetLength(object);
	const UInt8 *bytes = CFDataGetBytePtr(object);
	CFMutableStringRef text = CFStringCreateMutable(NULL, 0);

	CFStringAppendFormat(text, NULL, CFSTR("<CFData %p [%p]>{length = %ld, capacity = %ld, bytes = 0x"),
			     object, CFGetAllocator(object), length, length);
	for (CFIndex i = 0; i < length && i < 24; i++)
		CFStringAppendFormat(text, NULL, CFSTR("%02x"), bytes[i]);
	CFStringAppendCString(text, length > 24 ? " ... }" : "}", kCFStringEncodingASCII);
	return text;
}

const struct cf_class cf_data_class = { .name = "CFData",
					.finalize = data_finalize,
					.equal = data_equal,
					.hash = data_hash,
					.copy_description = data_copy_description };
