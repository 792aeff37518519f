/* image-sample.c - reads pixels by the table of formats: whatever has an entry there can be looked at. */
#include <math.h>
#include <string.h>

#include "image-sample.h"

/* Where the pixels' values of one name are. */
struct channel {
	const struct transom_format_plane *plane; /* NULL: the format has no such one */
	const uint8_t *base;
	uint32_t stride;
	bool big_endian;
	bool full_range; /* where a component does not say it */
	uint8_t count; /* of them in a block */
	const struct transom_format_component *components[TRANSOM_MAX_COMPONENTS];
};

/* What a format's model needs: up to three channels that make the colour, and alpha. */
struct sampler {
	const struct image *image;
	struct channel channels[4];
	float red_of_cr, green_of_cb, green_of_cr, blue_of_cb;
	void (*make_colour)(const struct sampler *sampler, const float in[3], float out[3]);
};

/* The bits of a component: the block is one number of that endianness. */
static uint32_t
get_bits(const struct channel *channel, const struct transom_format_component *component,
	 const uint8_t *block)
{
	const unsigned size = channel->plane->bytes_per_block, first = component->offset / 8u;
	const unsigned last = (component->offset + component->depth - 1u) / 8u;
	uint64_t bits = 0;

	for (unsigned i = last + 1; i-- > first;)
		bits = bits << 8 | block[channel->big_endian ? size - 1 - i : i];
	bits >>= component->offset % 8u;
	return (uint32_t)(bits & ((1ull << component->depth) - 1));
}

static float
half_to_float(uint32_t bits)
{
	const int exponent = (int)(bits >> 10 & 31);
	const float fraction = (float)(bits & 1023);
	const float sign = bits & 0x8000 ? -1.0f : 1.0f;

	if (exponent == 31)
		return fraction != 0 ? 0.0f : sign * 65504.0f;
	return exponent == 0 ? sign * ldexpf(fraction, -24) : sign * ldexpf(fraction + 1024, exponent - 25);
}

static float
bits_to_float(uint32_t bits)
{
	float value;

	memcpy(&value, &bits, sizeof(value));
	return isnan(value) ? 0.0f : value;
}

static bool
is_chroma(const struct transom_format_component *component)
{
	return component->name == TRANSOM_COMPONENT_CHROMA_BLUE ||
	       component->name == TRANSOM_COMPONENT_CHROMA_RED;
}

static bool
is_of_video(const struct channel *channel, const struct transom_format_component *component)
{
	return component->range == TRANSOM_RANGE_VIDEO ||
	       (component->range == TRANSOM_RANGE_UNKNOWN && !channel->full_range);
}

/* Luma, colours and alpha from 0 to 1, chroma from -0.5 to 0.5. */
static float
normalize(const struct channel *channel, const struct transom_format_component *component, uint32_t bits)
{
	const float unit = (float)(1ull << component->depth) / 256.0f; /* one step of 8 bits */
	const float all = (float)((1ull << component->depth) - 1);

	if (component->type == TRANSOM_COMPONENT_TYPE_FLOAT)
		return component->depth == 16 ? half_to_float(bits) : bits_to_float(bits);
	if (component->type == TRANSOM_COMPONENT_TYPE_SIGNED ||
	    component->type == TRANSOM_COMPONENT_TYPE_SIGNED_NORMALIZED)
		return (float)((int32_t)(bits << (32 - component->depth))) / 2147483648.0f;
	if (component->range == TRANSOM_RANGE_WIDE)
		return ((float)bits - 384.0f) / 511.0f;
	if (is_of_video(channel, component))
		return is_chroma(component) ? ((float)bits - 128.0f * unit) / (224.0f * unit)
					    : ((float)bits - 16.0f * unit) / (219.0f * unit);
	return is_chroma(component) ? ((float)bits - 128.0f * unit) / all : (float)bits / all;
}

/*
 * Which of a block's components of one name a pixel of the plane has: its own, or if there are fewer than pixels,
 * one that is shared with its neighbours.
 */
static unsigned
choose_component(const struct channel *channel, uint32_t x, uint32_t y)
{
	const unsigned width = channel->plane->block_width, height = channel->plane->block_height;
	const unsigned column = x % width, row = y % height;

	if (channel->count == width * height)
		return row * width + column;
	return column * channel->count / width % channel->count;
}

static float
read_channel(const struct channel *channel, uint32_t x, uint32_t y)
{
	const struct transom_format_plane *plane = channel->plane;
	const struct transom_format_component *component;
	const uint8_t *block;

	if (plane == NULL)
		return 0.0f;
	x /= plane->horizontal_subsampling;
	y /= plane->vertical_subsampling;
	block = channel->base + (size_t)(y / plane->block_height) * channel->stride +
		(size_t)(x / plane->block_width) * plane->bytes_per_block;
	component = channel->components[choose_component(channel, x, y)];
	return normalize(channel, component, get_bits(channel, component, block));
}

static void
find_channel(const struct image *image, uint8_t name, struct channel *ret)
{
	for (uint32_t p = 0; p < image->format->plane_count; p++) {
		const struct transom_format_plane *plane = &image->format->planes[p];

		for (unsigned i = 0; i < plane->component_count; i++) {
			if (plane->components[i].name == name)
				ret->components[ret->count++] = &plane->components[i];
		}
		if (ret->count == 0)
			continue;
		ret->plane = plane;
		ret->base = image->planes[p];
		ret->stride = image->strides[p];
		ret->full_range = image->full_range;
		ret->big_endian = image->format->big_endian;
		return;
	}
}

static void
make_rgb(const struct sampler *sampler, const float in[3], float out[3])
{
	memcpy(out, in, 3 * sizeof(float));
}

static void
make_of_ycbcr(const struct sampler *sampler, const float in[3], float out[3])
{
	out[0] = in[0] + sampler->red_of_cr * in[2];
	out[1] = in[0] - sampler->green_of_cb * in[1] - sampler->green_of_cr * in[2];
	out[2] = in[0] + sampler->blue_of_cb * in[1];
}

static void
make_grey(const struct sampler *sampler, const float in[3], float out[3])
{
	out[0] = out[1] = out[2] = in[0];
}

static void
make_negative(const struct sampler *sampler, const float in[3], float out[3])
{
	out[0] = out[1] = out[2] = 1.0f - in[0];
}

/* The nearer the lighter; at a metre it is half. */
static void
make_of_depth(const struct sampler *sampler, const float in[3], float out[3])
{
	out[0] = out[1] = out[2] = in[0] > 0 ? 1.0f / (1.0f + in[0]) : 0.0f;
}

/* From how much red and blue count in luma, all else follows. */
static void
set_matrix(struct sampler *sampler)
{
	static const struct {
		enum image_matrix matrix;
		float red, blue;
	} matrices[] = {
		{ IMAGE_MATRIX_BT601, 0.299f, 0.114f },
		{ IMAGE_MATRIX_BT709, 0.2126f, 0.0722f },
		{ IMAGE_MATRIX_SMPTE240M, 0.212f, 0.087f },
		{ IMAGE_MATRIX_BT2020, 0.2627f, 0.0593f },
	};
	const enum image_matrix matrix =
		image_colour_choose_matrix(&sampler->image->colour, sampler->image->height);

	for (size_t i = 0; i < sizeof(matrices) / sizeof(matrices[0]); i++) {
		const float red = matrices[i].red, blue = matrices[i].blue, green = 1.0f - red - blue;

		if (matrices[i].matrix != matrix)
			continue;
		sampler->red_of_cr = 2.0f * (1.0f - red);
		sampler->blue_of_cb = 2.0f * (1.0f - blue);
		sampler->green_of_cr = 2.0f * red * (1.0f - red) / green;
		sampler->green_of_cb = 2.0f * blue * (1.0f - blue) / green;
	}
}

/* Formats whose only channel is one of these are shades of grey. */
static void
prepare_grey(struct sampler *sampler)
{
	static const struct {
		uint8_t name;
		void (*make_colour)(const struct sampler *sampler, const float in[3], float out[3]);
	} kinds[] = {
		{ TRANSOM_COMPONENT_LUMA, make_grey },      { TRANSOM_COMPONENT_DARKNESS, make_negative },
		{ TRANSOM_COMPONENT_INDEX, make_grey },     { TRANSOM_COMPONENT_SENSEL, make_grey },
		{ TRANSOM_COMPONENT_DEPTH, make_of_depth }, { TRANSOM_COMPONENT_DISPARITY, make_grey },
		{ TRANSOM_COMPONENT_UNKNOWN, make_grey },
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && sampler->channels[0].plane == NULL; i++) {
		find_channel(sampler->image, kinds[i].name, &sampler->channels[0]);
		sampler->make_colour = kinds[i].make_colour;
	}
}

static void
prepare(const struct image *image, struct sampler *ret)
{
	static const uint8_t rgb[] = { TRANSOM_COMPONENT_RED, TRANSOM_COMPONENT_GREEN,
				       TRANSOM_COMPONENT_BLUE };
	static const uint8_t ycbcr[] = { TRANSOM_COMPONENT_LUMA, TRANSOM_COMPONENT_CHROMA_BLUE,
					 TRANSOM_COMPONENT_CHROMA_RED };
	const uint8_t model = image->format->model;

	memset(ret, 0, sizeof(*ret));
	ret->image = image;
	find_channel(image, TRANSOM_COMPONENT_ALPHA, &ret->channels[3]);
	if (model != TRANSOM_MODEL_RGB && model != TRANSOM_MODEL_YCBCR) {
		prepare_grey(ret);
		return;
	}
	for (int i = 0; i < 3; i++)
		find_channel(image, model == TRANSOM_MODEL_RGB ? rgb[i] : ycbcr[i], &ret->channels[i]);
	ret->make_colour = model == TRANSOM_MODEL_RGB ? make_rgb : make_of_ycbcr;
	set_matrix(ret);
}

static void
add_pixel(const struct sampler *sampler, uint32_t x, uint32_t y, float sum[4])
{
	float in[3], out[3];

	for (int i = 0; i < 3; i++)
		in[i] = read_channel(&sampler->channels[i], x, y);
	sampler->make_colour(sampler, in, out);
	for (int i = 0; i < 3; i++)
		sum[i] += fminf(fmaxf(out[i], 0.0f), 1.0f);
	sum[3] += sampler->channels[3].plane
			  ? fminf(fmaxf(read_channel(&sampler->channels[3], x, y), 0.0f), 1.0f)
			  : 1.0f;
}

/* The part of an image along one axis that one pixel of the picture shows, and at how many places it is looked at. */
struct span {
	uint64_t from, length;
	uint32_t places;
};

static struct span
get_span(uint32_t at, uint32_t count, uint32_t size)
{
	struct span span = { (uint64_t)at * size / count, 0, 0 };
	const uint64_t end = ((uint64_t)at + 1) * size / count;

	span.length = end > span.from ? end - span.from : 1;
	span.places = span.length < 4 ? (uint32_t)span.length : 4;
	return span;
}

static uint32_t
get_place(const struct span *span, uint32_t index)
{
	return (uint32_t)(span->from + (2 * index + 1) * span->length / (2 * span->places));
}

static void
sample_span(const struct sampler *sampler, const struct span *across, const struct span *down, uint8_t ret[4])
{
	const float count = (float)(across->places * down->places);
	float sum[4] = { 0 };

	for (uint32_t j = 0; j < down->places; j++) {
		for (uint32_t i = 0; i < across->places; i++)
			add_pixel(sampler, get_place(across, i), get_place(down, j), sum);
	}
	for (int i = 0; i < 4; i++)
		ret[i] = (uint8_t)(sum[i] / count * 255.0f + 0.5f);
}

void
image_sample(const struct image *image, uint32_t width, uint32_t height, uint8_t *ret)
{
	struct sampler sampler;

	prepare(image, &sampler);
	for (uint32_t y = 0; y < height; y++) {
		const struct span down = get_span(y, height, image->height);

		for (uint32_t x = 0; x < width; x++, ret += 4) {
			const struct span across = get_span(x, width, image->width);

			sample_span(&sampler, &across, &down, ret);
		}
	}
}
