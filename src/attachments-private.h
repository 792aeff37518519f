/* attachments-private.h - the attachments of a pixel buffer; shared by the sources of this room only. */
#ifndef TRANSOM_ATTACHMENTS_PRIVATE_H
#define TRANSOM_ATTACHMENTS_PRIVATE_H

#include <pthread.h>

#include <transom/pixel_buffer.h>

/* Dictionaries never change: a change puts another one in their place. NULL is an empty one. */
struct attachments {
	pthread_mutex_t mutex;
	struct transom_value *of_mode[2];
};

/* NULL for NULL. */
struct attachments *
pixel_buffer_get_attachments(struct transom_pixel_buffer *buffer);

#endif /* TRANSOM_ATTACHMENTS_PRIVATE_H */
