/*
 * mach_api.h - the mark of what the library exports.
 */
#ifndef _MACH_API_H_
#define _MACH_API_H_

#define MACH_API extern __attribute__((visibility("default")))

#endif /* _MACH_API_H_ */
