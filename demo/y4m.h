/*
 * y4m.h - uncompressed video in files of YUV4MPEG2, read straight into the planes of a pixel buffer.
 */
#ifndef DEMO_Y4M_H
#define DEMO_Y4M_H

#include "view.h"

/* Pixels on a side, and bytes of a header line. */
#define Y4M_MAX_SIDE 16384
#define Y4M_MAX_LINE 1024

struct y4m_header {
	uint32_t format; /* TRANSOM_FORMAT_I420, _I422, _I444 or _Y8 */
	uint32_t width;
	uint32_t height;
	uint64_t frame_size; /* bytes of pixels */
};

/* Reads the first line of a file, without its line end. NULL, or what is wrong with it. */
const char *
y4m_parse_header(const char *line, struct y4m_header *ret);

struct y4m;

/* Checks the whole file, but for its pixels. @fd becomes the object's. 0, or an exit code after a complaint. */
int
y4m_open(const char *path, int fd, uint64_t size, struct y4m **ret);

void
y4m_close(struct y4m *y4m);

const struct y4m_header *
y4m_get_header(const struct y4m *y4m);

uint32_t
y4m_get_frame_count(const struct y4m *y4m);

/* Reads the next frame; after the last one comes the first. False after a complaint. */
bool
y4m_read(struct y4m *y4m, const struct view *view);

#endif /* DEMO_Y4M_H */
