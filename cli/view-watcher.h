/*
 * view-watcher.h - descriptors for a loop that waits for a window: SDL waits for its own events alone, so a thread turns
 * readable descriptors into them.
 */
#ifndef CLI_VIEW_WATCHER_H
#define CLI_VIEW_WATCHER_H

#include <SDL.h>

struct view_watcher;

/* @type is pushed once when @fd is readable, and then not before view_watcher_arm(); SDL_QUIT when a signal asks to stop. NULL:
 * no thread. */
struct view_watcher *
view_watcher_create(int fd, Uint32 type);

/* Ends the thread. */
struct view_watcher *
view_watcher_unref(struct view_watcher *watcher);

/* Watches @fd again. */
void
view_watcher_arm(struct view_watcher *watcher);

#endif /* CLI_VIEW_WATCHER_H */
