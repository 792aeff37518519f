/*
 * format-table.c - every pixel format, once: its codes and its planes; data only, no decision.
 *
 * Of the formats that share a DRM fourcc the first is the one that the fourcc means when nobody
 * knows the range of the colours. The formats in widest use come first within their group.
 */
#include "format-table-private.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* Components: one is (name, type, range, depth, offset). */
#define SAMPLE(name, range, depth, offset)                                                                   \
	{                                                                                                    \
		TRANSOM_COMPONENT_##name, TRANSOM_COMPONENT_TYPE_UNSIGNED, TRANSOM_RANGE_##range, depth,     \
			offset                                                                               \
	}
#define UINT(name, depth, offset) SAMPLE(name, FULL, depth, offset)
#define WIDE(name, depth, offset) SAMPLE(name, WIDE, depth, offset)
#define SENSEL(depth, offset) SAMPLE(SENSEL, UNKNOWN, depth, offset)
#define FLOAT(name, depth, offset)                                                                           \
	{                                                                                                    \
		TRANSOM_COMPONENT_##name, TRANSOM_COMPONENT_TYPE_FLOAT, TRANSOM_RANGE_FULL, depth, offset    \
	}
#define DISTANCE(name, depth)                                                                                \
	{                                                                                                    \
		TRANSOM_COMPONENT_##name, TRANSOM_COMPONENT_TYPE_FLOAT, TRANSOM_RANGE_UNKNOWN, depth, 0      \
	}
#define COMPONENTS(...) ((const struct transom_format_component[]){ __VA_ARGS__ })

/* A plane: its subsampling, then a block of so many pixels in so many bytes. */
#define PLANE(horizontal, vertical, block_width, block_height, bytes, ...)                                   \
	{                                                                                                    \
		horizontal, vertical, block_width, block_height, bytes, LENGTH(COMPONENTS(__VA_ARGS__)),     \
			COMPONENTS(__VA_ARGS__)                                                              \
	}
#define PLANES(...)                                                                                          \
	.plane_count = LENGTH(((const struct transom_format_plane[]){ __VA_ARGS__ })),                       \
	.planes = (const struct transom_format_plane[])                                                      \
	{                                                                                                    \
		__VA_ARGS__                                                                                  \
	}
#define BLOCK(width, height, bytes, ...) PLANES(PLANE(1, 1, width, height, bytes, __VA_ARGS__))
#define PIXEL(bytes, ...) BLOCK(1, 1, bytes, __VA_ARGS__)

/* RGB, by the offsets of red, green, blue and alpha. */
#define RGB_COMPONENTS(depth, r, g, b) UINT(RED, depth, r), UINT(GREEN, depth, g), UINT(BLUE, depth, b)
#define RGB(bytes, depth, r, g, b) PIXEL(bytes, RGB_COMPONENTS(depth, r, g, b))
#define RGBA(bytes, depth, r, g, b, a) RGBA_2(bytes, depth, depth, r, g, b, a)
#define RGBA_2(bytes, depth, alpha_depth, r, g, b, a)                                                        \
	PIXEL(bytes, RGB_COMPONENTS(depth, r, g, b), UINT(ALPHA, alpha_depth, a))
#define RGB_565_COMPONENTS(r, b) UINT(RED, 5, r), UINT(GREEN, 6, 5), UINT(BLUE, 5, b)
#define RGB_565(r, b) PIXEL(2, RGB_565_COMPONENTS(r, b))
#define PLANE_A8 PLANE(1, 1, 1, 1, 1, UINT(ALPHA, 8, 0))
#define RGB_A8(bytes, depth, r, g, b)                                                                        \
	PLANES(PLANE(1, 1, 1, 1, bytes, RGB_COMPONENTS(depth, r, g, b)), PLANE_A8)
#define RGB_565_A8(r, b) PLANES(PLANE(1, 1, 1, 1, 2, RGB_565_COMPONENTS(r, b)), PLANE_A8)

/* Several pixels in a byte, the leftmost on top. */
#define EIGHT_A_BYTE(name)                                                                                   \
	BLOCK(8, 1, 1, UINT(name, 1, 7), UINT(name, 1, 6), UINT(name, 1, 5), UINT(name, 1, 4),               \
	      UINT(name, 1, 3), UINT(name, 1, 2), UINT(name, 1, 1), UINT(name, 1, 0))
#define FOUR_A_BYTE(name)                                                                                    \
	BLOCK(4, 1, 1, UINT(name, 2, 6), UINT(name, 2, 4), UINT(name, 2, 2), UINT(name, 2, 0))
#define TWO_A_BYTE(name) BLOCK(2, 1, 1, UINT(name, 4, 4), UINT(name, 4, 0))

/* YCbCr in one plane, by the offsets of luma, Cb and Cr. */
#define YUV_COMPONENTS(range, depth, y, u, v)                                                                \
	SAMPLE(LUMA, range, depth, y), SAMPLE(CHROMA_BLUE, range, depth, u),                                 \
		SAMPLE(CHROMA_RED, range, depth, v)
#define YUV(range, bytes, depth, y, u, v) PIXEL(bytes, YUV_COMPONENTS(range, depth, y, u, v))
#define YUVA(range, bytes, depth, y, u, v, alpha_depth, a)                                                   \
	PIXEL(bytes, YUV_COMPONENTS(range, depth, y, u, v), UINT(ALPHA, alpha_depth, a))
#define PLANE_422(range, bytes, depth, y0, u, y1, v)                                                         \
	PLANE(1, 1, 2, 1, bytes, SAMPLE(LUMA, range, depth, y0), SAMPLE(CHROMA_BLUE, range, depth, u),       \
	      SAMPLE(LUMA, range, depth, y1), SAMPLE(CHROMA_RED, range, depth, v))
#define PACKED_422(...) PLANES(PLANE_422(__VA_ARGS__))
#define UYVY_A8 PLANES(PLANE_422(VIDEO, 4, 8, 8, 0, 24, 16), PLANE_A8)
#define V210_SAMPLE(name, word, place) SAMPLE(name, VIDEO, 10, 32 * (word) + 10 * (place))
#define V210                                                                                                 \
	BLOCK(6, 1, 16, V210_SAMPLE(CHROMA_BLUE, 0, 0), V210_SAMPLE(LUMA, 0, 1),                             \
	      V210_SAMPLE(CHROMA_RED, 0, 2), V210_SAMPLE(LUMA, 1, 0), V210_SAMPLE(CHROMA_BLUE, 1, 1),        \
	      V210_SAMPLE(LUMA, 1, 2), V210_SAMPLE(CHROMA_RED, 2, 0), V210_SAMPLE(LUMA, 2, 1),               \
	      V210_SAMPLE(CHROMA_BLUE, 2, 2), V210_SAMPLE(LUMA, 3, 0), V210_SAMPLE(CHROMA_RED, 3, 1),        \
	      V210_SAMPLE(LUMA, 3, 2))
#define TILE_COMPONENTS(depth, shift)                                                                        \
	SAMPLE(LUMA, UNKNOWN, depth, shift), SAMPLE(CHROMA_BLUE, UNKNOWN, depth, 10 + (shift)),              \
		SAMPLE(LUMA, UNKNOWN, depth, 20 + (shift)), SAMPLE(LUMA, UNKNOWN, depth, 32 + (shift)),      \
		SAMPLE(CHROMA_RED, UNKNOWN, depth, 42 + (shift)), SAMPLE(LUMA, UNKNOWN, depth, 52 + (shift))
#define TILE(depth, shift) BLOCK(2, 2, 8, TILE_COMPONENTS(depth, shift))
#define TILE_ALPHA(depth, shift)                                                                             \
	BLOCK(2, 2, 8, TILE_COMPONENTS(depth, shift), UINT(ALPHA, 1, 30), UINT(ALPHA, 1, 31),                \
	      UINT(ALPHA, 1, 62), UINT(ALPHA, 1, 63))

/* YCbCr in several planes; a component lies at the top of its bytes unless a shift is given. */
#define BIPLANAR_PLANES(horizontal, vertical, range, bytes, depth, first, second)                            \
	PLANE(1, 1, 1, 1, bytes, SAMPLE(LUMA, range, depth, 8 * (bytes) - (depth))),                         \
		PLANE(horizontal, vertical, 1, 1, 2 * (bytes),                                               \
		      SAMPLE(first, range, depth, 8 * (bytes) - (depth)),                                    \
		      SAMPLE(second, range, depth, 16 * (bytes) - (depth)))
#define BIPLANAR(...) PLANES(BIPLANAR_PLANES(__VA_ARGS__))
#define NV12_A8 PLANES(BIPLANAR_PLANES(2, 2, VIDEO, 1, 8, CHROMA_BLUE, CHROMA_RED), PLANE_A8)
#define P416_A16                                                                                             \
	PLANES(BIPLANAR_PLANES(1, 1, VIDEO, 2, 16, CHROMA_BLUE, CHROMA_RED),                                 \
	       PLANE(1, 1, 1, 1, 2, UINT(ALPHA, 16, 0)))
#define TEN(name, offset) SAMPLE(name, UNKNOWN, 10, offset)
#define FOUR_IN_FIVE(horizontal, vertical)                                                                   \
	PLANES(PLANE(1, 1, 4, 1, 5, TEN(LUMA, 0), TEN(LUMA, 10), TEN(LUMA, 20), TEN(LUMA, 30)),              \
	       PLANE(horizontal, vertical, 2, 1, 5, TEN(CHROMA_BLUE, 0), TEN(CHROMA_RED, 10),                \
		     TEN(CHROMA_BLUE, 20), TEN(CHROMA_RED, 30)))
#define THREE_IN_FOUR(horizontal, vertical)                                                                  \
	PLANES(PLANE(1, 1, 3, 1, 4, TEN(LUMA, 0), TEN(LUMA, 10), TEN(LUMA, 20)),                             \
	       PLANE(horizontal, vertical, 3, 1, 8, TEN(CHROMA_BLUE, 0), TEN(CHROMA_RED, 10),                \
		     TEN(CHROMA_BLUE, 20), TEN(CHROMA_RED, 32), TEN(CHROMA_BLUE, 42), TEN(CHROMA_RED, 52)))
#define TRIPLANAR(horizontal, vertical, range, bytes, depth, shift, second, third)                           \
	PLANES(PLANE(1, 1, 1, 1, bytes, SAMPLE(LUMA, range, depth, shift)),                                  \
	       PLANE(horizontal, vertical, 1, 1, bytes, SAMPLE(second, range, depth, shift)),                \
	       PLANE(horizontal, vertical, 1, 1, bytes, SAMPLE(third, range, depth, shift)))

/* Codes: a DRM fourcc alone, an Apple type alone, or both. */
#define DRM(id) .name = #id, .code = TRANSOM_FORMAT_##id, .drm = TRANSOM_FORMAT_##id
#define APPLE(id) .name = #id, .code = TRANSOM_FORMAT_##id, .apple = TRANSOM_FORMAT_##id
#define BOTH(id, ...) APPLE(id), .drm = TRANSOM_DRM_FOURCC(__VA_ARGS__)
#define BOTH_BE(id, ...) APPLE(id), .drm = TRANSOM_DRM_FOURCC(__VA_ARGS__) | TRANSOM_DRM_BIG_ENDIAN

/* What the components mean together. */
#define KIND(m, r, a, s)                                                                                     \
	.model = TRANSOM_MODEL_##m, .range = TRANSOM_RANGE_##r, .alpha = TRANSOM_ALPHA_##a,                  \
	.subsampling = TRANSOM_SUBSAMPLING_##s
#define RGB_OPAQUE KIND(RGB, FULL, NONE, NONE)
#define RGB_ALPHA KIND(RGB, FULL, UNSPECIFIED, NONE)
#define RGB_WIDE(alpha) KIND(RGB, WIDE, alpha, NONE)
#define YCBCR(range, subsampling) KIND(YCBCR, range, NONE, subsampling)
#define YCBCR_ALPHA(range, subsampling) KIND(YCBCR, range, UNSPECIFIED, subsampling)
#define GREY KIND(GREY, FULL, NONE, NONE)
#define GREY_ALPHA KIND(GREY, FULL, UNSPECIFIED, NONE)
#define INDEXED KIND(INDEXED, FULL, NONE, NONE)
#define DEPTH KIND(DEPTH, UNKNOWN, NONE, NONE)
#define BAYER(pattern) KIND(BAYER, UNKNOWN, NONE, NONE), .bayer = TRANSOM_BAYER_##pattern
#define BIG_ENDIAN .big_endian = 1

/* clang-format off */
const struct transom_format format_table[] = {
	/* RGB, 8 bits a component */
	{ BOTH(BGRA8, 'A', 'R', '2', '4'), RGB_ALPHA,
	  .description = "8-bit blue, green, red, alpha",
	  RGBA(4, 8, 16, 8, 0, 24) },
	{ BOTH(RGBA8, 'A', 'B', '2', '4'), RGB_ALPHA,
	  .description = "8-bit red, green, blue, alpha",
	  RGBA(4, 8, 0, 8, 16, 24) },
	{ BOTH(ARGB8, 'B', 'A', '2', '4'), RGB_ALPHA,
	  .description = "8-bit alpha, red, green, blue",
	  RGBA(4, 8, 8, 16, 24, 0) },
	{ BOTH(ABGR8, 'R', 'A', '2', '4'), RGB_ALPHA,
	  .description = "8-bit alpha, blue, green, red",
	  RGBA(4, 8, 24, 16, 8, 0) },
	{ DRM(BGRX8), RGB_OPAQUE,
	  .description = "8-bit blue, green, red, a byte without meaning",
	  RGB(4, 8, 16, 8, 0) },
	{ DRM(RGBX8), RGB_OPAQUE,
	  .description = "8-bit red, green, blue, a byte without meaning",
	  RGB(4, 8, 0, 8, 16) },
	{ DRM(XRGB8), RGB_OPAQUE,
	  .description = "a byte without meaning, 8-bit red, green, blue",
	  RGB(4, 8, 8, 16, 24) },
	{ DRM(XBGR8), RGB_OPAQUE,
	  .description = "a byte without meaning, 8-bit blue, green, red",
	  RGB(4, 8, 24, 16, 8) },
	{ BOTH(RGB8, 'B', 'G', '2', '4'), RGB_OPAQUE,
	  .description = "8-bit red, green, blue",
	  RGB(3, 8, 0, 8, 16) },
	{ BOTH(BGR8, 'R', 'G', '2', '4'), RGB_OPAQUE,
	  .description = "8-bit blue, green, red",
	  RGB(3, 8, 16, 8, 0) },
	{ BOTH(RG8, 'G', 'R', '8', '8'), RGB_OPAQUE,
	  .description = "8-bit first and second component, called red and green",
	  PIXEL(2, UINT(RED, 8, 0), UINT(GREEN, 8, 8)) },
	{ DRM(GR8), RGB_OPAQUE,
	  .description = "8-bit green, red",
	  PIXEL(2, UINT(RED, 8, 8), UINT(GREEN, 8, 0)) },

	/* RGB, 10 bits a component */
	{ BOTH(ARGB2101010, 'A', 'R', '3', '0'), RGB_ALPHA,
	  .description = "10-bit colour, 2-bit alpha in a little-endian word",
	  RGBA_2(4, 10, 2, 20, 10, 0, 30) },
	{ DRM(ABGR2101010), RGB_ALPHA,
	  .description = "10-bit colour, 2-bit alpha in a little-endian word",
	  RGBA_2(4, 10, 2, 0, 10, 20, 30) },
	{ DRM(RGBA1010102), RGB_ALPHA,
	  .description = "10-bit colour, 2-bit alpha in a little-endian word",
	  RGBA_2(4, 10, 2, 22, 12, 2, 0) },
	{ DRM(BGRA1010102), RGB_ALPHA,
	  .description = "10-bit colour, 2-bit alpha in a little-endian word",
	  RGBA_2(4, 10, 2, 2, 12, 22, 0) },
	{ DRM(XRGB2101010), RGB_OPAQUE,
	  .description = "10-bit colour, 2 bits without meaning, in a little-endian word",
	  RGB(4, 10, 20, 10, 0) },
	{ DRM(XBGR2101010), RGB_OPAQUE,
	  .description = "10-bit colour, 2 bits without meaning, in a little-endian word",
	  RGB(4, 10, 0, 10, 20) },
	{ DRM(RGBX1010102), RGB_OPAQUE,
	  .description = "10-bit colour, 2 bits without meaning, in a little-endian word",
	  RGB(4, 10, 22, 12, 2) },
	{ DRM(BGRX1010102), RGB_OPAQUE,
	  .description = "10-bit colour, 2 bits without meaning, in a little-endian word",
	  RGB(4, 10, 2, 12, 22) },
	{ BOTH(XRGB2101010_WIDE, 'X', 'R', '3', '0'), RGB_WIDE(NONE),
	  .description = "XRGB2101010 in wide range: 384 is black, 895 white",
	  PIXEL(4, WIDE(RED, 10, 20), WIDE(GREEN, 10, 10), WIDE(BLUE, 10, 0)) },
	{ BOTH_BE(RGBX1010102_BE, 'R', 'X', '3', '0'), BIG_ENDIAN, RGB_OPAQUE,
	  .description = "RGBX1010102 in a big-endian word",
	  RGB(4, 10, 22, 12, 2) },
	{ DRM(RGBA10X6), RGB_ALPHA,
	  .description = "red, green, blue, alpha, 10 bits at the top of 16 each, little-endian",
	  RGBA(8, 10, 6, 22, 38, 54) },
	{ APPLE(BGRA10X6_WIDE), RGB_WIDE(UNSPECIFIED),
	  .description = "blue, green, red, alpha, 10 bits at the top of 16 each, little-endian, wide "
		"range (384 is 0, 895 is 1); this order is Transom's reading, since 0.1",
	  PIXEL(8, WIDE(RED, 10, 38), WIDE(GREEN, 10, 22), WIDE(BLUE, 10, 6), WIDE(ALPHA, 10, 54)) },
	{ APPLE(BGRA10X6_WIDE_PREMULTIPLIED), RGB_WIDE(PREMULTIPLIED),
	  .description = "BGRA10X6_WIDE with the colours multiplied by alpha; this order is Transom's "
		"reading, since 0.1",
	  PIXEL(8, WIDE(RED, 10, 38), WIDE(GREEN, 10, 22), WIDE(BLUE, 10, 6), WIDE(ALPHA, 10, 54)) },

	/* RGB, 16 bits a component */
	{ BOTH(RGBA16, 'A', 'B', '4', '8'), RGB_ALPHA,
	  .description = "16-bit little-endian red, green, blue, alpha",
	  RGBA(8, 16, 0, 16, 32, 48) },
	{ DRM(BGRA16), RGB_ALPHA,
	  .description = "16-bit little-endian blue, green, red, alpha",
	  RGBA(8, 16, 32, 16, 0, 48) },
	{ DRM(RGBX16), RGB_OPAQUE,
	  .description = "16-bit little-endian red, green, blue, 16 bits without meaning",
	  RGB(8, 16, 0, 16, 32) },
	{ DRM(BGRX16), RGB_OPAQUE,
	  .description = "16-bit little-endian blue, green, red, 16 bits without meaning",
	  RGB(8, 16, 32, 16, 0) },
	{ BOTH_BE(ARGB16_BE, 'A', 'R', '4', '8'), BIG_ENDIAN, RGB_ALPHA,
	  .description = "16-bit big-endian alpha, red, green, blue",
	  RGBA(8, 16, 32, 16, 0, 48) },
	{ DRM(RGB16), RGB_OPAQUE,
	  .description = "16-bit little-endian red, green, blue",
	  RGB(6, 16, 0, 16, 32) },
	{ DRM(BGR16), RGB_OPAQUE,
	  .description = "16-bit little-endian blue, green, red",
	  RGB(6, 16, 32, 16, 0) },
	{ BOTH_BE(RGB16_BE, 'R', 'G', '4', '8'), BIG_ENDIAN, RGB_OPAQUE,
	  .description = "16-bit big-endian red, green, blue",
	  RGB(6, 16, 32, 16, 0) },
	{ BOTH(R16G16, 'G', 'R', '3', '2'), RGB_OPAQUE,
	  .description = "16-bit little-endian first and second component, called red and green",
	  PIXEL(4, UINT(RED, 16, 0), UINT(GREEN, 16, 16)) },
	{ DRM(G16R16), RGB_OPAQUE,
	  .description = "16-bit little-endian green, red",
	  PIXEL(4, UINT(RED, 16, 16), UINT(GREEN, 16, 0)) },

	/* RGB, floating point, little-endian IEEE 754 */
	{ BOTH(RGBA16F, 'A', 'B', '4', 'H'), RGB_ALPHA,
	  .description = "half-float red, green, blue, alpha",
	  PIXEL(8, FLOAT(RED, 16, 0), FLOAT(GREEN, 16, 16), FLOAT(BLUE, 16, 32), FLOAT(ALPHA, 16, 48)) },
	{ DRM(BGRA16F), RGB_ALPHA,
	  .description = "half-float blue, green, red, alpha",
	  PIXEL(8, FLOAT(RED, 16, 32), FLOAT(GREEN, 16, 16), FLOAT(BLUE, 16, 0), FLOAT(ALPHA, 16, 48)) },
	{ DRM(RGBX16F), RGB_OPAQUE,
	  .description = "half-float red, green, blue, 16 bits without meaning",
	  PIXEL(8, FLOAT(RED, 16, 0), FLOAT(GREEN, 16, 16), FLOAT(BLUE, 16, 32)) },
	{ DRM(BGRX16F), RGB_OPAQUE,
	  .description = "half-float blue, green, red, 16 bits without meaning",
	  PIXEL(8, FLOAT(RED, 16, 32), FLOAT(GREEN, 16, 16), FLOAT(BLUE, 16, 0)) },
	{ DRM(RGB16F), RGB_OPAQUE,
	  .description = "half-float red, green, blue",
	  PIXEL(6, FLOAT(RED, 16, 0), FLOAT(GREEN, 16, 16), FLOAT(BLUE, 16, 32)) },
	{ BOTH(RG16F, 'G', 'R', ' ', 'H'), RGB_OPAQUE,
	  .description = "half-float first and second component, called red and green",
	  PIXEL(4, FLOAT(RED, 16, 0), FLOAT(GREEN, 16, 16)) },
	{ BOTH(RGBA32F, 'A', 'B', '8', 'F'), RGB_ALPHA,
	  .description = "float red, green, blue, alpha",
	  PIXEL(16, FLOAT(RED, 32, 0), FLOAT(GREEN, 32, 32), FLOAT(BLUE, 32, 64), FLOAT(ALPHA, 32, 96)) },
	{ DRM(RGB32F), RGB_OPAQUE,
	  .description = "float red, green, blue",
	  PIXEL(12, FLOAT(RED, 32, 0), FLOAT(GREEN, 32, 32), FLOAT(BLUE, 32, 64)) },
	{ BOTH(RG32F, 'G', 'R', ' ', 'F'), RGB_OPAQUE,
	  .description = "float first and second component, called red and green",
	  PIXEL(8, FLOAT(RED, 32, 0), FLOAT(GREEN, 32, 32)) },

	/* RGB in 16 bits or fewer */
	{ BOTH(RGB565, 'R', 'G', '1', '6'), RGB_OPAQUE,
	  .description = "5-bit red, 6-bit green, 5-bit blue in a little-endian word",
	  RGB_565(11, 0) },
	{ DRM(BGR565), RGB_OPAQUE,
	  .description = "5-bit blue, 6-bit green, 5-bit red in a little-endian word",
	  RGB_565(0, 11) },
	{ BOTH_BE(RGB565_BE, 'R', 'G', '1', '6'), BIG_ENDIAN, RGB_OPAQUE,
	  .description = "RGB565 in a big-endian word",
	  RGB_565(11, 0) },
	{ BOTH(XRGB1555, 'X', 'R', '1', '5'), RGB_OPAQUE,
	  .description = "5-bit colour, 1 bit without meaning, in a little-endian word",
	  RGB(2, 5, 10, 5, 0) },
	{ DRM(XBGR1555), RGB_OPAQUE,
	  .description = "5-bit colour, 1 bit without meaning, in a little-endian word",
	  RGB(2, 5, 0, 5, 10) },
	{ DRM(RGBX5551), RGB_OPAQUE,
	  .description = "5-bit colour, 1 bit without meaning, in a little-endian word",
	  RGB(2, 5, 11, 6, 1) },
	{ DRM(BGRX5551), RGB_OPAQUE,
	  .description = "5-bit colour, 1 bit without meaning, in a little-endian word",
	  RGB(2, 5, 1, 6, 11) },
	{ BOTH_BE(XRGB1555_BE, 'X', 'R', '1', '5'), BIG_ENDIAN, RGB_OPAQUE,
	  .description = "XRGB1555 in a big-endian word",
	  RGB(2, 5, 10, 5, 0) },
	{ DRM(ARGB1555), RGB_ALPHA,
	  .description = "5-bit colour, 1-bit alpha in a little-endian word",
	  RGBA_2(2, 5, 1, 10, 5, 0, 15) },
	{ DRM(ABGR1555), RGB_ALPHA,
	  .description = "5-bit colour, 1-bit alpha in a little-endian word",
	  RGBA_2(2, 5, 1, 0, 5, 10, 15) },
	{ BOTH(RGBA5551, 'R', 'A', '1', '5'), RGB_ALPHA,
	  .description = "5-bit colour, 1-bit alpha in a little-endian word",
	  RGBA_2(2, 5, 1, 11, 6, 1, 0) },
	{ DRM(BGRA5551), RGB_ALPHA,
	  .description = "5-bit colour, 1-bit alpha in a little-endian word",
	  RGBA_2(2, 5, 1, 1, 6, 11, 0) },
	{ DRM(ARGB4444), RGB_ALPHA,
	  .description = "4-bit colour, 4-bit alpha in a little-endian word",
	  RGBA(2, 4, 8, 4, 0, 12) },
	{ DRM(ABGR4444), RGB_ALPHA,
	  .description = "4-bit colour, 4-bit alpha in a little-endian word",
	  RGBA(2, 4, 0, 4, 8, 12) },
	{ DRM(RGBA4444), RGB_ALPHA,
	  .description = "4-bit colour, 4-bit alpha in a little-endian word",
	  RGBA(2, 4, 12, 8, 4, 0) },
	{ DRM(BGRA4444), RGB_ALPHA,
	  .description = "4-bit colour, 4-bit alpha in a little-endian word",
	  RGBA(2, 4, 4, 8, 12, 0) },
	{ DRM(XRGB4444), RGB_OPAQUE,
	  .description = "4-bit colour, 4 bits without meaning, in a little-endian word",
	  RGB(2, 4, 8, 4, 0) },
	{ DRM(XBGR4444), RGB_OPAQUE,
	  .description = "4-bit colour, 4 bits without meaning, in a little-endian word",
	  RGB(2, 4, 0, 4, 8) },
	{ DRM(RGBX4444), RGB_OPAQUE,
	  .description = "4-bit colour, 4 bits without meaning, in a little-endian word",
	  RGB(2, 4, 12, 8, 4) },
	{ DRM(BGRX4444), RGB_OPAQUE,
	  .description = "4-bit colour, 4 bits without meaning, in a little-endian word",
	  RGB(2, 4, 4, 8, 12) },
	{ DRM(RGB332), RGB_OPAQUE,
	  .description = "3-bit red, 3-bit green, 2-bit blue in a byte",
	  PIXEL(1, UINT(RED, 3, 5), UINT(GREEN, 3, 2), UINT(BLUE, 2, 0)) },
	{ DRM(BGR233), RGB_OPAQUE,
	  .description = "2-bit blue, 3-bit green, 3-bit red in a byte",
	  PIXEL(1, UINT(RED, 3, 0), UINT(GREEN, 3, 3), UINT(BLUE, 2, 6)) },

	/* RGB in one plane, alpha in a second */
	{ DRM(BGRX8_A8), RGB_ALPHA,
	  .description = "BGRX8, then a plane of 8-bit alpha",
	  RGB_A8(4, 8, 16, 8, 0) },
	{ DRM(RGBX8_A8), RGB_ALPHA,
	  .description = "RGBX8, then a plane of 8-bit alpha",
	  RGB_A8(4, 8, 0, 8, 16) },
	{ DRM(XBGR8_A8), RGB_ALPHA,
	  .description = "XBGR8, then a plane of 8-bit alpha",
	  RGB_A8(4, 8, 24, 16, 8) },
	{ DRM(XRGB8_A8), RGB_ALPHA,
	  .description = "XRGB8, then a plane of 8-bit alpha",
	  RGB_A8(4, 8, 8, 16, 24) },
	{ DRM(BGR8_A8), RGB_ALPHA,
	  .description = "BGR8, then a plane of 8-bit alpha",
	  RGB_A8(3, 8, 16, 8, 0) },
	{ DRM(RGB8_A8), RGB_ALPHA,
	  .description = "RGB8, then a plane of 8-bit alpha",
	  RGB_A8(3, 8, 0, 8, 16) },
	{ DRM(RGB565_A8), RGB_ALPHA,
	  .description = "RGB565, then a plane of 8-bit alpha",
	  RGB_565_A8(11, 0) },
	{ DRM(BGR565_A8), RGB_ALPHA,
	  .description = "BGR565, then a plane of 8-bit alpha",
	  RGB_565_A8(0, 11) },

	/* Grey */
	{ BOTH(L8, 'R', '8', ' ', ' '), GREY,
	  .description = "8-bit grey, or one component of any meaning",
	  PIXEL(1, UINT(LUMA, 8, 0)) },
	{ BOTH(L16, 'R', '1', '6', ' '), GREY,
	  .description = "16-bit little-endian grey",
	  PIXEL(2, UINT(LUMA, 16, 0)) },
	{ BOTH_BE(L16_BE, 'R', '1', '6', ' '), BIG_ENDIAN, GREY,
	  .description = "16-bit big-endian grey",
	  PIXEL(2, UINT(LUMA, 16, 0)) },
	{ APPLE(L10X6), GREY,
	  .description = "grey, 10 bits at the top of 16, little-endian",
	  PIXEL(2, UINT(LUMA, 10, 6)) },
	{ APPLE(L12X4), GREY,
	  .description = "grey, 12 bits at the top of 16, little-endian",
	  PIXEL(2, UINT(LUMA, 12, 4)) },
	{ DRM(X6L10), GREY,
	  .description = "grey, 10 bits at the bottom of 16, little-endian",
	  PIXEL(2, UINT(LUMA, 10, 0)) },
	{ DRM(X4L12), GREY,
	  .description = "grey, 12 bits at the bottom of 16, little-endian",
	  PIXEL(2, UINT(LUMA, 12, 0)) },
	{ DRM(L1), GREY,
	  .description = "1-bit grey, eight pixels a byte, the leftmost in the top bit, 1 is white",
	  EIGHT_A_BYTE(LUMA) },
	{ DRM(L2), GREY,
	  .description = "2-bit grey, four pixels a byte, the leftmost in the top bits",
	  FOUR_A_BYTE(LUMA) },
	{ DRM(L4), GREY,
	  .description = "4-bit grey, two pixels a byte, the left one in the top bits",
	  TWO_A_BYTE(LUMA) },
	{ BOTH(D1, 'D', '1', ' ', ' '), GREY,
	  .description = "1-bit grey, white is 0, eight pixels a byte, the leftmost in the top bit",
	  EIGHT_A_BYTE(DARKNESS) },
	{ BOTH(D2, 'D', '2', ' ', ' '), GREY,
	  .description = "2-bit grey, white is 0, four pixels a byte, the leftmost in the top bits",
	  FOUR_A_BYTE(DARKNESS) },
	{ BOTH(D4, 'D', '4', ' ', ' '), GREY,
	  .description = "4-bit grey, white is 0, two pixels a byte, the left one in the top bits",
	  TWO_A_BYTE(DARKNESS) },
	{ BOTH(D8, 'D', '8', ' ', ' '), GREY,
	  .description = "8-bit grey, white is 0",
	  PIXEL(1, UINT(DARKNESS, 8, 0)) },
	{ DRM(Y8), YCBCR(UNKNOWN, NONE),
	  .description = "8-bit luma alone, as cameras and video decoders make it",
	  PIXEL(1, SAMPLE(LUMA, UNKNOWN, 8, 0)) },
	{ BOTH(L16F, 'R', ' ', ' ', 'H'), GREY,
	  .description = "half-float grey, or one component of any meaning",
	  PIXEL(2, FLOAT(LUMA, 16, 0)) },
	{ BOTH(L32F, 'R', ' ', ' ', 'F'), GREY,
	  .description = "float grey, or one component of any meaning",
	  PIXEL(4, FLOAT(LUMA, 32, 0)) },
	{ APPLE(AL16_BE), BIG_ENDIAN, GREY_ALPHA,
	  .description = "16-bit big-endian alpha, grey; this order is Transom's reading, since 0.1",
	  PIXEL(4, UINT(LUMA, 16, 0), UINT(ALPHA, 16, 16)) },

	/* Indices into a table of colours, which travels elsewhere */
	{ BOTH(C1, 'C', '1', ' ', ' '), INDEXED,
	  .description = "1-bit index, eight pixels a byte, the leftmost in the top bit",
	  EIGHT_A_BYTE(INDEX) },
	{ BOTH(C2, 'C', '2', ' ', ' '), INDEXED,
	  .description = "2-bit index, four pixels a byte, the leftmost in the top bits",
	  FOUR_A_BYTE(INDEX) },
	{ BOTH(C4, 'C', '4', ' ', ' '), INDEXED,
	  .description = "4-bit index, two pixels a byte, the left one in the top bits",
	  TWO_A_BYTE(INDEX) },
	{ BOTH(C8, 'C', '8', ' ', ' '), INDEXED,
	  .description = "8-bit index",
	  PIXEL(1, UINT(INDEX, 8, 0)) },

	/* YCbCr 4:2:2, packed in one plane: two pixels a block */
	{ BOTH(UYVY, 'U', 'Y', 'V', 'Y'), YCBCR(VIDEO, 422),
	  .description = "8-bit Cb, Y, Cr, Y",
	  PACKED_422(VIDEO, 4, 8, 8, 0, 24, 16) },
	{ BOTH(YUYV, 'Y', 'U', 'Y', 'V'), YCBCR(VIDEO, 422),
	  .description = "8-bit Y, Cb, Y, Cr",
	  PACKED_422(VIDEO, 4, 8, 0, 8, 16, 24) },
	{ BOTH(YUYV_FULL, 'Y', 'U', 'Y', 'V'), YCBCR(FULL, 422),
	  .description = "YUYV in full range",
	  PACKED_422(FULL, 4, 8, 0, 8, 16, 24) },
	{ DRM(YVYU), YCBCR(UNKNOWN, 422),
	  .description = "8-bit Y, Cr, Y, Cb",
	  PACKED_422(UNKNOWN, 4, 8, 0, 24, 16, 8) },
	{ DRM(VYUY), YCBCR(UNKNOWN, 422),
	  .description = "8-bit Cr, Y, Cb, Y",
	  PACKED_422(UNKNOWN, 4, 8, 8, 16, 24, 0) },
	{ APPLE(V210), YCBCR(VIDEO, 422), .row_alignment = 128,
	  .description = "10-bit, three components in each little-endian 32-bit word, six pixels in 16 "
		"bytes, rows a multiple of 128",
	  V210 },
	{ APPLE(V216), YCBCR(VIDEO, 422),
	  .description = "16-bit little-endian Cb, Y, Cr, Y",
	  PACKED_422(VIDEO, 8, 16, 16, 0, 48, 32) },
	{ DRM(Y210), YCBCR(UNKNOWN, 422),
	  .description = "Y, Cb, Y, Cr, 10 bits at the top of 16 each, little-endian",
	  PACKED_422(UNKNOWN, 8, 10, 6, 22, 38, 54) },
	{ DRM(Y212), YCBCR(UNKNOWN, 422),
	  .description = "Y, Cb, Y, Cr, 12 bits at the top of 16 each, little-endian",
	  PACKED_422(UNKNOWN, 8, 12, 4, 20, 36, 52) },
	{ DRM(Y216), YCBCR(UNKNOWN, 422),
	  .description = "16-bit little-endian Y, Cb, Y, Cr",
	  PACKED_422(UNKNOWN, 8, 16, 0, 16, 32, 48) },

	/* YCbCr 4:4:4, packed in one plane */
	{ APPLE(VYU8), YCBCR(VIDEO, NONE),
	  .description = "8-bit Cr, Y, Cb",
	  YUV(VIDEO, 3, 8, 8, 16, 0) },
	{ DRM(YUV8), YCBCR(UNKNOWN, NONE),
	  .description = "8-bit Y, Cb, Cr",
	  YUV(UNKNOWN, 3, 8, 0, 8, 16) },
	{ APPLE(UYVA8), YCBCR_ALPHA(VIDEO, NONE),
	  .description = "8-bit Cb, Y, Cr, alpha; alpha in video range too, as Transom reads it since 0.1",
	  PIXEL(4, SAMPLE(LUMA, VIDEO, 8, 8), SAMPLE(CHROMA_BLUE, VIDEO, 8, 0),
		SAMPLE(CHROMA_RED, VIDEO, 8, 16), SAMPLE(ALPHA, VIDEO, 8, 24)) },
	{ APPLE(AYUV8), YCBCR_ALPHA(VIDEO, NONE),
	  .description = "8-bit alpha, Y, Cb, Cr",
	  YUVA(VIDEO, 4, 8, 8, 16, 24, 8, 0) },
	{ APPLE(R408), YCBCR_ALPHA(UNKNOWN, NONE),
	  .description = "8-bit alpha, Y, Cb, Cr, the three of them biased to zero; what that does to "
		"their range is not stated here",
	  YUVA(UNKNOWN, 4, 8, 8, 16, 24, 8, 0) },
	{ DRM(VUYA8), YCBCR_ALPHA(UNKNOWN, NONE),
	  .description = "8-bit Cr, Cb, Y, alpha",
	  YUVA(UNKNOWN, 4, 8, 16, 8, 0, 8, 24) },
	{ DRM(VUYX8), YCBCR(UNKNOWN, NONE),
	  .description = "8-bit Cr, Cb, Y, a byte without meaning",
	  YUV(UNKNOWN, 4, 8, 16, 8, 0) },
	{ DRM(YUVA8), YCBCR_ALPHA(UNKNOWN, NONE),
	  .description = "8-bit Y, Cb, Cr, alpha",
	  YUVA(UNKNOWN, 4, 8, 0, 8, 16, 8, 24) },
	{ DRM(YUVX8), YCBCR(UNKNOWN, NONE),
	  .description = "8-bit Y, Cb, Cr, a byte without meaning",
	  YUV(UNKNOWN, 4, 8, 0, 8, 16) },
	{ APPLE(V410), YCBCR(VIDEO, NONE),
	  .description = "10-bit Cr, Y, Cb, 2 bits without meaning, from the top of a little-endian word",
	  YUV(VIDEO, 4, 10, 12, 2, 22) },
	{ DRM(Y410), YCBCR_ALPHA(UNKNOWN, NONE),
	  .description = "2-bit alpha, 10-bit Cr, Y, Cb, from the top of a little-endian word",
	  YUVA(UNKNOWN, 4, 10, 10, 0, 20, 2, 30) },
	{ DRM(XVYU2101010), YCBCR(UNKNOWN, NONE),
	  .description = "2 bits without meaning, 10-bit Cr, Y, Cb, from the top of a little-endian word",
	  YUV(UNKNOWN, 4, 10, 10, 0, 20) },
	{ DRM(Y412), YCBCR_ALPHA(UNKNOWN, NONE),
	  .description = "Cb, Y, Cr, alpha, 12 bits at the top of 16 each, little-endian",
	  YUVA(UNKNOWN, 8, 12, 20, 4, 36, 12, 52) },
	{ DRM(XVYU12_16161616), YCBCR(UNKNOWN, NONE),
	  .description = "Cb, Y, Cr, 12 bits at the top of 16 each, little-endian, 16 bits without meaning",
	  YUV(UNKNOWN, 8, 12, 20, 4, 36) },
	{ DRM(Y416), YCBCR_ALPHA(UNKNOWN, NONE),
	  .description = "16-bit little-endian Cb, Y, Cr, alpha",
	  YUVA(UNKNOWN, 8, 16, 16, 0, 32, 16, 48) },
	{ DRM(XVYU16161616), YCBCR(UNKNOWN, NONE),
	  .description = "16-bit little-endian Cb, Y, Cr, 16 bits without meaning",
	  YUV(UNKNOWN, 8, 16, 16, 0, 32) },
	{ APPLE(AYUV16), YCBCR_ALPHA(VIDEO, NONE),
	  .description = "16-bit little-endian alpha, Y, Cb, Cr",
	  YUVA(VIDEO, 8, 16, 16, 32, 48, 16, 0) },
	{ APPLE(AYUV32F), YCBCR_ALPHA(FULL, NONE),
	  .description = "float alpha, Y, Cb, Cr, little-endian",
	  PIXEL(16, FLOAT(LUMA, 32, 32), FLOAT(CHROMA_BLUE, 32, 64), FLOAT(CHROMA_RED, 32, 96),
		FLOAT(ALPHA, 32, 0)) },

	/* YCbCr 4:2:0, packed in one plane: blocks of two by two pixels */
	{ DRM(Y0L0), YCBCR_ALPHA(UNKNOWN, 420),
	  .description = "8-bit luma and chroma, 1-bit alpha in 64 bits",
	  TILE_ALPHA(8, 2) },
	{ DRM(X0L0), YCBCR(UNKNOWN, 420),
	  .description = "8-bit luma and chroma in 64 bits",
	  TILE(8, 2) },
	{ DRM(Y0L2), YCBCR_ALPHA(UNKNOWN, 420),
	  .description = "10-bit luma and chroma, 1-bit alpha in 64 bits",
	  TILE_ALPHA(10, 0) },
	{ DRM(X0L2), YCBCR(UNKNOWN, 420),
	  .description = "10-bit luma and chroma in 64 bits",
	  TILE(10, 0) },

	/* YCbCr, a plane of luma and a plane of pairs of chroma */
	{ BOTH(NV12, 'N', 'V', '1', '2'), YCBCR(VIDEO, 420),
	  .description = "8-bit 4:2:0, Cb before Cr",
	  BIPLANAR(2, 2, VIDEO, 1, 8, CHROMA_BLUE, CHROMA_RED) },
	{ BOTH(NV12_FULL, 'N', 'V', '1', '2'), YCBCR(FULL, 420),
	  .description = "NV12 in full range",
	  BIPLANAR(2, 2, FULL, 1, 8, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(NV21), YCBCR(UNKNOWN, 420),
	  .description = "8-bit 4:2:0, Cr before Cb",
	  BIPLANAR(2, 2, UNKNOWN, 1, 8, CHROMA_RED, CHROMA_BLUE) },
	{ BOTH(NV16, 'N', 'V', '1', '6'), YCBCR(VIDEO, 422),
	  .description = "8-bit 4:2:2, Cb before Cr",
	  BIPLANAR(2, 1, VIDEO, 1, 8, CHROMA_BLUE, CHROMA_RED) },
	{ BOTH(NV16_FULL, 'N', 'V', '1', '6'), YCBCR(FULL, 422),
	  .description = "NV16 in full range",
	  BIPLANAR(2, 1, FULL, 1, 8, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(NV61), YCBCR(UNKNOWN, 422),
	  .description = "8-bit 4:2:2, Cr before Cb",
	  BIPLANAR(2, 1, UNKNOWN, 1, 8, CHROMA_RED, CHROMA_BLUE) },
	{ BOTH(NV24, 'N', 'V', '2', '4'), YCBCR(VIDEO, NONE),
	  .description = "8-bit 4:4:4, Cb before Cr",
	  BIPLANAR(1, 1, VIDEO, 1, 8, CHROMA_BLUE, CHROMA_RED) },
	{ BOTH(NV24_FULL, 'N', 'V', '2', '4'), YCBCR(FULL, NONE),
	  .description = "NV24 in full range",
	  BIPLANAR(1, 1, FULL, 1, 8, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(NV42), YCBCR(UNKNOWN, NONE),
	  .description = "8-bit 4:4:4, Cr before Cb",
	  BIPLANAR(1, 1, UNKNOWN, 1, 8, CHROMA_RED, CHROMA_BLUE) },
	{ BOTH(P010, 'P', '0', '1', '0'), YCBCR(VIDEO, 420),
	  .description = "10-bit 4:2:0, Cb before Cr, each at the top of 16 bits, little-endian",
	  BIPLANAR(2, 2, VIDEO, 2, 10, CHROMA_BLUE, CHROMA_RED) },
	{ BOTH(P010_FULL, 'P', '0', '1', '0'), YCBCR(FULL, 420),
	  .description = "P010 in full range",
	  BIPLANAR(2, 2, FULL, 2, 10, CHROMA_BLUE, CHROMA_RED) },
	{ BOTH(P210, 'P', '2', '1', '0'), YCBCR(VIDEO, 422),
	  .description = "10-bit 4:2:2, Cb before Cr, each at the top of 16 bits, little-endian",
	  BIPLANAR(2, 1, VIDEO, 2, 10, CHROMA_BLUE, CHROMA_RED) },
	{ BOTH(P210_FULL, 'P', '2', '1', '0'), YCBCR(FULL, 422),
	  .description = "P210 in full range",
	  BIPLANAR(2, 1, FULL, 2, 10, CHROMA_BLUE, CHROMA_RED) },
	{ APPLE(P410), YCBCR(VIDEO, NONE),
	  .description = "10-bit 4:4:4, Cb before Cr, each at the top of 16 bits, little-endian",
	  BIPLANAR(1, 1, VIDEO, 2, 10, CHROMA_BLUE, CHROMA_RED) },
	{ APPLE(P410_FULL), YCBCR(FULL, NONE),
	  .description = "P410 in full range",
	  BIPLANAR(1, 1, FULL, 2, 10, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(P012), YCBCR(UNKNOWN, 420),
	  .description = "12-bit 4:2:0, Cb before Cr, each at the top of 16 bits, little-endian",
	  BIPLANAR(2, 2, UNKNOWN, 2, 12, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(P016), YCBCR(UNKNOWN, 420),
	  .description = "16-bit little-endian 4:2:0, Cb before Cr",
	  BIPLANAR(2, 2, UNKNOWN, 2, 16, CHROMA_BLUE, CHROMA_RED) },
	{ APPLE(P216), YCBCR(VIDEO, 422),
	  .description = "16-bit little-endian 4:2:2, Cb before Cr",
	  BIPLANAR(2, 1, VIDEO, 2, 16, CHROMA_BLUE, CHROMA_RED) },
	{ APPLE(P416), YCBCR(VIDEO, NONE),
	  .description = "16-bit little-endian 4:4:4, Cb before Cr",
	  BIPLANAR(1, 1, VIDEO, 2, 16, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(NV15), YCBCR(UNKNOWN, 420),
	  .description = "10-bit 4:2:0, Cb before Cr, four components in 5 bytes, the first in the low bits",
	  FOUR_IN_FIVE(2, 2) },
	{ DRM(NV20), YCBCR(UNKNOWN, 422),
	  .description = "10-bit 4:2:2, Cb before Cr, four components in 5 bytes, the first in the low bits",
	  FOUR_IN_FIVE(2, 1) },
	{ DRM(NV30), YCBCR(UNKNOWN, NONE),
	  .description = "10-bit 4:4:4, Cb before Cr, four components in 5 bytes, the first in the low bits",
	  FOUR_IN_FIVE(1, 1) },
	{ DRM(P030), YCBCR(UNKNOWN, 420),
	  .description = "10-bit 4:2:0, Cb before Cr, three components in each little-endian 32-bit word",
	  THREE_IN_FOUR(2, 2) },
	{ DRM(P230), YCBCR(UNKNOWN, 422),
	  .description = "10-bit 4:2:2, Cb before Cr, three components in each little-endian 32-bit word",
	  THREE_IN_FOUR(2, 1) },

	/* YCbCr with alpha in a plane of its own */
	{ APPLE(NV12_A8), YCBCR_ALPHA(VIDEO, 420),
	  .description = "NV12, then a plane of 8-bit alpha in full range",
	  NV12_A8 },
	{ APPLE(UYVY_A8), YCBCR_ALPHA(VIDEO, 422),
	  .description = "UYVY, then a plane of 8-bit alpha in full range",
	  UYVY_A8 },
	{ APPLE(P416_A16), YCBCR_ALPHA(VIDEO, NONE),
	  .description = "P416, then a plane of 16-bit little-endian alpha in full range",
	  P416_A16 },

	/* YCbCr, three planes */
	{ BOTH(I420, 'Y', 'U', '1', '2'), YCBCR(VIDEO, 420),
	  .description = "8-bit 4:2:0: Y, Cb, Cr",
	  TRIPLANAR(2, 2, VIDEO, 1, 8, 0, CHROMA_BLUE, CHROMA_RED) },
	{ BOTH(I420_FULL, 'Y', 'U', '1', '2'), YCBCR(FULL, 420),
	  .description = "I420 in full range",
	  TRIPLANAR(2, 2, FULL, 1, 8, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(YV12), YCBCR(UNKNOWN, 420),
	  .description = "8-bit 4:2:0: Y, Cr, Cb",
	  TRIPLANAR(2, 2, UNKNOWN, 1, 8, 0, CHROMA_RED, CHROMA_BLUE) },
	{ DRM(I422), YCBCR(UNKNOWN, 422),
	  .description = "8-bit 4:2:2: Y, Cb, Cr",
	  TRIPLANAR(2, 1, UNKNOWN, 1, 8, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(YV16), YCBCR(UNKNOWN, 422),
	  .description = "8-bit 4:2:2: Y, Cr, Cb",
	  TRIPLANAR(2, 1, UNKNOWN, 1, 8, 0, CHROMA_RED, CHROMA_BLUE) },
	{ DRM(I444), YCBCR(UNKNOWN, NONE),
	  .description = "8-bit 4:4:4: Y, Cb, Cr",
	  TRIPLANAR(1, 1, UNKNOWN, 1, 8, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(YV24), YCBCR(UNKNOWN, NONE),
	  .description = "8-bit 4:4:4: Y, Cr, Cb",
	  TRIPLANAR(1, 1, UNKNOWN, 1, 8, 0, CHROMA_RED, CHROMA_BLUE) },
	{ DRM(I410), YCBCR(UNKNOWN, 410),
	  .description = "8-bit 4:1:0: Y, Cb, Cr",
	  TRIPLANAR(4, 4, UNKNOWN, 1, 8, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(YVU9), YCBCR(UNKNOWN, 410),
	  .description = "8-bit 4:1:0: Y, Cr, Cb",
	  TRIPLANAR(4, 4, UNKNOWN, 1, 8, 0, CHROMA_RED, CHROMA_BLUE) },
	{ DRM(I411), YCBCR(UNKNOWN, 411),
	  .description = "8-bit 4:1:1: Y, Cb, Cr",
	  TRIPLANAR(4, 1, UNKNOWN, 1, 8, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(YV11), YCBCR(UNKNOWN, 411),
	  .description = "8-bit 4:1:1: Y, Cr, Cb",
	  TRIPLANAR(4, 1, UNKNOWN, 1, 8, 0, CHROMA_RED, CHROMA_BLUE) },
	{ DRM(S010), YCBCR(UNKNOWN, 420),
	  .description = "10-bit 4:2:0: Y, Cb, Cr, each at the bottom of 16 bits, little-endian",
	  TRIPLANAR(2, 2, UNKNOWN, 2, 10, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S210), YCBCR(UNKNOWN, 422),
	  .description = "10-bit 4:2:2: Y, Cb, Cr, each at the bottom of 16 bits, little-endian",
	  TRIPLANAR(2, 1, UNKNOWN, 2, 10, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S410), YCBCR(UNKNOWN, NONE),
	  .description = "10-bit 4:4:4: Y, Cb, Cr, each at the bottom of 16 bits, little-endian",
	  TRIPLANAR(1, 1, UNKNOWN, 2, 10, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S012), YCBCR(UNKNOWN, 420),
	  .description = "12-bit 4:2:0: Y, Cb, Cr, each at the bottom of 16 bits, little-endian",
	  TRIPLANAR(2, 2, UNKNOWN, 2, 12, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S212), YCBCR(UNKNOWN, 422),
	  .description = "12-bit 4:2:2: Y, Cb, Cr, each at the bottom of 16 bits, little-endian",
	  TRIPLANAR(2, 1, UNKNOWN, 2, 12, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S412), YCBCR(UNKNOWN, NONE),
	  .description = "12-bit 4:4:4: Y, Cb, Cr, each at the bottom of 16 bits, little-endian",
	  TRIPLANAR(1, 1, UNKNOWN, 2, 12, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S016), YCBCR(UNKNOWN, 420),
	  .description = "16-bit 4:2:0: Y, Cb, Cr, little-endian",
	  TRIPLANAR(2, 2, UNKNOWN, 2, 16, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S216), YCBCR(UNKNOWN, 422),
	  .description = "16-bit 4:2:2: Y, Cb, Cr, little-endian",
	  TRIPLANAR(2, 1, UNKNOWN, 2, 16, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(S416), YCBCR(UNKNOWN, NONE),
	  .description = "16-bit 4:4:4: Y, Cb, Cr, little-endian",
	  TRIPLANAR(1, 1, UNKNOWN, 2, 16, 0, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(Q410), YCBCR(UNKNOWN, NONE),
	  .description = "10-bit 4:4:4: Y, Cb, Cr, each at the top of 16 bits, little-endian",
	  TRIPLANAR(1, 1, UNKNOWN, 2, 10, 6, CHROMA_BLUE, CHROMA_RED) },
	{ DRM(Q401), YCBCR(UNKNOWN, NONE),
	  .description = "10-bit 4:4:4: Y, Cr, Cb, each at the top of 16 bits, little-endian",
	  TRIPLANAR(1, 1, UNKNOWN, 2, 10, 6, CHROMA_RED, CHROMA_BLUE) },

	/* Raw camera sensors */
	{ APPLE(BAYER14_GRBG), BAYER(GRBG),
	  .description = "14-bit sensels at the bottom of 16 bits, little-endian, rows in turn GR and BG",
	  PIXEL(2, SENSEL(14, 0)) },
	{ APPLE(BAYER14_RGGB), BAYER(RGGB),
	  .description = "14-bit sensels at the bottom of 16 bits, little-endian, rows in turn RG and GB",
	  PIXEL(2, SENSEL(14, 0)) },
	{ APPLE(BAYER14_BGGR), BAYER(BGGR),
	  .description = "14-bit sensels at the bottom of 16 bits, little-endian, rows in turn BG and GR",
	  PIXEL(2, SENSEL(14, 0)) },
	{ APPLE(BAYER14_GBRG), BAYER(GBRG),
	  .description = "14-bit sensels at the bottom of 16 bits, little-endian, rows in turn GB and RG",
	  PIXEL(2, SENSEL(14, 0)) },
	{ APPLE(BAYER16), BAYER(VARIES),
	  .description = "16-bit little-endian sensels, whose pattern travels elsewhere; one plane without "
		"a header, as Transom reads it since 0.1",
	  PIXEL(2, SENSEL(16, 0)) },
	{ APPLE(RAW_RGBA16), RGB_ALPHA,
	  .description = "16-bit little-endian red, green, blue, alpha of a raw sensor, downscaled; this "
		"order is Transom's reading, since 0.1",
	  RGBA(8, 16, 0, 16, 32, 48) },

	/* Distances, little-endian IEEE 754 */
	{ APPLE(DEPTH16F), DEPTH,
	  .description = "half-float depth in metres",
	  PIXEL(2, DISTANCE(DEPTH, 16)) },
	{ APPLE(DEPTH32F), DEPTH,
	  .description = "float depth in metres",
	  PIXEL(4, DISTANCE(DEPTH, 32)) },
	{ APPLE(DISPARITY16F), DEPTH,
	  .description = "half-float disparity in 1/metres",
	  PIXEL(2, DISTANCE(DISPARITY, 16)) },
	{ APPLE(DISPARITY32F), DEPTH,
	  .description = "float disparity in 1/metres",
	  PIXEL(4, DISTANCE(DISPARITY, 32)) },
};
/* clang-format on */

const size_t format_table_length = sizeof(format_table) / sizeof(format_table[0]);
