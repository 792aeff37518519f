/* source.c - frames of real input: a still picture or a video, whatever the file is. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../cli/complain.h"
#include "picture.h"
#include "source.h"
#include "y4m.h"

/* Bytes of the largest file of a picture. */
#define MAX_PICTURE_FILE ((uint64_t)512 << 20)

struct source {
	struct source_shape shape;
	struct picture picture;
	struct y4m *video; /* NULL for a picture */
	char description[96];
};

enum kind { NEITHER, PNG, JPEG, Y4M };

static enum kind
recognize(const uint8_t *start, size_t length)
{
	if (length >= 8 && !memcmp(start, "\x89PNG\r\n\x1a\n", 8))
		return PNG;
	if (length >= 3 && !memcmp(start, "\xff\xd8\xff", 3))
		return JPEG;
	if (length >= 9 && !memcmp(start, "YUV4MPEG2", 9))
		return Y4M;
	return NEITHER;
}

/* A regular file, opened; or -1 after a complaint. O_NONBLOCK: a pipe shall not make us wait. */
static int
open_file(const char *path, uint64_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		complain(EXIT_FAILED, "cannot open %s: %s", path, strerror(errno));
	else if (S_ISDIR(status.st_mode))
		complain(EXIT_FAILED, "%s is a directory, not a picture or a video", path);
	else if (!S_ISREG(status.st_mode))
		complain(EXIT_FAILED, "%s is not a file", path);
	else if (!status.st_size)
		complain(EXIT_FAILED, "%s is empty", path);
	else {
		*ret_size = (uint64_t)status.st_size;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

static uint8_t *
read_file(const char *path, int fd, uint64_t size)
{
	uint8_t *bytes;
	uint64_t have = 0;

	if (size > MAX_PICTURE_FILE) {
		complain(EXIT_FAILED, "%s is too large for a picture: the limit is %u MiB", path,
			 (unsigned)(MAX_PICTURE_FILE >> 20));
		return NULL;
	}
	bytes = malloc(size);
	if (!bytes) {
		complain_of(-ENOMEM, "cannot read %s", path);
		return NULL;
	}
	while (have < size) {
		ssize_t got = read(fd, bytes + have, size - have);

		if (got <= 0) {
			complain(EXIT_FAILED, "cannot read %s: %s", path,
				 got ? strerror(errno) : "it became shorter");
			free(bytes);
			return NULL;
		}
		have += (uint64_t)got;
	}
	return bytes;
}

static bool
open_picture(struct source *source, const char *path, int fd, uint64_t size, enum kind kind)
{
	uint8_t *bytes = read_file(path, fd, size);
	bool good;

	close(fd);
	if (!bytes)
		return false;
	good = kind == PNG ? picture_read_png(path, bytes, size, &source->picture)
			   : picture_read_jpeg(path, bytes, size, &source->picture);
	free(bytes);
	if (!good)
		return false;
	source->shape =
		(struct source_shape){ TRANSOM_FORMAT_BGRA8, PICTURE_FRAME_WIDTH, PICTURE_FRAME_HEIGHT };
	snprintf(source->description, sizeof(source->description),
		 "a %s picture of %u x %u, panned and zoomed", kind == PNG ? "PNG" : "JPEG",
		 source->picture.width, source->picture.height);
	return true;
}

static bool
open_video(struct source *source, const char *path, int fd, uint64_t size)
{
	const struct y4m_header *header;

	source->video = y4m_open(path, fd, size);
	if (!source->video)
		return false;
	header = y4m_get_header(source->video);
	source->shape = (struct source_shape){ header->format, header->width, header->height };
	snprintf(source->description, sizeof(source->description), "a Y4M video of %u x %u, %u frames",
		 header->width, header->height, y4m_get_frame_count(source->video));
	return true;
}

struct source *
source_open(const char *path)
{
	struct source *source = calloc(1, sizeof(*source));
	uint8_t start[16];
	enum kind kind;
	uint64_t size;
	ssize_t length;
	bool good;
	int fd;

	if (!source) {
		complain_of(-ENOMEM, "cannot read %s", path);
		return NULL;
	}
	fd = open_file(path, &size);
	if (fd < 0)
		goto fail;
	length = pread(fd, start, sizeof(start), 0);
	kind = length < 0 ? NEITHER : recognize(start, (size_t)length);
	if (kind == NEITHER) {
		complain(EXIT_FAILED, "%s is not a PNG, JPEG or Y4M file", path);
		close(fd);
		goto fail;
	}
	good = kind == Y4M ? open_video(source, path, fd, size) : open_picture(source, path, fd, size, kind);
	if (good)
		return source;
fail:
	source_close(source);
	return NULL;
}

void
source_close(struct source *source)
{
	if (!source)
		return;
	picture_destroy(&source->picture);
	y4m_close(source->video);
	free(source);
}

const struct source_shape *
source_get_shape(const struct source *source)
{
	return &source->shape;
}

const char *
source_get_description(const struct source *source)
{
	return source->description;
}

bool
source_draw(struct source *source, uint32_t number, const struct view *view)
{
	if (source->video)
		return y4m_read(source->video, view);
	return picture_draw(&source->picture, number, view);
}
