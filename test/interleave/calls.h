/* calls.h - what the explored code calls instead of the C library and the kernel: it is compiled with -Dread=explore_read and so on. */
#ifndef TEST_INTERLEAVE_CALLS_H
#define TEST_INTERLEAVE_CALLS_H

#include <pthread.h>
#include <stddef.h>
#include <sys/epoll.h>
#include <sys/types.h>

void *
explore_copy(void *to, const void *from, size_t size);
int
explore_epoll_wait(int epoll, struct epoll_event *events, int count, int timeout);
int
explore_epoll_ctl(int epoll, int what, int fd, struct epoll_event *event);
ssize_t
explore_read(int fd, void *buffer, size_t size);
ssize_t
explore_write(int fd, const void *buffer, size_t size);
int
explore_mutex_lock(pthread_mutex_t *mutex);
int
explore_mutex_unlock(pthread_mutex_t *mutex);
int
explore_yield(void);

/* Nobody has the lock, and the bell is silent. */
void
kernel_begin(void);

#endif /* TEST_INTERLEAVE_CALLS_H */
