/*
 * CGGeometry.h - points, sizes and rectangles.
 */
#ifndef TRANSOM_COREGRAPHICS_CGGEOMETRY_H
#define TRANSOM_COREGRAPHICS_CGGEOMETRY_H

#include <CoreGraphics/CGBase.h>

typedef struct CGPoint {
	CGFloat x;
	CGFloat y;
} CGPoint;

typedef struct CGSize {
	CGFloat width;
	CGFloat height;
} CGSize;

typedef struct CGRect {
	CGPoint origin;
	CGSize size;
} CGRect;

CF_INLINE CGPoint
CGPointMake(CGFloat x, CGFloat y)
{
	CGPoint point;

	point.x = x;
	point.y = y;
	return point;
}

CF_INLINE CGSize
CGSizeMake(CGFloat width, CGFloat height)
{
	CGSize size;

	size.width = width;
	size.height = height;
	return size;
}

CF_INLINE CGRect
CGRectMake(CGFloat x, CGFloat y, CGFloat width, CGFloat height)
{
	CGRect rect;

	rect.origin = CGPointMake(x, y);
	rect.size = CGSizeMake(width, height);
	return rect;
}

#endif /* TRANSOM_COREGRAPHICS_CGGEOMETRY_H */
