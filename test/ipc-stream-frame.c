/* ipc-stream-frame.c - frames of the torn-frame test: each pixel says which frame it is of, and where. */
#include "harness.h"
#include "ipc-stream.h"

enum { WIDTH = 160, HEIGHT = 96, SIZES = 8, FRAMES_OF_A_SIZE = 32 };

static uint32_t
mix(uint32_t value)
{
	value ^= value >> 16;
	value *= 0x7feb352du;
	value ^= value >> 15;
	value *= 0x846ca68bu;
	return value ^ value >> 16;
}

/* A size follows from the number, so that a reader can tell whether it is the right one. */
void
choose_size(const struct note *note, uint32_t *ret_width, uint32_t *ret_height)
{
	uint32_t kind = 0;

	if (plan.variant->resizes)
		kind = mix(note->epoch ^ (uint32_t)(note->sequence / FRAMES_OF_A_SIZE)) % SIZES;
	*ret_width = WIDTH + 24 * kind;
	*ret_height = HEIGHT - 8 * kind;
}

static uint32_t
choose_tag(const struct note *note)
{
	return mix(note->epoch * 0x9e3779b1u + (uint32_t)note->sequence);
}

static uint32_t
choose_pixel(uint32_t tag, uint32_t x, uint32_t y)
{
	return tag ^ (y << 16 | x) * 2654435761u;
}

void
draw_note(struct transom_pixel_buffer *buffer, const struct note *note)
{
	uint32_t width, height, tag = choose_tag(note);
	size_t stride;
	char *base;

	choose_size(note, &width, &height);
	check_eq(transom_pixel_buffer_get_width(buffer), width);
	check_eq(transom_pixel_buffer_get_height(buffer), height);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	base = transom_pixel_buffer_get_base(buffer);
	stride = transom_pixel_buffer_get_bytes_per_row(buffer);
	for (uint32_t y = 0; y < height; y++) {
		uint32_t *line = (uint32_t *)(void *)(base + y * stride);

		for (uint32_t x = 0; x < width; x++)
			line[x] = choose_pixel(tag, x, y);
	}
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

static bool
verify_line(const char *base, size_t stride, uint32_t width, uint32_t y, uint32_t tag)
{
	const uint32_t *line = (const uint32_t *)(const void *)(base + y * stride);
	bool good = true;

	for (uint32_t x = 0; x < width; x++)
		good &= line[x] == choose_pixel(tag, x, y);
	return good;
}

bool
verify_note(struct transom_surface *surface, const struct note *note, unsigned *seed)
{
	struct transom_surface_geometry geometry;
	uint32_t width, height, tag = choose_tag(note);
	const char *base;
	size_t stride;
	bool good;

	choose_size(note, &width, &height);
	check_eq(transom_surface_get_geometry(surface, &geometry), 0);
	if (geometry.width != width || geometry.height != height) {
		fprintf(stderr, "frame %llu of publisher %u is %ux%u, not %ux%u\n",
			(unsigned long long)note->sequence, note->epoch, geometry.width, geometry.height,
			width, height);
		atomic_fetch_add(&tally->wrong, 1);
		return true;
	}
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	base = transom_surface_get_base(surface);
	stride = geometry.bytes_per_row;
	good = verify_line(base, stride, width, 0, tag) &&
	       verify_line(base, stride, width, (uint32_t)rand_r(seed) % height, tag) &&
	       verify_line(base, stride, width, height - 1, tag);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	return good;
}
