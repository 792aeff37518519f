/*
 * CVPixelFormatDescription.h - what pixel formats are made of.
 */
#ifndef TRANSOM_COREVIDEO_CVPIXELFORMATDESCRIPTION_H
#define TRANSOM_COREVIDEO_CVPIXELFORMATDESCRIPTION_H

#include <CoreFoundation/CFArray.h>
#include <CoreVideo/CVPixelBuffer.h>

CF_EXTERN_C_BEGIN

CV_EXPORT const CFStringRef kCVPixelFormatName;
CV_EXPORT const CFStringRef kCVPixelFormatConstant;
CV_EXPORT const CFStringRef kCVPixelFormatCodecType;
CV_EXPORT const CFStringRef kCVPixelFormatFourCC;
CV_EXPORT const CFStringRef kCVPixelFormatContainsAlpha;
CV_EXPORT const CFStringRef kCVPixelFormatContainsYCbCr;
CV_EXPORT const CFStringRef kCVPixelFormatContainsRGB;
CV_EXPORT const CFStringRef kCVPixelFormatContainsGrayscale;
CV_EXPORT const CFStringRef kCVPixelFormatContainsSenselArray;
CV_EXPORT const CFStringRef kCVPixelFormatComponentRange;
CV_EXPORT const CFStringRef kCVPixelFormatComponentRange_VideoRange;
CV_EXPORT const CFStringRef kCVPixelFormatComponentRange_FullRange;
CV_EXPORT const CFStringRef kCVPixelFormatComponentRange_WideRange;
CV_EXPORT const CFStringRef kCVPixelFormatPlanes;
CV_EXPORT const CFStringRef kCVPixelFormatBlockWidth;
CV_EXPORT const CFStringRef kCVPixelFormatBlockHeight;
CV_EXPORT const CFStringRef kCVPixelFormatBitsPerBlock;
CV_EXPORT const CFStringRef kCVPixelFormatBlockHorizontalAlignment;
CV_EXPORT const CFStringRef kCVPixelFormatBlockVerticalAlignment;
CV_EXPORT const CFStringRef kCVPixelFormatBlackBlock;
CV_EXPORT const CFStringRef kCVPixelFormatHorizontalSubsampling;
CV_EXPORT const CFStringRef kCVPixelFormatVerticalSubsampling;
CV_EXPORT const CFStringRef kCVPixelFormatOpenGLFormat;
CV_EXPORT const CFStringRef kCVPixelFormatOpenGLType;
CV_EXPORT const CFStringRef kCVPixelFormatOpenGLInternalFormat;
CV_EXPORT const CFStringRef kCVPixelFormatCGBitmapInfo;
CV_EXPORT const CFStringRef kCVPixelFormatQDCompatibility;
CV_EXPORT const CFStringRef kCVPixelFormatCGBitmapContextCompatibility;
CV_EXPORT const CFStringRef kCVPixelFormatCGImageCompatibility;
CV_EXPORT const CFStringRef kCVPixelFormatOpenGLCompatibility;
CV_EXPORT const CFStringRef kCVPixelFormatOpenGLESCompatibility;
CV_EXPORT const CFStringRef kCVPixelFormatFillExtendedPixelsCallback;
CV_EXPORT const CFStringRef kCVPixelFormatDirect3DFormat;
CV_EXPORT const CFStringRef kCVPixelFormatDirect3DType;
CV_EXPORT const CFStringRef kCVPixelFormatDirect3DInternalFormat;
CV_EXPORT const CFStringRef kCVPixelFormatDirect3DCompatibility;
CV_EXPORT const CFStringRef kCVPixelFormatDXGICompatibility;
CV_EXPORT const CFStringRef kCVPixelFormatDXGIFormat;
CV_EXPORT const CFStringRef kCVPixelFormatDXGIType;
CV_EXPORT const CFStringRef kCVPixelFormatDXGIInternalFormat;

/* What a registered description may have under kCVPixelFormatFillExtendedPixelsCallback, in a CFData. */
typedef Boolean (*CVFillExtendedPixelsCallBack)(CVPixelBufferRef pixelBuffer, void *refCon);

typedef struct {
	CFIndex version;
	CVFillExtendedPixelsCallBack fillCallBack;
	void *refCon;
} CVFillExtendedPixelsCallBackData;


/** What is known of a pixel format, by the keys above; the caller's, NULL for an unknown one. */
CV_EXPORT CFDictionaryRef
CVPixelFormatDescriptionCreateWithPixelFormatType(CFAllocatorRef allocator, OSType pixelFormat);

/** The numbers of all pixel formats that can be made; the caller's. */
CV_EXPORT CFArrayRef
CVPixelFormatDescriptionArrayCreateWithAllPixelFormatTypes(CFAllocatorRef allocator);

/** Makes a description known to this process, for the two functions above to find. Buffers are made of the
 * formats alone that Transom knows, and what is known of those does not change. */
CV_EXPORT void
CVPixelFormatDescriptionRegisterDescriptionWithPixelFormatType(CFDictionaryRef description,
							       OSType pixelFormat);

/** False: there are none here. */
CV_EXPORT Boolean
CVIsCompressedPixelFormatAvailable(OSType pixelFormatType);

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVPIXELFORMATDESCRIPTION_H */
