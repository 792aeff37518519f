/* classes.m - CoreFoundation's objects as Objective-C sees them: what a class cluster asks of its members. */
#include "classes-private.h"

/* References are CoreFoundation's own. */
#define REFERENCES                                                                                           \
	-(id)retain                                                                                          \
	{                                                                                                    \
		CFRetain((CFTypeRef)self);                                                                   \
		return self;                                                                                 \
	}                                                                                                    \
	-(oneway void)release                                                                                \
	{                                                                                                    \
		CFRelease((CFTypeRef)self);                                                                  \
	}                                                                                                    \
	-(NSUInteger)retainCount                                                                             \
	{                                                                                                    \
		return (NSUInteger)CFGetRetainCount((CFTypeRef)self);                                        \
	}

#define COPIES(copy, mutable_copy)                                                                           \
	-(id)copyWithZone : (NSZone *)zone                                                                   \
	{                                                                                                    \
		return (id)copy;                                                                             \
	}                                                                                                    \
	-(id)mutableCopyWithZone : (NSZone *)zone                                                            \
	{                                                                                                    \
		return (id)mutable_copy;                                                                     \
	}

/* A collection has one item more or less, or its object cannot change. */
static void
check_changed(id object, CFIndex have, CFIndex want)
{
	if (have != want)
		[NSException raise:NSInternalInconsistencyException
			    format:@"%@ cannot change so", NSStringFromClass([object class])];
}

static void
check_index(NSUInteger index, CFIndex count)
{
	if (index >= (NSUInteger)count)
		[NSException raise:NSRangeException
			    format:@"index %lu is not below %ld", (unsigned long)index, (long)count];
}

@implementation TransomObject
REFERENCES

/* Before main() and the constructors of the program, since the libraries that it needs are loaded first. */
+ (void)load
{
	bridge_install();
}

- (BOOL)isEqual:(id)other
{
	return CFEqual((CFTypeRef)self, (CFTypeRef)other);
}

- (NSUInteger)hash
{
	return CFHash((CFTypeRef)self);
}

- (NSString *)description
{
	return [(id)CFCopyDescription((CFTypeRef)self) autorelease];
}

@end

@implementation TransomString
REFERENCES
COPIES(CFStringCreateCopy(NULL, (CFStringRef)self), CFStringCreateMutableCopy(NULL, 0, (CFStringRef)self))

- (NSUInteger)length
{
	return (NSUInteger)CFStringGetLength((CFStringRef)self);
}

- (unichar)characterAtIndex:(NSUInteger)index
{
	check_index(index, CFStringGetLength((CFStringRef)self));
	return CFStringGetCharacterAtIndex((CFStringRef)self, (CFIndex)index);
}

- (void)getCharacters:(unichar *)buffer range:(NSRange)range
{
	if (range.length)
		check_index(NSMaxRange(range) - 1, CFStringGetLength((CFStringRef)self));
	CFStringGetCharacters((CFStringRef)self, CFRangeMake((CFIndex)range.location, (CFIndex)range.length), buffer);
}

- (void)replaceCharactersInRange:(NSRange)range withString:(NSString *)string
{
	CFIndex length = CFStringGetLength((CFStringRef)self), more = (CFIndex)[string length];

	if (range.length)
		check_index(NSMaxRange(range) - 1, length);
	CFStringReplace((CFMutableStringRef)self, CFRangeMake((CFIndex)range.location, (CFIndex)range.length),
			(CFStringRef)string);
	check_changed(self, CFStringGetLength((CFStringRef)self), length - (CFIndex)range.length + more);
}

@end

/* Programs' constants refer to this name, and so does the library below: the class is what they find. */
__asm__(".globl __CFConstantStringClassReference\n"
	".type __CFConstantStringClassReference, %object\n"
	".set __CFConstantStringClassReference, _OBJC_Class_TransomConstantString\n");
@implementation TransomConstantString
@end

#define VALUE(type, name, number_type)                                                                       \
	-(type)name                                                                                          \
	{                                                                                                    \
		type value = 0;                                                                              \
		CFNumberGetValue((CFNumberRef)self, number_type, &value);                                    \
		return value;                                                                                \
	}
#define UNSIGNED(type, name)                                                                                 \
	-(type)name                                                                                          \
	{                                                                                                    \
		return (type)[self longLongValue];                                                           \
	}

@implementation TransomNumber
REFERENCES
VALUE(signed char, charValue, kCFNumberSInt8Type)
VALUE(short, shortValue, kCFNumberSInt16Type)
VALUE(int, intValue, kCFNumberSInt32Type)
VALUE(long, longValue, kCFNumberLongType)
VALUE(long long, longLongValue, kCFNumberSInt64Type)
VALUE(NSInteger, integerValue, kCFNumberNSIntegerType)
VALUE(float, floatValue, kCFNumberFloatType)
VALUE(double, doubleValue, kCFNumberDoubleType)
UNSIGNED(unsigned char, unsignedCharValue)
UNSIGNED(unsigned short, unsignedShortValue)
UNSIGNED(unsigned int, unsignedIntValue)
UNSIGNED(unsigned long, unsignedLongValue)
UNSIGNED(unsigned long long, unsignedLongLongValue)
UNSIGNED(NSUInteger, unsignedIntegerValue)

- (BOOL)boolValue
{
	return [self doubleValue] != 0;
}

- (const char *)objCType
{
	static const char *const types[] = { "q", "c", "s", "i", "q", "f", "d" };

	return types[CFNumberGetType((CFNumberRef)self)];
}

- (void)getValue:(void *)value
{
	CFNumberGetValue((CFNumberRef)self, CFNumberGetType((CFNumberRef)self), value);
}

- (NSComparisonResult)compare:(NSNumber *)other
{
	return (NSComparisonResult)CFNumberCompare((CFNumberRef)self, (CFNumberRef)other, NULL);
}

- (BOOL)isEqualToNumber:(NSNumber *)other
{
	return other && [self compare:other] == NSOrderedSame;
}

- (BOOL)isEqual:(id)other
{
	return [other isKindOfClass:[NSNumber class]] && [self isEqualToNumber:other];
}

/* That of an equal number of GNUstep's, which has it from the number as a double. */
- (NSUInteger)hash
{
	return [[NSNumber numberWithDouble:[self doubleValue]] hash];
}

- (NSString *)stringValue
{
	return [self description];
}

- (NSString *)descriptionWithLocale:(id)locale
{
	return [self description];
}

- (NSString *)description
{
	return [(id)CFStringCreateWithFormat(NULL, NULL, CFSTR("%@"), self) autorelease];
}

- (id)copyWithZone:(NSZone *)zone
{
	return [self retain];
}

@end

@implementation TransomBoolean
REFERENCES

- (BOOL)boolValue
{
	return CFBooleanGetValue((CFBooleanRef)self);
}

#define TRUTH(type, name)                                                                                    \
	-(type)name                                                                                          \
	{                                                                                                    \
		return CFBooleanGetValue((CFBooleanRef)self);                                                \
	}
TRUTH(signed char, charValue)
TRUTH(short, shortValue)
TRUTH(int, intValue)
TRUTH(long, longValue)
TRUTH(long long, longLongValue)
TRUTH(NSInteger, integerValue)
TRUTH(float, floatValue)
TRUTH(double, doubleValue)
TRUTH(unsigned char, unsignedCharValue)
TRUTH(unsigned short, unsignedShortValue)
TRUTH(unsigned int, unsignedIntValue)
TRUTH(unsigned long, unsignedLongValue)
TRUTH(unsigned long long, unsignedLongLongValue)
TRUTH(NSUInteger, unsignedIntegerValue)

- (const char *)objCType
{
	return "c";
}

- (void)getValue:(void *)value
{
	*(signed char *)value = [self charValue];
}

- (NSComparisonResult)compare:(NSNumber *)other
{
	double mine = [self doubleValue], theirs = [other doubleValue];

	return mine < theirs ? NSOrderedAscending : mine > theirs ? NSOrderedDescending : NSOrderedSame;
}

- (BOOL)isEqualToNumber:(NSNumber *)other
{
	return other && [self compare:other] == NSOrderedSame;
}

- (BOOL)isEqual:(id)other
{
	return [other isKindOfClass:[NSNumber class]] && [self isEqualToNumber:other];
}

- (NSUInteger)hash
{
	return [[NSNumber numberWithBool:[self boolValue]] hash];
}

- (NSString *)description
{
	return [self boolValue] ? @"1" : @"0";
}

- (id)copyWithZone:(NSZone *)zone
{
	return self;
}

@end

@implementation TransomNull
REFERENCES

- (BOOL)isEqual:(id)other
{
	return [other isKindOfClass:[NSNull class]];
}

- (NSUInteger)hash
{
	return [[NSNull null] hash];
}

- (id)copyWithZone:(NSZone *)zone
{
	return self;
}

@end

@implementation TransomData
REFERENCES
COPIES(CFDataCreateCopy(NULL, (CFDataRef)self), CFDataCreateMutableCopy(NULL, 0, (CFDataRef)self))

- (NSUInteger)length
{
	return (NSUInteger)CFDataGetLength((CFDataRef)self);
}

- (const void *)bytes
{
	return CFDataGetBytePtr((CFDataRef)self);
}

- (void *)mutableBytes
{
	return CFDataGetMutableBytePtr((CFMutableDataRef)self);
}

- (void)setLength:(NSUInteger)length
{
	CFDataSetLength((CFMutableDataRef)self, (CFIndex)length);
	check_changed(self, CFDataGetLength((CFDataRef)self), (CFIndex)length);
}

@end

@implementation TransomDate
REFERENCES

- (NSTimeInterval)timeIntervalSinceReferenceDate
{
	return CFDateGetAbsoluteTime((CFDateRef)self);
}

- (id)copyWithZone:(NSZone *)zone
{
	return [self retain];
}

@end

@implementation TransomArray
REFERENCES
COPIES(CFArrayCreateCopy(NULL, (CFArrayRef)self), CFArrayCreateMutableCopy(NULL, 0, (CFArrayRef)self))

- (NSUInteger)count
{
	return (NSUInteger)CFArrayGetCount((CFArrayRef)self);
}

- (id)objectAtIndex:(NSUInteger)index
{
	check_index(index, CFArrayGetCount((CFArrayRef)self));
	return (id)CFArrayGetValueAtIndex((CFArrayRef)self, (CFIndex)index);
}

- (void)replaceValuesInRange:(CFRange)range with:(const void **)values count:(CFIndex)count
{
	CFIndex before = CFArrayGetCount((CFArrayRef)self);

	CFArrayReplaceValues((CFMutableArrayRef)self, range, values, count);
	if (count != range.length)
		check_changed(self, CFArrayGetCount((CFArrayRef)self), before - range.length + count);
}

- (void)addObject:(id)object
{
	[self insertObject:object atIndex:[self count]];
}

- (void)insertObject:(id)object atIndex:(NSUInteger)index
{
	const void *value = object;

	check_index(index, CFArrayGetCount((CFArrayRef)self) + 1);
	[self replaceValuesInRange:CFRangeMake((CFIndex)index, 0) with:&value count:1];
}

- (void)replaceObjectAtIndex:(NSUInteger)index withObject:(id)object
{
	const void *value = object;

	check_index(index, CFArrayGetCount((CFArrayRef)self));
	[self replaceValuesInRange:CFRangeMake((CFIndex)index, 1) with:&value count:1];
}

- (void)removeObjectAtIndex:(NSUInteger)index
{
	check_index(index, CFArrayGetCount((CFArrayRef)self));
	[self replaceValuesInRange:CFRangeMake((CFIndex)index, 1) with:NULL count:0];
}

- (void)removeLastObject
{
	[self removeObjectAtIndex:[self count] - 1];
}

@end

@implementation TransomDictionary
REFERENCES
COPIES(CFDictionaryCreateCopy(NULL, (CFDictionaryRef)self), CFDictionaryCreateMutableCopy(NULL, 0, (CFDictionaryRef)self))

- (NSUInteger)count
{
	return (NSUInteger)CFDictionaryGetCount((CFDictionaryRef)self);
}

- (id)objectForKey:(id)key
{
	return (id)CFDictionaryGetValue((CFDictionaryRef)self, key);
}

/* The keys, or else the values. */
- (NSArray *)all:(BOOL)keys
{
	NSUInteger count = [self count];
	NSMutableData *room = [NSMutableData dataWithLength:count * sizeof(id)];
	const void **all = [room mutableBytes];

	CFDictionaryGetKeysAndValues((CFDictionaryRef)self, keys ? all : NULL, keys ? NULL : all);
	return [NSArray arrayWithObjects:(id *)all count:count];
}

- (NSArray *)allKeys
{
	return [self all:YES];
}

- (NSEnumerator *)keyEnumerator
{
	return [[self all:YES] objectEnumerator];
}

- (NSEnumerator *)objectEnumerator
{
	return [[self all:NO] objectEnumerator];
}

- (void)setObject:(id)object forKey:(id)key
{
	id copy = [key copyWithZone:NULL];

	CFDictionarySetValue((CFMutableDictionaryRef)self, copy, object);
	[copy release];
	check_changed(self, CFDictionaryGetValue((CFDictionaryRef)self, key) == object, true);
}

- (void)removeObjectForKey:(id)key
{
	CFDictionaryRemoveValue((CFMutableDictionaryRef)self, key);
	check_changed(self, CFDictionaryContainsKey((CFDictionaryRef)self, key), false);
}

@end

@implementation TransomSet
REFERENCES
COPIES(CFSetCreateCopy(NULL, (CFSetRef)self), CFSetCreateMutableCopy(NULL, 0, (CFSetRef)self))

- (NSUInteger)count
{
	return (NSUInteger)CFSetGetCount((CFSetRef)self);
}

- (id)member:(id)object
{
	return (id)CFSetGetValue((CFSetRef)self, object);
}

- (NSEnumerator *)objectEnumerator
{
	NSUInteger count = [self count];
	NSMutableData *room = [NSMutableData dataWithLength:count * sizeof(id)];

	CFSetGetValues((CFSetRef)self, [room mutableBytes]);
	return [[NSArray arrayWithObjects:(id *)[room mutableBytes] count:count] objectEnumerator];
}

- (void)addObject:(id)object
{
	CFSetAddValue((CFMutableSetRef)self, object);
	check_changed(self, CFSetContainsValue((CFSetRef)self, object), true);
}

- (void)removeObject:(id)object
{
	CFSetRemoveValue((CFMutableSetRef)self, object);
	check_changed(self, CFSetContainsValue((CFSetRef)self, object), false);
}

@end
