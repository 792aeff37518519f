/*
 * format.h - pixel formats: what a code says of planes, blocks, components and sizes. Arithmetic
 * only; no memory and no pixel is touched.
 */
#ifndef TRANSOM_FORMAT_H
#define TRANSOM_FORMAT_H

#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Four characters as one number, the first on top: how Apple writes a type, 'BGRA'. */
#define TRANSOM_FOURCC(a, b, c, d)                                                                           \
	((uint32_t)(a) << 24 | (uint32_t)(b) << 16 | (uint32_t)(c) << 8 | (uint32_t)(d))

/* Four characters as one number, the first at the bottom: how DRM, V4L2 and Wayland write a fourcc. */
#define TRANSOM_DRM_FOURCC(a, b, c, d) TRANSOM_FOURCC(d, c, b, a)

/* Set in a DRM fourcc: the element is a big-endian number. */
#define TRANSOM_DRM_BIG_ENDIAN ((uint32_t)1 << 31)

/*
 * The codes. A format that Apple's systems know too has the value of their type; any other has the
 * value of its DRM fourcc. Each code has one layout and no two layouts are one code, but two codes
 * may have one layout and differ in the range of the colours, as NV12 and NV12_FULL do.
 *
 * A name with one depth gives the components in the order of memory (BGRA8: blue in the first byte),
 * and so does one that repeats it (R16G16).
 * A name with a depth for each component gives them from the most significant bit of the element
 * (ARGB2101010: alpha on top), as DRM does, and so do DRM's own names (Y410, XVYU16161616).
 * X stands for bits without meaning. Elements are little-endian but for those of names in _BE.
 * DRM's formats without a linear layout (YUV420_8BIT, YUV420_10BIT, VUY101010) have none here either,
 * nor have Apple's compressed types.
 */

/* RGB, 8 bits a component */
#define TRANSOM_FORMAT_BGRA8 TRANSOM_FOURCC('B', 'G', 'R', 'A')
#define TRANSOM_FORMAT_RGBA8 TRANSOM_FOURCC('R', 'G', 'B', 'A')
#define TRANSOM_FORMAT_ARGB8 0x20u
#define TRANSOM_FORMAT_ABGR8 TRANSOM_FOURCC('A', 'B', 'G', 'R')
#define TRANSOM_FORMAT_BGRX8 TRANSOM_DRM_FOURCC('X', 'R', '2', '4')
#define TRANSOM_FORMAT_RGBX8 TRANSOM_DRM_FOURCC('X', 'B', '2', '4')
#define TRANSOM_FORMAT_XRGB8 TRANSOM_DRM_FOURCC('B', 'X', '2', '4')
#define TRANSOM_FORMAT_XBGR8 TRANSOM_DRM_FOURCC('R', 'X', '2', '4')
#define TRANSOM_FORMAT_RGB8 0x18u
#define TRANSOM_FORMAT_BGR8 TRANSOM_FOURCC('2', '4', 'B', 'G')
#define TRANSOM_FORMAT_RG8 TRANSOM_FOURCC('2', 'C', '0', '8')
#define TRANSOM_FORMAT_GR8 TRANSOM_DRM_FOURCC('R', 'G', '8', '8')

/* RGB, 10 bits a component */
#define TRANSOM_FORMAT_ARGB2101010 TRANSOM_FOURCC('l', '1', '0', 'r')
#define TRANSOM_FORMAT_ABGR2101010 TRANSOM_DRM_FOURCC('A', 'B', '3', '0')
#define TRANSOM_FORMAT_RGBA1010102 TRANSOM_DRM_FOURCC('R', 'A', '3', '0')
#define TRANSOM_FORMAT_BGRA1010102 TRANSOM_DRM_FOURCC('B', 'A', '3', '0')
#define TRANSOM_FORMAT_XRGB2101010 TRANSOM_DRM_FOURCC('X', 'R', '3', '0')
#define TRANSOM_FORMAT_XBGR2101010 TRANSOM_DRM_FOURCC('X', 'B', '3', '0')
#define TRANSOM_FORMAT_RGBX1010102 TRANSOM_DRM_FOURCC('R', 'X', '3', '0')
#define TRANSOM_FORMAT_BGRX1010102 TRANSOM_DRM_FOURCC('B', 'X', '3', '0')
#define TRANSOM_FORMAT_XRGB2101010_WIDE TRANSOM_FOURCC('w', '3', '0', 'r')
#define TRANSOM_FORMAT_RGBX1010102_BE TRANSOM_FOURCC('R', '1', '0', 'k')
#define TRANSOM_FORMAT_RGBA10X6 TRANSOM_DRM_FOURCC('A', 'B', '1', '0')
#define TRANSOM_FORMAT_BGRA10X6_WIDE TRANSOM_FOURCC('w', '4', '0', 'a')
#define TRANSOM_FORMAT_BGRA10X6_WIDE_PREMULTIPLIED TRANSOM_FOURCC('w', '4', '0', 'm')

/* RGB, 16 bits a component */
#define TRANSOM_FORMAT_RGBA16 TRANSOM_FOURCC('l', '6', '4', 'r')
#define TRANSOM_FORMAT_BGRA16 TRANSOM_DRM_FOURCC('A', 'R', '4', '8')
#define TRANSOM_FORMAT_RGBX16 TRANSOM_DRM_FOURCC('X', 'B', '4', '8')
#define TRANSOM_FORMAT_BGRX16 TRANSOM_DRM_FOURCC('X', 'R', '4', '8')
#define TRANSOM_FORMAT_ARGB16_BE TRANSOM_FOURCC('b', '6', '4', 'a')
#define TRANSOM_FORMAT_RGB16 TRANSOM_DRM_FOURCC('B', 'G', '4', '8')
#define TRANSOM_FORMAT_BGR16 TRANSOM_DRM_FOURCC('R', 'G', '4', '8')
#define TRANSOM_FORMAT_RGB16_BE TRANSOM_FOURCC('b', '4', '8', 'r')
#define TRANSOM_FORMAT_R16G16 TRANSOM_FOURCC('2', 'C', '1', '6')
#define TRANSOM_FORMAT_G16R16 TRANSOM_DRM_FOURCC('R', 'G', '3', '2')

/* RGB, floating point, little-endian IEEE 754 */
#define TRANSOM_FORMAT_RGBA16F TRANSOM_FOURCC('R', 'G', 'h', 'A')
#define TRANSOM_FORMAT_BGRA16F TRANSOM_DRM_FOURCC('A', 'R', '4', 'H')
#define TRANSOM_FORMAT_RGBX16F TRANSOM_DRM_FOURCC('X', 'B', '4', 'H')
#define TRANSOM_FORMAT_BGRX16F TRANSOM_DRM_FOURCC('X', 'R', '4', 'H')
#define TRANSOM_FORMAT_RGB16F TRANSOM_DRM_FOURCC('B', 'G', 'R', 'H')
#define TRANSOM_FORMAT_RG16F TRANSOM_FOURCC('2', 'C', '0', 'h')
#define TRANSOM_FORMAT_RGBA32F TRANSOM_FOURCC('R', 'G', 'f', 'A')
#define TRANSOM_FORMAT_RGB32F TRANSOM_DRM_FOURCC('B', 'G', 'R', 'F')
#define TRANSOM_FORMAT_RG32F TRANSOM_FOURCC('2', 'C', '0', 'f')

/* RGB in 16 bits or fewer */
#define TRANSOM_FORMAT_RGB565 TRANSOM_FOURCC('L', '5', '6', '5')
#define TRANSOM_FORMAT_BGR565 TRANSOM_DRM_FOURCC('B', 'G', '1', '6')
#define TRANSOM_FORMAT_RGB565_BE TRANSOM_FOURCC('B', '5', '6', '5')
#define TRANSOM_FORMAT_XRGB1555 TRANSOM_FOURCC('L', '5', '5', '5')
#define TRANSOM_FORMAT_XBGR1555 TRANSOM_DRM_FOURCC('X', 'B', '1', '5')
#define TRANSOM_FORMAT_RGBX5551 TRANSOM_DRM_FOURCC('R', 'X', '1', '5')
#define TRANSOM_FORMAT_BGRX5551 TRANSOM_DRM_FOURCC('B', 'X', '1', '5')
#define TRANSOM_FORMAT_XRGB1555_BE 0x10u
#define TRANSOM_FORMAT_ARGB1555 TRANSOM_DRM_FOURCC('A', 'R', '1', '5')
#define TRANSOM_FORMAT_ABGR1555 TRANSOM_DRM_FOURCC('A', 'B', '1', '5')
#define TRANSOM_FORMAT_RGBA5551 TRANSOM_FOURCC('5', '5', '5', '1')
#define TRANSOM_FORMAT_BGRA5551 TRANSOM_DRM_FOURCC('B', 'A', '1', '5')
#define TRANSOM_FORMAT_ARGB4444 TRANSOM_DRM_FOURCC('A', 'R', '1', '2')
#define TRANSOM_FORMAT_ABGR4444 TRANSOM_DRM_FOURCC('A', 'B', '1', '2')
#define TRANSOM_FORMAT_RGBA4444 TRANSOM_DRM_FOURCC('R', 'A', '1', '2')
#define TRANSOM_FORMAT_BGRA4444 TRANSOM_DRM_FOURCC('B', 'A', '1', '2')
#define TRANSOM_FORMAT_XRGB4444 TRANSOM_DRM_FOURCC('X', 'R', '1', '2')
#define TRANSOM_FORMAT_XBGR4444 TRANSOM_DRM_FOURCC('X', 'B', '1', '2')
#define TRANSOM_FORMAT_RGBX4444 TRANSOM_DRM_FOURCC('R', 'X', '1', '2')
#define TRANSOM_FORMAT_BGRX4444 TRANSOM_DRM_FOURCC('B', 'X', '1', '2')
#define TRANSOM_FORMAT_RGB332 TRANSOM_DRM_FOURCC('R', 'G', 'B', '8')
#define TRANSOM_FORMAT_BGR233 TRANSOM_DRM_FOURCC('B', 'G', 'R', '8')

/* RGB in one plane, alpha in a second */
#define TRANSOM_FORMAT_BGRX8_A8 TRANSOM_DRM_FOURCC('X', 'R', 'A', '8')
#define TRANSOM_FORMAT_RGBX8_A8 TRANSOM_DRM_FOURCC('X', 'B', 'A', '8')
#define TRANSOM_FORMAT_XBGR8_A8 TRANSOM_DRM_FOURCC('R', 'X', 'A', '8')
#define TRANSOM_FORMAT_XRGB8_A8 TRANSOM_DRM_FOURCC('B', 'X', 'A', '8')
#define TRANSOM_FORMAT_BGR8_A8 TRANSOM_DRM_FOURCC('R', '8', 'A', '8')
#define TRANSOM_FORMAT_RGB8_A8 TRANSOM_DRM_FOURCC('B', '8', 'A', '8')
#define TRANSOM_FORMAT_RGB565_A8 TRANSOM_DRM_FOURCC('R', '5', 'A', '8')
#define TRANSOM_FORMAT_BGR565_A8 TRANSOM_DRM_FOURCC('B', '5', 'A', '8')

/* Grey */
#define TRANSOM_FORMAT_L8 TRANSOM_FOURCC('L', '0', '0', '8')
#define TRANSOM_FORMAT_L16 TRANSOM_FOURCC('L', '0', '1', '6')
#define TRANSOM_FORMAT_L16_BE TRANSOM_FOURCC('b', '1', '6', 'g')
#define TRANSOM_FORMAT_L10X6 TRANSOM_FOURCC('L', '0', '1', '0')
#define TRANSOM_FORMAT_L12X4 TRANSOM_FOURCC('L', '0', '1', '2')
#define TRANSOM_FORMAT_X6L10 TRANSOM_DRM_FOURCC('R', '1', '0', ' ')
#define TRANSOM_FORMAT_X4L12 TRANSOM_DRM_FOURCC('R', '1', '2', ' ')
#define TRANSOM_FORMAT_L1 TRANSOM_DRM_FOURCC('R', '1', ' ', ' ')
#define TRANSOM_FORMAT_L2 TRANSOM_DRM_FOURCC('R', '2', ' ', ' ')
#define TRANSOM_FORMAT_L4 TRANSOM_DRM_FOURCC('R', '4', ' ', ' ')
#define TRANSOM_FORMAT_D1 0x21u
#define TRANSOM_FORMAT_D2 0x22u
#define TRANSOM_FORMAT_D4 0x24u
#define TRANSOM_FORMAT_D8 0x28u
#define TRANSOM_FORMAT_Y8 TRANSOM_DRM_FOURCC('G', 'R', 'E', 'Y')
#define TRANSOM_FORMAT_L16F TRANSOM_FOURCC('L', '0', '0', 'h')
#define TRANSOM_FORMAT_L32F TRANSOM_FOURCC('L', '0', '0', 'f')
#define TRANSOM_FORMAT_AL16_BE TRANSOM_FOURCC('b', '3', '2', 'a')

/* Indices into a table of colours, which travels elsewhere */
#define TRANSOM_FORMAT_C1 0x01u
#define TRANSOM_FORMAT_C2 0x02u
#define TRANSOM_FORMAT_C4 0x04u
#define TRANSOM_FORMAT_C8 0x08u

/* YCbCr 4:2:2, packed in one plane: two pixels a block */
#define TRANSOM_FORMAT_UYVY TRANSOM_FOURCC('2', 'v', 'u', 'y')
#define TRANSOM_FORMAT_YUYV TRANSOM_FOURCC('y', 'u', 'v', 's')
#define TRANSOM_FORMAT_YUYV_FULL TRANSOM_FOURCC('y', 'u', 'v', 'f')
#define TRANSOM_FORMAT_YVYU TRANSOM_DRM_FOURCC('Y', 'V', 'Y', 'U')
#define TRANSOM_FORMAT_VYUY TRANSOM_DRM_FOURCC('V', 'Y', 'U', 'Y')
#define TRANSOM_FORMAT_V210 TRANSOM_FOURCC('v', '2', '1', '0')
#define TRANSOM_FORMAT_V216 TRANSOM_FOURCC('v', '2', '1', '6')
#define TRANSOM_FORMAT_Y210 TRANSOM_DRM_FOURCC('Y', '2', '1', '0')
#define TRANSOM_FORMAT_Y212 TRANSOM_DRM_FOURCC('Y', '2', '1', '2')
#define TRANSOM_FORMAT_Y216 TRANSOM_DRM_FOURCC('Y', '2', '1', '6')

/* YCbCr 4:4:4, packed in one plane */
#define TRANSOM_FORMAT_VYU8 TRANSOM_FOURCC('v', '3', '0', '8')
#define TRANSOM_FORMAT_YUV8 TRANSOM_DRM_FOURCC('V', 'U', '2', '4')
#define TRANSOM_FORMAT_UYVA8 TRANSOM_FOURCC('v', '4', '0', '8')
#define TRANSOM_FORMAT_AYUV8 TRANSOM_FOURCC('y', '4', '0', '8')
#define TRANSOM_FORMAT_R408 TRANSOM_FOURCC('r', '4', '0', '8')
#define TRANSOM_FORMAT_VUYA8 TRANSOM_DRM_FOURCC('A', 'Y', 'U', 'V')
#define TRANSOM_FORMAT_VUYX8 TRANSOM_DRM_FOURCC('X', 'Y', 'U', 'V')
#define TRANSOM_FORMAT_YUVA8 TRANSOM_DRM_FOURCC('A', 'V', 'U', 'Y')
#define TRANSOM_FORMAT_YUVX8 TRANSOM_DRM_FOURCC('X', 'V', 'U', 'Y')
#define TRANSOM_FORMAT_V410 TRANSOM_FOURCC('v', '4', '1', '0')
#define TRANSOM_FORMAT_Y410 TRANSOM_DRM_FOURCC('Y', '4', '1', '0')
#define TRANSOM_FORMAT_XVYU2101010 TRANSOM_DRM_FOURCC('X', 'V', '3', '0')
#define TRANSOM_FORMAT_Y412 TRANSOM_DRM_FOURCC('Y', '4', '1', '2')
#define TRANSOM_FORMAT_XVYU12_16161616 TRANSOM_DRM_FOURCC('X', 'V', '3', '6')
#define TRANSOM_FORMAT_Y416 TRANSOM_DRM_FOURCC('Y', '4', '1', '6')
#define TRANSOM_FORMAT_XVYU16161616 TRANSOM_DRM_FOURCC('X', 'V', '4', '8')
#define TRANSOM_FORMAT_AYUV16 TRANSOM_FOURCC('y', '4', '1', '6')
#define TRANSOM_FORMAT_AYUV32F TRANSOM_FOURCC('r', '4', 'f', 'l')

/* YCbCr 4:2:0, packed in one plane: blocks of two by two pixels */
#define TRANSOM_FORMAT_Y0L0 TRANSOM_DRM_FOURCC('Y', '0', 'L', '0')
#define TRANSOM_FORMAT_X0L0 TRANSOM_DRM_FOURCC('X', '0', 'L', '0')
#define TRANSOM_FORMAT_Y0L2 TRANSOM_DRM_FOURCC('Y', '0', 'L', '2')
#define TRANSOM_FORMAT_X0L2 TRANSOM_DRM_FOURCC('X', '0', 'L', '2')

/* YCbCr, a plane of luma and a plane of pairs of chroma */
#define TRANSOM_FORMAT_NV12 TRANSOM_FOURCC('4', '2', '0', 'v')
#define TRANSOM_FORMAT_NV12_FULL TRANSOM_FOURCC('4', '2', '0', 'f')
#define TRANSOM_FORMAT_NV21 TRANSOM_DRM_FOURCC('N', 'V', '2', '1')
#define TRANSOM_FORMAT_NV16 TRANSOM_FOURCC('4', '2', '2', 'v')
#define TRANSOM_FORMAT_NV16_FULL TRANSOM_FOURCC('4', '2', '2', 'f')
#define TRANSOM_FORMAT_NV61 TRANSOM_DRM_FOURCC('N', 'V', '6', '1')
#define TRANSOM_FORMAT_NV24 TRANSOM_FOURCC('4', '4', '4', 'v')
#define TRANSOM_FORMAT_NV24_FULL TRANSOM_FOURCC('4', '4', '4', 'f')
#define TRANSOM_FORMAT_NV42 TRANSOM_DRM_FOURCC('N', 'V', '4', '2')
#define TRANSOM_FORMAT_P010 TRANSOM_FOURCC('x', '4', '2', '0')
#define TRANSOM_FORMAT_P010_FULL TRANSOM_FOURCC('x', 'f', '2', '0')
#define TRANSOM_FORMAT_P210 TRANSOM_FOURCC('x', '4', '2', '2')
#define TRANSOM_FORMAT_P210_FULL TRANSOM_FOURCC('x', 'f', '2', '2')
#define TRANSOM_FORMAT_P410 TRANSOM_FOURCC('x', '4', '4', '4')
#define TRANSOM_FORMAT_P410_FULL TRANSOM_FOURCC('x', 'f', '4', '4')
#define TRANSOM_FORMAT_P012 TRANSOM_DRM_FOURCC('P', '0', '1', '2')
#define TRANSOM_FORMAT_P016 TRANSOM_DRM_FOURCC('P', '0', '1', '6')
#define TRANSOM_FORMAT_P216 TRANSOM_FOURCC('s', 'v', '2', '2')
#define TRANSOM_FORMAT_P416 TRANSOM_FOURCC('s', 'v', '4', '4')
#define TRANSOM_FORMAT_NV15 TRANSOM_DRM_FOURCC('N', 'V', '1', '5')
#define TRANSOM_FORMAT_NV20 TRANSOM_DRM_FOURCC('N', 'V', '2', '0')
#define TRANSOM_FORMAT_NV30 TRANSOM_DRM_FOURCC('N', 'V', '3', '0')
#define TRANSOM_FORMAT_P030 TRANSOM_DRM_FOURCC('P', '0', '3', '0')
#define TRANSOM_FORMAT_P230 TRANSOM_DRM_FOURCC('P', '2', '3', '0')

/* YCbCr with alpha in a plane of its own */
#define TRANSOM_FORMAT_NV12_A8 TRANSOM_FOURCC('v', '0', 'a', '8')
#define TRANSOM_FORMAT_UYVY_A8 TRANSOM_FOURCC('a', '2', 'v', 'y')
#define TRANSOM_FORMAT_P416_A16 TRANSOM_FOURCC('s', '4', 'a', 's')

/* YCbCr, three planes */
#define TRANSOM_FORMAT_I420 TRANSOM_FOURCC('y', '4', '2', '0')
#define TRANSOM_FORMAT_I420_FULL TRANSOM_FOURCC('f', '4', '2', '0')
#define TRANSOM_FORMAT_YV12 TRANSOM_DRM_FOURCC('Y', 'V', '1', '2')
#define TRANSOM_FORMAT_I422 TRANSOM_DRM_FOURCC('Y', 'U', '1', '6')
#define TRANSOM_FORMAT_YV16 TRANSOM_DRM_FOURCC('Y', 'V', '1', '6')
#define TRANSOM_FORMAT_I444 TRANSOM_DRM_FOURCC('Y', 'U', '2', '4')
#define TRANSOM_FORMAT_YV24 TRANSOM_DRM_FOURCC('Y', 'V', '2', '4')
#define TRANSOM_FORMAT_I410 TRANSOM_DRM_FOURCC('Y', 'U', 'V', '9')
#define TRANSOM_FORMAT_YVU9 TRANSOM_DRM_FOURCC('Y', 'V', 'U', '9')
#define TRANSOM_FORMAT_I411 TRANSOM_DRM_FOURCC('Y', 'U', '1', '1')
#define TRANSOM_FORMAT_YV11 TRANSOM_DRM_FOURCC('Y', 'V', '1', '1')
#define TRANSOM_FORMAT_S010 TRANSOM_DRM_FOURCC('S', '0', '1', '0')
#define TRANSOM_FORMAT_S210 TRANSOM_DRM_FOURCC('S', '2', '1', '0')
#define TRANSOM_FORMAT_S410 TRANSOM_DRM_FOURCC('S', '4', '1', '0')
#define TRANSOM_FORMAT_S012 TRANSOM_DRM_FOURCC('S', '0', '1', '2')
#define TRANSOM_FORMAT_S212 TRANSOM_DRM_FOURCC('S', '2', '1', '2')
#define TRANSOM_FORMAT_S412 TRANSOM_DRM_FOURCC('S', '4', '1', '2')
#define TRANSOM_FORMAT_S016 TRANSOM_DRM_FOURCC('S', '0', '1', '6')
#define TRANSOM_FORMAT_S216 TRANSOM_DRM_FOURCC('S', '2', '1', '6')
#define TRANSOM_FORMAT_S416 TRANSOM_DRM_FOURCC('S', '4', '1', '6')
#define TRANSOM_FORMAT_Q410 TRANSOM_DRM_FOURCC('Q', '4', '1', '0')
#define TRANSOM_FORMAT_Q401 TRANSOM_DRM_FOURCC('Q', '4', '0', '1')

/* Raw camera sensors */
#define TRANSOM_FORMAT_BAYER14_GRBG TRANSOM_FOURCC('g', 'r', 'b', '4')
#define TRANSOM_FORMAT_BAYER14_RGGB TRANSOM_FOURCC('r', 'g', 'g', '4')
#define TRANSOM_FORMAT_BAYER14_BGGR TRANSOM_FOURCC('b', 'g', 'g', '4')
#define TRANSOM_FORMAT_BAYER14_GBRG TRANSOM_FOURCC('g', 'b', 'r', '4')
#define TRANSOM_FORMAT_BAYER16 TRANSOM_FOURCC('b', 'p', '1', '6')
#define TRANSOM_FORMAT_RAW_RGBA16 TRANSOM_FOURCC('b', 'p', '6', '4')

/* Distances, little-endian IEEE 754 */
#define TRANSOM_FORMAT_DEPTH16F TRANSOM_FOURCC('h', 'd', 'e', 'p')
#define TRANSOM_FORMAT_DEPTH32F TRANSOM_FOURCC('f', 'd', 'e', 'p')
#define TRANSOM_FORMAT_DISPARITY16F TRANSOM_FOURCC('h', 'd', 'i', 's')
#define TRANSOM_FORMAT_DISPARITY32F TRANSOM_FOURCC('f', 'd', 'i', 's')

/* Planes of one image, at most. */
#define TRANSOM_MAX_PLANES 4

/* Components of one block of one plane, at most: those of the six pixels of V210. */
#define TRANSOM_MAX_COMPONENTS 12

/* Width and height of an image in pixels, at most. */
#define TRANSOM_MAX_DIMENSION (1u << 20)

/* The alignment of rows in bytes unless the caller or the format has its own. */
#define TRANSOM_ROW_ALIGNMENT 64

/** What the components of a format describe. */
enum transom_model {
	TRANSOM_MODEL_UNKNOWN = 0,
	TRANSOM_MODEL_RGB = 1,
	TRANSOM_MODEL_YCBCR = 2,
	TRANSOM_MODEL_GREY = 3,
	TRANSOM_MODEL_INDEXED = 4, /**< indices into a table of colours that travels elsewhere */
	TRANSOM_MODEL_BAYER = 5, /**< one colour a pixel, in a pattern of two by two */
	TRANSOM_MODEL_DEPTH = 6, /**< distances, or their inverse */
};

/** Which values of a component are black and white, or zero and one. */
enum transom_range {
	TRANSOM_RANGE_UNKNOWN = 0, /**< the code does not say; who made the image knows */
	TRANSOM_RANGE_FULL = 1, /**< 0 to all bits set; 0 to 1 for floats */
	TRANSOM_RANGE_VIDEO = 2, /**< of 8 bits: luma 16 to 235, chroma 16 to 240 */
	TRANSOM_RANGE_WIDE = 3, /**< of 10 bits: 384 to 895, with room on both sides */
};

/** Whether a format has alpha, and whether the colours are multiplied by it. */
enum transom_alpha {
	TRANSOM_ALPHA_NONE = 0,
	TRANSOM_ALPHA_UNSPECIFIED = 1, /**< who made the image knows */
	TRANSOM_ALPHA_STRAIGHT = 2,
	TRANSOM_ALPHA_PREMULTIPLIED = 3,
};

/** How much less chroma there is than luma. Of these, 0 to 4 are IOSurface's values. */
enum transom_subsampling {
	TRANSOM_SUBSAMPLING_UNKNOWN = 0,
	TRANSOM_SUBSAMPLING_NONE = 1, /**< 4:4:4, and whatever has no chroma */
	TRANSOM_SUBSAMPLING_422 = 2, /**< half in width */
	TRANSOM_SUBSAMPLING_420 = 3, /**< half in width and in height */
	TRANSOM_SUBSAMPLING_411 = 4, /**< a quarter in width */
	TRANSOM_SUBSAMPLING_410 = 5, /**< a quarter in width and in height */
};

/** Which colours the first two rows of a Bayer pattern have, left to right. */
enum transom_bayer {
	TRANSOM_BAYER_NONE = 0, /**< the format is no Bayer pattern */
	TRANSOM_BAYER_GRBG = 1,
	TRANSOM_BAYER_RGGB = 2,
	TRANSOM_BAYER_BGGR = 3,
	TRANSOM_BAYER_GBRG = 4,
	TRANSOM_BAYER_VARIES = 5, /**< who made the image knows */
};

/** What a component is. Of these, 0 to 7 are IOSurface's values. */
enum transom_component_name {
	TRANSOM_COMPONENT_UNKNOWN = 0,
	TRANSOM_COMPONENT_ALPHA = 1,
	TRANSOM_COMPONENT_RED = 2,
	TRANSOM_COMPONENT_GREEN = 3,
	TRANSOM_COMPONENT_BLUE = 4,
	TRANSOM_COMPONENT_LUMA = 5, /**< Y; also the value of a grey format */
	TRANSOM_COMPONENT_CHROMA_RED = 6, /**< Cr */
	TRANSOM_COMPONENT_CHROMA_BLUE = 7, /**< Cb */
	TRANSOM_COMPONENT_INDEX = 8, /**< into a table of colours */
	TRANSOM_COMPONENT_DARKNESS = 9, /**< grey of which 0 is white */
	TRANSOM_COMPONENT_SENSEL = 10, /**< one element of a sensor; its colour follows from its place */
	TRANSOM_COMPONENT_DEPTH = 11, /**< metres */
	TRANSOM_COMPONENT_DISPARITY = 12, /**< 1/metres */
};

/** How the bits of a component are a number; IOSurface's values. */
enum transom_component_type {
	TRANSOM_COMPONENT_TYPE_UNKNOWN = 0,
	TRANSOM_COMPONENT_TYPE_UNSIGNED = 1,
	TRANSOM_COMPONENT_TYPE_SIGNED = 2,
	TRANSOM_COMPONENT_TYPE_FLOAT = 3, /**< IEEE 754, of 16 or 32 bits */
	TRANSOM_COMPONENT_TYPE_SIGNED_NORMALIZED = 4,
};

/**
 * One component of a block. To read it, take the bytes_per_block bytes of the block as one number,
 * little-endian unless the format's big_endian is set, shift it right by offset, keep depth bits.
 */
struct transom_format_component {
	uint8_t name; /**< enum transom_component_name */
	uint8_t type; /**< enum transom_component_type */
	uint8_t range; /**< enum transom_range */
	uint8_t depth; /**< bits */
	uint16_t offset; /**< bits below it in the block */
};

/**
 * One plane. Its width in pixels is the image's, divided by horizontal_subsampling and rounded up,
 * and its height likewise. Its rows are rows of blocks, a block being block_width by block_height of
 * the plane's pixels; an image that ends within a block has the whole of it.
 *
 * All components of a block are listed, so a block of several pixels repeats their names: of one
 * name, the first is that of the uppermost row, and in a row of the leftmost pixel. Otherwise their
 * order means nothing.
 */
struct transom_format_plane {
	uint8_t horizontal_subsampling; /**< 1, 2 or 4 */
	uint8_t vertical_subsampling; /**< 1, 2 or 4 */
	uint8_t block_width; /**< 1 to 8 */
	uint8_t block_height; /**< 1 or 2 */
	uint16_t bytes_per_block; /**< 1 to 16 */
	uint16_t component_count; /**< 1 to TRANSOM_MAX_COMPONENTS */
	const struct transom_format_component *components;
};

/** One format. The table's own; lives for ever and never changes. Later versions may append members. */
struct transom_format {
	uint32_t code; /**< TRANSOM_FORMAT_... */
	uint32_t drm; /**< the DRM fourcc of this layout, or 0 */
	uint32_t apple; /**< Apple's type, or 0 */
	uint8_t model; /**< enum transom_model */
	uint8_t range; /**< enum transom_range, that of all components but alpha */
	uint8_t alpha; /**< enum transom_alpha */
	uint8_t subsampling; /**< enum transom_subsampling */
	uint8_t bayer; /**< enum transom_bayer */
	uint8_t big_endian; /**< 1 if a block is a big-endian number, else 0 */
	uint16_t plane_count; /**< 1 to TRANSOM_MAX_PLANES */
	uint32_t row_alignment; /**< what the format's rows must be a multiple of; 0: nothing special */
	const char *name; /**< the code's name without its prefix, "NV12" */
	const char *description; /**< a line for a person */
	const struct transom_format_plane *planes;
};

/** Where one plane of an image lies. An element is a block; see struct transom_format_plane. */
struct transom_plane_layout {
	uint32_t width; /**< in pixels of this plane */
	uint32_t height; /**< in pixels of this plane */
	uint32_t bytes_per_element;
	uint32_t element_width; /**< in pixels of this plane */
	uint32_t element_height; /**< in pixels of this plane */
	uint32_t bytes_per_row; /**< from a row of elements to the next; the stride */
	uint64_t offset; /**< of the first byte, from the start of the image */
	uint64_t size; /**< bytes_per_row times the rows of elements */
};

/** Where an image lies in memory. Planes beyond plane_count are all zero. */
struct transom_layout {
	uint32_t plane_count;
	uint32_t reserved; /**< 0 */
	uint64_t size; /**< of the whole image in bytes */
	struct transom_plane_layout planes[TRANSOM_MAX_PLANES];
};

/**
 * The format of a code.
 *
 * @param code TRANSOM_FORMAT_..., or any number.
 *
 * Owns:    nothing; what is returned lives for ever.
 * Errors:  none; NULL for a code that this library does not know.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const struct transom_format *
transom_format_get(uint32_t code);

/**
 * The formats one after another, in an order without meaning, which may differ in the next version.
 *
 * @param index 0 for the first.
 *
 * Owns:    nothing; what is returned lives for ever.
 * Errors:  none; NULL past the last one.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const struct transom_format *
transom_format_get_at(size_t index);

/**
 * The code of a name that a person wrote.
 *
 * @param name The name of a format ("NV12"); else the four characters of an Apple type ("420v"); else
 *             those of a DRM fourcc ("AR24", "R8  "), read as transom_format_from_drm() does with an
 *             unknown range. Upper and lower case differ. "RGB8" and "BGR8" are the names, although
 *             DRM calls its RGB332 and BGR233 so.
 * @param ret  The code.
 *
 * Errors:  -EINVAL for NULL; -ENOENT if no format is called that.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_format_find(const char *name, uint32_t *ret);

/**
 * The code of a DRM fourcc (which is also what V4L2, GBM, EGL, Vulkan and Wayland go by).
 *
 * A fourcc does not say in which range the colours are, so two codes may share one. A YCbCr format is
 * found only in the range asked for, or if its code leaves the range open. For any other model the
 * range decides only between codes that share the fourcc.
 *
 * @param drm   A value of drm_fourcc.h.
 * @param range What is known of the range. TRANSOM_RANGE_UNKNOWN takes the usual one: for YCbCr the
 *              video range, otherwise the full one.
 * @param ret   The code.
 *
 * Errors:  -EINVAL for NULL or a range that is none; -ENOENT if the fourcc is unknown or has no code in
 *          that range.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_format_from_drm(uint32_t drm, enum transom_range range, uint32_t *ret);

/**
 * The DRM fourcc of a code. The range of the colours is lost on the way.
 *
 * @param code TRANSOM_FORMAT_...
 * @param ret  A value of drm_fourcc.h.
 *
 * Errors:  -EINVAL for NULL; -ENOENT if the code is unknown, or DRM has no such layout.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_format_to_drm(uint32_t code, uint32_t *ret);

/**
 * The code of an Apple type (OSType of CoreVideo and IOSurface).
 *
 * @param apple The type, TRANSOM_FOURCC('B', 'G', 'R', 'A') for 'BGRA'.
 * @param ret   The code, which today is always the same number.
 *
 * Errors:  -EINVAL for NULL; -ENOENT if the type is unknown or one of the compressed ones.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_format_from_apple(uint32_t apple, uint32_t *ret);

/**
 * The Apple type of a code.
 *
 * @param code TRANSOM_FORMAT_...
 * @param ret  The type.
 *
 * Errors:  -EINVAL for NULL; -ENOENT if the code is unknown, or Apple has no such type.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_format_to_apple(uint32_t code, uint32_t *ret);

/**
 * Lays an image out in memory: the planes one after another, the first at offset 0. Each row begins
 * at a multiple of the row alignment from its plane's first byte, and so does each plane from the
 * image's. The size is the end of the last plane. Nothing lies between the planes, since whole rows
 * are a multiple of the alignment already; with an alignment of 1 there is no padding at all.
 *
 * @param code          TRANSOM_FORMAT_...
 * @param width         Of the image in pixels, 1 to TRANSOM_MAX_DIMENSION; odd ones are welcome, the
 *                      planes of less resolution are rounded up.
 * @param height        The same.
 * @param row_alignment A power of two, in bytes. 0 takes the format's own (V210 has 128), or else
 *                      TRANSOM_ROW_ALIGNMENT.
 * @param ret           The layout.
 *
 * Errors:  -EINVAL for NULL, a width or height of 0, or an alignment that is no power of two; -E2BIG
 *          if width or height is above the maximum; -ENOENT if the code is unknown; -EOVERFLOW if a
 *          row or the whole does not fit its number, which no format can reach as they are.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_format_get_layout(uint32_t code, uint32_t width, uint32_t height, uint32_t row_alignment,
			  struct transom_layout *ret);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_FORMAT_H */
