/*
 * libbsm.h - who sent a message, out of the audit token of its trailer.
 */
#ifndef _LIBBSM_H_
#define _LIBBSM_H_

#include <sys/types.h>

#include <mach/mach_api.h>
#include <mach/message.h>

#ifdef __cplusplus
extern "C" {
#endif
typedef uid_t au_id_t;
typedef pid_t au_asid_t;

/*
 * What the kernel saw when the message was sent: process, effective user, effective group. Linux tells no
 * real user, so that those calls answer with the effective one; a session there is none: 0.
 * Threads: any. Since: 0.1.
 */

/** The process. */
MACH_API pid_t
audit_token_to_pid(audit_token_t token);

/** The effective user. */
MACH_API uid_t
audit_token_to_euid(audit_token_t token);

/** The effective group. */
MACH_API gid_t
audit_token_to_egid(audit_token_t token);

/** As audit_token_to_euid(). */
MACH_API uid_t
audit_token_to_ruid(audit_token_t token);

/** As audit_token_to_egid(). */
MACH_API gid_t
audit_token_to_rgid(audit_token_t token);

/** As audit_token_to_euid(). */
MACH_API uid_t
audit_token_to_auid(audit_token_t token);

/** 0. */
MACH_API au_asid_t
audit_token_to_asid(audit_token_t token);

/** 0: process numbers are not told apart by a version. */
MACH_API int
audit_token_to_pidversion(audit_token_t token);

#ifdef __cplusplus
}
#endif

#endif /* _LIBBSM_H_ */
