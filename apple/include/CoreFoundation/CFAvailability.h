/*
 * CFAvailability.h - the macros with which headers and programs declare enumerations and say what is
 * available. All is.
 */
#ifndef TRANSOM_COREFOUNDATION_CFAVAILABILITY_H
#define TRANSOM_COREFOUNDATION_CFAVAILABILITY_H

#include <Availability.h>
#include <TargetConditionals.h>

#define CF_AVAILABLE(mac, phone)
#define CF_AVAILABLE_MAC(mac)
#define CF_AVAILABLE_IOS(phone)
#define CF_DEPRECATED(macfirst, maclast, phonefirst, phonelast, ...)
#define CF_DEPRECATED_MAC(first, last, ...)
#define CF_DEPRECATED_IOS(first, last, ...)
#define CF_ENUM_AVAILABLE(mac, phone)
#define CF_ENUM_AVAILABLE_MAC(mac)
#define CF_ENUM_DEPRECATED(macfirst, maclast, phonefirst, phonelast, ...)
#define CF_SWIFT_NAME(name)
#define CF_SWIFT_UNAVAILABLE(message)
#define CF_REFINED_FOR_SWIFT

/* typedef CF_ENUM(CFIndex, Name) { … }; makes Name that integer type, in C++ too: flags combine without casts. */
#define CF_ENUM_PICK_(first, second, macro, ...) macro
#define CF_ENUM_NAMED_(type, name)                                                                           \
	type name;                                                                                           \
	enum
#define CF_ENUM_PLAIN_(type) enum
#define CF_ENUM(...) CF_ENUM_PICK_(__VA_ARGS__, CF_ENUM_NAMED_, CF_ENUM_PLAIN_, 0)(__VA_ARGS__)
#define CF_CLOSED_ENUM(type, name) CF_ENUM_NAMED_(type, name)
#define CF_OPTIONS(type, name) CF_ENUM_NAMED_(type, name)

#define CF_STRING_ENUM
#define CF_EXTENSIBLE_STRING_ENUM
#define CF_TYPED_ENUM
#define CF_TYPED_EXTENSIBLE_ENUM

#endif /* TRANSOM_COREFOUNDATION_CFAVAILABILITY_H */
