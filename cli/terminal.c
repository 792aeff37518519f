/* terminal.c - a terminal as a screen of our own; what is drawn there is others' business. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "base64.h"
#include "complain.h"
#include "stop.h"
#include "terminal.h"

/* Another screen, no cursor, no wrapping; and back. */
#define ENTER "\033[?1049h\033[?25l\033[?7l\033[2J"
#define LEAVE "\033[0m\033[?7h\033[?25h\033[?1049l"
/* The end of a string, or of any other sequence that was not written to its end. */
#define END "\033\\"
/* Terminals that are far away answer late; all answer the last question. */
#define ANSWER_MS 3000
/* Of one that does not take the last words. */
#define LAST_TRIES 20
#define LAST_TRY_MS 100

enum parse_state {
	PARSE_KEYS,
	PARSE_ESCAPE, /* after ESC */
	PARSE_CONTROL, /* ESC [ up to a letter */
	PARSE_STRING, /* ESC _ up to ESC \ */
	PARSE_STRING_ESCAPE,
};

struct terminal {
	int fd; /* a description of our own: non-blocking here is not so in the shell */
	int change; /* eventfd */
	struct termios before, raw;
	struct terminal_abilities abilities;
	unsigned area_width, area_height; /* in pixels by its own answer; 0: unknown */
	unsigned char input[512];
	size_t input_length, input_at;
	enum parse_state state;
	char string[64]; /* what is between ESC [ or ESC _ and its end, if it is short */
	size_t string_length;
	unsigned picture; /* that was answered last */
	bool cut; /* what was written last has no end */
	int last_tries;
};

static int change_event = -1;

static void
on_change(int number)
{
	const int saved = errno;
	const uint64_t one = 1;
	ssize_t written = write(change_event, &one, sizeof(one));

	(void)written; /* full is readable too */
	errno = saved;
}

static void
listen_for_changes(struct terminal *terminal)
{
	struct sigaction action = { .sa_handler = on_change, .sa_flags = SA_RESTART };

	change_event = terminal->change;
	sigemptyset(&action.sa_mask);
	sigaction(SIGWINCH, &action, NULL);
	sigaction(SIGCONT, &action, NULL);
}

int
terminal_write(struct terminal *terminal, const void *text, size_t size)
{
	const char *at = text;

	while (size > 0) {
		const ssize_t written = write(terminal->fd, at, size);
		struct pollfd wait[2] = { { .fd = terminal->fd, .events = POLLOUT },
					  { .fd = stop_get_fd(), .events = POLLIN } };

		if (written > 0) {
			at += written;
			size -= (size_t)written;
		} else if (written < 0 && errno != EAGAIN && errno != EINTR) {
			return -errno;
		} else if (stop_is_asked()) {
			terminal->cut = true;
			return -EINTR;
		} else {
			poll(wait, 2, -1);
		}
	}
	return 0;
}

/* The last words are said also to a terminal that is slow, but all of them only for so long to one that stands still. */
static void
write_last(struct terminal *terminal, const char *text)
{
	size_t size = strlen(text);

	for (; terminal->last_tries < LAST_TRIES && size > 0; terminal->last_tries++) {
		struct pollfd wait = { .fd = terminal->fd, .events = POLLOUT };
		const ssize_t written =
			poll(&wait, 1, LAST_TRY_MS) >= 0 ? write(terminal->fd, text, size) : -1;

		if (written > 0) {
			text += written;
			size -= (size_t)written;
		} else if (written < 0 && errno != EAGAIN && errno != EINTR) {
			return;
		}
	}
}

/* Ctrl-C stays a signal; Ctrl-Z would leave a mess. */
static void
make_raw(struct terminal *terminal)
{
	terminal->raw = terminal->before;
	terminal->raw.c_iflag &= ~(tcflag_t)(ICRNL | INLCR | IXON);
	terminal->raw.c_lflag &= ~(tcflag_t)(ICANON | ECHO | IEXTEN);
	terminal->raw.c_cc[VSUSP] = _POSIX_VDISABLE;
	terminal->raw.c_cc[VMIN] = 1;
	terminal->raw.c_cc[VTIME] = 0;
	tcsetattr(terminal->fd, TCSADRAIN, &terminal->raw);
}

static int
open_terminal(struct terminal *terminal)
{
	const char *term = getenv("TERM");

	if (!isatty(STDOUT_FILENO))
		return complain(EXIT_FAILED, "standard output is not a terminal; `transom pipe` and `transom "
					     "snap` write to files and pipes");
	if (term == NULL || term[0] == '\0' || strcmp(term, "dumb") == 0)
		return complain(EXIT_FAILED, "this terminal cannot be drawn on (TERM is \"%s\")",
				term != NULL ? term : "");
	terminal->fd = open("/proc/self/fd/1", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	if (terminal->fd < 0)
		terminal->fd = open("/dev/tty", O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	terminal->change = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (terminal->fd < 0 || terminal->change < 0 || tcgetattr(terminal->fd, &terminal->before) < 0)
		return complain_of(-errno, "the terminal cannot be opened");
	return EXIT_DONE;
}

static void
close_terminal(struct terminal *terminal)
{
	if (terminal->fd >= 0)
		close(terminal->fd);
	if (terminal->change >= 0)
		close(terminal->change);
	free(terminal);
}

/* Kitty graphics by numbers 31 and 32, the area in pixels, and last what every terminal answers: what it is. */
static int
ask(struct terminal *terminal, const char *file)
{
	char text[1024], encoded[512] = "";
	int length = snprintf(text, sizeof(text), "\033_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\033\\");

	if (file != NULL && base64_encode(file, strlen(file), encoded, sizeof(encoded)) > 0)
		length += snprintf(text + length, sizeof(text) - (size_t)length,
				   "\033_Gi=32,s=1,v=1,a=q,t=t,f=24;%s\033\\", encoded);
	length += snprintf(text + length, sizeof(text) - (size_t)length, "\033[14t\033[c");
	return terminal_write(terminal, text, (size_t)length);
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Keys that are typed meanwhile are lost. */
static int
wait_for_answer(struct terminal *terminal)
{
	const int64_t end = now_ms() + ANSWER_MS;
	int64_t left;
	int r;

	while (!terminal->abilities.answered && (left = end - now_ms()) > 0) {
		r = stop_wait(terminal->fd, (int)left);
		if (r == -EINTR)
			return 0; /* the caller sees that too */
		while ((r = terminal_get_key(terminal)) > 0)
			;
		if (r < 0)
			return r;
	}
	return 0;
}

int
terminal_enter(const char *file, struct terminal **ret)
{
	struct terminal *terminal = calloc(1, sizeof(*terminal));
	int r;

	if (terminal == NULL)
		return complain_of(-ENOMEM, "the terminal cannot be opened");
	terminal->fd = terminal->change = -1;
	r = open_terminal(terminal);
	if (r != EXIT_DONE) {
		close_terminal(terminal);
		return r;
	}
	listen_for_changes(terminal);
	make_raw(terminal);
	r = terminal_write(terminal, ENTER, strlen(ENTER));
	if (r == 0)
		r = ask(terminal, file);
	if (r == 0)
		r = wait_for_answer(terminal);
	if (r < 0 && r != -EINTR) {
		terminal_leave(terminal, NULL);
		return complain_of(r, "the terminal cannot be written to");
	}
	*ret = terminal;
	return EXIT_DONE;
}

void
terminal_leave(struct terminal *terminal, const char *words)
{
	if (terminal == NULL)
		return;
	if (terminal->cut)
		write_last(terminal, END);
	if (words != NULL)
		write_last(terminal, words);
	write_last(terminal, LEAVE);
	tcsetattr(terminal->fd, TCSANOW, &terminal->before);
	signal(SIGWINCH, SIG_DFL);
	signal(SIGCONT, SIG_DFL);
	close_terminal(terminal);
}

void
terminal_resume(struct terminal *terminal)
{
	tcsetattr(terminal->fd, TCSADRAIN, &terminal->raw);
	terminal_write(terminal, ENTER, strlen(ENTER));
}

void
terminal_get_size(const struct terminal *terminal, struct terminal_size *ret)
{
	struct winsize size = { 0 };

	ioctl(terminal->fd, TIOCGWINSZ, &size);
	ret->columns = size.ws_col > 0 ? size.ws_col : 80;
	ret->rows = size.ws_row > 0 ? size.ws_row : 24;
	ret->cell_width = 10;
	ret->cell_height = 20;
	if (size.ws_xpixel >= ret->columns && size.ws_ypixel >= ret->rows) {
		ret->cell_width = size.ws_xpixel / ret->columns;
		ret->cell_height = size.ws_ypixel / ret->rows;
	} else if (terminal->area_width >= ret->columns && terminal->area_height >= ret->rows) {
		ret->cell_width = terminal->area_width / ret->columns;
		ret->cell_height = terminal->area_height / ret->rows;
	}
}

const struct terminal_abilities *
terminal_get_abilities(const struct terminal *terminal)
{
	return &terminal->abilities;
}

int
terminal_get_fd(const struct terminal *terminal)
{
	return terminal->fd;
}

int
terminal_get_change_fd(const struct terminal *terminal)
{
	return terminal->change;
}

bool
terminal_take_change(struct terminal *terminal)
{
	uint64_t count;

	return read(terminal->change, &count, sizeof(count)) == sizeof(count);
}

/* "?62;4;22c": what it is; among the numbers 4 stands for sixel. "4;HEIGHT;WIDTHt": its area in pixels. */
static void
take_control(struct terminal *terminal, char last)
{
	unsigned width, height;
	char *number = terminal->string;

	if (last == 't' && sscanf(number, "4;%u;%u", &height, &width) == 2 && width < 65536 &&
	    height < 65536) {
		terminal->area_width = width;
		terminal->area_height = height;
	}
	if (last != 'c' || *number++ != '?')
		return;
	terminal->abilities.answered = true;
	strsep(&number, ";"); /* its class */
	while (number != NULL) {
		if (strcmp(strsep(&number, ";"), "4") == 0)
			terminal->abilities.sixel = true;
	}
}

/* "Gi=31;OK" and the like. */
static int
take_string(struct terminal *terminal)
{
	const bool good = strstr(terminal->string, ";OK") != NULL;
	unsigned number;

	if (sscanf(terminal->string, "Gi=%9u", &number) != 1)
		return TERMINAL_NO_KEY;
	if (number == 31)
		terminal->abilities.kitty |= good;
	else if (number == 32)
		terminal->abilities.kitty_file |= good;
	if (number == 31 || number == 32)
		return TERMINAL_NO_KEY;
	terminal->picture = number;
	return good ? TERMINAL_SHOWN : TERMINAL_REFUSED;
}

static void
keep(struct terminal *terminal, unsigned char c)
{
	if (terminal->string_length + 1 < sizeof(terminal->string))
		terminal->string[terminal->string_length++] = (char)c;
	terminal->string[terminal->string_length] = '\0';
}

static int
take_escape(struct terminal *terminal, unsigned char c)
{
	terminal->string_length = 0;
	terminal->string[0] = '\0';
	terminal->state = c == '[' ? PARSE_CONTROL : c == '_' ? PARSE_STRING : PARSE_KEYS;
	return TERMINAL_NO_KEY;
}

/* One byte from the terminal; a key or an answer when it is complete. */
static int
take_byte(struct terminal *terminal, unsigned char c)
{
	switch (terminal->state) {
	case PARSE_ESCAPE:
		return take_escape(terminal, c);
	case PARSE_CONTROL:
		if (c < 0x40 || c > 0x7e) {
			keep(terminal, c);
			return TERMINAL_NO_KEY;
		}
		terminal->state = PARSE_KEYS;
		take_control(terminal, (char)c);
		return TERMINAL_NO_KEY;
	case PARSE_STRING:
		if (c == '\033')
			terminal->state = PARSE_STRING_ESCAPE;
		else
			keep(terminal, c);
		return TERMINAL_NO_KEY;
	case PARSE_STRING_ESCAPE:
		terminal->state = PARSE_KEYS;
		return take_string(terminal);
	case PARSE_KEYS:
		break;
	}
	if (c != '\033')
		return c;
	terminal->state = PARSE_ESCAPE;
	return TERMINAL_NO_KEY;
}

int
terminal_get_key(struct terminal *terminal)
{
	for (;;) {
		ssize_t got;

		while (terminal->input_at < terminal->input_length) {
			const int key = take_byte(terminal, terminal->input[terminal->input_at++]);

			if (key != TERMINAL_NO_KEY)
				return key;
		}
		terminal->input_at = terminal->input_length = 0;
		got = read(terminal->fd, terminal->input, sizeof(terminal->input));
		if (got == 0)
			return -EIO; /* hung up */
		if (got < 0)
			return errno == EAGAIN || errno == EINTR ? TERMINAL_NO_KEY : -errno;
		terminal->input_length = (size_t)got;
	}
}

unsigned
terminal_get_answered(const struct terminal *terminal)
{
	return terminal->picture;
}
