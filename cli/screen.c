/* screen.c - a text that is kept up to date on a terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "screen.h"

#define ENTER "\033[?1049h\033[?25l\033[?7l" /* alternate screen, no cursor, no wrapping */
#define LEAVE "\033[?7h\033[?25h\033[?1049l"

bool
screen_is_there(void)
{
	const char *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

void
screen_enter(void)
{
	fputs(ENTER, stdout);
	fflush(stdout);
}

void
screen_leave(void)
{
	fputs(LEAVE, stdout);
	fflush(stdout);
}

static int
get_rows(void)
{
	struct winsize size = { 0 };

	return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 1 ? size.ws_row : 24;
}

static int
count_lines(const char *text)
{
	int lines = 0;

	for (; (text = strchr(text, '\n')) != NULL; text++)
		lines++;
	return lines;
}

void
screen_show(const char *text)
{
	const int rows = get_rows(), lines = count_lines(text);
	const int shown = lines < rows ? lines : rows - 1;

	fputs("\033[H", stdout);
	for (int i = 0; i < shown; i++) {
		const int length = (int)strcspn(text, "\n");

		printf("%.*s\033[K\n", length, text);
		text += length + 1;
	}
	if (lines > shown)
		printf("... and %d lines more", lines - shown);
	fputs("\033[J", stdout);
	fflush(stdout);
}
