/* CFArray.c - rows of pointers, fixed and growing. */
#include <stdint.h>
#include <stdlib.h>

#include <CoreFoundation/CFArray.h>
#include <CoreFoundation/CFString.h>

#include "CFBase-private.h"
#include "types-private.h"

struct array {
	struct cf_object head;
	CFArrayCallBacks callbacks;
	const void **values;
	CFIndex count;
	CFIndex capacity;
};

const CFArrayCallBacks kCFTypeArrayCallBacks = { 0, cf_retain_callback, cf_release_callback,
						 CFCopyDescription, CFEqual };

static bool
is_array(CFTypeRef object)
{
	return CFGetTypeID(object) == CF_TYPE_ARRAY;
}

static bool
is_within(CFRange range, CFIndex count)
{
	return range.location >= 0 && range.length >= 0 && range.location <= count &&
	       range.length <= count - range.location;
}

static const void *
value_retain(const struct array *array, const void *value)
{
	return array->callbacks.retain ? array->callbacks.retain(CFGetAllocator(array), value) : value;
}

static void
value_release(const struct array *array, const void *value)
{
	if (array->callbacks.release)
		array->callbacks.release(CFGetAllocator(array), value);
}

CFTypeID
CFArrayGetTypeID(void)
{
	return CF_TYPE_ARRAY;
}

/* An array with room for @capacity values and none in it. */
static struct array *
array_create(CFAllocatorRef allocator, CFIndex capacity, const CFArrayCallBacks *callbacks)
{
	struct array *array;

	if (capacity < 0 || capacity > PTRDIFF_MAX / (CFIndex)sizeof(void *) ||
	    (callbacks && callbacks->version != 0))
		return NULL;
	array = cf_object_create(allocator, CF_TYPE_ARRAY, sizeof(*array));
	if (!array)
		return NULL;
	if (callbacks)
		array->callbacks = *callbacks;
	array->capacity = capacity;
	if (capacity)
		array->values =
			CFAllocatorAllocate(CFGetAllocator(array), capacity * (CFIndex)sizeof(void *), 0);
	if (capacity && !array->values) {
		CFRelease(array);
		return NULL;
	}
	return array;
}

CFArrayRef
CFArrayCreate(CFAllocatorRef allocator, const void **values, CFIndex count, const CFArrayCallBacks *callbacks)
{
	struct array *array = count && !values ? NULL : array_create(allocator, count, callbacks);

	for (CFIndex i = 0; array && i < count; i++)
		array->values[array->count++] = value_retain(array, values[i]);
	return (CFArrayRef)array;
}

CFMutableArrayRef
CFArrayCreateMutable(CFAllocatorRef allocator, CFIndex capacity, const CFArrayCallBacks *callbacks)
{
	struct array *array = capacity < 0 ? NULL : array_create(allocator, 0, callbacks);

	if (array)
		array->head.is_mutable = true;
	return (CFMutableArrayRef)array;
}

/* What a copy does with its values: what the original does, or what objects need if that is the bridge's. */
static const CFArrayCallBacks *
callbacks_of(CFArrayRef array)
{
	return cf_is_own(array, CF_TYPE_ARRAY) ? &((const struct array *)array)->callbacks
					       : &kCFTypeArrayCallBacks;
}

CFMutableArrayRef
CFArrayCreateMutableCopy(CFAllocatorRef allocator, CFIndex capacity, CFArrayRef array)
{
	CFMutableArrayRef copy;
	CFIndex count = CFArrayGetCount(array);

	if (!is_array(array))
		return NULL;
	copy = CFArrayCreateMutable(allocator, capacity, callbacks_of(array));
	CFArrayAppendArray(copy, array, CFRangeMake(0, count));
	if (copy && CFArrayGetCount(copy) != count) {
		CFRelease(copy);
		return NULL;
	}
	return copy;
}

CFArrayRef
CFArrayCreateCopy(CFAllocatorRef allocator, CFArrayRef array)
{
	CFMutableArrayRef copy;

	if (cf_is_own(array, CF_TYPE_ARRAY) && !((const struct array *)array)->head.is_mutable)
		return CFRetain(array);
	copy = CFArrayCreateMutableCopy(allocator, 0, array);
	if (copy)
		((struct array *)copy)->head.is_mutable = false;
	return copy;
}

CFIndex
CFArrayGetCount(CFArrayRef array)
{
	if (cf_is_own(array, CF_TYPE_ARRAY))
		return ((const struct array *)array)->count;
	return cf_is_foreign(array, CF_TYPE_ARRAY) ? cf_bridge->array_get_count(array) : 0;
}

const void *
CFArrayGetValueAtIndex(CFArrayRef array, CFIndex index)
{
	if (index < 0 || index >= CFArrayGetCount(array))
		return NULL;
	if (cf_is_own(array, CF_TYPE_ARRAY))
		return ((const struct array *)array)->values[index];
	return cf_bridge->array_get_value(array, index);
}

void
CFArrayGetValues(CFArrayRef array, CFRange range, const void **values)
{
	if (!values || !is_within(range, CFArrayGetCount(array)))
		return;
	for (CFIndex i = 0; i < range.length; i++)
		values[i] = CFArrayGetValueAtIndex(array, range.location + i);
}

void
CFArrayApplyFunction(CFArrayRef array, CFRange range, CFArrayApplierFunction applier, void *context)
{
	if (!applier || !is_within(range, CFArrayGetCount(array)))
		return;
	for (CFIndex i = 0; i < range.length; i++)
		applier(CFArrayGetValueAtIndex(array, range.location + i), context);
}

static bool
values_are_equal(CFArrayRef array, const void *first, const void *second)
{
	const CFArrayCallBacks *callbacks = callbacks_of(array);

	return first == second || (callbacks->equal && first && second && callbacks->equal(first, second));
}

CFIndex
CFArrayGetFirstIndexOfValue(CFArrayRef array, CFRange range, const void *value)
{
	if (is_within(range, CFArrayGetCount(array)))
		for (CFIndex i = range.location; i < range.location + range.length; i++)
			if (values_are_equal(array, CFArrayGetValueAtIndex(array, i), value))
				return i;
	return kCFNotFound;
}

CFIndex
CFArrayGetLastIndexOfValue(CFArrayRef array, CFRange range, const void *value)
{
	if (is_within(range, CFArrayGetCount(array)))
		for (CFIndex i = range.location + range.length; i-- > range.location;)
			if (values_are_equal(array, CFArrayGetValueAtIndex(array, i), value))
				return i;
	return kCFNotFound;
}

CFIndex
CFArrayGetCountOfValue(CFArrayRef array, CFRange range, const void *value)
{
	CFIndex count = 0;

	if (is_within(range, CFArrayGetCount(array)))
		for (CFIndex i = range.location; i < range.location + range.length; i++)
			count += values_are_equal(array, CFArrayGetValueAtIndex(array, i), value);
	return count;
}

Boolean
CFArrayContainsValue(CFArrayRef array, CFRange range, const void *value)
{
	return CFArrayGetFirstIndexOfValue(array, range, value) != kCFNotFound;
}

CFIndex
CFArrayBSearchValues(CFArrayRef array, CFRange range, const void *value, CFComparatorFunction comparator,
		     void *context)
{
	CFIndex low = range.location, high;

	if (!comparator || !is_within(range, CFArrayGetCount(array)))
		return kCFNotFound;
	high = range.location + range.length;
	while (low < high) {
		CFIndex middle = low + (high - low) / 2;

		if (comparator(CFArrayGetValueAtIndex(array, middle), value, context) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static bool
reserve(struct array *array, CFIndex count)
{
	CFIndex capacity = array->capacity < 8 ? 8 : array->capacity;
	void *values;

	if (count <= array->capacity)
		return true;
	if (count > PTRDIFF_MAX / 2 / (CFIndex)sizeof(void *))
		return false;
	while (capacity < count)
		capacity *= 2;
	values = CFAllocatorReallocate(CFGetAllocator(array), array->values,
				       capacity * (CFIndex)sizeof(void *), 0);
	if (!values)
		return false;
	array->values = values;
	array->capacity = capacity;
	return true;
}

/* The new values are retained first and the old ones released last: they may be the same. */
static void
replace(struct array *array, CFRange range, const void **values, CFIndex count)
{
	CFIndex rest = array->count - range.location - range.length;
	size_t old_size = (size_t)range.length * sizeof(void *);
	const void **old = malloc(old_size + (size_t)count * sizeof(void *) + 1), **new;

	if (!old || !reserve(array, array->count - range.length + count)) {
		free(old);
		return;
	}
	new = old + range.length;
	for (CFIndex i = 0; i < count; i++)
		new[i] = value_retain(array, values[i]);
	if (array->values) {
		const void **place = array->values + range.location;

		memcpy(old, place, old_size);
		memmove(place + count, place + range.length, (size_t)rest * sizeof(void *));
		memcpy(place, new, (size_t)count * sizeof(void *));
	}
	array->count += count - range.length;
	for (CFIndex i = 0; i < range.length; i++)
		value_release(array, old[i]);
	free(old);
}

void
CFArrayReplaceValues(CFMutableArrayRef array, CFRange range, const void **values, CFIndex count)
{
	if (count < 0 || (count && !values) || !is_within(range, CFArrayGetCount(array)) ||
	    count > PTRDIFF_MAX / 4 / (CFIndex)sizeof(void *))
		return;
	if (cf_is_foreign(array, CF_TYPE_ARRAY))
		cf_bridge->array_replace(array, range, values, count);
	else if (cf_is_own_mutable(array, CF_TYPE_ARRAY))
		replace((struct array *)array, range, values, count);
}

void
CFArrayAppendValue(CFMutableArrayRef array, const void *value)
{
	CFArrayReplaceValues(array, CFRangeMake(CFArrayGetCount(array), 0), &value, 1);
}

void
CFArrayInsertValueAtIndex(CFMutableArrayRef array, CFIndex index, const void *value)
{
	CFArrayReplaceValues(array, CFRangeMake(index, 0), &value, 1);
}

void
CFArraySetValueAtIndex(CFMutableArrayRef array, CFIndex index, const void *value)
{
	CFArrayReplaceValues(array, CFRangeMake(index, index != CFArrayGetCount(array)), &value, 1);
}

void
CFArrayRemoveValueAtIndex(CFMutableArrayRef array, CFIndex index)
{
	CFArrayReplaceValues(array, CFRangeMake(index, 1), NULL, 0);
}

void
CFArrayRemoveAllValues(CFMutableArrayRef array)
{
	CFArrayReplaceValues(array, CFRangeMake(0, CFArrayGetCount(array)), NULL, 0);
}

/* The values of a range in memory of their own, to free(3); NULL if it is not within the array. */
static const void **
dup_values(CFArrayRef array, CFRange range)
{
	const void **values;

	if (!is_within(range, CFArrayGetCount(array)))
		return NULL;
	values = malloc((size_t)range.length * sizeof(void *) + 1);
	if (values)
		CFArrayGetValues(array, range, values);
	return values;
}

void
CFArrayAppendArray(CFMutableArrayRef array, CFArrayRef other, CFRange range)
{
	const void **values = dup_values(other, range);

	if (values)
		CFArrayReplaceValues(array, CFRangeMake(CFArrayGetCount(array), 0), values, range.length);
	free(values);
}

void
CFArrayExchangeValuesAtIndices(CFMutableArrayRef array, CFIndex first, CFIndex second)
{
	CFIndex count = CFArrayGetCount(array);
	const void *a = CFArrayGetValueAtIndex(array, first), *b = CFArrayGetValueAtIndex(array, second);

	if (first < 0 || second < 0 || first >= count || second >= count)
		return;
	if (cf_is_own_mutable(array, CF_TYPE_ARRAY)) {
		((struct array *)array)->values[first] = b;
		((struct array *)array)->values[second] = a;
	} else if (cf_is_foreign(array, CF_TYPE_ARRAY)) {
		CFRetain(a);
		CFArraySetValueAtIndex(array, first, b);
		CFArraySetValueAtIndex(array, second, a);
		CFRelease(a);
	}
}

/* Merges two sorted halves, which keeps the order of equal values; whatever @comparator says, it ends. */
static void
sort(const void **values, const void **space, CFIndex count, CFComparatorFunction comparator, void *context)
{
	CFIndex half = count / 2, left = 0, right = half;

	if (count < 2)
		return;
	sort(values, space, half, comparator, context);
	sort(values + half, space, count - half, comparator, context);
	for (CFIndex i = 0; i < count; i++) {
		bool take_left = right == count ||
				 (left < half && comparator(values[left], values[right], context) <= 0);

		space[i] = take_left ? values[left++] : values[right++];
	}
	memcpy(values, space, (size_t)count * sizeof(void *));
}

void
CFArraySortValues(CFMutableArrayRef array, CFRange range, CFComparatorFunction comparator, void *context)
{
	const void **values = comparator ? dup_values(array, range) : NULL;
	const void **space = values ? malloc((size_t)range.length * sizeof(void *) + 1) : NULL;

	if (space) {
		sort(values, space, range.length, comparator, context);
		if (!is_within(range, CFArrayGetCount(array))) /* the comparator changed the array */
			range.length = 0;
		else if (cf_is_own_mutable(array, CF_TYPE_ARRAY))
			memcpy(((struct array *)array)->values + range.location, values,
			       (size_t)range.length * sizeof(void *));
		else
			CFArrayReplaceValues(array, range, values, range.length);
	}
	free(space);
	free(values);
}

static void
array_finalize(CFTypeRef object)
{
	const struct array *array = object;

	for (CFIndex i = 0; i < array->count; i++)
		value_release(array, array->values[i]);
	CFAllocatorDeallocate(CFGetAllocator(array), array->values);
}

static Boolean
array_equal(CFTypeRef first, CFTypeRef second)
{
	CFIndex count = CFArrayGetCount(first);

	if (count != CFArrayGetCount(second))
		return false;
	for (CFIndex i = 0; i < count; i++)
		if (!values_are_equal(first, CFArrayGetValueAtIndex(first, i),
				      CFArrayGetValueAtIndex(second, i)))
			return false;
	return true;
}

static CFHashCode
array_hash(CFTypeRef object)
{
	return (CFHashCode)CFArrayGetCount(object);
}

static CFStringRef
array_copy_description(CFTypeRef object)
{
	const struct array *array = object;
	CFMutableStringRef text = CFStringCreateMutable(NULL, 0);

	CFStringAppendFormat(text, NULL, CFSTR("<CFArray %p [%p]>{type = %s, count = %ld, values = (\n"),
			     object, CFGetAllocator(object), array->head.is_mutable ? "mutable" : "immutable",
			     array->count);
	for (CFIndex i = 0; i < array->count; i++) {
		const void *value = array->values[i];
		CFStringRef part = array->callbacks.copyDescription && value
					   ? array->callbacks.copyDescription(value)
					   : CFStringCreateWithFormat(NULL, NULL, CFSTR("<%p>"), value);

		CFStringAppendFormat(text, NULL, CFSTR("\t%ld : %@\n"), i, part);
		CFRelease(part);
	}
	CFStringAppend(text, CFSTR(")}"));
	return text;
}

const struct cf_class cf_array_class = { .name = "CFArray",
					 .finalize = array_finalize,
					 .equal = array_equal,
					 .hash = array_hash,
					 .copy_description = array_copy_description };
