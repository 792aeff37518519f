/* runtime-directory.c - the path of the folder with this user's names. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runtime-directory.h"

const char *
runtime_directory_get_source(void)
{
	const char *own = secure_getenv("TRANSOM_RUNTIME_DIR");
	const char *session = secure_getenv("XDG_RUNTIME_DIR");

	if (own != NULL && own[0] != '\0')
		return "TRANSOM_RUNTIME_DIR";
	return session != NULL && session[0] == '/' ? "XDG_RUNTIME_DIR" : NULL;
}

bool
runtime_directory_find(char *path, size_t size)
{
	const char *own = secure_getenv("TRANSOM_RUNTIME_DIR");
	const char *session = secure_getenv("XDG_RUNTIME_DIR");
	int n;

	if (own != NULL && own[0] != '\0')
		n = own[0] == '/' ? snprintf(path, size, "%s", own) : -1;
	else if (session != NULL && session[0] == '/')
		n = snprintf(path, size, "%s/transom", session);
	else
		n = snprintf(path, size, "/tmp/transom-%u", (unsigned)geteuid());
	return n >= 0 && (size_t)n < size;
}
