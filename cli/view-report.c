/* view-report.c - what `transom view` tells of its stream: lines over the picture, JSON at the end, a picture in a file. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jansson.h>

#include "complain.h"
#include "png-file.h"
#include "view-source-private.h"

void
view_source_describe_state(const struct view_source *source, char *text, size_t size)
{
	const char *name = source->options->name.name;

	if (source->waiting)
		snprintf(text, size, "waiting for %s", name);
	else if (source->obstacle[0] != '\0')
		snprintf(text, size, "%s has %s", name, source->obstacle);
	else if (source->frame == NULL)
		snprintf(text, size, "%s has no frame yet", name);
	else
		text[0] = '\0';
}

static void
describe_picture(const struct view_source *source, char *text, size_t size)
{
	const struct image *image = &source->image;
	int length;

	if (image->buffer == NULL) {
		snprintf(text, size, "%s", source->options->name.name);
		return;
	}
	length = snprintf(text, size, "%s%s  %ux%u  %s", source->paused ? "paused  " : "",
			  source->options->name.name, image->width, image->height, image->format->name);
	if (image->colour.aspect_width != image->colour.aspect_height && (size_t)length < size)
		snprintf(text + length, size - (size_t)length, "  pixels %u:%u", image->colour.aspect_width,
			 image->colour.aspect_height);
}

static void
describe_rate(const struct view_source *source, char *text, size_t size)
{
	double shown, published;

	view_numbers_get_rates(&source->numbers, &shown, &published);
	snprintf(text, size, "frame %llu  %.1f fps of %.1f  missed %llu",
		 (unsigned long long)transom_frame_get_sequence(source->frame), shown, published,
		 (unsigned long long)transom_subscriber_get_missed(source->subscriber));
}

static void
describe_latency(const struct view_source *source, char *text, size_t size)
{
	const struct view_numbers *numbers = &source->numbers;
	char latency[64] = "unknown";

	if (numbers->timed > 0)
		snprintf(latency, sizeof(latency), "%.1f ms (mean %.1f, most %.1f)",
			 (double)numbers->latency_ns / 1e6,
			 (double)numbers->latency_sum_ns / (double)numbers->timed / 1e6,
			 (double)numbers->latency_max_ns / 1e6);
	snprintf(text, size, "latency %s  held %d of %u%s", latency, source->frame != NULL,
		 transom_subscriber_get_granted(source->subscriber), source->waiting ? "  waiting" : "");
}

bool
view_source_describe_numbers(struct view_source *source, unsigned line, char *text, size_t size)
{
	static void (*const describe[])(const struct view_source *source, char *text,
					size_t size) = { describe_picture, describe_rate, describe_latency };

	if (line >= sizeof(describe) / sizeof(describe[0]))
		return false;
	describe[line](source, text, size);
	return true;
}

static json_t *
pack_latency(const struct view_numbers *numbers)
{
	if (numbers->timed == 0)
		return json_null();
	return json_pack("{s:f, s:f, s:f}", "min", (double)numbers->latency_min_ns / 1e6, "mean",
			 (double)numbers->latency_sum_ns / (double)numbers->timed / 1e6, "max",
			 (double)numbers->latency_max_ns / 1e6);
}

int
view_source_print_json(const struct view_source *source)
{
	const struct view_numbers *numbers = &source->numbers;
	const struct image *image = &source->image;
	json_t *all =
		json_pack("{s:s, s:I, s:I, s:I, s:f, s:f, s:I, s:o, s:i, s:i, s:s?}", "stream",
			  source->options->name.name, "frames", (json_int_t)numbers->shown, "missed",
			  (json_int_t)transom_subscriber_get_missed(source->subscriber), "restarts",
			  (json_int_t)numbers->restarts, "seconds",
			  (double)(numbers->last_ns - numbers->first_ns) / 1e9, "fps",
			  view_numbers_get_mean_rate(numbers), "sequence", (json_int_t)numbers->sequence,
			  "latency_ms", pack_latency(numbers), "width", (int)image->width, "height",
			  (int)image->height, "format", image->format != NULL ? image->format->name : NULL);
	int r;

	if (all == NULL)
		return -1;
	r = json_dumpf(all, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	json_decref(all);
	return r == 0 && putchar('\n') != EOF ? 0 : -1;
}

/* Makes a file that was not there: NAME-SEQUENCE.png, or with one more number. */
static int
create_file(const struct view_source *source, char *ret, size_t size)
{
	const unsigned long long sequence = transom_frame_get_sequence(source->frame);
	int fd;

	for (int i = 1; i < 1000; i++) {
		if (i == 1)
			snprintf(ret, size, "%s-%llu.png", source->options->name.name, sequence);
		else
			snprintf(ret, size, "%s-%llu-%d.png", source->options->name.name, sequence, i);
		fd = open(ret, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd >= 0 || errno != EEXIST)
			return fd < 0 ? -errno : fd;
	}
	return -EEXIST;
}

static int
write_frame(struct view_source *source, int fd)
{
	const struct image *image = &source->image;
	FILE *file = fdopen(fd, "wb");
	const uint8_t *pixels;
	int r;

	if (file == NULL) {
		close(fd);
		return -ENOMEM;
	}
	r = image_converter_run(source->converter, image, image->width, image->height, &pixels);
	if (r == 0)
		r = png_file_write(file, pixels, image->width, image->height,
				   image->format->alpha != TRANSOM_ALPHA_NONE);
	if (fclose(file) != 0 && r == 0)
		r = -errno;
	return r;
}

/* Half a picture is none. Devices stay. */
static void
remove_file(const char *file)
{
	struct stat what;

	if (lstat(file, &what) == 0 && S_ISREG(what.st_mode))
		unlink(file);
}

int
view_source_save(struct view_source *source, const char *file, char *text, size_t size)
{
	char made[TRANSOM_NAME_MAX + 64];
	int fd, r;

	snprintf(text, size, "there is no frame to save");
	if (source->image.buffer == NULL)
		return EXIT_FAILED;
	fd = file != NULL ? open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666)
			  : create_file(source, made, sizeof(made));
	r = fd >= 0 ? 0 : file != NULL ? -errno : fd;
	file = file != NULL ? file : made;
	if (r == 0) {
		r = write_frame(source, fd);
		if (r < 0)
			remove_file(file);
	}
	if (r < 0)
		snprintf(text, size, "%s cannot be written: %s", file, transom_error_describe(r));
	else
		snprintf(text, size, "saved %s", file);
	return r < 0 ? exit_code_of(r) : EXIT_DONE;
}
