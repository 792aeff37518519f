/* hand-over.c - a command that another program has: finds that program and becomes it. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "complain.h"

/* Where it lies, seen from the folder of this program: installed, or as it was built. */
static const char *const places[] = { LIBEXECDIR_FROM_HERE, "." };

/* The folder of this program, without a slash at the end; where the system does not tell, where it would be installed. */
static void
get_folder(char folder[4096])
{
	const ssize_t length = readlink("/proc/self/exe", folder, 4095);
	char *slash;

	if (length <= 0) {
		snprintf(folder, 4096, "%s", BINDIR);
		return;
	}
	folder[length] = '\0';
	slash = strrchr(folder, '/');
	if (slash != NULL)
		*slash = '\0';
}

static size_t
count_words(char *const *words)
{
	size_t count = 0;

	while (words[count] != NULL)
		count++;
	return count;
}

int
command_hand_over(const struct command *command, char **words)
{
	const size_t count = count_words(words);
	char **arguments = calloc(count + 2, sizeof(*arguments));
	char folder[4096], path[4096 + 512];
	int error = ENOENT;

	if (arguments == NULL)
		return complain(EXIT_FAILED, "no memory");
	arguments[0] = (char *)"transom";
	memcpy(arguments + 1, words, count * sizeof(*words));
	get_folder(folder);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && error == ENOENT; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", places[i][0] == '/' ? "" : folder, places[i],
			 command->program);
		execv(path, arguments);
		error = errno;
	}
	free(arguments);
	return complain(EXIT_FAILED, "%s takes the program %s, which cannot be run: %s", command->name,
			command->program, strerror(error));
}
