/* test-format.c - the table of formats against itself, and the layouts that follow from it. */
#include <errno.h>
#include <string.h>

#include <transom/format.h>

#include "harness.h"

/* Apple's uncompressed types, as its documentation lists them. */
static const char *const apple_names[] = {
	"L555", "5551", "B565", "L565", "24BG", "BGRA", "ABGR", "RGBA", "b64a", "l64r", "b48r", "b32a",
	"b16g", "R10k", "2vuy", "v408", "r408", "y408", "y416", "r4fl", "v308", "v216", "v210", "v410",
	"y420", "f420", "a2vy", "420v", "420f", "422v", "422f", "444v", "444f", "yuvs", "yuvf", "L008",
	"2C08", "w30r", "l10r", "w40a", "w40m", "L010", "L012", "L016", "2C16", "L00h", "L00f", "2C0h",
	"2C0f", "RGhA", "RGfA", "grb4", "rgg4", "bgg4", "gbr4", "hdis", "fdis", "hdep", "fdep", "x420",
	"x422", "x444", "xf20", "xf22", "xf44", "v0a8", "bp16", "bp64", "sv22", "sv44", "s4as",
};
static const uint32_t apple_numbers[] = { 0x01, 0x02, 0x04, 0x08, 0x21, 0x22, 0x24, 0x28, 0x10, 0x18, 0x20 };

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static uint32_t
apple_code(const char *c)
{
	return TRANSOM_FOURCC(c[0], c[1], c[2], c[3]);
}

static uint32_t
apple_type(size_t index)
{
	size_t names = LENGTH(apple_names);

	return index < names ? apple_code(apple_names[index]) : apple_numbers[index - names];
}

TEST(every_uncompressed_apple_type_is_there)
{
	size_t count = LENGTH(apple_names) + LENGTH(apple_numbers), found = 0;
	const struct transom_format *f;

	check_eq(count, 82);
	for (size_t i = 0; i < count; i++) {
		uint32_t code = 0, back = 0;

		for (size_t j = 0; j < i; j++)
			check(apple_type(i) != apple_type(j));
		check_eq(transom_format_from_apple(apple_type(i), &code), 0);
		check_eq(code, apple_type(i));
		check_eq(transom_format_to_apple(code, &back), 0);
		check_eq(back, apple_type(i));
	}
	for (size_t i = 0; (f = transom_format_get_at(i)); i++)
		found += f->apple != 0;
	check_eq(found, count);
}

TEST(compressed_apple_types_are_not_there)
{
	static const char *const names[] = { "&BGA", "&8v0", "&8f0", "&xv0", "&xv2",
					     "-BGA", "-8v0", "-8f0", "-xv0", "-xv2" };
	uint32_t code = 7;

	for (size_t i = 0; i < LENGTH(names); i++) {
		check_eq(transom_format_from_apple(apple_code(names[i]), &code), -ENOENT);
		check_eq(transom_format_find(names[i], &code), -ENOENT);
	}
	check_eq(code, 7);
}

TEST(no_two_formats_collide)
{
	const struct transom_format *f, *g;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++)
		for (size_t j = 0; (g = transom_format_get_at(j)); j++) {
			if (i == j)
				continue;
			check(f->code != g->code);
			check(strcmp(f->name, g->name));
			check(!f->apple || f->apple != g->apple);
			/* Nor is a DRM fourcc the code of a format of another layout. */
			check(!f->drm || f->drm != g->code || f->drm == g->drm);
		}
}

TEST(get_and_get_at_agree)
{
	const struct transom_format *f;
	size_t count = 0;

	for (; (f = transom_format_get_at(count)); count++) {
		check(transom_format_get(f->code) == f);
		check(f->code == f->apple || (f->apple == 0 && f->code == f->drm));
		check(f->code != 0);
	}
	check(count > 150);
	check(!transom_format_get_at(count));
	check(!transom_format_get_at(SIZE_MAX));
	check(!transom_format_get(0));
	check(!transom_format_get(UINT32_MAX));
	check(!transom_format_get(apple_code("none")));
}

/* Every format that shares a DRM fourcc is reached from it by its own range. */
TEST(drm_goes_both_ways)
{
	const struct transom_format *f;
	uint32_t drm, code, count = 0;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++) {
		if (!f->drm) {
			check_eq(transom_format_to_drm(f->code, &drm), -ENOENT);
			continue;
		}
		count++;
		check_eq(transom_format_to_drm(f->code, &drm), 0);
		check_eq(drm, f->drm);
		check_eq(transom_format_from_drm(drm, (enum transom_range)f->range, &code), 0);
		check_eq(code, f->code);
		check_eq(transom_format_from_drm(drm, TRANSOM_RANGE_UNKNOWN, &code), 0);
		check(transom_format_get(code)->drm == drm);
	}
	check(count > 120);
}

TEST(drm_needs_the_range_of_ycbcr_only)
{
	static const struct {
		const char *drm;
		enum transom_range range;
		uint32_t code;
	} cases[] = {
		{ "NV12", TRANSOM_RANGE_UNKNOWN, TRANSOM_FORMAT_NV12 },
		{ "NV12", TRANSOM_RANGE_VIDEO, TRANSOM_FORMAT_NV12 },
		{ "NV12", TRANSOM_RANGE_FULL, TRANSOM_FORMAT_NV12_FULL },
		{ "NV12", TRANSOM_RANGE_WIDE, 0 },
		{ "P010", TRANSOM_RANGE_UNKNOWN, TRANSOM_FORMAT_P010 },
		{ "P010", TRANSOM_RANGE_FULL, TRANSOM_FORMAT_P010_FULL },
		{ "YU12", TRANSOM_RANGE_FULL, TRANSOM_FORMAT_I420_FULL },
		{ "YUYV", TRANSOM_RANGE_FULL, TRANSOM_FORMAT_YUYV_FULL },
		{ "UYVY", TRANSOM_RANGE_FULL, 0 },
		{ "NV21", TRANSOM_RANGE_FULL, TRANSOM_FORMAT_NV21 },
		{ "NV21", TRANSOM_RANGE_VIDEO, TRANSOM_FORMAT_NV21 },
		{ "AR24", TRANSOM_RANGE_VIDEO, TRANSOM_FORMAT_BGRA8 },
		{ "XR30", TRANSOM_RANGE_UNKNOWN, TRANSOM_FORMAT_XRGB2101010 },
		{ "XR30", TRANSOM_RANGE_VIDEO, TRANSOM_FORMAT_XRGB2101010 },
		{ "XR30", TRANSOM_RANGE_WIDE, TRANSOM_FORMAT_XRGB2101010_WIDE },
		{ "YU08", TRANSOM_RANGE_UNKNOWN, 0 },
	};

	for (size_t i = 0; i < LENGTH(cases); i++) {
		const char *c = cases[i].drm;
		uint32_t code = 0;
		int r = transom_format_from_drm(TRANSOM_DRM_FOURCC(c[0], c[1], c[2], c[3]), cases[i].range,
						&code);

		check_eq(r, cases[i].code ? 0 : -ENOENT);
		check_eq(code, cases[i].code);
	}
}

/* The codes that programs are most likely to have written down as numbers. */
TEST(well_known_codes_keep_their_values)
{
	check_eq(TRANSOM_FORMAT_BGRA8, 0x42475241);
	check_eq(TRANSOM_FORMAT_ARGB8, 0x20);
	check_eq(TRANSOM_FORMAT_RGB8, 0x18);
	check_eq(TRANSOM_FORMAT_NV12, apple_code("420v"));
	check_eq(TRANSOM_FORMAT_NV12_FULL, apple_code("420f"));
	check_eq(TRANSOM_FORMAT_I420, apple_code("y420"));
	check_eq(TRANSOM_FORMAT_UYVY, apple_code("2vuy"));
	check_eq(TRANSOM_FORMAT_YUYV, apple_code("yuvs"));
	check_eq(TRANSOM_FORMAT_P010, apple_code("x420"));
	check_eq(TRANSOM_FORMAT_BGRX8, 0x34325258);
	check_eq(TRANSOM_FORMAT_NV21, 0x3132564e);
	check_eq(TRANSOM_FORMAT_C8, 8);
}

TEST(names_are_found)
{
	const struct transom_format *f;
	uint32_t code, wanted;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++) {
		uint32_t n = f->code;
		char letters[5] = { (char)(n >> 24), (char)(n >> 16), (char)(n >> 8), (char)n };

		check_eq(transom_format_find(f->name, &code), 0);
		check_eq(code, f->code);
		if (f->apple && strlen(letters) == 4) {
			check_eq(transom_format_find(letters, &code), 0);
			check_eq(code, f->code);
		}
		if (!f->drm || f->drm & TRANSOM_DRM_BIG_ENDIAN)
			continue;
		for (int k = 0; k < 4; k++)
			letters[k] = (char)(f->drm >> 8 * k);
		check_eq(transom_format_from_drm(f->drm, TRANSOM_RANGE_UNKNOWN, &wanted), 0);
		check_eq(transom_format_find(letters, &code), 0);
		if (code != wanted)
			check(!strcmp(letters, "RGB8") || !strcmp(letters, "BGR8"));
	}
	check_eq(transom_format_find("RGB8", &code), 0);
	check_eq(code, TRANSOM_FORMAT_RGB8);
	check_eq(transom_format_find("BGR8", &code), 0);
	check_eq(code, TRANSOM_FORMAT_BGR8);
	code = 7;
	check_eq(transom_format_find("", &code), -ENOENT);
	check_eq(transom_format_find("nv12", &code), -ENOENT);
	check_eq(transom_format_find("BGRA8 ", &code), -ENOENT);
	check_eq(transom_format_find("\xff\xff\xff\xff", &code), -ENOENT);
	check_eq(transom_format_find("AR24 and more", &code), -ENOENT);
	check_eq(code, 7);
}

static void
check_component(const struct transom_format *f, const struct transom_format_component *c)
{
	check(c->name >= TRANSOM_COMPONENT_ALPHA && c->name <= TRANSOM_COMPONENT_DISPARITY);
	check(c->type == TRANSOM_COMPONENT_TYPE_UNSIGNED || c->type == TRANSOM_COMPONENT_TYPE_FLOAT);
	check(c->type != TRANSOM_COMPONENT_TYPE_FLOAT || c->depth == 16 || c->depth == 32);
	check(c->depth >= 1 && c->depth <= 32);
	if (c->name == TRANSOM_COMPONENT_ALPHA)
		check(c->range == TRANSOM_RANGE_FULL || c->range == f->range);
	else
		check_eq(c->range, f->range);
}

/* Checks a plane and returns which names its components have, as a set of bits. */
static unsigned
check_plane(const struct transom_format *f, const struct transom_format_plane *p)
{
	uint8_t used[16] = { 0 };
	unsigned names = 0, bits = p->bytes_per_block * 8u;

	check(p->horizontal_subsampling == 1 || p->horizontal_subsampling == 2 ||
	      p->horizontal_subsampling == 4);
	check(p->vertical_subsampling == 1 || p->vertical_subsampling == 2 || p->vertical_subsampling == 4);
	check(p->block_width >= 1 && p->block_width <= 8);
	check(p->block_height == 1 || p->block_height == 2);
	check(p->bytes_per_block >= 1 && p->bytes_per_block <= 16);
	check(p->component_count >= 1 && p->component_count <= TRANSOM_MAX_COMPONENTS);
	for (unsigned i = 0; i < p->component_count; i++) {
		const struct transom_format_component *c = &p->components[i];

		check_component(f, c);
		check((unsigned)c->offset + c->depth <= bits);
		for (unsigned bit = c->offset; bit < (unsigned)c->offset + c->depth; bit++) {
			check(!(used[bit / 8] & 1u << bit % 8));
			used[bit / 8] |= (uint8_t)(1u << bit % 8);
		}
		names |= 1u << c->name;
	}
	/* No byte is padding, but for one whole component that X stands for, and of 16 bits at most. */
	for (unsigned i = 0, idle = 0; i < p->bytes_per_block; i++) {
		idle += !used[i];
		check(idle <= 2);
	}
	return names;
}

static unsigned
bit(enum transom_component_name name)
{
	return 1u << name;
}

static void
check_names(const struct transom_format *f, unsigned names)
{
	unsigned chroma = bit(TRANSOM_COMPONENT_CHROMA_BLUE) | bit(TRANSOM_COMPONENT_CHROMA_RED);
	unsigned rgb =
		bit(TRANSOM_COMPONENT_RED) | bit(TRANSOM_COMPONENT_GREEN) | bit(TRANSOM_COMPONENT_BLUE);
	unsigned luma = bit(TRANSOM_COMPONENT_LUMA), alpha = bit(TRANSOM_COMPONENT_ALPHA);

	check_eq(!!(names & alpha), f->alpha != TRANSOM_ALPHA_NONE);
	names &= ~alpha;
	check_eq(f->bayer != TRANSOM_BAYER_NONE, f->model == TRANSOM_MODEL_BAYER);
	if (f->model == TRANSOM_MODEL_RGB)
		check(names == rgb || names == (rgb & ~bit(TRANSOM_COMPONENT_BLUE)));
	else if (f->model == TRANSOM_MODEL_YCBCR)
		check(names == (luma | chroma) || f->code == TRANSOM_FORMAT_Y8);
	else if (f->model == TRANSOM_MODEL_GREY)
		check(names == luma || names == bit(TRANSOM_COMPONENT_DARKNESS));
	else if (f->model == TRANSOM_MODEL_INDEXED)
		check_eq(names, bit(TRANSOM_COMPONENT_INDEX));
	else if (f->model == TRANSOM_MODEL_BAYER)
		check_eq(names, bit(TRANSOM_COMPONENT_SENSEL));
	else
		check(f->model == TRANSOM_MODEL_DEPTH &&
		      (names == bit(TRANSOM_COMPONENT_DEPTH) || names == bit(TRANSOM_COMPONENT_DISPARITY)));
}

/* How many samples of @name there are in @width by @height pixels of the image. */
static unsigned
samples(const struct transom_format *f, enum transom_component_name name, unsigned width, unsigned height)
{
	unsigned count = 0;

	for (unsigned i = 0; i < f->plane_count; i++) {
		const struct transom_format_plane *p = &f->planes[i];
		unsigned of_name = 0;

		for (unsigned k = 0; k < p->component_count; k++)
			of_name += p->components[k].name == name;
		count += width * height * of_name / p->horizontal_subsampling / p->vertical_subsampling /
			 p->block_width / p->block_height;
	}
	return count;
}

/* In 24 by 24 pixels, a multiple of every block: as many of each component as its model demands. */
static void
check_samples(const struct transom_format *f)
{
	static const unsigned parts[] = { 1, 1, 2, 4, 4, 16 };
	unsigned pixels = 24 * 24;

	check(f->subsampling >= TRANSOM_SUBSAMPLING_NONE && f->subsampling <= TRANSOM_SUBSAMPLING_410);
	for (int name = TRANSOM_COMPONENT_ALPHA; name <= TRANSOM_COMPONENT_DISPARITY; name++) {
		unsigned count = samples(f, (enum transom_component_name)name, 24, 24);

		if (name == TRANSOM_COMPONENT_CHROMA_RED || name == TRANSOM_COMPONENT_CHROMA_BLUE)
			check(count == pixels / parts[f->subsampling] || count == 0);
		else
			check(count == pixels || count == 0);
	}
	if (f->model != TRANSOM_MODEL_YCBCR)
		check_eq(f->subsampling, TRANSOM_SUBSAMPLING_NONE);
}

TEST(every_format_is_consistent)
{
	const struct transom_format *f;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++) {
		unsigned names = 0;

		check(f->name && *f->name && f->description && *f->description);
		check(f->plane_count >= 1 && f->plane_count <= TRANSOM_MAX_PLANES);
		check(f->range <= TRANSOM_RANGE_WIDE && f->big_endian <= 1);
		check((f->row_alignment & (f->row_alignment - 1)) == 0);
		for (unsigned k = 0; k < f->plane_count; k++) {
			unsigned in_plane = check_plane(f, &f->planes[k]);

			check(!(names & in_plane));
			names |= in_plane;
		}
		check_names(f, names);
		check_samples(f);
		check_eq(f->big_endian, !!(strlen(f->name) > 3 && strstr(f->name, "_BE")));
	}
}

TEST(v210_is_as_apple_says)
{
	const struct transom_format *f = transom_format_get(TRANSOM_FORMAT_V210);
	struct transom_layout l;

	check_eq(f->planes[0].block_width, 6);
	check_eq(f->planes[0].bytes_per_block, 16);
	check_eq(f->planes[0].component_count, 12);
	check_eq(f->planes[0].components[11].offset, 96 + 20);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_V210, 1280, 720, 0, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 3456);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_V210, 1920, 1080, 0, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 5120);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_V210, 1, 1, 0, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 128);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_V210, 7, 1, 16, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 32);
}

TEST(layouts_worked_out_by_hand)
{
	struct transom_layout l;

	check_eq(transom_format_get_layout(TRANSOM_FORMAT_NV12, 1919, 1079, 0, &l), 0);
	check_eq(l.plane_count, 2);
	check_eq(l.planes[0].width, 1919);
	check_eq(l.planes[0].height, 1079);
	check_eq(l.planes[0].bytes_per_row, 1920);
	check_eq(l.planes[0].size, 1920 * 1079);
	check_eq(l.planes[1].width, 960);
	check_eq(l.planes[1].height, 540);
	check_eq(l.planes[1].bytes_per_element, 2);
	check_eq(l.planes[1].bytes_per_row, 1920);
	check_eq(l.planes[1].offset, 1920 * 1079);
	check_eq(l.size, 1920 * (1079 + 540));
	check_eq(l.planes[2].width, 0);

	check_eq(transom_format_get_layout(TRANSOM_FORMAT_I420, 5, 3, 1, &l), 0);
	check_eq(l.size, 15 + 6 + 6);
	check_eq(l.planes[2].offset, 21);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_I420, 5, 3, 0, &l), 0);
	check_eq(l.size, 64 * 3 + 64 * 2 + 64 * 2);

	check_eq(transom_format_get_layout(TRANSOM_FORMAT_BGRA8, 17, 2, 0, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 128);
	check_eq(l.size, 256);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_C1, 9, 1, 1, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 2);
	check_eq(l.planes[0].element_width, 8);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_UYVY, 3, 1, 1, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 8);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_Y0L0, 3, 3, 1, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 16);
	check_eq(l.planes[0].element_height, 2);
	check_eq(l.size, 32);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_NV15, 5, 1, 1, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 10);
	check_eq(l.planes[1].bytes_per_row, 10);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_P416_A16, 2, 2, 4096, &l), 0);
	check_eq(l.plane_count, 3);
	check_eq(l.size, 3 * 2 * 4096);
}

/* What must hold of any layout; the sums are done anew, wide enough not to overflow. */
static void
check_layout(const struct transom_format *f, uint32_t width, uint32_t height, uint32_t alignment)
{
	struct transom_layout l;
	uint32_t a = alignment ? alignment : f->row_alignment ? f->row_alignment : TRANSOM_ROW_ALIGNMENT;
	uint64_t end = 0;

	memset(&l, 0xaa, sizeof(l));
	check_eq(transom_format_get_layout(f->code, width, height, alignment, &l), 0);
	check_eq(l.plane_count, f->plane_count);
	check_eq(l.reserved, 0);
	for (unsigned i = 0; i < l.plane_count; i++) {
		const struct transom_format_plane *p = &f->planes[i];
		const struct transom_plane_layout *q = &l.planes[i];
		uint64_t across, down;

		check((uint64_t)q->width * p->horizontal_subsampling >= width);
		check((uint64_t)(q->width - 1) * p->horizontal_subsampling < width);
		check((uint64_t)q->height * p->vertical_subsampling >= height);
		check((uint64_t)(q->height - 1) * p->vertical_subsampling < height);
		across = ((uint64_t)q->width + p->block_width - 1) / p->block_width;
		down = ((uint64_t)q->height + p->block_height - 1) / p->block_height;
		check(q->bytes_per_row % a == 0);
		check(q->bytes_per_row >= across * p->bytes_per_block);
		check(q->bytes_per_row - across * p->bytes_per_block < a);
		check((unsigned __int128)q->bytes_per_row * down == q->size);
		check(q->offset % a == 0);
		check(q->offset >= end && q->offset - end < a);
		check(q->offset + q->size > q->offset && q->offset + q->size <= l.size);
		end = q->offset + q->size;
		check_eq(q->bytes_per_element, p->bytes_per_block);
		check_eq(q->element_width, p->block_width);
		check_eq(q->element_height, p->block_height);
	}
	check_eq(end, l.size);
	for (unsigned i = l.plane_count; i < TRANSOM_MAX_PLANES; i++)
		check(!l.planes[i].width && !l.planes[i].bytes_per_row && !l.planes[i].size);
}

TEST(small_layouts_hold_all_of_every_plane)
{
	static const uint32_t alignments[] = { 0, 1, 2, 16, 64, 256 };
	const struct transom_format *f;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++)
		for (uint32_t width = 1; width <= 26; width++)
			for (uint32_t height = 1; height <= 9; height++)
				for (size_t k = 0; k < LENGTH(alignments); k++)
					check_layout(f, width, height, alignments[k]);
}

TEST(large_layouts_hold_all_of_every_plane)
{
	static const uint32_t sizes[] = { 1,     719,   1080,  1919,    1920,    4097,    8191,
					  65535, 65536, 65537, 1048573, 1048574, 1048575, 1048576 };
	static const uint32_t alignments[] = { 0, 1, 128, 4096, 1u << 20, 1u << 31 };
	const struct transom_format *f;

	for (size_t i = 0; (f = transom_format_get_at(i)); i++)
		for (size_t w = 0; w < LENGTH(sizes); w++)
			for (size_t h = 0; h < LENGTH(sizes); h++)
				for (size_t k = 0; k < LENGTH(alignments); k++)
					check_layout(f, sizes[w], sizes[h], alignments[k]);
}

TEST(the_largest_image_has_the_right_size)
{
	struct transom_layout l;
	uint32_t most = TRANSOM_MAX_DIMENSION;

	check_eq(most, 1048576);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_RGBA32F, most, most, 0, &l), 0);
	check_eq(l.planes[0].bytes_per_row, 1 << 24);
	check(l.size == (uint64_t)1 << 44);
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_I420, most, most, 0, &l), 0);
	check(l.size == ((uint64_t)1 << 40) + ((uint64_t)1 << 39));
	check_eq(transom_format_get_layout(TRANSOM_FORMAT_P416_A16, most, most, 1u << 31, &l), 0);
	check(l.size == 3 * ((uint64_t)1 << 51));
}

TEST(bad_arguments_leave_the_output_alone)
{
	const uint32_t bgra = TRANSOM_FORMAT_BGRA8, most = TRANSOM_MAX_DIMENSION;
	struct transom_layout l, before;
	uint32_t code = 7;

	memset(&l, 0x55, sizeof(l));
	before = l;
	check_eq(transom_format_get_layout(bgra, 1, 1, 0, NULL), -EINVAL);
	check_eq(transom_format_get_layout(bgra, 0, 1, 0, &l), -EINVAL);
	check_eq(transom_format_get_layout(bgra, 1, 0, 0, &l), -EINVAL);
	check_eq(transom_format_get_layout(bgra, 1, 1, 3, &l), -EINVAL);
	check_eq(transom_format_get_layout(bgra, 1, 1, UINT32_MAX, &l), -EINVAL);
	check_eq(transom_format_get_layout(bgra, most + 1, 1, 0, &l), -E2BIG);
	check_eq(transom_format_get_layout(bgra, 1, most + 1, 0, &l), -E2BIG);
	check_eq(transom_format_get_layout(bgra, UINT32_MAX, UINT32_MAX, 0, &l), -E2BIG);
	check_eq(transom_format_get_layout(0, 1, 1, 0, &l), -ENOENT);
	check_eq(transom_format_get_layout(apple_code("&8v0"), 1, 1, 0, &l), -ENOENT);
	check(!memcmp(&l, &before, sizeof(l)));

	check_eq(transom_format_find(NULL, &code), -EINVAL);
	check_eq(transom_format_find("NV12", NULL), -EINVAL);
	check_eq(transom_format_from_drm(TRANSOM_FORMAT_BGRX8, TRANSOM_RANGE_FULL, NULL), -EINVAL);
	check_eq(transom_format_from_drm(TRANSOM_FORMAT_BGRX8, (enum transom_range)4, &code), -EINVAL);
	check_eq(transom_format_from_drm(TRANSOM_FORMAT_BGRX8, (enum transom_range) - 1, &code), -EINVAL);
	check_eq(transom_format_from_drm(0, TRANSOM_RANGE_UNKNOWN, &code), -ENOENT);
	check_eq(transom_format_to_drm(bgra, NULL), -EINVAL);
	check_eq(transom_format_to_drm(0, &code), -ENOENT);
	check_eq(transom_format_to_drm(TRANSOM_FORMAT_V210, &code), -ENOENT);
	check_eq(transom_format_from_apple(bgra, NULL), -EINVAL);
	check_eq(transom_format_from_apple(0, &code), -ENOENT);
	check_eq(transom_format_from_apple(TRANSOM_FORMAT_NV21, &code), -ENOENT);
	check_eq(transom_format_to_apple(bgra, NULL), -EINVAL);
	check_eq(transom_format_to_apple(TRANSOM_FORMAT_NV21, &code), -ENOENT);
	check_eq(code, 7);
}
