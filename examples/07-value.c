/*
 * 07-value.c - what travels beside the pixels: values of a surface, which every holder sees, and attachments of a
 * pixel buffer, which stay in this process.
 *
 * Values never change. A dictionary with one entry more is another dictionary, which shares the rest.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <transom/transom.h>

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "07-value: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

/* {"matrix": "bt709", "primaries": "bt709"}: made of parts, which are dropped once they are in it. */
static struct transom_value *
make_colour(void)
{
	static const char *const keys[] = { "primaries", "matrix" };
	struct transom_value *name, *colour;

	must(transom_value_create_string("bt709", &name), "cannot make a string");
	must(transom_value_create_dictionary(keys, (struct transom_value *[]){ name, name }, 2, &colour),
	     "cannot make a dictionary");
	transom_value_unref(name);
	return colour;
}

static void
print(const char *what, const struct transom_value *value)
{
	char text[200];

	must(transom_value_describe(value, text, sizeof(text)), "cannot describe it");
	printf("%-11s %s\n", what, text);
}

int
main(void)
{
	struct transom_pixel_buffer_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_NV12, .width = 640, .height = 480
	};
	struct transom_value *colour = make_colour(), *number, *frame, *values;
	struct transom_pixel_buffer *buffer;
	struct transom_surface *surface;
	int64_t count = 0;

	must(transom_pixel_buffer_create(&options, &buffer), "cannot make a pixel buffer");
	surface = transom_pixel_buffer_get_surface(buffer);

	/* For everybody: what is set at once is seen at once. */
	must(transom_value_create_integer(1, &number), "cannot make an integer");
	must(transom_value_with(colour, "frame", number, &frame), "cannot add to a dictionary");
	must(transom_surface_set_values(surface, frame), "cannot set values");
	must(transom_surface_dup_all_values(surface, &values), "cannot get values");
	print("values", values);

	/* One of them: a missing one, or one of another type, is -EINVAL here, and no crash. */
	must(transom_value_get_integer(transom_value_get_value(values, "frame"), &count), "no number");
	if (transom_value_get_integer(transom_value_get_value(values, "matrix"), &count) != -EINVAL)
		return 1;

	/* For this process. */
	must(transom_pixel_buffer_set_attachment(buffer, "colour", colour, TRANSOM_ATTACHMENT_PROPAGATE),
	     "cannot attach");
	transom_value_unref(values);
	must(transom_pixel_buffer_dup_attachments(buffer, TRANSOM_ATTACHMENT_PROPAGATE, &values),
	     "cannot get attachments");
	print("attachments", values);

	transom_value_unref(values);
	transom_value_unref(frame);
	transom_value_unref(number);
	transom_value_unref(colour);
	transom_pixel_buffer_unref(buffer);
	return count == 1 ? 0 : 1;
}
