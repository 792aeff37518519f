/* complain.c - one clear sentence on stderr. */
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

#include <transom/error.h>

#include "complain.h"
#include "live-line.h"

static const char *name = "transom";
static bool quiet;

void
complain_as(const char *who)
{
	name = who;
}

void
complain_quietly(void)
{
	quiet = true;
}

/* One call of stdio's: sentences of several processes do not mix. */
static void
print(const char *format, va_list arguments, const char *reason)
{
	char text[2048];

	vsnprintf(text, sizeof(text), format, arguments);
	live_line_clear();
	fprintf(stderr, "%s: %s%s%s\n", name, text, reason ? ": " : "", reason ? reason : "");
}

int
complain(enum exit_code code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(format, arguments, NULL);
	va_end(arguments);
	return code;
}

int
complain_of(int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(format, arguments, transom_error_describe(error));
	va_end(arguments);
	return exit_code_of(error);
}

void
remark(const char *format, ...)
{
	va_list arguments;

	if (quiet)
		return;
	va_start(arguments, format);
	print(format, arguments, NULL);
	va_end(arguments);
}
