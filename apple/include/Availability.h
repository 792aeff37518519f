/*
 * Availability.h - marks that say in which release of Apple's systems a function came or went. They say
 * nothing here: what these headers declare is there.
 */
#ifndef TRANSOM_APPLE_AVAILABILITY_H
#define TRANSOM_APPLE_AVAILABILITY_H

#include <AvailabilityMacros.h>

#define __API_TO_BE_DEPRECATED 100000

#define API_AVAILABLE(...)
#define API_UNAVAILABLE(...)
#define API_DEPRECATED(...)
#define API_DEPRECATED_WITH_REPLACEMENT(...)
#define API_AVAILABLE_BEGIN(...)
#define API_AVAILABLE_END
#define API_UNAVAILABLE_BEGIN(...)
#define API_UNAVAILABLE_END
#define API_DEPRECATED_BEGIN(...)
#define API_DEPRECATED_END
#define SPI_AVAILABLE(...)
#define SPI_DEPRECATED(...)

#define __OSX_AVAILABLE(version)
#define __OSX_AVAILABLE_STARTING(mac, phone)
#define __OSX_AVAILABLE_BUT_DEPRECATED(mac, macgone, phone, phonegone)
#define __OSX_AVAILABLE_BUT_DEPRECATED_MSG(mac, macgone, phone, phonegone, message)
#define __OSX_DEPRECATED(first, last, message)
#define __IOS_AVAILABLE(version)
#define __TVOS_AVAILABLE(version)
#define __WATCHOS_AVAILABLE(version)

#endif /* TRANSOM_APPLE_AVAILABILITY_H */
