/* av-error.c - FFmpeg's errors as sentences and exit codes; the only place that knows their numbers. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#include <libavutil/error.h>
#include <libavutil/log.h>

#include "av-error.h"
#include "complain.h"

static enum exit_code
code_of(int error)
{
	switch (error) {
	case AVERROR_INVALIDDATA:
	case AVERROR_EOF:
	case AVERROR_DECODER_NOT_FOUND:
	case AVERROR_DEMUXER_NOT_FOUND:
	case AVERROR_STREAM_NOT_FOUND:
	case AVERROR_PATCHWELCOME:
	case AVERROR(EISDIR):
		return EXIT_BAD_DATA;
	case AVERROR_ENCODER_NOT_FOUND:
	case AVERROR_MUXER_NOT_FOUND:
	case AVERROR_OPTION_NOT_FOUND:
		return EXIT_USAGE;
	case AVERROR(EAGAIN):
	case AVERROR(EIO):
		return EXIT_FAILED;
	default:
		return (enum exit_code)exit_code_of(error);
	}
}

int
av_complain(int error, const char *format, ...)
{
	char text[1024], reason[AV_ERROR_MAX_STRING_SIZE] = "";
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof(text), format, arguments);
	va_end(arguments);
	av_strerror(error, reason, sizeof(reason));
	return complain(code_of(error), "%s: %s", text, reason);
}

void
av_be_quiet(void)
{
	av_log_set_level(AV_LOG_QUIET);
}
