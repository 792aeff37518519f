/* fd-private.h - file descriptors: close, copy, open anew. */
#ifndef TRANSOM_FD_PRIVATE_H
#define TRANSOM_FD_PRIVATE_H

/* Closes @fd if it is one; always returns -1, for fd = fd_close(fd). Keeps errno. */
int
fd_close(int fd);

/* A copy of @fd (the same description), close-on-exec. -EBADF, -EMFILE. */
int
fd_dup(int fd, int *ret);

/*
 * A new description of the file behind @fd, close-on-exec: locks taken through it are its own.
 * @flags: O_RDONLY or O_RDWR. Needs procfs: -ENXIO without.
 */
int
fd_reopen(int fd, int flags, int *ret);

/* Reads exactly @size bytes at @offset; -ENODATA if the file ends before. */
int
fd_pread_all(int fd, void *data, unsigned long size, unsigned long offset);

#endif /* TRANSOM_FD_PRIVATE_H */
