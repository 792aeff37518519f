/* y4m.c - uncompressed video in files of YUV4MPEG2, read straight into the planes of a pixel buffer. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "../cli/complain.h"
#include "y4m.h"

/* Rows in one preadv(2): not above IOV_MAX. */
#define BATCH 512

struct y4m {
	const char *path;
	int fd;
	uint64_t size;
	uint64_t first; /* offset of the first frame */
	uint64_t next; /* and of the next one */
	uint32_t count;
	struct y4m_header header;
};

/* A decimal number that is the whole of a word; 0 if it is none, or out of range. */
static uint32_t
parse_side(const char *word, size_t length)
{
	uint32_t side = 0;

	if (!length)
		return 0;
	for (size_t i = 0; i < length; i++) {
		if (word[i] < '0' || word[i] > '9')
			return 0;
		side = side * 10 + (uint32_t)(word[i] - '0');
		if (side > Y4M_MAX_SIDE)
			return 0;
	}
	return side;
}

static uint32_t
parse_colour(const char *word, size_t length)
{
	static const struct {
		const char *name;
		uint32_t format;
	} colours[] = {
		{ "420", TRANSOM_FORMAT_I420 },      { "420jpeg", TRANSOM_FORMAT_I420 },
		{ "420mpeg2", TRANSOM_FORMAT_I420 }, { "420paldv", TRANSOM_FORMAT_I420 },
		{ "422", TRANSOM_FORMAT_I422 },      { "444", TRANSOM_FORMAT_I444 },
		{ "mono", TRANSOM_FORMAT_Y8 },
	};

	for (size_t i = 0; i < sizeof(colours) / sizeof(*colours); i++)
		if (length == strlen(colours[i].name) && !memcmp(word, colours[i].name, length))
			return colours[i].format;
	return 0;
}

/* Sides are small, so nothing here can overflow. */
static uint64_t
measure(uint32_t format, uint64_t width, uint64_t height)
{
	uint64_t half_width = (width + 1) / 2, half_height = (height + 1) / 2;

	switch (format) {
	case TRANSOM_FORMAT_I420:
		return width * height + 2 * half_width * half_height;
	case TRANSOM_FORMAT_I422:
		return width * height + 2 * half_width * height;
	case TRANSOM_FORMAT_I444:
		return 3 * width * height;
	default:
		return width * height;
	}
}

const char *
y4m_parse_header(const char *line, struct y4m_header *ret)
{
	struct y4m_header header = { .format = TRANSOM_FORMAT_I420 };

	if (strncmp(line, "YUV4MPEG2", 9) || (line[9] && line[9] != ' '))
		return "it does not begin with YUV4MPEG2";
	line += 9;
	while (*line) {
		size_t length = strcspn(++line, " ");

		if (*line == 'W' && !(header.width = parse_side(line + 1, length - 1)))
			return "its width is not between 1 and 16384";
		if (*line == 'H' && !(header.height = parse_side(line + 1, length - 1)))
			return "its height is not between 1 and 16384";
		if (*line == 'C' && !(header.format = parse_colour(line + 1, length - 1)))
			return "its colours are not 8 bits of 4:2:0, 4:2:2, 4:4:4 or mono";
		line += length;
	}
	if (!header.width || !header.height)
		return "its header lacks a width or a height";
	header.frame_size = measure(header.format, header.width, header.height);
	*ret = header;
	return NULL;
}

/* Reads the line at an offset: its length with its end, 0 if it is too long, negative errno. */
static ssize_t
read_line(const struct y4m *y4m, uint64_t offset, char line[Y4M_MAX_LINE])
{
	ssize_t length = pread(y4m->fd, line, Y4M_MAX_LINE, (off_t)offset);
	char *end;

	if (length < 0)
		return -errno;
	end = memchr(line, '\n', (size_t)length);
	if (!end)
		return 0;
	*end = 0;
	return end + 1 - line;
}

/* Finds the end of a FRAME line: 0, or an exit code after a complaint. */
static int
read_frame_line(const struct y4m *y4m, uint64_t *offset, uint32_t number)
{
	char line[Y4M_MAX_LINE];
	ssize_t length = read_line(y4m, *offset, line);

	if (length < 0)
		return complain_of((int)length, "cannot read %s", y4m->path);
	if (!length && y4m->size - *offset < Y4M_MAX_LINE)
		return complain(EXIT_BAD_DATA, "%s ends in the middle of frame %u", y4m->path, number);
	if (!length || strncmp(line, "FRAME", 5) || (line[5] && line[5] != ' '))
		return complain(EXIT_BAD_DATA,
				"%s is damaged: where frame %u should begin there is something else",
				y4m->path, number);
	*offset += (uint64_t)length;
	return EXIT_DONE;
}

/* Hops from frame to frame, so that a file that ends too early is refused before anything begins. */
static int
check_frames(struct y4m *y4m)
{
	uint64_t offset = y4m->first;

	while (offset < y4m->size && y4m->count < UINT32_MAX) {
		const int code = read_frame_line(y4m, &offset, y4m->count + 1);

		if (code != EXIT_DONE)
			return code;
		if (y4m->size < offset || y4m->size - offset < y4m->header.frame_size)
			return complain(EXIT_BAD_DATA, "%s ends in the middle of frame %u", y4m->path,
					y4m->count + 1);
		offset += y4m->header.frame_size;
		y4m->count++;
	}
	return y4m->count ? EXIT_DONE : complain(EXIT_BAD_DATA, "%s has no frames", y4m->path);
}

/* Reads the header: 0, or an exit code after a complaint. */
static int
check_header(struct y4m *y4m)
{
	char line[Y4M_MAX_LINE];
	const ssize_t length = read_line(y4m, 0, line);
	const char *wrong;

	if (length < 0)
		return complain_of((int)length, "cannot read %s", y4m->path);
	wrong = length ? y4m_parse_header(line, &y4m->header) : "its header does not end";
	if (wrong)
		return complain(EXIT_BAD_DATA, "%s is a Y4M video that cannot be shown: %s", y4m->path,
				wrong);
	y4m->first = y4m->next = (uint64_t)length;
	return EXIT_DONE;
}

int
y4m_open(const char *path, int fd, uint64_t size, struct y4m **ret)
{
	struct y4m *y4m = calloc(1, sizeof(*y4m));
	int code;

	if (!y4m) {
		close(fd);
		return complain_of(-ENOMEM, "cannot read %s", path);
	}
	*y4m = (struct y4m){ .path = path, .fd = fd, .size = size };
	code = check_header(y4m);
	if (code == EXIT_DONE)
		code = check_frames(y4m);
	if (code == EXIT_DONE)
		*ret = y4m;
	else
		y4m_close(y4m);
	return code;
}

void
y4m_close(struct y4m *y4m)
{
	if (!y4m)
		return;
	close(y4m->fd);
	free(y4m);
}

const struct y4m_header *
y4m_get_header(const struct y4m *y4m)
{
	return &y4m->header;
}

uint32_t
y4m_get_frame_count(const struct y4m *y4m)
{
	return y4m->count;
}

/* Reads rows that lie together in the file into rows that lie @stride apart in memory. */
static int
read_rows(int fd, uint64_t offset, const struct view_plane *plane, uint32_t first, uint32_t count)
{
	struct iovec rows[BATCH];
	struct iovec *row = rows;

	for (uint32_t i = 0; i < count; i++)
		rows[i] =
			(struct iovec){ plane->base + (size_t)(first + i) * plane->stride, plane->row_bytes };
	while (count) {
		ssize_t got = preadv(fd, row, (int)count, (off_t)offset);

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -ENODATA;
		offset += (uint64_t)got;
		while (count && (size_t)got >= row->iov_len) {
			got -= (ssize_t)row->iov_len;
			row++;
			count--;
		}
		if (count) {
			row->iov_base = (uint8_t *)row->iov_base + got;
			row->iov_len -= (size_t)got;
		}
	}
	return 0;
}

bool
y4m_read(struct y4m *y4m, const struct view *view)
{
	uint64_t offset = y4m->next < y4m->size ? y4m->next : y4m->first;

	if (read_frame_line(y4m, &offset, 0) != EXIT_DONE)
		return false;
	for (uint32_t i = 0; i < view->plane_count; i++) {
		const struct view_plane *plane = &view->planes[i];

		for (uint32_t y = 0; y < plane->rows; y += BATCH) {
			uint32_t count = plane->rows - y < BATCH ? plane->rows - y : BATCH;
			int error = read_rows(y4m->fd, offset, plane, y, count);

			if (error < 0) {
				complain_of(error, "cannot read %s", y4m->path);
				return false;
			}
			offset += (uint64_t)count * plane->row_bytes;
		}
	}
	y4m->next = offset;
	return true;
}
