/*
 * CoreGraphics.h - as much of it as CoreVideo's prototypes need.
 */
#ifndef TRANSOM_COREGRAPHICS_COREGRAPHICS_H
#define TRANSOM_COREGRAPHICS_COREGRAPHICS_H

#include <CoreGraphics/CGBase.h>
#include <CoreGraphics/CGColorSpace.h>
#include <CoreGraphics/CGGeometry.h>

#endif /* TRANSOM_COREGRAPHICS_COREGRAPHICS_H */
