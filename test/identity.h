/* identity.h - other users and user namespaces for tests; takes root. */
#ifndef TEST_IDENTITY_H
#define TEST_IDENTITY_H

#include <stdbool.h>
#include <sys/types.h>

/* Users that no system has: what the kernel counts for each user is nobody else's. */
enum { VICTIM = 561001, ATTACKER = 561002 };

/* Ends the test as skipped for all but root. */
void
need_root(void);

/* Becomes that user for good, with no groups but his own. */
void
become_user(uid_t uid);

/*
 * Enters a user namespace of its own, in which this user is @inside, or, if that is negative, has no number at
 * all; false where that is not permitted. The process must be of one thread.
 */
bool
enter_user_namespace(int inside);

#endif /* TEST_IDENTITY_H */
