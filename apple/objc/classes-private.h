/*
 * classes-private.h - the classes that objects of CoreFoundation are of, for Objective-C.
 */
#ifndef OBJC_CLASSES_PRIVATE_H
#define OBJC_CLASSES_PRIVATE_H

#import <Foundation/Foundation.h>

#include <CoreFoundation/CoreFoundation.h>

/* Instances are never allocated by these classes: they are the library's objects, which have no variables here. */
@interface TransomObject : NSObject
@end
@interface TransomString : NSMutableString
@end
/* Of strings that compilers made: its address is __CFConstantStringClassReference. */
@interface TransomConstantString : TransomString
@end
@interface TransomNumber : NSNumber
@end
@interface TransomBoolean : NSNumber
@end
@interface TransomNull : NSNull
@end
@interface TransomData : NSMutableData
@end
@interface TransomDate : NSDate
@end
@interface TransomArray : NSMutableArray
@end
@interface TransomDictionary : NSMutableDictionary
@end
@interface TransomSet : NSMutableSet
@end

/* Puts the bridge into the library, when the classes are there. */
void
bridge_install(void);

#endif /* OBJC_CLASSES_PRIVATE_H */
