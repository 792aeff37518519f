/*
 * stop.h - being asked to end: Ctrl-C, SIGTERM, a terminal that went away.
 */
#ifndef CLI_STOP_H
#define CLI_STOP_H

#include <stdbool.h>

/*
 * From now on SIGINT, SIGTERM and SIGHUP do not kill but are remembered; the second one of the same kind kills, for when the
 * first is not heard. SIGPIPE is ignored: writing says -EPIPE. Call it before there are threads.
 */
void
stop_listen(void);

/* Whether one came. Any thread may ask; costs nothing. */
bool
stop_is_asked(void);

/* Readable for ever once one came: for poll(2). Not to be read. */
int
stop_get_fd(void);

/* Which signal it was; 0 for none. */
int
stop_get_signal(void);

/* As if a signal had come: a window was closed, say. */
void
stop_ask(void);

/* Waits for @fd to be readable, or to be asked to stop: 1 readable, 0 timed out, -EINTR asked to stop, another errno. -1 as
 * @fd waits for the request and the time alone; a negative time-out is for ever. */
int
stop_wait(int fd, int timeout_ms);

#endif /* CLI_STOP_H */
