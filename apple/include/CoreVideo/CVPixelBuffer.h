/*
 * CVPixelBuffer.h - images in memory. On Transom's pixel buffers (<transom/pixel_buffer.h>), which say
 * what is promised.
 *
 * Errors:  getters give 0 or NULL for NULL, and for a plane that is not there; others a CVReturn.
 * Threads: any. Fork: the child has the buffers, but no use of their surfaces.
 */
#ifndef TRANSOM_COREVIDEO_CVPIXELBUFFER_H
#define TRANSOM_COREVIDEO_CVPIXELBUFFER_H

#include <CoreFoundation/CFArray.h>
#include <CoreVideo/CVImageBuffer.h>

CF_EXTERN_C_BEGIN

/* Pixel formats. Those with '&' or '-' are compressed in ways of Apple's own, and cannot be made here. */
enum {
	kCVPixelFormatType_1Monochrome = 0x00000001,
	kCVPixelFormatType_2Indexed = 0x00000002,
	kCVPixelFormatType_4Indexed = 0x00000004,
	kCVPixelFormatType_8Indexed = 0x00000008,
	kCVPixelFormatType_1IndexedGray_WhiteIsZero = 0x00000021,
	kCVPixelFormatType_2IndexedGray_WhiteIsZero = 0x00000022,
	kCVPixelFormatType_4IndexedGray_WhiteIsZero = 0x00000024,
	kCVPixelFormatType_8IndexedGray_WhiteIsZero = 0x00000028,
	kCVPixelFormatType_16BE555 = 0x00000010,
	kCVPixelFormatType_16LE555 = 0x4c353535, /* 'L555' */
	kCVPixelFormatType_16LE5551 = 0x35353531, /* '5551' */
	kCVPixelFormatType_16BE565 = 0x42353635, /* 'B565' */
	kCVPixelFormatType_16LE565 = 0x4c353635, /* 'L565' */
	kCVPixelFormatType_24RGB = 0x00000018,
	kCVPixelFormatType_24BGR = 0x32344247, /* '24BG' */
	kCVPixelFormatType_32ARGB = 0x00000020,
	kCVPixelFormatType_32BGRA = 0x42475241, /* 'BGRA' */
	kCVPixelFormatType_32ABGR = 0x41424752, /* 'ABGR' */
	kCVPixelFormatType_32RGBA = 0x52474241, /* 'RGBA' */
	kCVPixelFormatType_64ARGB = 0x62363461, /* 'b64a' */
	kCVPixelFormatType_64RGBALE = 0x6c363472, /* 'l64r' */
	kCVPixelFormatType_48RGB = 0x62343872, /* 'b48r' */
	kCVPixelFormatType_32AlphaGray = 0x62333261, /* 'b32a' */
	kCVPixelFormatType_16Gray = 0x62313667, /* 'b16g' */
	kCVPixelFormatType_30RGB = 0x5231306b, /* 'R10k' */
	kCVPixelFormatType_422YpCbCr8 = 0x32767579, /* '2vuy' */
	kCVPixelFormatType_4444YpCbCrA8 = 0x76343038, /* 'v408' */
	kCVPixelFormatType_4444YpCbCrA8R = 0x72343038, /* 'r408' */
	kCVPixelFormatType_4444AYpCbCr8 = 0x79343038, /* 'y408' */
	kCVPixelFormatType_4444AYpCbCr16 = 0x79343136, /* 'y416' */
	kCVPixelFormatType_4444AYpCbCrFloat = 0x7234666c, /* 'r4fl' */
	kCVPixelFormatType_444YpCbCr8 = 0x76333038, /* 'v308' */
	kCVPixelFormatType_422YpCbCr16 = 0x76323136, /* 'v216' */
	kCVPixelFormatType_422YpCbCr10 = 0x76323130, /* 'v210' */
	kCVPixelFormatType_444YpCbCr10 = 0x76343130, /* 'v410' */
	kCVPixelFormatType_420YpCbCr8Planar = 0x79343230, /* 'y420' */
	kCVPixelFormatType_420YpCbCr8PlanarFullRange = 0x66343230, /* 'f420' */
	kCVPixelFormatType_422YpCbCr_4A_8BiPlanar = 0x61327679, /* 'a2vy' */
	kCVPixelFormatType_420YpCbCr8BiPlanarVideoRange = 0x34323076, /* '420v' */
	kCVPixelFormatType_420YpCbCr8BiPlanarFullRange = 0x34323066, /* '420f' */
	kCVPixelFormatType_422YpCbCr8BiPlanarVideoRange = 0x34323276, /* '422v' */
	kCVPixelFormatType_422YpCbCr8BiPlanarFullRange = 0x34323266, /* '422f' */
	kCVPixelFormatType_444YpCbCr8BiPlanarVideoRange = 0x34343476, /* '444v' */
	kCVPixelFormatType_444YpCbCr8BiPlanarFullRange = 0x34343466, /* '444f' */
	kCVPixelFormatType_422YpCbCr8_yuvs = 0x79757673, /* 'yuvs' */
	kCVPixelFormatType_422YpCbCr8FullRange = 0x79757666, /* 'yuvf' */
	kCVPixelFormatType_OneComponent8 = 0x4c303038, /* 'L008' */
	kCVPixelFormatType_TwoComponent8 = 0x32433038, /* '2C08' */
	kCVPixelFormatType_30RGBLEPackedWideGamut = 0x77333072, /* 'w30r' */
	kCVPixelFormatType_ARGB2101010LEPacked = 0x6c313072, /* 'l10r' */
	kCVPixelFormatType_40ARGBLEWideGamut = 0x77343061, /* 'w40a' */
	kCVPixelFormatType_40ARGBLEWideGamutPremultiplied = 0x7734306d, /* 'w40m' */
	kCVPixelFormatType_OneComponent10 = 0x4c303130, /* 'L010' */
	kCVPixelFormatType_OneComponent12 = 0x4c303132, /* 'L012' */
	kCVPixelFormatType_OneComponent16 = 0x4c303136, /* 'L016' */
	kCVPixelFormatType_TwoComponent16 = 0x32433136, /* '2C16' */
	kCVPixelFormatType_OneComponent16Half = 0x4c303068, /* 'L00h' */
	kCVPixelFormatType_OneComponent32Float = 0x4c303066, /* 'L00f' */
	kCVPixelFormatType_TwoComponent16Half = 0x32433068, /* '2C0h' */
	kCVPixelFormatType_TwoComponent32Float = 0x32433066, /* '2C0f' */
	kCVPixelFormatType_64RGBAHalf = 0x52476841, /* 'RGhA' */
	kCVPixelFormatType_128RGBAFloat = 0x52476641, /* 'RGfA' */
	kCVPixelFormatType_14Bayer_GRBG = 0x67726234, /* 'grb4' */
	kCVPixelFormatType_14Bayer_RGGB = 0x72676734, /* 'rgg4' */
	kCVPixelFormatType_14Bayer_BGGR = 0x62676734, /* 'bgg4' */
	kCVPixelFormatType_14Bayer_GBRG = 0x67627234, /* 'gbr4' */
	kCVPixelFormatType_DisparityFloat16 = 0x68646973, /* 'hdis' */
	kCVPixelFormatType_DisparityFloat32 = 0x66646973, /* 'fdis' */
	kCVPixelFormatType_DepthFloat16 = 0x68646570, /* 'hdep' */
	kCVPixelFormatType_DepthFloat32 = 0x66646570, /* 'fdep' */
	kCVPixelFormatType_420YpCbCr10BiPlanarVideoRange = 0x78343230, /* 'x420' */
	kCVPixelFormatType_422YpCbCr10BiPlanarVideoRange = 0x78343232, /* 'x422' */
	kCVPixelFormatType_444YpCbCr10BiPlanarVideoRange = 0x78343434, /* 'x444' */
	kCVPixelFormatType_420YpCbCr10BiPlanarFullRange = 0x78663230, /* 'xf20' */
	kCVPixelFormatType_422YpCbCr10BiPlanarFullRange = 0x78663232, /* 'xf22' */
	kCVPixelFormatType_444YpCbCr10BiPlanarFullRange = 0x78663434, /* 'xf44' */
	kCVPixelFormatType_420YpCbCr8VideoRange_8A_TriPlanar = 0x76306138, /* 'v0a8' */
	kCVPixelFormatType_16VersatileBayer = 0x62703136, /* 'bp16' */
	kCVPixelFormatType_64RGBA_DownscaledProResRAW = 0x62703634, /* 'bp64' */
	kCVPixelFormatType_422YpCbCr16BiPlanarVideoRange = 0x73763232, /* 'sv22' */
	kCVPixelFormatType_444YpCbCr16BiPlanarVideoRange = 0x73763434, /* 'sv44' */
	kCVPixelFormatType_444YpCbCr16VideoRange_16A_TriPlanar = 0x73346173, /* 's4as' */
	kCVPixelFormatType_Lossless_32BGRA = 0x26424741, /* '&BGA' */
	kCVPixelFormatType_Lossless_420YpCbCr8BiPlanarVideoRange = 0x26387630, /* '&8v0' */
	kCVPixelFormatType_Lossless_420YpCbCr8BiPlanarFullRange = 0x26386630, /* '&8f0' */
	kCVPixelFormatType_Lossless_420YpCbCr10PackedBiPlanarVideoRange = 0x26787630, /* '&xv0' */
	kCVPixelFormatType_Lossless_422YpCbCr10PackedBiPlanarVideoRange = 0x26787632, /* '&xv2' */
	kCVPixelFormatType_Lossy_32BGRA = 0x2d424741, /* '-BGA' */
	kCVPixelFormatType_Lossy_420YpCbCr8BiPlanarVideoRange = 0x2d387630, /* '-8v0' */
	kCVPixelFormatType_Lossy_420YpCbCr8BiPlanarFullRange = 0x2d386630, /* '-8f0' */
	kCVPixelFormatType_Lossy_420YpCbCr10PackedBiPlanarVideoRange = 0x2d787630, /* '-xv0' */
	kCVPixelFormatType_Lossy_422YpCbCr10PackedBiPlanarVideoRange = 0x2d787632 /* '-xv2' */
};

typedef CF_OPTIONS(CVOptionFlags, CVPixelBufferLockFlags) { kCVPixelBufferLock_ReadOnly = 0x00000001 };

typedef CVImageBufferRef CVPixelBufferRef;

/* Called once, in the thread that releases the buffer last. */
typedef void (*CVPixelBufferReleaseBytesCallback)(void *releaseRefCon, const void *baseAddress);
typedef void (*CVPixelBufferReleasePlanarBytesCallback)(void *releaseRefCon, const void *dataPtr, size_t dataSize,
							size_t numberOfPlanes, const void *planeAddresses[]);

/* What the base address of a planar buffer points at; the numbers are big-endian. */
typedef struct CVPlanarComponentInfo {
	int32_t offset; /* from the base address */
	uint32_t rowBytes;
} CVPlanarComponentInfo;

typedef struct CVPlanarPixelBufferInfo {
	CVPlanarComponentInfo componentInfo[1];
} CVPlanarPixelBufferInfo;

typedef struct CVPlanarPixelBufferInfo_YCbCrPlanar {
	CVPlanarComponentInfo componentInfoY;
	CVPlanarComponentInfo componentInfoCb;
	CVPlanarComponentInfo componentInfoCr;
} CVPlanarPixelBufferInfo_YCbCrPlanar;

typedef struct CVPlanarPixelBufferInfo_YCbCrBiPlanar {
	CVPlanarComponentInfo componentInfoY;
	CVPlanarComponentInfo componentInfoCbCr;
} CVPlanarPixelBufferInfo_YCbCrBiPlanar;

/* Attributes. What Linux has no Metal, OpenGL or CoreGraphics of Apple's for is taken, and means nothing. */
CV_EXPORT const CFStringRef kCVPixelBufferPixelFormatTypeKey;
CV_EXPORT const CFStringRef kCVPixelBufferMemoryAllocatorKey;
CV_EXPORT const CFStringRef kCVPixelBufferWidthKey;
CV_EXPORT const CFStringRef kCVPixelBufferHeightKey;
CV_EXPORT const CFStringRef kCVPixelBufferExtendedPixelsLeftKey;
CV_EXPORT const CFStringRef kCVPixelBufferExtendedPixelsTopKey;
CV_EXPORT const CFStringRef kCVPixelBufferExtendedPixelsRightKey;
CV_EXPORT const CFStringRef kCVPixelBufferExtendedPixelsBottomKey;
CV_EXPORT const CFStringRef kCVPixelBufferBytesPerRowAlignmentKey;
CV_EXPORT const CFStringRef kCVPixelBufferCGBitmapContextCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferCGImageCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferOpenGLCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferPlaneAlignmentKey;
CV_EXPORT const CFStringRef kCVPixelBufferIOSurfacePropertiesKey;
CV_EXPORT const CFStringRef kCVPixelBufferOpenGLESCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferMetalCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferOpenGLTextureCacheCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferOpenGLESTextureCacheCompatibilityKey;
CV_EXPORT const CFStringRef kCVPixelBufferVersatileBayerKey_BayerPattern;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_SenselSitingOffsets;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_BlackLevel;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_WhiteLevel;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_WhiteBalanceCCT;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_WhiteBalanceRedFactor;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_WhiteBalanceBlueFactor;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_ColorMatrix;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_GainFactor;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_RecommendedCrop;
CV_EXPORT const CFStringRef kCVPixelBufferProResRAWKey_MetadataExtension;

/** The CoreFoundation type of pixel buffers. */
CV_EXPORT CFTypeID
CVPixelBufferGetTypeID(void);
CV_EXPORT CVPixelBufferRef
CVPixelBufferRetain(CVPixelBufferRef texture);
CV_EXPORT void
CVPixelBufferRelease(CVPixelBufferRef texture);

/** Makes one dictionary that satisfies all of an array of them: the largest width, height, extended pixels
 * and alignments, the pixel formats that all allow. kCVReturnInvalidPixelBufferAttributes if they exclude
 * each other. */
CV_EXPORT CVReturn
CVPixelBufferCreateResolvedAttributesDictionary(CFAllocatorRef allocator, CFArrayRef attributes,
						CFDictionaryRef *resolvedDictionaryOut);

/** Makes a pixel buffer of a format: on a surface if the attributes have
 * kCVPixelBufferIOSurfacePropertiesKey, be it empty, in memory of this process otherwise. Pixels are 0. A
 * buffer on a surface is a use of it. */
CV_EXPORT CVReturn
CVPixelBufferCreate(CFAllocatorRef allocator, size_t width, size_t height, OSType pixelFormatType,
		    CFDictionaryRef pixelBufferAttributes, CVPixelBufferRef *pixelBufferOut);

/** Makes a packed pixel buffer of bytes of the caller's, which stay until @releaseCallback; that is called
 * once. */
CV_EXPORT CVReturn
CVPixelBufferCreateWithBytes(CFAllocatorRef allocator, size_t width, size_t height, OSType pixelFormatType,
			     void *baseAddress, size_t bytesPerRow,
			     CVPixelBufferReleaseBytesCallback releaseCallback, void *releaseRefCon,
			     CFDictionaryRef pixelBufferAttributes, CVPixelBufferRef *pixelBufferOut);

/** The same of planes. The widths and heights must be those of the format. */
CV_EXPORT CVReturn
CVPixelBufferCreateWithPlanarBytes(CFAllocatorRef allocator, size_t width, size_t height,
				   OSType pixelFormatType, void *dataPtr, size_t dataSize,
				   size_t numberOfPlanes, void *planeBaseAddress[], size_t planeWidth[],
				   size_t planeHeight[], size_t planeBytesPerRow[],
				   CVPixelBufferReleasePlanarBytesCallback releaseCallback,
				   void *releaseRefCon, CFDictionaryRef pixelBufferAttributes,
				   CVPixelBufferRef *pixelBufferOut);

/** Begins access by the processor; addresses are good while it lasts. Locks nest and exclude nobody. The same
 * kCVPixelBufferLock_ReadOnly belongs to lock and unlock. */
CV_EXPORT CVReturn
CVPixelBufferLockBaseAddress(CVPixelBufferRef pixelBuffer, CVPixelBufferLockFlags lockFlags);
CV_EXPORT CVReturn
CVPixelBufferUnlockBaseAddress(CVPixelBufferRef pixelBuffer, CVPixelBufferLockFlags unlockFlags);
CV_EXPORT size_t
CVPixelBufferGetWidth(CVPixelBufferRef pixelBuffer);
CV_EXPORT size_t
CVPixelBufferGetHeight(CVPixelBufferRef pixelBuffer);
CV_EXPORT OSType
CVPixelBufferGetPixelFormatType(CVPixelBufferRef pixelBuffer);

/** The first pixel of a packed buffer; of a planar one a header of big-endian numbers that say where its
 * planes are (struct CVPlanarPixelBufferInfo…). NULL while it is not locked. */
CV_EXPORT void *
CVPixelBufferGetBaseAddress(CVPixelBufferRef pixelBuffer);
CV_EXPORT size_t
CVPixelBufferGetBytesPerRow(CVPixelBufferRef pixelBuffer);

/** Bytes of the pixels, with padding and extended pixels. */
CV_EXPORT size_t
CVPixelBufferGetDataSize(CVPixelBufferRef pixelBuffer);
CV_EXPORT Boolean
CVPixelBufferIsPlanar(CVPixelBufferRef pixelBuffer);
CV_EXPORT size_t
CVPixelBufferGetPlaneCount(CVPixelBufferRef pixelBuffer);

/** Of planar buffers; 0 or NULL for packed ones. */
CV_EXPORT size_t
CVPixelBufferGetWidthOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex);
CV_EXPORT size_t
CVPixelBufferGetHeightOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex);
CV_EXPORT void *
CVPixelBufferGetBaseAddressOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex);
CV_EXPORT size_t
CVPixelBufferGetBytesPerRowOfPlane(CVPixelBufferRef pixelBuffer, size_t planeIndex);

/** Pixels in memory around the image. Any of the pointers may be NULL. */
CV_EXPORT void
CVPixelBufferGetExtendedPixels(CVPixelBufferRef pixelBuffer, size_t *extraColumnsOnLeft,
			       size_t *extraColumnsOnRight, size_t *extraRowsOnTop,
			       size_t *extraRowsOnBottom);

/** Gives each extended pixel the value of the visible one next to it. */
CV_EXPORT CVReturn
CVPixelBufferFillExtendedPixels(CVPixelBufferRef pixelBuffer);

/** The attributes that a buffer like this one can be made with; the caller's. */
CV_EXPORT CFDictionaryRef
CVPixelBufferCopyCreationAttributes(CVPixelBufferRef pixelBuffer);

CF_EXTERN_C_END

#endif /* TRANSOM_COREVIDEO_CVPIXELBUFFER_H */
