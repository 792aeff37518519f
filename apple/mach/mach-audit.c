/* mach-audit.c - who sent a message, out of the audit token of its trailer. */
#include <bsm/libbsm.h>

pid_t
audit_token_to_pid(audit_token_t token)
{
	return (pid_t)token.val[5];
}

uid_t
audit_token_to_euid(audit_token_t token)
{
	return token.val[1];
}

gid_t
audit_token_to_egid(audit_token_t token)
{
	return token.val[2];
}

uid_t
audit_token_to_ruid(audit_token_t token)
{
	return token.val[3];
}

gid_t
audit_token_to_rgid(audit_token_t token)
{
	return token.val[4];
}

uid_t
audit_token_to_auid(audit_token_t token)
{
	return token.val[0];
}

au_asid_t
audit_token_to_asid(audit_token_t token)
{
	return (au_asid_t)token.val[6];
}

int
audit_token_to_pidversion(audit_token_t token)
{
	return (int)token.val[7];
}
