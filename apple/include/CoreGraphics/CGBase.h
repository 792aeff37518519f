/*
 * CGBase.h - the number type of geometry.
 */
#ifndef TRANSOM_COREGRAPHICS_CGBASE_H
#define TRANSOM_COREGRAPHICS_CGBASE_H

#include <CoreFoundation/CFBase.h>

#if defined(__LP64__) && __LP64__
typedef double CGFloat;
#define CGFLOAT_IS_DOUBLE 1
#else
typedef float CGFloat;
#define CGFLOAT_IS_DOUBLE 0
#endif
#define CGFLOAT_DEFINED 1

#endif /* TRANSOM_COREGRAPHICS_CGBASE_H */
