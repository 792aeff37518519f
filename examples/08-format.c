/*
 * 08-format.c - what a pixel format looks like: its planes, the components of a block, and where an image of it lies
 * in memory.
 *
 *   08-format [NAME [WIDTH HEIGHT]]
 *
 * NAME is one of Transom's ("NV12"), of Apple's ("420v") or of DRM's ("AR24").
 */
#include <stdio.h>
#include <stdlib.h>

#include <transom/transom.h>

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "08-format: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

static void
print_components(const struct transom_format_plane *plane)
{
	static const char *const names[] = { "?",  "alpha", "red",      "green",  "blue",  "luma",     "Cr",
					     "Cb", "index", "darkness", "sensel", "depth", "disparity" };

	for (unsigned i = 0; i < plane->component_count; i++) {
		const struct transom_format_component *c = &plane->components[i];

		printf("    %-9s %2u bits from bit %u\n",
		       names[c->name < sizeof(names) / sizeof(names[0]) ? c->name : 0], c->depth, c->offset);
	}
}

int
main(int count, char **arguments)
{
	const char *name = count > 1 ? arguments[1] : "NV12";
	uint32_t width = count > 3 ? (uint32_t)strtoul(arguments[2], NULL, 10) : 1920;
	uint32_t height = count > 3 ? (uint32_t)strtoul(arguments[3], NULL, 10) : 1080;
	const struct transom_format *format;
	struct transom_layout layout;
	uint32_t code;

	must(transom_format_find(name, &code), name);
	must(transom_format_get_layout(code, width, height, 0, &layout), "no such image");
	format = transom_format_get(code);
	printf("%s: %s\n%u x %u pixels take %llu bytes\n", format->name, format->description, width, height,
	       (unsigned long long)layout.size);
	for (uint32_t i = 0; i < layout.plane_count; i++) {
		const struct transom_plane_layout *p = &layout.planes[i];

		printf("  plane %u: %u x %u, at byte %llu, %u bytes a row; %u bytes are a block of %u x "
		       "%u:\n",
		       i, p->width, p->height, (unsigned long long)p->offset, p->bytes_per_row,
		       p->bytes_per_element, p->element_width, p->element_height);
		print_components(&format->planes[i]);
	}
	return 0;
}
