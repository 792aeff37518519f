/*
 * publish-picture.c - publishes a test picture in any unsigned format, for tests of what shows streams; not for people.
 *
 * usage: publish-picture NAME FORMAT WIDTH HEIGHT [MATRIX [RANGE [ASPECT]]]
 *
 * The picture has eight upright bars of full colours that become darker downwards. It is published 30 times a second
 * until stdin ends. A line on stdin changes what comes next: "FORMAT WIDTH HEIGHT", or "hold" and "go", which are
 * answered. MATRIX is what H.273 calls 1 (BT.709) or 6 (BT.601) and becomes a value of the surface in CoreVideo's words
 * if it is another than 0.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <transom/stream.h>
#include <transom/value.h>

struct picture {
	const struct transom_format *format;
	uint32_t width, height;
	int matrix;
	bool full_range;
	const char *matrix_word, *range_word, *aspect_word;
};

static void
die(const char *what, int error)
{
	fprintf(stderr, "publish-picture: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

/* Red, green and blue of a pixel, from 0 to 1. */
static void
get_colour(const struct picture *picture, uint32_t x, uint32_t y, double ret[3])
{
	static const uint8_t bars[8] = { 7, 6, 3, 2, 5, 4, 1, 0 }; /* red 4, green 2, blue 1 */
	const uint8_t bar = bars[x * 8 / picture->width];
	const double light = 1.0 - 0.5 * y / picture->height;

	ret[0] = bar & 4 ? light : 0;
	ret[1] = bar & 2 ? light : 0;
	ret[2] = bar & 1 ? light : 0;
}

/* A component of one pixel: from 0 to 1, chroma from -0.5 to 0.5. */
static double
get_component(const struct picture *picture, uint8_t name, uint32_t x, uint32_t y)
{
	const double red = picture->matrix == 1 ? 0.2126 : 0.299,
		     blue = picture->matrix == 1 ? 0.0722 : 0.114;
	double c[3], luma;

	get_colour(picture, x, y, c);
	luma = red * c[0] + (1 - red - blue) * c[1] + blue * c[2];
	switch (name) {
	case TRANSOM_COMPONENT_RED:
		return c[0];
	case TRANSOM_COMPONENT_GREEN:
		return c[1];
	case TRANSOM_COMPONENT_BLUE:
		return c[2];
	case TRANSOM_COMPONENT_LUMA:
		return luma;
	case TRANSOM_COMPONENT_CHROMA_BLUE:
		return (c[2] - luma) / 2 / (1 - blue);
	case TRANSOM_COMPONENT_CHROMA_RED:
		return (c[0] - luma) / 2 / (1 - red);
	case TRANSOM_COMPONENT_DARKNESS:
		return 1 - luma;
	default:
		return 1; /* alpha */
	}
}

/* The mean of the pixels that share a component. */
static double
get_mean(const struct picture *picture, uint8_t name, uint32_t x, uint32_t y, uint32_t width, uint32_t height)
{
	double sum = 0;
	int count = 0;

	for (uint32_t j = y; j < y + height && j < picture->height; j++) {
		for (uint32_t i = x; i < x + width && i < picture->width; i++, count++)
			sum += get_component(picture, name, i, j);
	}
	return count > 0 ? sum / count : 0;
}

static uint32_t
quantize(const struct picture *picture, const struct transom_format_component *component, double value)
{
	const double step = (double)(1ull << component->depth) / 256,
		     all = (double)((1ull << component->depth) - 1);
	const bool chroma = component->name == TRANSOM_COMPONENT_CHROMA_BLUE ||
			    component->name == TRANSOM_COMPONENT_CHROMA_RED;
	const bool video = component->range == TRANSOM_RANGE_VIDEO ||
			   (component->range == TRANSOM_RANGE_UNKNOWN && !picture->full_range);
	double number;

	if (chroma)
		number = 128 * step + value * (video ? 224 * step : all);
	else
		number = video ? 16 * step + value * 219 * step : value * all;
	return number < 0 ? 0 : number > all ? (uint32_t)all : (uint32_t)(number + 0.5);
}

/* Or's the bits of a component into its block, which is one number. */
static void
put(uint8_t *block, unsigned size, bool big_endian, const struct transom_format_component *component,
    uint32_t number)
{
	for (unsigned bit = 0; bit < component->depth; bit++) {
		const unsigned at = component->offset + bit, byte = at / 8;

		if (number >> bit & 1)
			block[big_endian ? size - 1 - byte : byte] |= (uint8_t)(1u << at % 8);
	}
}

/* One block: of its components of one name, each stands for an equal part of the block's pixels. */
static void
draw_block(const struct picture *picture, const struct transom_format_plane *plane, uint32_t x, uint32_t y,
	   uint8_t *block)
{
	memset(block, 0, plane->bytes_per_block);
	for (unsigned i = 0; i < plane->component_count; i++) {
		const struct transom_format_component *component = &plane->components[i];
		const unsigned w = plane->horizontal_subsampling, h = plane->vertical_subsampling;
		unsigned before = 0, count = 0, across, down;

		for (unsigned k = 0; k < plane->component_count; k++) {
			count += plane->components[k].name == component->name;
			before += k < i && plane->components[k].name == component->name;
		}
		down = count == plane->block_width * plane->block_height ? plane->block_height : 1;
		across = count / down;
		put(block, plane->bytes_per_block, picture->format->big_endian, component,
		    quantize(
			    picture, component,
			    get_mean(
				    picture, component->name,
				    (x * plane->block_width + before % across * plane->block_width / across) *
					    w,
				    (y * plane->block_height + before / across * plane->block_height / down) *
					    h,
				    plane->block_width / across * w, plane->block_height / down * h)));
	}
}

static void
draw(const struct picture *picture, struct transom_pixel_buffer *buffer)
{
	for (uint32_t i = 0; i < picture->format->plane_count; i++) {
		const struct transom_format_plane *plane = &picture->format->planes[i];
		uint8_t *base = transom_pixel_buffer_get_plane_base(buffer, i);
		struct transom_plane_layout layout;

		transom_pixel_buffer_get_plane(buffer, i, &layout);
		for (uint32_t y = 0; y * layout.element_height < layout.height; y++) {
			for (uint32_t x = 0; x * layout.element_width < layout.width; x++)
				draw_block(picture, plane, x, y,
					   base + (size_t)y * layout.bytes_per_row +
						   (size_t)x * plane->bytes_per_block);
		}
	}
}

static void
set_word(struct transom_surface *surface, const char *key, const char *word)
{
	struct transom_value *value;
	int r;

	if (word == NULL)
		return;
	r = transom_value_create_string(word, &value);
	if (r == 0)
		r = transom_surface_set_value(surface, key, value);
	if (r < 0)
		die(key, r);
	transom_value_unref(value);
}

static void
publish(struct transom_publisher *publisher, const struct picture *picture)
{
	struct transom_pixel_buffer *buffer;
	struct transom_frame *frame;
	int r = transom_publisher_acquire(publisher, -1, &frame);

	if (r < 0)
		die("acquire", r);
	buffer = transom_frame_get_pixel_buffer(frame);
	r = transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	if (r < 0)
		die("lock", r);
	draw(picture, buffer);
	transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	set_word(transom_pixel_buffer_get_surface(buffer), "IOSurfaceYCbCrMatrix", picture->matrix_word);
	set_word(transom_pixel_buffer_get_surface(buffer), "TransomColorRange", picture->range_word);
	set_word(transom_pixel_buffer_get_surface(buffer), "TransomPixelAspectRatio", picture->aspect_word);
	r = transom_publisher_publish(publisher, frame, NULL, NULL);
	if (r < 0)
		die("publish", r);
}

static void
set_format(struct picture *picture, struct transom_pixel_buffer_options *options, const char *format,
	   const char *width, const char *height)
{
	int r = transom_format_find(format, &options->format);

	if (r < 0)
		die(format, r);
	picture->format = transom_format_get(options->format);
	picture->width = options->width = (uint32_t)atoi(width);
	picture->height = options->height = (uint32_t)atoi(height);
}

/* A line of stdin, if there is one within a frame's time. False at its end. */
static bool
take_line(struct transom_publisher *publisher, struct picture *picture,
	  struct transom_pixel_buffer_options *options, bool *hold)
{
	struct pollfd wait = { .fd = STDIN_FILENO, .events = POLLIN };
	char line[256], format[64], width[16], height[16];
	ssize_t got;

	if (poll(&wait, 1, 33) <= 0)
		return true;
	got = read(STDIN_FILENO, line, sizeof(line) - 1);
	if (got <= 0)
		return false;
	line[got] = '\0';
	if (strcmp(line, "hold\n") == 0 || strcmp(line, "go\n") == 0) {
		*hold = line[0] == 'h';
		puts(*hold ? "held" : "going");
		fflush(stdout);
	} else if (sscanf(line, "%63s %15s %15s", format, width, height) == 3) {
		set_format(picture, options, format, width, height);
		if (transom_publisher_set_buffers(publisher, options) < 0)
			die("buffers", -22);
	}
	return true;
}

static void
set_colour(struct picture *picture, int argc, char **argv)
{
	picture->matrix = argc > 5 ? atoi(argv[5]) : 0;
	if (picture->matrix != 0)
		picture->matrix_word = picture->matrix == 1 ? "ITU_R_709_2" : "ITU_R_601_4";
	picture->range_word = argc > 6 ? argv[6] : NULL;
	picture->full_range = picture->range_word != NULL && strcmp(picture->range_word, "full") == 0;
	picture->aspect_word = argc > 7 ? argv[7] : NULL;
}

int
main(int argc, char **argv)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .buffer = { .size = sizeof(options.buffer) } };
	struct transom_publisher *publisher;
	struct picture picture = { 0 };
	bool hold = false;
	int r;

	if (argc < 5 || argc > 8) {
		fprintf(stderr,
			"usage: publish-picture NAME FORMAT WIDTH HEIGHT [MATRIX [RANGE [ASPECT]]]\n");
		return 2;
	}
	options.name = argv[1];
	set_format(&picture, &options.buffer, argv[2], argv[3], argv[4]);
	set_colour(&picture, argc, argv);
	r = transom_publisher_create(&options, &publisher);
	if (r < 0)
		die(argv[1], r);
	puts("publishing");
	fflush(stdout);
	do {
		if (!hold)
			publish(publisher, &picture);
	} while (take_line(publisher, &picture, &options.buffer, &hold));
	transom_publisher_unref(publisher);
	return 0;
}
