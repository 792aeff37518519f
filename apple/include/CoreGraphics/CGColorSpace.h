/*
 * CGColorSpace.h - the name of a type alone: CoreVideo hands colour spaces through and makes none.
 */
#ifndef TRANSOM_COREGRAPHICS_CGCOLORSPACE_H
#define TRANSOM_COREGRAPHICS_CGCOLORSPACE_H

typedef struct CGColorSpace *CGColorSpaceRef;

#endif /* TRANSOM_COREGRAPHICS_CGCOLORSPACE_H */
