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

/* What is no regular file with something in it cannot be shown: 0, or an exit code after a complaint. */
static int
check_kind(const char *path, const struct stat *status)
{
	if (S_ISDIR(status->st_mode))
		return complain(EXIT_BAD_DATA, "%s is a directory, not a picture or a video", path);
	if (!S_ISREG(status->st_mode))
		return complain(EXIT_BAD_DATA, "%s is not a file", path);
	if (!status->st_size)
		return complain(EXIT_BAD_DATA, "%s is empty", path);
	return EXIT_DONE;
}

/* A regular file, opened: 0, or an exit code after a complaint. O_NONBLOCK: a pipe shall not make us wait. */
static int
open_file(const char *path, int *ret_fd, uint64_t *ret_size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), code;
	struct stat status;

	if (fd < 0 || fstat(fd, &status) < 0)
		code = complain(exit_code_of(-errno), "cannot open %s: %s", path, strerror(errno));
	else
		code = check_kind(path, &status);
	if (code == EXIT_DONE) {
		*ret_fd = fd;
		*ret_size = (uint64_t)status.st_size;
	} else if (fd >= 0) {
		close(fd);
	}
	return code;
}

static int
read_file(const char *path, int fd, uint64_t size, uint8_t **ret)
{
	uint8_t *bytes;
	uint64_t have = 0;

	if (size > MAX_PICTURE_FILE)
		return complain(EXIT_FAILED, "%s is too large for a picture: the limit is %u MiB", path,
				(unsigned)(MAX_PICTURE_FILE >> 20));
	bytes = malloc(size);
	if (!bytes)
		return complain_of(-ENOMEM, "cannot read %s", path);
	while (have < size) {
		ssize_t got = read(fd, bytes + have, size - have);

		if (got <= 0) {
			free(bytes);
			return complain(EXIT_FAILED, "cannot read %s: %s", path,
					got ? strerror(errno) : "it became shorter");
		}
		have += (uint64_t)got;
	}
	*ret = bytes;
	return EXIT_DONE;
}

static int
open_picture(struct source *source, const char *path, int fd, uint64_t size, enum kind kind)
{
	uint8_t *bytes = NULL;
	int code = read_file(path, fd, size, &bytes);

	close(fd);
	if (code != EXIT_DONE)
		return code;
	code = kind == PNG ? picture_read_png(path, bytes, size, &source->picture)
			   : picture_read_jpeg(path, bytes, size, &source->picture);
	free(bytes);
	if (code != EXIT_DONE)
		return code;
	source->shape =
		(struct source_shape){ TRANSOM_FORMAT_BGRA8, PICTURE_FRAME_WIDTH, PICTURE_FRAME_HEIGHT };
	snprintf(source->description, sizeof(source->description),
		 "a %s picture of %u x %u, panned and zoomed", kind == PNG ? "PNG" : "JPEG",
		 source->picture.width, source->picture.height);
	return EXIT_DONE;
}

static int
open_video(struct source *source, const char *path, int fd, uint64_t size)
{
	const struct y4m_header *header;
	const int code = y4m_open(path, fd, size, &source->video);

	if (code != EXIT_DONE)
		return code;
	header = y4m_get_header(source->video);
	source->shape = (struct source_shape){ header->format, header->width, header->height };
	snprintf(source->description, sizeof(source->description), "a Y4M video of %u x %u, %u frames",
		 header->width, header->height, y4m_get_frame_count(source->video));
	return EXIT_DONE;
}

/* @fd is closed, or becomes the source's. */
static int
open_kind(struct source *source, const char *path, int fd, uint64_t size)
{
	uint8_t start[16];
	const ssize_t length = pread(fd, start, sizeof(start), 0);
	const enum kind kind = length < 0 ? NEITHER : recognize(start, (size_t)length);

	if (kind == Y4M)
		return open_video(source, path, fd, size);
	if (kind != NEITHER)
		return open_picture(source, path, fd, size, kind);
	close(fd);
	return complain(EXIT_BAD_DATA, "%s is not a PNG, JPEG or Y4M file", path);
}

int
source_open(const char *path, struct source **ret)
{
	struct source *source = calloc(1, sizeof(*source));
	uint64_t size = 0;
	int fd = -1, code;

	if (!source)
		return complain_of(-ENOMEM, "cannot read %s", path);
	code = open_file(path, &fd, &size);
	if (code == EXIT_DONE)
		code = open_kind(source, path, fd, size);
	if (code == EXIT_DONE)
		*ret = source;
	else
		source_close(source);
	return code;
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
