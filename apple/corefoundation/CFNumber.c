/* CFNumber.c - numbers of all C types as one, and truth values. */
#include <inttypes.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <CoreFoundation/CFNumber.h>

#include "CFString-private.h"
#include "types-private.h"

struct boolean {
	struct cf_object head;
};
static struct boolean the_false = { CF_CONSTANT_HEAD(CF_TYPE_BOOLEAN) };
static struct boolean the_true = { CF_CONSTANT_HEAD(CF_TYPE_BOOLEAN) };
const CFBooleanRef kCFBooleanFalse = (CFBooleanRef)&the_false;
const CFBooleanRef kCFBooleanTrue = (CFBooleanRef)&the_true;
struct cf_object *const cf_boolean_constants[2] = { &the_false.head, &the_true.head };

/* Either an integer or a real; floats of 32 bits are kept as the real that they are exactly. */
struct number {
	struct cf_object head;
	CFNumberType type; /* one with a size in its name */
	union {
		int64_t integer;
		double real;
	};
};
#define DEFINE_NUMBER(name, value)                                                                           \
	static struct number the_##name = { CF_CONSTANT_HEAD(CF_TYPE_NUMBER),                                \
					    kCFNumberFloat64Type,                                            \
					    { .real = value } };                                             \
	const CFNumberRef name = (CFNumberRef)&the_##name
DEFINE_NUMBER(kCFNumberPositiveInfinity, INFINITY);
DEFINE_NUMBER(kCFNumberNegativeInfinity, -INFINITY);
DEFINE_NUMBER(kCFNumberNaN, NAN);
struct cf_object *const cf_number_constants[3] = { &the_kCFNumberPositiveInfinity.head,
						   &the_kCFNumberNegativeInfinity.head,
						   &the_kCFNumberNaN.head };

CFTypeID
CFBooleanGetTypeID(void)
{
	return CF_TYPE_BOOLEAN;
}

Boolean
CFBooleanGetValue(CFBooleanRef boolean)
{
	if (cf_is_foreign(boolean, CF_TYPE_BOOLEAN))
		return cf_bridge->boolean_get_value(boolean);
	return boolean == kCFBooleanTrue;
}

static CFHashCode
boolean_hash(CFTypeRef object)
{
	return CFBooleanGetValue(object);
}

static CFStringRef
boolean_copy_text(CFTypeRef object)
{
	return CFBooleanGetValue(object) ? CFSTR("true") : CFSTR("false");
}

static CFStringRef
boolean_copy_description(CFTypeRef object)
{
	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<CFBoolean %p [%p]>{value = %s}"), object,
					CFGetAllocator(object), CFBooleanGetValue(object) ? "true" : "false");
}

const struct cf_class cf_boolean_class = { .name = "CFBoolean",
					   .hash = boolean_hash,
					   .copy_description = boolean_copy_description,
					   .copy_text = boolean_copy_text };

/* The type that is stored for @type; 0 for what is no type. */
static CFNumberType
stored_type(CFNumberType type)
{
	static const CFNumberType stored[] = {
		[kCFNumberSInt8Type] = kCFNumberSInt8Type,      [kCFNumberSInt16Type] = kCFNumberSInt16Type,
		[kCFNumberSInt32Type] = kCFNumberSInt32Type,    [kCFNumberSInt64Type] = kCFNumberSInt64Type,
		[kCFNumberFloat32Type] = kCFNumberFloat32Type,  [kCFNumberFloat64Type] = kCFNumberFloat64Type,
		[kCFNumberCharType] = kCFNumberSInt8Type,       [kCFNumberShortType] = kCFNumberSInt16Type,
		[kCFNumberIntType] = kCFNumberSInt32Type,       [kCFNumberLongType] = kCFNumberSInt64Type,
		[kCFNumberLongLongType] = kCFNumberSInt64Type,  [kCFNumberFloatType] = kCFNumberFloat32Type,
		[kCFNumberDoubleType] = kCFNumberFloat64Type,   [kCFNumberCFIndexType] = kCFNumberSInt64Type,
		[kCFNumberNSIntegerType] = kCFNumberSInt64Type, [kCFNumberCGFloatType] = kCFNumberFloat64Type,
	};
	_Static_assert(sizeof(long) == 8 && sizeof(CFIndex) == 8, "the types without a size have 64 bits");

	return type > 0 && type <= kCFNumberMaxType ? stored[type] : 0;
}

static bool
is_real(CFNumberType type)
{
	return type == kCFNumberFloat32Type || type == kCFNumberFloat64Type;
}

/* Reads a value of a stored type from where it may have no alignment. */
static void
number_read(struct number *number, CFNumberType type, const void *value)
{
	union {
		int8_t i8;
		int16_t i16;
		int32_t i32;
		int64_t i64;
		float f32;
		double f64;
	} bits;

	number->type = type;
	switch (type) {
	case kCFNumberSInt8Type:
		memcpy(&bits, value, 1);
		number->integer = bits.i8;
		break;
	case kCFNumberSInt16Type:
		memcpy(&bits, value, 2);
		number->integer = bits.i16;
		break;
	case kCFNumberSInt32Type:
		memcpy(&bits, value, 4);
		number->integer = bits.i32;
		break;
	case kCFNumberSInt64Type:
		memcpy(&bits, value, 8);
		number->integer = bits.i64;
		break;
	case kCFNumberFloat32Type:
		memcpy(&bits, value, 4);
		number->real = bits.f32;
		break;
	default:
		memcpy(&bits, value, 8);
		number->real = bits.f64;
	}
}

/* A number of ours as it is, one of the bridge's in @copy; NULL for what is none. */
static const struct number *
number_open(CFTypeRef ref, struct number *copy)
{
	uint64_t value = 0;

	if (cf_is_own(ref, CF_TYPE_NUMBER))
		return ref;
	if (!cf_is_foreign(ref, CF_TYPE_NUMBER))
		return NULL;
	cf_bridge->number_get_value(ref, &value);
	number_read(copy, stored_type(cf_bridge->number_get_type(ref)), &value);
	return copy;
}

CFTypeID
CFNumberGetTypeID(void)
{
	return CF_TYPE_NUMBER;
}

CFNumberRef
CFNumberCreate(CFAllocatorRef allocator, CFNumberType type, const void *value)
{
	CFNumberType stored = stored_type(type);
	struct number *number;

	if (!stored || !value)
		return NULL;
	number = cf_object_create(allocator, CF_TYPE_NUMBER, sizeof(*number));
	if (number)
		number_read(number, stored, value);
	return (CFNumberRef)number;
}

CFNumberType
CFNumberGetType(CFNumberRef ref)
{
	struct number copy;
	const struct number *number = number_open(ref, &copy);

	return number ? number->type : 0;
}

static CFIndex
size_of(CFNumberType stored)
{
	static const CFIndex sizes[] = { 0, 1, 2, 4, 8, 4, 8 };

	return sizes[stored];
}

CFIndex
CFNumberGetByteSize(CFNumberRef ref)
{
	return size_of(CFNumberGetType(ref));
}

Boolean
CFNumberIsFloatType(CFNumberRef ref)
{
	return is_real(CFNumberGetType(ref));
}

/* Cuts a real towards 0, and to what 64 bits hold. Returns whether nothing was lost. */
static bool
cut_real(double real, int64_t *ret)
{
	if (isnan(real)) {
		*ret = 0;
		return false;
	}
	if (real >= 0x1p63 || real < -0x1p63) {
		*ret = real > 0 ? INT64_MAX : INT64_MIN;
		return false;
	}
	*ret = (int64_t)real;
	return (double)*ret == real;
}

static bool
write_integer(const struct number *number, CFNumberType stored, void *value)
{
	CFIndex size = size_of(stored);
	int64_t most = size == 8 ? INT64_MAX : (INT64_C(1) << (size * 8 - 1)) - 1;
	int64_t integer = number->integer, cut;
	bool is_exact = !is_real(number->type) || cut_real(number->real, &integer);

	cut = integer > most ? most : integer < -most - 1 ? -most - 1 : integer;
	switch (stored) {
	case kCFNumberSInt8Type:
		memcpy(value, &(int8_t){ (int8_t)cut }, 1);
		break;
	case kCFNumberSInt16Type:
		memcpy(value, &(int16_t){ (int16_t)cut }, 2);
		break;
	case kCFNumberSInt32Type:
		memcpy(value, &(int32_t){ (int32_t)cut }, 4);
		break;
	default:
		memcpy(value, &cut, 8);
	}
	return is_exact && cut == integer;
}

/* Whether a real says the same as the number that it was made of. */
static bool
real_is_exact(const struct number *number, double real)
{
	int64_t back;

	if (is_real(number->type))
		return real == number->real || (isnan(real) && isnan(number->real));
	return cut_real(real, &back) && back == number->integer;
}

static bool
write_real(const struct number *number, CFNumberType stored, void *value)
{
	double real = is_real(number->type) ? number->real : (double)number->integer;
	float narrow;

	if (stored == kCFNumberFloat64Type) {
		memcpy(value, &real, 8);
		return real_is_exact(number, real);
	}
	narrow = is_real(number->type) ? (float)number->real : (float)number->integer;
	memcpy(value, &narrow, 4);
	return real_is_exact(number, narrow);
}

Boolean
CFNumberGetValue(CFNumberRef ref, CFNumberType type, void *value)
{
	CFNumberType stored = stored_type(type);
	struct number copy;
	const struct number *number = number_open(ref, &copy);

	if (!number || !stored || !value)
		return false;
	return is_real(stored) ? write_real(number, stored, value) : write_integer(number, stored, value);
}

static CFComparisonResult
order(bool less, bool greater)
{
	return less ? kCFCompareLessThan : greater ? kCFCompareGreaterThan : kCFCompareEqualTo;
}

/* Exact also where a double has no room for the integer. */
static CFComparisonResult
compare_integer_with_real(int64_t integer, double real)
{
	int64_t cut;

	if (isnan(real))
		return kCFCompareGreaterThan;
	if (real >= 0x1p63 || real < -0x1p63)
		return order(real > 0, real < 0);
	cut = (int64_t)real;
	if (integer != cut)
		return order(integer < cut, true);
	return order((double)cut<real, (double)cut> real);
}

static CFComparisonResult
compare_reals(double first, double second)
{
	if (isnan(first) || isnan(second))
		return order(isnan(first) && !isnan(second), isnan(second) && !isnan(first));
	return order(first<second, first> second);
}

static CFComparisonResult
numbers_compare(const struct number *first, const struct number *second)
{
	if (is_real(first->type) && is_real(second->type))
		return compare_reals(first->real, second->real);
	if (is_real(first->type))
		return -compare_integer_with_real(second->integer, first->real);
	if (is_real(second->type))
		return compare_integer_with_real(first->integer, second->real);
	return order(first->integer<second->integer, first->integer> second->integer);
}

CFComparisonResult
CFNumberCompare(CFNumberRef ref, CFNumberRef other_ref, void *context)
{
	struct number copies[2];
	const struct number *number = number_open(ref, &copies[0]),
			    *other = number_open(other_ref, &copies[1]);

	if (!number || !other)
		return order(!number && other, number && !other);
	return numbers_compare(number, other);
}

static Boolean
number_equal(CFTypeRef first, CFTypeRef second)
{
	return numbers_compare(first, second) == kCFCompareEqualTo;
}

/* Equal numbers of different types have one hash. */
static CFHashCode
number_hash(CFTypeRef object)
{
	const struct number *number = object;
	uint64_t bits;
	int64_t integer = number->integer;

	if (is_real(number->type) && !cut_real(number->real, &integer)) {
		if (isnan(number->real))
			return 1;
		memcpy(&bits, &number->real, sizeof(bits));
		return bits * 0x9e3779b97f4a7c15u;
	}
	return (uint64_t)integer * 0x9e3779b97f4a7c15u;
}

/* The shortest digits that give the same number again. */
static void
print_real(double real, char text[static 40])
{
	locale_t before = uselocale(plain_locale());

	for (int digits = 1; digits <= 17; digits++) {
		snprintf(text, 40, "%.*g", digits, real);
		if (isnan(real) || strtod(text, NULL) == real)
			break;
	}
	uselocale(before);
}

static void
print_number(const struct number *number, char text[static 40])
{
	if (is_real(number->type))
		print_real(number->real, text);
	else
		snprintf(text, 40, "%" PRId64, number->integer);
}

static CFStringRef
number_copy_text(CFTypeRef object)
{
	char text[40];

	print_number(object, text);
	return CFStringCreateWithCString(NULL, text, kCFStringEncodingASCII);
}

static CFStringRef
number_copy_description(CFTypeRef object)
{
	static const char *const names[] = { "",
					     "kCFNumberSInt8Type",
					     "kCFNumberSInt16Type",
					     "kCFNumberSInt32Type",
					     "kCFNumberSInt64Type",
					     "kCFNumberFloat32Type",
					     "kCFNumberFloat64Type" };
	const struct number *number = object;
	char text[40];

	print_number(number, text);
	return CFStringCreateWithFormat(NULL, NULL, CFSTR("<CFNumber %p [%p]>{value = %s%s, type = %s}"),
					object, CFGetAllocator(object), text[0] == '-' ? "" : "+", text,
					names[number->type]);
}

const struct cf_class cf_number_class = { .name = "CFNumber",
					  .equal = number_equal,
					  .hash = number_hash,
					  .copy_description = number_copy_description,
					  .copy_text = number_copy_text };
