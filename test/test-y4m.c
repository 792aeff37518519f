/* test-y4m.c - the header of a Y4M video, whoever wrote it, gives a sane shape or a reason. */
#include <stdlib.h>
#include <string.h>

#include "../demo/y4m.h"
#include "harness.h"

static void
check_shape(const char *line, uint32_t format, uint32_t width, uint32_t height, uint64_t size)
{
	struct y4m_header header;

	check(!y4m_parse_header(line, &header));
	check_eq(header.format, format);
	check_eq(header.width, width);
	check_eq(header.height, height);
	check_eq(header.frame_size, size);
}

TEST(good_headers)
{
	check_shape("YUV4MPEG2 W4 H2", TRANSOM_FORMAT_I420, 4, 2, 12);
	check_shape("YUV4MPEG2 H3 W5 F30000:1001 Ip A1:1 C420jpeg XA B", TRANSOM_FORMAT_I420, 5, 3, 27);
	check_shape("YUV4MPEG2 W5 H3 C422", TRANSOM_FORMAT_I422, 5, 3, 33);
	check_shape("YUV4MPEG2 W5 H3 C444 ", TRANSOM_FORMAT_I444, 5, 3, 45);
	check_shape("YUV4MPEG2  W5  H3  Cmono", TRANSOM_FORMAT_Y8, 5, 3, 15);
	check_shape("YUV4MPEG2 W16384 H16384 C444", TRANSOM_FORMAT_I444, 16384, 16384, 805306368);
}

/* Words of headers, whole and cut, in any order: what is accepted is within the limits. */
TEST(random_headers)
{
	static const char *const words[] = { "YUV4MPEG2",  " ",     "W",   "H",    "C",
					     "420",        "422",   "444", "mono", "jpeg",
					     "16384",      "16385", "0",   "1",    "9",
					     "4294967296", "F",     "-",   "X" };
	size_t count = sizeof(words) / sizeof(*words);
	unsigned accepted = 0;

	srandom(1);
	for (int i = 0; i < 200000; i++) {
		struct y4m_header header;
		char line[256] = "YUV4MPEG2 W2 H2 ";

		if (i % 2)
			*line = 0;
		for (long n = random() % 12; n > 0; n--)
			strcat(line, words[(size_t)random() % count]);
		if (*line && !(random() % 4))
			line[(size_t)random() % strlen(line)] = (char)(random() % 255 + 1);
		if (y4m_parse_header(line, &header))
			continue;
		accepted++;
		check(header.width >= 1 && header.width <= Y4M_MAX_SIDE);
		check(header.height >= 1 && header.height <= Y4M_MAX_SIDE);
		check(header.frame_size >= (uint64_t)header.width * header.height);
		check(header.frame_size <= (uint64_t)header.width * header.height * 3);
	}
	check(accepted > 1000);
}
