/* stories.h - what stories of ports and surfaces, and those of streams, have in common. */
#ifndef TEST_KILL_STORIES_H
#define TEST_KILL_STORIES_H

#include <transom/transom.h>

#include "kill.h"

enum { PATIENCE_MS = 5000 };

extern const struct transom_pixel_buffer_options story_image;

/* A port: in the survivor, and inherited by the victim. */
extern int story_receive, story_send;

void
story_make_port(void);

/* The dead hold no send right: when the survivor's is gone the queue ends. */
void
story_drop_port(void);

extern const struct kill_story stories_of_streams[];

#endif /* TEST_KILL_STORIES_H */
