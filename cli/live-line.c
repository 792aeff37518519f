/* live-line.c - one line of numbers, written over on a terminal. */
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "live-line.h"

static bool shown;
static int64_t last_ms = -1000000, due_ms;

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

bool
live_line_is_live(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term != NULL && strcmp(term, "dumb") != 0;
}

bool
live_line_is_due(void)
{
	const int64_t now = now_ms();

	if (now < due_ms)
		return false;
	due_ms = now + 100;
	return true;
}

/* Cut to the width of the terminal: a line that wraps cannot be written over. */
static void
show_over(char *text)
{
	struct winsize size = { 0 };

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 && strlen(text) >= size.ws_col)
		text[size.ws_col - 1] = '\0';
	fprintf(stderr, "\r\033[K%s", text);
	shown = true;
}

void
live_line_show(int seconds, const char *format, ...)
{
	va_list arguments;
	char text[512];

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	if (live_line_is_live()) {
		show_over(text);
	} else if (seconds > 0 && now_ms() - last_ms >= seconds * 1000) {
		last_ms = now_ms();
		fprintf(stderr, "%s\n", text);
	}
}

void
live_line_clear(void)
{
	if (shown)
		fputs("\r\033[K", stderr);
	shown = false;
}

void
live_line_keep(void)
{
	if (shown)
		fputc('\n', stderr);
	shown = false;
}
