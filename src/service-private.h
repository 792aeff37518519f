/*
 * service-private.h - the one thread of the process that answers for what it owns: it waits for many
 * descriptors and calls whoever registered them.
 */
#ifndef TRANSOM_SERVICE_PRIVATE_H
#define TRANSOM_SERVICE_PRIVATE_H

#include <stdint.h>

struct service;

/*
 * Calls @ready(context) in the service's thread whenever @fd has one of the epoll events @events, level
 * triggered, and at POLLHUP or POLLERR. The thread is started for the first and ends with the last. It
 * takes no signals. The descriptor stays the caller's, who must not close it before service_remove().
 * *@ret is set before the first call. -EMFILE, -ENFILE, -ENOMEM, -EAGAIN (no thread), -EPERM (not pollable).
 */
int
service_add(int fd, uint32_t events, void (*ready)(void *context), void *context, struct service **ret);

/*
 * Waits for other events from now on. After an event of one that asked for EPOLLONESHOT nothing more comes,
 * not even POLLHUP, until this is called.
 */
void
service_change(struct service *service, uint32_t events);

/*
 * After it @ready is not running and is not called again. The caller must not hold a lock that @ready
 * takes. From @ready itself it returns at once, and the call in progress is the last; the thread then
 * stays even if it has nothing left to do, until service_remove() is called from elsewhere: NULL is
 * accepted, and does just that. In a child of fork it only frees memory: the thread is the parent's.
 */
void
service_remove(struct service *service);

/* For who cannot do his work now (no descriptor left): a pause, so that the thread does not spin. */
void
service_pause(void);

#endif /* TRANSOM_SERVICE_PRIVATE_H */
