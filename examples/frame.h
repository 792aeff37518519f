/*
 * frame.h - what 05-renderer and 06-receiver agree on: a name, and the bytes beside each right.
 */
#include <stdint.h>

#define FRAME_NAME "example.receiver"

struct frame {
	uint32_t number; /* from 1 */
	uint32_t total; /* the number of the last one */
};
