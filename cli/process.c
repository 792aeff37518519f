/* process.c - what a process is called. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "process.h"
#include "text.h"

static ssize_t
read_file(int32_t pid, const char *name, char *text, size_t size)
{
	char path[64];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	n = read(fd, text, size - 1);
	close(fd);
	if (n >= 0)
		text[n] = '\0';
	return n;
}

/* Words end with NUL there. */
static void
join_words(char *text, ssize_t length)
{
	while (length > 0 && text[length - 1] == '\0')
		length--;
	for (ssize_t i = 0; i < length; i++)
		text[i] = text[i] == '\0' ? ' ' : text[i];
}

void
process_get_command(int32_t pid, char *text, size_t size)
{
	char line[PROCESS_COMMAND_SIZE * 4], *first = line, *slash;
	ssize_t n;

	n = pid > 0 ? read_file(pid, "cmdline", line, sizeof(line)) : -1;
	if (n > 0) {
		slash = strrchr(line, '/'); /* in the first word: it ends with NUL */
		first = slash != NULL ? slash + 1 : line;
		join_words(first, n - (first - line));
	} else if (pid <= 0 || read_file(pid, "comm", line, sizeof(line)) <= 0) {
		strcpy(line, "?");
	}
	text_make_plain(first);
	text_cut(first, text, size);
}
