/* complain.c - one clear sentence on stderr. */
#include <stdarg.h>
#include <stdio.h>

#include <transom/error.h>

#include "complain.h"

/* One call of stdio's: sentences of several processes do not mix. */
static void
print(const char *format, va_list arguments, const char *reason)
{
	char text[1024];

	vsnprintf(text, sizeof(text), format, arguments);
	fprintf(stderr, "transom demo: %s%s%s\n", text, reason ? ": " : "", reason ? reason : "");
}

void
demo_complain(const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(format, arguments, NULL);
	va_end(arguments);
}

void
demo_complain_of(int error, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	print(format, arguments, transom_error_describe(error));
	va_end(arguments);
}
