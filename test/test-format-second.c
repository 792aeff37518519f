/*
 * test-format-second.c - the table of formats against what others say: the values and the comments
 * of libdrm's header, and libavutil's descriptions, sizes and reader of pixels.
 */
#include <ctype.h>
#include <string.h>

#include <transom/format.h>

#include "harness.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

#ifdef HAVE_LIBDRM
/* What libdrm calls our formats, and the flag that a format has beside the value of that name. */
static const struct {
	uint32_t code;
	const char *name;
	uint32_t flag;
} pins[] = {
	{ TRANSOM_FORMAT_BGRA8, "ARGB8888" },
	{ TRANSOM_FORMAT_RGBA8, "ABGR8888" },
	{ TRANSOM_FORMAT_ARGB8, "BGRA8888" },
	{ TRANSOM_FORMAT_ABGR8, "RGBA8888" },
	{ TRANSOM_FORMAT_BGRX8, "XRGB8888" },
	{ TRANSOM_FORMAT_RGBX8, "XBGR8888" },
	{ TRANSOM_FORMAT_XRGB8, "BGRX8888" },
	{ TRANSOM_FORMAT_XBGR8, "RGBX8888" },
	{ TRANSOM_FORMAT_RGB8, "BGR888" },
	{ TRANSOM_FORMAT_BGR8, "RGB888" },
	{ TRANSOM_FORMAT_RG8, "GR88" },
	{ TRANSOM_FORMAT_GR8, "RG88" },
	{ TRANSOM_FORMAT_ARGB2101010, "ARGB2101010" },
	{ TRANSOM_FORMAT_ABGR2101010, "ABGR2101010" },
	{ TRANSOM_FORMAT_RGBA1010102, "RGBA1010102" },
	{ TRANSOM_FORMAT_BGRA1010102, "BGRA1010102" },
	{ TRANSOM_FORMAT_XRGB2101010, "XRGB2101010" },
	{ TRANSOM_FORMAT_XBGR2101010, "XBGR2101010" },
	{ TRANSOM_FORMAT_RGBX1010102, "RGBX1010102" },
	{ TRANSOM_FORMAT_BGRX1010102, "BGRX1010102" },
	{ TRANSOM_FORMAT_XRGB2101010_WIDE, "XRGB2101010" },
	{ TRANSOM_FORMAT_RGBX1010102_BE, "RGBX1010102", TRANSOM_DRM_BIG_ENDIAN },
	{ TRANSOM_FORMAT_RGBA10X6, "AXBXGXRX106106106106" },
	{ TRANSOM_FORMAT_RGBA16, "ABGR16161616" },
	{ TRANSOM_FORMAT_BGRA16, "ARGB16161616" },
	{ TRANSOM_FORMAT_RGBX16, "XBGR16161616" },
	{ TRANSOM_FORMAT_BGRX16, "XRGB16161616" },
	{ TRANSOM_FORMAT_ARGB16_BE, "ARGB16161616", TRANSOM_DRM_BIG_ENDIAN },
	{ TRANSOM_FORMAT_R16G16, "GR1616" },
	{ TRANSOM_FORMAT_G16R16, "RG1616" },
	{ TRANSOM_FORMAT_RGBA16F, "ABGR16161616F" },
	{ TRANSOM_FORMAT_BGRA16F, "ARGB16161616F" },
	{ TRANSOM_FORMAT_RGBX16F, "XBGR16161616F" },
	{ TRANSOM_FORMAT_BGRX16F, "XRGB16161616F" },
	{ TRANSOM_FORMAT_RGB565, "RGB565" },
	{ TRANSOM_FORMAT_BGR565, "BGR565" },
	{ TRANSOM_FORMAT_RGB565_BE, "RGB565", TRANSOM_DRM_BIG_ENDIAN },
	{ TRANSOM_FORMAT_XRGB1555, "XRGB1555" },
	{ TRANSOM_FORMAT_XBGR1555, "XBGR1555" },
	{ TRANSOM_FORMAT_RGBX5551, "RGBX5551" },
	{ TRANSOM_FORMAT_BGRX5551, "BGRX5551" },
	{ TRANSOM_FORMAT_XRGB1555_BE, "XRGB1555", TRANSOM_DRM_BIG_ENDIAN },
	{ TRANSOM_FORMAT_ARGB1555, "ARGB1555" },
	{ TRANSOM_FORMAT_ABGR1555, "ABGR1555" },
	{ TRANSOM_FORMAT_RGBA5551, "RGBA5551" },
	{ TRANSOM_FORMAT_BGRA5551, "BGRA5551" },
	{ TRANSOM_FORMAT_ARGB4444, "ARGB4444" },
	{ TRANSOM_FORMAT_ABGR4444, "ABGR4444" },
	{ TRANSOM_FORMAT_RGBA4444, "RGBA4444" },
	{ TRANSOM_FORMAT_BGRA4444, "BGRA4444" },
	{ TRANSOM_FORMAT_XRGB4444, "XRGB4444" },
	{ TRANSOM_FORMAT_XBGR4444, "XBGR4444" },
	{ TRANSOM_FORMAT_RGBX4444, "RGBX4444" },
	{ TRANSOM_FORMAT_BGRX4444, "BGRX4444" },
	{ TRANSOM_FORMAT_RGB332, "RGB332" },
	{ TRANSOM_FORMAT_BGR233, "BGR233" },
	{ TRANSOM_FORMAT_BGRX8_A8, "XRGB8888_A8" },
	{ TRANSOM_FORMAT_RGBX8_A8, "XBGR8888_A8" },
	{ TRANSOM_FORMAT_XBGR8_A8, "RGBX8888_A8" },
	{ TRANSOM_FORMAT_XRGB8_A8, "BGRX8888_A8" },
	{ TRANSOM_FORMAT_BGR8_A8, "RGB888_A8" },
	{ TRANSOM_FORMAT_RGB8_A8, "BGR888_A8" },
	{ TRANSOM_FORMAT_RGB565_A8, "RGB565_A8" },
	{ TRANSOM_FORMAT_BGR565_A8, "BGR565_A8" },
	{ TRANSOM_FORMAT_L8, "R8" },
	{ TRANSOM_FORMAT_L16, "R16" },
	{ TRANSOM_FORMAT_L16_BE, "R16", TRANSOM_DRM_BIG_ENDIAN },
	{ TRANSOM_FORMAT_X6L10, "R10" },
	{ TRANSOM_FORMAT_X4L12, "R12" },
	{ TRANSOM_FORMAT_C8, "C8" },
	{ TRANSOM_FORMAT_UYVY, "UYVY" },
	{ TRANSOM_FORMAT_YUYV, "YUYV" },
	{ TRANSOM_FORMAT_YUYV_FULL, "YUYV" },
	{ TRANSOM_FORMAT_YVYU, "YVYU" },
	{ TRANSOM_FORMAT_VYUY, "VYUY" },
	{ TRANSOM_FORMAT_Y210, "Y210" },
	{ TRANSOM_FORMAT_Y212, "Y212" },
	{ TRANSOM_FORMAT_Y216, "Y216" },
	{ TRANSOM_FORMAT_YUV8, "VUY888" },
	{ TRANSOM_FORMAT_VUYA8, "AYUV" },
	{ TRANSOM_FORMAT_VUYX8, "XYUV8888" },
	{ TRANSOM_FORMAT_Y410, "Y410" },
	{ TRANSOM_FORMAT_XVYU2101010, "XVYU2101010" },
	{ TRANSOM_FORMAT_Y412, "Y412" },
	{ TRANSOM_FORMAT_XVYU12_16161616, "XVYU12_16161616" },
	{ TRANSOM_FORMAT_Y416, "Y416" },
	{ TRANSOM_FORMAT_XVYU16161616, "XVYU16161616" },
	{ TRANSOM_FORMAT_Y0L0, "Y0L0" },
	{ TRANSOM_FORMAT_X0L0, "X0L0" },
	{ TRANSOM_FORMAT_Y0L2, "Y0L2" },
	{ TRANSOM_FORMAT_X0L2, "X0L2" },
	{ TRANSOM_FORMAT_NV12, "NV12" },
	{ TRANSOM_FORMAT_NV12_FULL, "NV12" },
	{ TRANSOM_FORMAT_NV21, "NV21" },
	{ TRANSOM_FORMAT_NV16, "NV16" },
	{ TRANSOM_FORMAT_NV16_FULL, "NV16" },
	{ TRANSOM_FORMAT_NV61, "NV61" },
	{ TRANSOM_FORMAT_NV24, "NV24" },
	{ TRANSOM_FORMAT_NV24_FULL, "NV24" },
	{ TRANSOM_FORMAT_NV42, "NV42" },
	{ TRANSOM_FORMAT_P010, "P010" },
	{ TRANSOM_FORMAT_P010_FULL, "P010" },
	{ TRANSOM_FORMAT_P210, "P210" },
	{ TRANSOM_FORMAT_P210_FULL, "P210" },
	{ TRANSOM_FORMAT_P012, "P012" },
	{ TRANSOM_FORMAT_P016, "P016" },
	{ TRANSOM_FORMAT_NV15, "NV15" },
	{ TRANSOM_FORMAT_P030, "P030" },
	{ TRANSOM_FORMAT_I420, "YUV420" },
	{ TRANSOM_FORMAT_I420_FULL, "YUV420" },
	{ TRANSOM_FORMAT_YV12, "YVU420" },
	{ TRANSOM_FORMAT_I422, "YUV422" },
	{ TRANSOM_FORMAT_YV16, "YVU422" },
	{ TRANSOM_FORMAT_I444, "YUV444" },
	{ TRANSOM_FORMAT_YV24, "YVU444" },
	{ TRANSOM_FORMAT_I410, "YUV410" },
	{ TRANSOM_FORMAT_YVU9, "YVU410" },
	{ TRANSOM_FORMAT_I411, "YUV411" },
	{ TRANSOM_FORMAT_YV11, "YVU411" },
	{ TRANSOM_FORMAT_Q410, "Q410" },
	{ TRANSOM_FORMAT_Q401, "Q401" },
	{ TRANSOM_FORMAT_RGB16, "BGR161616" },
	{ TRANSOM_FORMAT_BGR16, "RGB161616" },
	{ TRANSOM_FORMAT_RGB16_BE, "RGB161616", TRANSOM_DRM_BIG_ENDIAN },
	{ TRANSOM_FORMAT_RGB16F, "BGR161616F" },
	{ TRANSOM_FORMAT_RG16F, "GR1616F" },
	{ TRANSOM_FORMAT_RGBA32F, "ABGR32323232F" },
	{ TRANSOM_FORMAT_RGB32F, "BGR323232F" },
	{ TRANSOM_FORMAT_RG32F, "GR3232F" },
	{ TRANSOM_FORMAT_L1, "R1" },
	{ TRANSOM_FORMAT_L2, "R2" },
	{ TRANSOM_FORMAT_L4, "R4" },
	{ TRANSOM_FORMAT_D1, "D1" },
	{ TRANSOM_FORMAT_D2, "D2" },
	{ TRANSOM_FORMAT_D4, "D4" },
	{ TRANSOM_FORMAT_D8, "D8" },
	{ TRANSOM_FORMAT_Y8, "Y8" },
	{ TRANSOM_FORMAT_L16F, "R16F" },
	{ TRANSOM_FORMAT_L32F, "R32F" },
	{ TRANSOM_FORMAT_C1, "C1" },
	{ TRANSOM_FORMAT_C2, "C2" },
	{ TRANSOM_FORMAT_C4, "C4" },
	{ TRANSOM_FORMAT_YUVA8, "AVUY8888" },
	{ TRANSOM_FORMAT_YUVX8, "XVUY8888" },
	{ TRANSOM_FORMAT_NV20, "NV20" },
	{ TRANSOM_FORMAT_NV30, "NV30" },
	{ TRANSOM_FORMAT_P230, "P230" },
	{ TRANSOM_FORMAT_S010, "S010" },
	{ TRANSOM_FORMAT_S210, "S210" },
	{ TRANSOM_FORMAT_S410, "S410" },
	{ TRANSOM_FORMAT_S012, "S012" },
	{ TRANSOM_FORMAT_S212, "S212" },
	{ TRANSOM_FORMAT_S412, "S412" },
	{ TRANSOM_FORMAT_S016, "S016" },
	{ TRANSOM_FORMAT_S216, "S216" },
	{ TRANSOM_FORMAT_S416, "S416" },
};

/* One line "#define DRM_FORMAT_name fourcc_code(...) comment" of the header. */
struct drm_line {
	char name[64];
	uint32_t value;
	unsigned top; /* of "[31:0] fields widths", if there are all three */
	char fields[128], widths[128];
	bool has_comment;
};

static FILE *
open_header(void)
{
	FILE *file = fopen(LIBDRM_HEADER, "re");

	if (!file)
		skip("libdrm's header is gone");
	return file;
}

static bool
next_line(FILE *file, struct drm_line *ret)
{
	char text[512], c[4];

	while (fgets(text, sizeof(text), file)) {
		int n = sscanf(text,
			       "#define DRM_FORMAT_%63s fourcc_code('%c', '%c', '%c', '%c') /* [%u:0] %127s "
			       "%127s",
			       ret->name, &c[0], &c[1], &c[2], &c[3], &ret->top, ret->fields, ret->widths);

		if (n < 5)
			continue;
		ret->value = TRANSOM_DRM_FOURCC(c[0], c[1], c[2], c[3]);
		ret->has_comment = n == 8;
		return true;
	}
	return false;
}

/* The value that the header gives a name, 0 if it is older than the name. */
static uint32_t
header_value(const char *name)
{
	FILE *file = open_header();
	struct drm_line line;
	uint32_t value = 0;

	while (!value && next_line(file, &line))
		if (!strcmp(line.name, name))
			value = line.value;
	fclose(file);
	return value;
}

TEST(drm_values_are_those_of_the_header)
{
	unsigned pinned = 0;

	for (size_t i = 0; i < LENGTH(pins); i++) {
		const struct transom_format *f = transom_format_get(pins[i].code);
		uint32_t value = header_value(pins[i].name);

		check(f);
		if (value)
			check_eq(f->drm, value | pins[i].flag);
		pinned += value != 0;
	}
	printf("# %u of %zu values pinned\n", pinned, LENGTH(pins));
	check(pinned >= 120);
}

TEST(every_drm_value_is_compared)
{
	const struct transom_format *f;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++) {
		unsigned found = 0;

		for (size_t k = 0; k < LENGTH(pins); k++)
			found += pins[k].code == f->code;
		if (found != (f->drm != 0))
			fprintf(stderr, "%s has %s fourcc\n", f->name, f->drm ? "a" : "no");
		check_eq(found, f->drm != 0);
	}
}

/* Whatever the header has is here, but for what has no linear layout or is newer than this test. */
TEST(every_drm_format_is_here)
{
	static const char *const absent[] = { "VUY101010", "YUV420_8BIT", "YUV420_10BIT" };
	FILE *file = open_header();
	struct drm_line line;
	unsigned present = 0, excused = 0;
	uint32_t code;

	while (next_line(file, &line)) {
		bool is_absent = false;

		for (size_t i = 0; i < LENGTH(absent); i++)
			is_absent |= !strcmp(line.name, absent[i]);
		excused += is_absent;
		if (transom_format_from_drm(line.value, TRANSOM_RANGE_UNKNOWN, &code) == 0) {
			check(!is_absent);
			present++;
		} else if (!is_absent) {
			printf("# %s has no format here\n", line.name);
		}
	}
	fclose(file);
	check_eq(excused, LENGTH(absent));
	check(present >= 105);
}

/*
 * The comments of the header, "[31:0] A:R:G:B 8:8:8:8 little endian", name the fields of a pixel from
 * the top; without widths all are equal. What a field is called here:
 */
static int
field_name(const char *field, size_t length, const struct transom_format *f)
{
	static const struct {
		const char *text;
		enum transom_component_name name;
	} names[] = {
		{ "A", TRANSOM_COMPONENT_ALPHA },        { "R", TRANSOM_COMPONENT_RED },
		{ "G", TRANSOM_COMPONENT_GREEN },        { "B", TRANSOM_COMPONENT_BLUE },
		{ "Y", TRANSOM_COMPONENT_LUMA },         { "Cr", TRANSOM_COMPONENT_CHROMA_RED },
		{ "Cb", TRANSOM_COMPONENT_CHROMA_BLUE }, { "C", TRANSOM_COMPONENT_INDEX },
		{ "D", TRANSOM_COMPONENT_DARKNESS },
	};

	if (*field == 'R' && f->model == TRANSOM_MODEL_GREY)
		return TRANSOM_COMPONENT_LUMA;
	for (size_t i = 0; i < LENGTH(names); i++)
		if (strlen(names[i].text) == length && !strncmp(names[i].text, field, length))
			return names[i].name;
	return TRANSOM_COMPONENT_UNKNOWN;
}

/* The component of that name, the @index-th of those that have it. */
static const struct transom_format_component *
find_component(const struct transom_format_plane *p, int name, unsigned index)
{
	for (unsigned i = 0; i < p->component_count; i++)
		if (p->components[i].name == name && index-- == 0)
			return &p->components[i];
	return NULL;
}

/* Splits "A:R0:x" at the colons; returns how many parts there are. */
static unsigned
split(char *text, char *parts[16])
{
	unsigned count = 0;
	char *rest = NULL;

	for (char *p = strtok_r(text, ":", &rest); p && count < 16; p = strtok_r(NULL, ":", &rest))
		parts[count++] = p;
	return count;
}

/* Compares one comment with the table: each field, and nothing but the fields. */
static void
check_comment(const struct transom_format *f, unsigned top, char *fields, char *widths)
{
	const struct transom_format_plane *p = &f->planes[0];
	char *field[16], *width[16];
	unsigned count = split(fields, field), known = 0, end = top + 1;
	bool equal = split(widths, width) != count || !isdigit(*width[0]);

	check_eq(p->bytes_per_block * 8u, top + 1);
	for (unsigned i = 0; i < count; i++) {
		unsigned depth = equal ? (top + 1) / count : (unsigned)atoi(width[i]);
		size_t letters = strcspn(field[i], "0123456789");
		unsigned index = field[i][letters] ? (unsigned)atoi(field[i] + letters) : 0;
		const struct transom_format_component *c;

		end -= depth;
		if (!letters || strchr("xXz", field[i][0]))
			continue;
		c = find_component(p, field_name(field[i], letters, f), index);
		if (!c || c->offset != end || c->depth != depth)
			fprintf(stderr, "%s: field %s\n", f->name, field[i]);
		check(c);
		check_eq(c->offset, end);
		check_eq(c->depth, depth);
		known++;
	}
	check_eq(end, 0);
	check_eq(known, p->component_count);
}

/* Of these the comments are misprints: they name the fields from the bottom. */
static bool
is_misprinted(const char *name)
{
	return strstr(name, "32F") != NULL;
}

TEST(drm_comments_agree)
{
	FILE *file = open_header();
	struct drm_line line;
	unsigned compared = 0;
	uint32_t code;

	while (next_line(file, &line)) {
		if (!line.has_comment || is_misprinted(line.name))
			continue;
		if (transom_format_from_drm(line.value, TRANSOM_RANGE_UNKNOWN, &code) < 0)
			continue;
		check_comment(transom_format_get(code), line.top, line.fields, line.widths);
		compared++;
	}
	fclose(file);
	printf("# %u formats compared\n", compared);
	check(compared >= 70);
}

#else /* !HAVE_LIBDRM */

TEST(drm_values_are_those_of_the_header)
{
	skip("built without libdrm's header");
}

TEST(every_drm_value_is_compared)
{
	skip("built without libdrm's header");
}

TEST(every_drm_format_is_here)
{
	skip("built without libdrm's header");
}

TEST(drm_comments_agree)
{
	skip("built without libdrm's header");
}

#endif

#ifdef HAVE_LIBAVUTIL
#include <libavutil/common.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>

/* Looked up by name, since older versions have fewer. */
static const struct {
	uint32_t code;
	const char *name;
} twins[] = {
	{ TRANSOM_FORMAT_BGRA8, "bgra" },
	{ TRANSOM_FORMAT_RGBA8, "rgba" },
	{ TRANSOM_FORMAT_ARGB8, "argb" },
	{ TRANSOM_FORMAT_ABGR8, "abgr" },
	{ TRANSOM_FORMAT_BGRX8, "bgr0" },
	{ TRANSOM_FORMAT_RGBX8, "rgb0" },
	{ TRANSOM_FORMAT_XRGB8, "0rgb" },
	{ TRANSOM_FORMAT_XBGR8, "0bgr" },
	{ TRANSOM_FORMAT_RGB8, "rgb24" },
	{ TRANSOM_FORMAT_BGR8, "bgr24" },
	{ TRANSOM_FORMAT_XRGB2101010, "x2rgb10le" },
	{ TRANSOM_FORMAT_XBGR2101010, "x2bgr10le" },
	{ TRANSOM_FORMAT_RGBA16, "rgba64le" },
	{ TRANSOM_FORMAT_BGRA16, "bgra64le" },
	{ TRANSOM_FORMAT_RGB16, "rgb48le" },
	{ TRANSOM_FORMAT_BGR16, "bgr48le" },
	{ TRANSOM_FORMAT_RGB16_BE, "rgb48be" },
	{ TRANSOM_FORMAT_RGBA16F, "rgbaf16le" },
	{ TRANSOM_FORMAT_RGBA32F, "rgbaf32le" },
	{ TRANSOM_FORMAT_RGB32F, "rgbf32le" },
	{ TRANSOM_FORMAT_RGB565, "rgb565le" },
	{ TRANSOM_FORMAT_BGR565, "bgr565le" },
	{ TRANSOM_FORMAT_RGB565_BE, "rgb565be" },
	{ TRANSOM_FORMAT_XRGB1555, "rgb555le" },
	{ TRANSOM_FORMAT_XBGR1555, "bgr555le" },
	{ TRANSOM_FORMAT_XRGB1555_BE, "rgb555be" },
	{ TRANSOM_FORMAT_XRGB4444, "rgb444le" },
	{ TRANSOM_FORMAT_XBGR4444, "bgr444le" },
	{ TRANSOM_FORMAT_BGR233, "bgr8" },
	{ TRANSOM_FORMAT_L8, "gray" },
	{ TRANSOM_FORMAT_Y8, "gray" },
	{ TRANSOM_FORMAT_L16, "gray16le" },
	{ TRANSOM_FORMAT_L16_BE, "gray16be" },
	{ TRANSOM_FORMAT_X6L10, "gray10le" },
	{ TRANSOM_FORMAT_X4L12, "gray12le" },
	{ TRANSOM_FORMAT_L32F, "grayf32le" },
	{ TRANSOM_FORMAT_L1, "monob" },
	{ TRANSOM_FORMAT_D1, "monow" },
	{ TRANSOM_FORMAT_C8, "pal8" },
	{ TRANSOM_FORMAT_UYVY, "uyvy422" },
	{ TRANSOM_FORMAT_YUYV, "yuyv422" },
	{ TRANSOM_FORMAT_YUYV_FULL, "yuyv422" },
	{ TRANSOM_FORMAT_YVYU, "yvyu422" },
	{ TRANSOM_FORMAT_Y210, "y210le" },
	{ TRANSOM_FORMAT_Y212, "y212le" },
	{ TRANSOM_FORMAT_AYUV16, "ayuv64le" },
	{ TRANSOM_FORMAT_VUYA8, "vuya" },
	{ TRANSOM_FORMAT_VUYX8, "vuyx" },
	{ TRANSOM_FORMAT_XVYU2101010, "xv30le" },
	{ TRANSOM_FORMAT_XVYU12_16161616, "xv36le" },
	{ TRANSOM_FORMAT_NV12, "nv12" },
	{ TRANSOM_FORMAT_NV12_FULL, "nv12" },
	{ TRANSOM_FORMAT_NV21, "nv21" },
	{ TRANSOM_FORMAT_NV16, "nv16" },
	{ TRANSOM_FORMAT_NV16_FULL, "nv16" },
	{ TRANSOM_FORMAT_NV24, "nv24" },
	{ TRANSOM_FORMAT_NV24_FULL, "nv24" },
	{ TRANSOM_FORMAT_NV42, "nv42" },
	{ TRANSOM_FORMAT_P010, "p010le" },
	{ TRANSOM_FORMAT_P010_FULL, "p010le" },
	{ TRANSOM_FORMAT_P012, "p012le" },
	{ TRANSOM_FORMAT_P016, "p016le" },
	{ TRANSOM_FORMAT_P210, "p210le" },
	{ TRANSOM_FORMAT_P210_FULL, "p210le" },
	{ TRANSOM_FORMAT_P410, "p410le" },
	{ TRANSOM_FORMAT_P410_FULL, "p410le" },
	{ TRANSOM_FORMAT_P216, "p216le" },
	{ TRANSOM_FORMAT_P416, "p416le" },
	{ TRANSOM_FORMAT_I420, "yuv420p" },
	{ TRANSOM_FORMAT_I420_FULL, "yuvj420p" },
	{ TRANSOM_FORMAT_I422, "yuv422p" },
	{ TRANSOM_FORMAT_I444, "yuv444p" },
	{ TRANSOM_FORMAT_I410, "yuv410p" },
	{ TRANSOM_FORMAT_I411, "yuv411p" },
	{ TRANSOM_FORMAT_S010, "yuv420p10le" },
	{ TRANSOM_FORMAT_S210, "yuv422p10le" },
	{ TRANSOM_FORMAT_S410, "yuv444p10le" },
	{ TRANSOM_FORMAT_S012, "yuv420p12le" },
	{ TRANSOM_FORMAT_S212, "yuv422p12le" },
	{ TRANSOM_FORMAT_S412, "yuv444p12le" },
	{ TRANSOM_FORMAT_S016, "yuv420p16le" },
	{ TRANSOM_FORMAT_S216, "yuv422p16le" },
	{ TRANSOM_FORMAT_S416, "yuv444p16le" },
};

static enum AVPixelFormat
twin(size_t index, const AVPixFmtDescriptor **d)
{
	enum AVPixelFormat format = av_get_pix_fmt(twins[index].name);

	if (format != AV_PIX_FMT_NONE)
		*d = av_pix_fmt_desc_get(format);
	return format;
}

/* What libavutil's component number @index is called here. */
static int
twin_name(const struct transom_format *f, const AVPixFmtDescriptor *d, int index)
{
	static const int rgb[] = { TRANSOM_COMPONENT_RED, TRANSOM_COMPONENT_GREEN, TRANSOM_COMPONENT_BLUE };
	static const int yuv[] = { TRANSOM_COMPONENT_LUMA, TRANSOM_COMPONENT_CHROMA_BLUE,
				   TRANSOM_COMPONENT_CHROMA_RED };

	if (index == 3 || (d->nb_components == 2 && index == 1))
		return TRANSOM_COMPONENT_ALPHA;
	if (d->nb_components == 1 && f->model != TRANSOM_MODEL_YCBCR)
		return f->planes[0].components[0].name;
	return d->flags & AV_PIX_FMT_FLAG_RGB ? rgb[index] : yuv[index];
}

static bool
is_chroma(int name)
{
	return name == TRANSOM_COMPONENT_CHROMA_BLUE || name == TRANSOM_COMPONENT_CHROMA_RED;
}

static unsigned
log2_of(unsigned value)
{
	return (unsigned)__builtin_ctz(value);
}

TEST(libavutil_has_the_same_planes_and_components)
{
	unsigned compared = 0;

	for (size_t i = 0; i < LENGTH(twins); i++) {
		const struct transom_format *f = transom_format_get(twins[i].code);
		const AVPixFmtDescriptor *d = NULL;
		enum AVPixelFormat format = twin(i, &d);

		check(f);
		if (format == AV_PIX_FMT_NONE)
			continue;
		compared++;
		check_eq(f->plane_count, av_pix_fmt_count_planes(format));
		check_eq(f->model == TRANSOM_MODEL_RGB, !!(d->flags & AV_PIX_FMT_FLAG_RGB));
		check_eq(f->model == TRANSOM_MODEL_INDEXED, !!(d->flags & AV_PIX_FMT_FLAG_PAL));
		check_eq(f->big_endian, !!(d->flags & AV_PIX_FMT_FLAG_BE));
		if (f->model != TRANSOM_MODEL_INDEXED)
			check_eq(f->alpha != TRANSOM_ALPHA_NONE, !!(d->flags & AV_PIX_FMT_FLAG_ALPHA));
		for (int k = 0; k < d->nb_components; k++) {
			const AVComponentDescriptor *c = &d->comp[k];
			const struct transom_format_plane *p = &f->planes[c->plane];
			int name = twin_name(f, d, k), number = 0;

			for (unsigned m = 0; m < p->component_count; m++) {
				if (p->components[m].name != name)
					continue;
				number++;
				check_eq(p->components[m].depth, c->depth);
				check_eq(p->components[m].type == TRANSOM_COMPONENT_TYPE_FLOAT,
					 !!(d->flags & AV_PIX_FMT_FLAG_FLOAT));
			}
			check(number > 0);
			check_eq(log2_of(p->horizontal_subsampling * (p->block_width / (unsigned)number)),
				 is_chroma(name) ? d->log2_chroma_w : 0);
			check_eq(log2_of(p->vertical_subsampling), is_chroma(name) ? d->log2_chroma_h : 0);
		}
	}
	printf("# %u formats compared\n", compared);
	check(compared >= 55);
}

TEST(libavutil_has_the_same_sizes)
{
	for (size_t i = 0; i < LENGTH(twins); i++) {
		const AVPixFmtDescriptor *d = NULL;
		enum AVPixelFormat format = twin(i, &d);

		for (int width = 1; format != AV_PIX_FMT_NONE && width < 4100;
		     width += width < 40 ? 1 : 811) {
			for (int height = 1; height < 1100; height += height < 10 ? 1 : 271) {
				struct transom_layout l;
				int linesizes[4];
				ptrdiff_t wide[4];
				size_t sizes[4];

				check_eq(transom_format_get_layout(twins[i].code, (uint32_t)width,
								   (uint32_t)height, 1, &l),
					 0);
				check(av_image_fill_linesizes(linesizes, format, width) >= 0);
				for (int k = 0; k < 4; k++)
					wide[k] = linesizes[k];
				check(av_image_fill_plane_sizes(sizes, format, height, wide) >= 0);
				for (unsigned k = 0; k < l.plane_count; k++) {
					check_eq(l.planes[k].bytes_per_row, linesizes[k]);
					check_eq(l.planes[k].size, sizes[k]);
				}
			}
		}
	}
}

/* Reads a component as struct transom_format_component says, one bit after another. */
static uint32_t
read_component(const struct transom_format *f, const struct transom_format_plane *p,
	       const struct transom_format_component *c, const uint8_t *block)
{
	uint32_t value = 0;

	for (unsigned i = 0; i < c->depth; i++) {
		unsigned at = c->offset + i;
		unsigned byte = f->big_endian ? p->bytes_per_block - 1 - at / 8 : at / 8;

		value |= (uint32_t)(block[byte] >> at % 8 & 1) << i;
	}
	return value;
}

/* Reads sample @x of a row of the plane: the x-th of its name. */
static uint32_t
read_sample(const struct transom_format *f, const struct transom_format_plane *p, int name,
	    const uint8_t *row, unsigned x)
{
	const struct transom_format_component *found[TRANSOM_MAX_COMPONENTS];
	unsigned number = 0;

	for (unsigned i = 0; i < p->component_count; i++)
		if (p->components[i].name == name)
			found[number++] = &p->components[i];
	check(number > 0);
	return read_component(f, p, found[x % number], row + x / number * p->bytes_per_block);
}

enum { WIDTH = 29, HEIGHT = 7 };

static void
compare_pixels(const struct transom_format *f, const AVPixFmtDescriptor *d, const uint8_t *pixels,
	       const struct transom_layout *l)
{
	const uint8_t *data[4] = { NULL };
	int linesizes[4] = { 0 };

	for (unsigned i = 0; i < l->plane_count; i++) {
		data[i] = pixels + l->planes[i].offset;
		linesizes[i] = (int)l->planes[i].bytes_per_row;
	}
	for (int k = 0; k < d->nb_components; k++) {
		int name = twin_name(f, d, k), plane = d->comp[k].plane;
		int width = is_chroma(name) ? AV_CEIL_RSHIFT(WIDTH, d->log2_chroma_w) : WIDTH;
		int height = is_chroma(name) ? AV_CEIL_RSHIFT(HEIGHT, d->log2_chroma_h) : HEIGHT;
		uint32_t values[WIDTH];

		for (int y = 0; y < height; y++) {
			av_read_image_line2(values, data, linesizes, d, 0, y, k, width, 0, sizeof(values[0]));
			for (int x = 0; x < width; x++) {
				uint32_t mine = read_sample(f, &f->planes[plane], name,
							    data[plane] + y * linesizes[plane], (unsigned)x);

				if (mine != values[x])
					fprintf(stderr, "%s: component %d at %d,%d\n", f->name, k, x, y);
				check_eq(mine, values[x]);
			}
		}
	}
}

/* The strongest of all: any bit of the table that is wrong reads another number from noise. */
TEST(libavutil_reads_the_same_pixels)
{
	for (size_t i = 0; i < LENGTH(twins); i++) {
		const struct transom_format *f = transom_format_get(twins[i].code);
		const AVPixFmtDescriptor *d = NULL;
		struct transom_layout l;
		uint8_t *pixels;

		if (twin(i, &d) == AV_PIX_FMT_NONE)
			continue;
		check_eq(transom_format_get_layout(f->code, WIDTH, HEIGHT, 0, &l), 0);
		pixels = malloc(l.size);
		check(pixels);
		for (uint64_t k = 0; k < l.size; k++)
			pixels[k] = (uint8_t)(random() >> 8);
		compare_pixels(f, d, pixels, &l);
		free(pixels);
	}
}

#else /* !HAVE_LIBAVUTIL */

TEST(libavutil_has_the_same_planes_and_components)
{
	skip("built without libavutil");
}

TEST(libavutil_has_the_same_sizes)
{
	skip("built without libavutil");
}

TEST(libavutil_reads_the_same_pixels)
{
	skip("built without libavutil");
}

#endif
