/*
 * view-source-private.h - what view-source.c and view-report.c share.
 */
#ifndef CLI_VIEW_SOURCE_PRIVATE_H
#define CLI_VIEW_SOURCE_PRIVATE_H

#include "image-convert.h"
#include "view-numbers.h"
#include "view-source.h"

struct view_source {
	const struct view_options *options;
	struct transom_subscriber *subscriber;
	struct transom_frame *frame; /* held; NULL: none yet */
	struct image image; /* of that frame */
	bool counted; /* that frame is */
	char obstacle[160]; /* why that frame cannot be shown; "" */
	struct view_numbers numbers;
	struct image_converter *converter; /* for saving */
	int64_t news_ns; /* when there was a frame last, or it began */
	int error; /* why it ended; 0: it has not, or was ended here */
	bool waiting, paused, gave_up;
};

#endif /* CLI_VIEW_SOURCE_PRIVATE_H */
