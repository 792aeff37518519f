/* fork-private.h - tells objects that were made before a fork from those made after it. */
#ifndef TRANSOM_FORK_PRIVATE_H
#define TRANSOM_FORK_PRIVATE_H

/* How many forks lie between this process and the one that loaded the library. */
unsigned
fork_generation(void);

#endif /* TRANSOM_FORK_PRIVATE_H */
