/* doctor-sandbox.c - procfs, and what this process is shut up in: seccomp, Landlock, namespaces. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "doctor.h"

#define LANDLOCK_VERSION 1 /* the flag LANDLOCK_CREATE_RULESET_VERSION */

static void
check_procfs(void)
{
	int fd = open("/proc/self/fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0) {
		doctor_find(DOCTOR_ERROR, "procfs",
			    "mount it: `mount -t proc proc /proc`, or let the sandbox have it. Who only "
			    "receives by "
			    "descriptors that were inherited can do without",
			    "there is no /proc/self/fd: rights and names cannot be made (%s)",
			    strerror(errno));
		return;
	}
	close(fd);
	doctor_find(DOCTOR_OK, "procfs", NULL, "is mounted");
	if (access("/proc/1", F_OK) < 0)
		doctor_find(DOCTOR_WARNING, "hidepid", "mount procfs without hidepid=, or be root",
			    "processes of others are hidden: `transom ps` and global surfaces see less");
}

/* A line "Name:\tvalue" of /proc/self/status. */
static bool
read_status(const char *name, char *text, size_t size)
{
	const size_t length = strlen(name);
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	bool found = false;

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL) {
		found = strncmp(line, name, length) == 0 && line[length] == ':';
		if (found)
			snprintf(text, size, "%s", line + length + 1 + strspn(line + length + 1, "\t "));
	}
	if (file != NULL)
		fclose(file);
	if (found)
		text[strcspn(text, "\n")] = '\0';
	return found;
}

static void
check_seccomp(void)
{
	char mode[64], filters[64];

	if (!read_status("Seccomp", mode, sizeof(mode)))
		return;
	if (!read_status("Seccomp_filters", filters, sizeof(filters)))
		strcpy(filters, "some");
	if (strcmp(mode, "0") == 0)
		doctor_find(DOCTOR_OK, "seccomp", NULL, "no system call is filtered");
	else
		doctor_find(
			DOCTOR_OK, "seccomp", NULL,
			"system calls are filtered (mode %s, %s filters); what was tried above tells what is "
			"let through",
			mode, filters);
}

static void
check_landlock(void)
{
#ifdef SYS_landlock_create_ruleset
	const long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_VERSION);

	if (version > 0)
		doctor_find(DOCTOR_OK, "landlock", NULL,
			    "the kernel has version %ld of it; whether this process is restricted by it "
			    "cannot be asked",
			    version);
	else
		doctor_find(DOCTOR_OK, "landlock", NULL,
			    "the kernel does not have it, or it is switched off");
#endif
}

static void
check_namespaces(void)
{
	unsigned long inside, outside, length;
	char text[128];

	if (doctor_read("/proc/self/uid_map", text, sizeof(text)) &&
	    sscanf(text, "%lu %lu %lu", &inside, &outside, &length) == 3) {
		if (inside == 0 && outside == 0 && length == 4294967295UL)
			doctor_find(DOCTOR_OK, "user namespace", NULL, "the first one");
		else
			doctor_find(DOCTOR_OK, "user namespace", NULL,
				    "a namespace of its own: user %lu here is user %lu outside; who shares "
				    "the runtime "
				    "directory must be the same user",
				    inside, outside);
	}
	if (read_status("NSpid", text, sizeof(text)) && strpbrk(text, "\t ") != NULL)
		doctor_find(DOCTOR_WARNING, "pid namespace",
			    "share no runtime directory with processes outside; pass descriptors instead",
			    "a namespace of its own: pids that others tell do not mean the same here");
}

void
doctor_check_sandbox(void)
{
	check_procfs();
	check_seccomp();
	check_landlock();
	check_namespaces();
}
