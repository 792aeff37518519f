/* property-list.c - values that anyone may have written become objects of CoreFoundation, and come back as they were. */
#include <string.h>

#include <CoreFoundation/CoreFoundation.h>

#include "fuzz.h"
#include "property-list-private.h"

/* But for dates, which count from another year there, and are rounded. */
static void
insist_on_equal(struct transom_value *one, struct transom_value *other)
{
	int count = transom_value_get_count(one);

	insist(transom_value_get_type(one) == transom_value_get_type(other));
	switch (transom_value_get_type(one)) {
	case TRANSOM_VALUE_DATE:
		break;
	case TRANSOM_VALUE_ARRAY:
		insist(transom_value_get_count(other) == count);
		for (int i = 0; i < count; i++)
			insist_on_equal(transom_value_get_item(one, (size_t)i),
					transom_value_get_item(other, (size_t)i));
		break;
	case TRANSOM_VALUE_DICTIONARY:
		insist(transom_value_get_count(other) == count);
		for (int i = 0; i < count; i++) {
			const char *key = transom_value_get_key(one, (size_t)i);

			insist(!strcmp(key, transom_value_get_key(other, (size_t)i)));
			insist_on_equal(transom_value_get_value(one, key),
					transom_value_get_value(other, key));
		}
		break;
	default:
		insist(transom_value_equal(one, other));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transom_value *value = NULL, *again = NULL;
	CFTypeRef object, copy;
	CFStringRef text;

	if (transom_value_decode(data, size, &value) < 0)
		return 0;
	object = property_list_create(NULL, value);
	insist(object && property_list_is(object));
	text = CFCopyDescription(object);
	insist(text);
	CFRelease(text);
	insist(property_list_to_value(object, &again) == 0);
	insist_on_equal(value, again);
	copy = property_list_create(NULL, value);
	insist(CFHash(object) == CFHash(copy));
	CFRelease(copy);
	CFRelease(object);
	transom_value_unref(again);
	transom_value_unref(value);
	return 0;
}
