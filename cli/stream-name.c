/* stream-name.c - which stream is meant, and what is wrong with it; it joins nothing. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <transom/stream.h>

#include "complain.h"
#include "stream-name.h"

/* A name in messages: long enough to tell, short enough to read. */
#define SHORT "%.100s%s"
#define SHORTEN(text) text, strlen(text) > 100 ? "…" : ""

static int
choose_descriptor(const char *number, struct stream_name *ret)
{
	char *end;
	long fd;

	errno = 0;
	fd = strtol(number, &end, 10);
	if (errno != 0 || end == number || *end != '\0' || fd < 0 || fd > INT_MAX)
		return complain(EXIT_USAGE, "\"" SHORT "\" is not the number of a descriptor",
				SHORTEN(number));
	if (fcntl((int)fd, F_GETFD) < 0)
		return complain(EXIT_NOT_FOUND, "descriptor %ld is not open", fd);
	snprintf(ret->name, sizeof(ret->name), "fd:%ld", fd);
	ret->fd = (int)fd;
	return EXIT_DONE;
}

/* Names them all, or as many as can still be read. */
static int
complain_of_choice(const struct transom_name_list *list)
{
	const size_t count = transom_name_list_get_count(list);
	size_t length = 0, i;
	char names[1000];

	for (i = 0; i < count && length + TRANSOM_NAME_MAX + 8 < sizeof(names); i++)
		length += (size_t)snprintf(names + length, sizeof(names) - length, "%s%s", i > 0 ? ", " : "",
					   transom_name_list_get_name(list, i));
	return complain(EXIT_USAGE, "there are %zu streams; say which: %s%s", count, names,
			i < count ? ", …" : "");
}

static int
choose_from(struct transom_name_list *list, struct stream_name *ret)
{
	const size_t count = transom_name_list_get_count(list);

	if (count == 0)
		return complain(EXIT_NOT_FOUND, "there is no stream");
	if (count > 1)
		return complain_of_choice(list);
	snprintf(ret->name, sizeof(ret->name), "%s", transom_name_list_get_name(list, 0));
	return EXIT_DONE;
}

static int
choose_only(struct stream_name *ret)
{
	const char *inherited = getenv(STREAM_NAME_VARIABLE);
	struct transom_name_list *list;
	int r;

	if (inherited != NULL)
		return choose_descriptor(inherited, ret);
	r = transom_stream_list_create(&list);
	if (r == -ENOENT)
		return complain(EXIT_NOT_FOUND, "there is no stream");
	if (r < 0)
		return complain_of(r, "the streams cannot be listed");
	r = choose_from(list, ret);
	transom_name_list_unref(list);
	return r;
}

int
stream_name_check(const char *text)
{
	if (strlen(text) > TRANSOM_NAME_MAX)
		return complain(EXIT_USAGE, "the name \"" SHORT "\" is too long: at most %d bytes",
				SHORTEN(text), TRANSOM_NAME_MAX);
	if (text[0] == '\0' || text[0] == '.' || strchr(text, '/') != NULL)
		return complain(
			EXIT_USAGE,
			"\"%s\" cannot be a stream's name: it is empty, begins with a dot or has a slash",
			text);
	return EXIT_DONE;
}

int
stream_name_choose(const char *text, struct stream_name *ret)
{
	int r;

	ret->fd = -1;
	ret->name[0] = '\0';
	if (text == NULL || strcmp(text, "-") == 0)
		return choose_only(ret);
	if (strncmp(text, "fd:", 3) == 0)
		return choose_descriptor(text + 3, ret);
	r = stream_name_check(text);
	if (r != 0)
		return r;
	strcpy(ret->name, text);
	return EXIT_DONE;
}

int
stream_name_complain(const struct stream_name *name, int error)
{
	switch (-error) {
	case ENOENT:
		return complain(EXIT_NOT_FOUND, "there is no stream \"%s\"", name->name);
	case EINVAL:
		return complain(EXIT_USAGE, "\"%s\" cannot be a stream's name", name->name);
	case EAGAIN:
		return complain(
			EXIT_FAILED,
			"stream \"%s\" has no room: its other readers hold all that its buffers can spare",
			name->name);
	case ETIMEDOUT:
		return complain(EXIT_TIMED_OUT, "the publisher of stream \"%s\" does not answer", name->name);
	case EPIPE:
		return complain(EXIT_ENDED, "the publisher of stream \"%s\" is gone", name->name);
	case ECONNRESET:
		return complain(EXIT_ENDED, "stream \"%s\" has shut this reader out: it was too slow",
				name->name);
	case EPERM:
		return complain(EXIT_FAILED,
				"the streams' folder, or stream \"%s\", belongs to somebody else or is open "
				"to others",
				name->name);
	default:
		return complain_of(error, "stream \"%s\" cannot be read", name->name);
	}
}
