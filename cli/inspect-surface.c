/* inspect-surface.c - everything of a surface: its shape, its planes, its uses, its values. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "complain.h"
#include "inspect.h"
#include "json.h"
#include "memory.h"
#include "text.h"

/* What a value looks like, whatever its length. The caller frees it. */
static char *
describe_value(const struct transom_value *value)
{
	int length = transom_value_describe(value, NULL, 0);
	char *text = memory_get(1, (size_t)(length > 0 ? length : 0) + 1);

	if (length >= 0)
		transom_value_describe(value, text, (size_t)length + 1);
	text_make_plain(text);
	return text;
}

static void
print_values(struct transom_surface *surface)
{
	struct transom_value *values;
	int count, r = transom_surface_dup_all_values(surface, &values);

	if (r < 0) {
		inspect_line("values", "%s", transom_error_describe(r));
		return;
	}
	count = transom_value_get_count(values);
	inspect_line("values", "%d", count);
	for (int i = 0; i < count; i++) {
		const char *key = transom_value_get_key(values, (size_t)i);
		char *name = memory_copy(key), *text = describe_value(transom_value_get_value(values, key));

		text_make_plain(name);
		printf("  %s: %s\n", name, text);
		free(name);
		free(text);
	}
	transom_value_unref(values);
}

void
inspect_print_surface(struct transom_surface *surface)
{
	char *text, *rest, *line;
	int length = transom_surface_describe(surface, NULL, 0);

	if (length < 0)
		return;
	text = rest = memory_get(1, (size_t)length + 64); /* it may grow meanwhile */
	transom_surface_describe(surface, text, (size_t)length + 64);
	inspect_line("surface", "%08" PRIx32, transom_surface_get_id(surface));
	while ((line = strsep(&rest, "\n")) != NULL) {
		text_make_plain(line);
		if (line[0] != '\0')
			printf("  %s\n", line);
	}
	free(text);
	print_values(surface);
}

static json_t *
make_planes(struct transom_surface *surface, uint32_t count)
{
	struct transom_plane_layout plane;
	json_t *json = json_array();

	for (uint32_t i = 0; i < count && transom_surface_get_plane(surface, i, &plane) == 0; i++)
		json_array_append_new(json,
				      json_pack("{s:I, s:I, s:I, s:I, s:I}", "width", (json_int_t)plane.width,
						"height", (json_int_t)plane.height, "bytes_per_row",
						(json_int_t)plane.bytes_per_row, "offset",
						(json_int_t)plane.offset, "size", (json_int_t)plane.size));
	return json;
}

static json_t *
make_values(struct transom_surface *surface)
{
	struct transom_value *values;
	json_t *json;
	int r = transom_surface_dup_all_values(surface, &values);

	if (r < 0)
		return json_pack("{s:s}", "error", transom_error_name(r));
	json = json_value(values);
	transom_value_unref(values);
	return json;
}

json_t *
inspect_surface_to_json(struct transom_surface *surface)
{
	struct transom_surface_geometry geometry = { 0 };
	char id[16], name[TRANSOM_SURFACE_MAX_NAME + 1] = "";
	json_t *json;
	int uses = transom_surface_count_uses(surface);

	transom_surface_get_geometry(surface, &geometry);
	transom_surface_get_name(surface, name, sizeof(name));
	snprintf(id, sizeof(id), "%08" PRIx32, transom_surface_get_id(surface));
	json = json_geometry(&geometry);
	json_object_set_new(json, "id", json_string(id));
	json_object_set_new(json, "name", json_text(name));
	json_object_set_new(json, "plane_list", make_planes(surface, geometry.plane_count));
	json_object_set_new(json, "writable", json_boolean(transom_surface_is_writable(surface)));
	json_object_set_new(json, "in_use", json_boolean(transom_surface_is_in_use(surface)));
	json_object_set_new(json, "uses", uses < 0 ? json_null() : json_integer(uses));
	json_object_set_new(json, "seed", json_integer(transom_surface_get_seed(surface)));
	json_object_set_new(json, "values", make_values(surface));
	return json;
}

int
inspect_surface(const struct inspect_wish *wish, uint32_t id, int *ret_code)
{
	struct transom_surface *surface;
	json_t *json;
	int r = transom_surface_look_up_id(id, &surface);

	if (r == -ENOENT)
		return r;
	if (r < 0) {
		*ret_code = complain_of(r, "the surface %08" PRIx32 " cannot be looked at", id);
		return 0;
	}
	*ret_code = EXIT_DONE;
	if (wish->json) {
		json = inspect_surface_to_json(surface);
		json_object_set_new(json, "kind", json_string("surface"));
		*ret_code = json_print(json);
	} else {
		inspect_print_surface(surface);
	}
	transom_surface_unref(surface);
	return 0;
}
