/* view-terminal.c - `transom view` in a terminal: waits for frames, keys and changes of size, and has them drawn. */
#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "complain.h"
#include "image-convert.h"
#include "drawing.h"
#include "stop.h"
#include "terminal.h"
#include "view-numbers.h"
#include "view-source.h"

/* Below, nothing can be told apart. */
#define LEAST_COLUMNS 16
#define LEAST_ROWS 4
#define USUAL_RATE 20.0
#define NUMBERS_NS 500000000ll
/* A terminal that has not said for so long that the picture is there may not say it any more. */
#define ANSWER_NS 2000000000ll

struct terminal_view {
	struct view_source *source;
	const struct view_options *options;
	struct terminal *terminal;
	struct terminal_size size;
	const struct drawing_kind *kind;
	void *drawing;
	struct image_converter *converter;
	int64_t drawn_ns, numbers_ns; /* when a picture was drawn last, and the line below */
	bool owed; /* a frame that is not drawn yet */
	bool anew; /* the screen is empty */
	bool unanswered;
	bool numbers; /* are shown */
	bool asked; /* for a frame, and there was none: its descriptor tells of the next */
	struct drawing_picture place; /* of the last picture */
	bool known; /* the terminal has said what it can */
	char probe[256]; /* a file that it was asked to read, "" */
	char saved[256]; /* the file that the screenshot key has written, for the line below */
};

/* How large a picture of that shape is on the screen: in characters, and in pixels as they are drawn. */
static void
place(const struct terminal_view *view, uint32_t width, uint32_t height, struct drawing_picture *ret)
{
	const struct terminal_size *size = &view->size;
	const unsigned rows = size->rows - 1;
	const double area_width = (double)size->columns * size->cell_width;
	const double area_height = (double)rows * size->cell_height;
	double scale = area_width / width < area_height / height ? area_width / width : area_height / height;

	if (view->options->scale > 0 && view->options->scale < scale)
		scale = view->options->scale;
	ret->columns = (unsigned)(width * scale / size->cell_width + 0.5);
	ret->rows = (unsigned)(height * scale / size->cell_height + 0.5);
	ret->columns = ret->columns < 1 ? 1 : ret->columns > size->columns ? size->columns : ret->columns;
	ret->rows = ret->rows < 1 ? 1 : ret->rows > rows ? rows : ret->rows;
	ret->column = (size->columns - ret->columns) / 2;
	ret->row = (rows - ret->rows) / 2;
	ret->width = view->kind->by_character ? ret->columns : (uint32_t)(width * scale + 0.5);
	ret->height = view->kind->by_character ? ret->rows * 2 : (uint32_t)(height * scale + 0.5);
	ret->width = ret->width < 1 ? 1 : ret->width;
	ret->height = ret->height < 1 ? 1 : ret->height;
}

/* The line below: why there is no picture, what was just done, or the numbers. */
static void
describe(struct terminal_view *view, char *text, size_t size)
{
	char line[256];

	view_source_describe_state(view->source, text, size);
	if (text[0] == '\0' && view->saved[0] != '\0')
		snprintf(text, size, "%s", view->saved);
	if (text[0] != '\0' || !view->numbers)
		return;
	for (unsigned i = 0; view_source_describe_numbers(view->source, i, line, sizeof(line)); i++) {
		const size_t length = strlen(text);

		snprintf(text + length, size - length, "%s%s", i > 0 ? "  " : "", line);
	}
}

/* Cuts UTF-8 to so many characters; wrapping is off, so that wide ones do no harm. */
static void
cut(char *text, unsigned columns)
{
	for (; *text != '\0'; text++) {
		if ((*text & 0xc0) != 0x80 && columns-- == 0) {
			*text = '\0';
			return;
		}
	}
}

static void
draw_numbers(struct terminal_view *view, FILE *out)
{
	char text[1024];

	describe(view, text, sizeof(text));
	cut(text, view->size.columns);
	fprintf(out, "\033[%u;1H\033[0m%s\033[K", view->size.rows, text);
	view->numbers_ns = view_numbers_now();
}

static bool
is_too_small(const struct terminal_view *view)
{
	return view->size.columns < LEAST_COLUMNS || view->size.rows < LEAST_ROWS;
}

static void
clear(struct terminal_view *view, FILE *out)
{
	fputs("\033[0m\033[2J", out);
	if (is_too_small(view))
		fputs("\033[1;1Htoo small", out);
}

/* A picture of another shape does not cover the one before. */
static void
prepare_place(struct terminal_view *view, const struct image *image, struct drawing_picture *ret)
{
	uint32_t width, height;

	image_get_shape(image, &width, &height);
	place(view, width, height, ret);
	view->anew |= ret->columns != view->place.columns || ret->rows != view->place.rows;
	ret->anew = view->anew;
	view->place = *ret;
}

static int
draw_picture(struct terminal_view *view, FILE *out)
{
	const struct image *image = view_source_get_image(view->source);
	struct drawing_picture picture = { 0 };
	int r;

	view->owed = false;
	if (image->buffer == NULL)
		return 0;
	prepare_place(view, image, &picture);
	if (view->anew)
		clear(view, out);
	r = image_converter_run(view->converter, image, picture.width, picture.height, &picture.pixels);
	if (r == 0)
		r = view->kind->draw(view->drawing, &picture, out);
	if (r < 0)
		return r;
	view->anew = false;
	view->drawn_ns = view_numbers_now();
	view->unanswered = view->kind->take_answer != NULL;
	view_source_mark_shown(view->source);
	return 0;
}

/* Shows what is due in one write, so that nothing is seen half done. */
static int
show(struct terminal_view *view, bool picture)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);
	int r = 0;

	if (out == NULL)
		return -ENOMEM;
	fputs("\033[?2026h", out); /* begin: to be seen at once */
	if (is_too_small(view) && view->anew)
		clear(view, out);
	if (!is_too_small(view)) {
		if (picture)
			r = draw_picture(view, out);
		draw_numbers(view, out);
	}
	fputs("\033[?2026l", out);
	if (fclose(out) != 0 && r == 0)
		r = -ENOMEM;
	if (r == 0)
		r = terminal_write(view->terminal, text, size);
	free(text);
	return r;
}

static int64_t
period_ns(const struct terminal_view *view)
{
	return (int64_t)(1e9 / (view->options->rate > 0 ? view->options->rate : USUAL_RATE));
}

/* Nanoseconds until another picture may be drawn; 0: now. */
static int64_t
time_to_draw(const struct terminal_view *view)
{
	const int64_t since = view_numbers_now() - view->drawn_ns;
	const int64_t wait = view->unanswered ? ANSWER_NS : period_ns(view);

	return since >= wait ? 0 : wait - since;
}

static void
save(struct terminal_view *view)
{
	view_source_save(view->source, NULL, view->saved, sizeof(view->saved));
}

static void
pause_or_go_on(struct terminal_view *view)
{
	view_source_set_paused(view->source, !view_source_is_paused(view->source));
}

static void
take_key(struct terminal_view *view, int key)
{
	view->saved[0] = '\0';
	switch (key) {
	case 'q':
	case 'Q':
		stop_ask();
		break;
	case ' ':
	case 'p':
		pause_or_go_on(view);
		break;
	case 'o':
	case 'i':
		view->numbers = !view->numbers;
		break;
	case 's':
		save(view);
		break;
	default:
		break;
	}
	view->numbers_ns = 0;
}

static void
take_answer(struct terminal_view *view, bool shown)
{
	enum drawing_answer answer = DRAWING_STALE;

	if (view->kind->take_answer != NULL)
		answer = view->kind->take_answer(view->drawing, terminal_get_answered(view->terminal), shown);
	if (answer != DRAWING_STALE)
		view->unanswered = false;
	if (answer == DRAWING_AGAIN)
		view->owed = true;
}

/* 0, or what has become of the terminal. */
static int
take_keys(struct terminal_view *view)
{
	int key;

	while ((key = terminal_get_key(view->terminal)) > 0) {
		if (key == TERMINAL_SHOWN || key == TERMINAL_REFUSED)
			take_answer(view, key == TERMINAL_SHOWN);
		else
			take_key(view, key);
	}
	return key;
}

/* A picture on its way is let arrive: its file stays until then, and its answer does not get to the shell. */
static void
wait_for_answer(struct terminal_view *view)
{
	const int64_t end = view_numbers_now() + ANSWER_NS;
	int64_t left;

	while (view->unanswered && (left = end - view_numbers_now()) > 0) {
		struct pollfd wait = { .fd = terminal_get_fd(view->terminal), .events = POLLIN };
		int key;

		poll(&wait, 1, (int)(left / 1000000) + 1);
		while ((key = terminal_get_key(view->terminal)) > 0) {
			if (key == TERMINAL_SHOWN || key == TERMINAL_REFUSED)
				take_answer(view, key == TERMINAL_SHOWN);
		}
		if (key < 0)
			return;
	}
}

static void
take_change(struct terminal_view *view)
{
	if (!terminal_take_change(view->terminal))
		return;
	terminal_resume(view->terminal);
	terminal_get_size(view->terminal, &view->size);
	view->anew = view->owed = true;
	view->drawn_ns = 0;
	view->unanswered = false;
}

/* How long to sleep if nothing happens: until a picture, the numbers or the end of patience are due. */
static int
choose_sleep(const struct terminal_view *view)
{
	const int64_t numbers = view->numbers_ns + NUMBERS_NS - view_numbers_now();
	const int patience = view_source_get_patience_ms(view->source);
	int sleep = (int)(numbers > 0 ? numbers / 1000000 + 1 : 0);

	if (!view->asked && !view_source_is_paused(view->source) && time_to_draw(view) / 1000000 < sleep)
		sleep = (int)(time_to_draw(view) / 1000000) + 1;
	return patience >= 0 && patience < sleep ? patience : sleep;
}

/*
 * A frame is taken when it can be drawn, not before: so it is the newest, and in the mode "every frame" none is taken
 * that is not shown.
 */
static bool
wants_frame(const struct terminal_view *view)
{
	return !view_source_is_paused(view->source) && !view->owed && time_to_draw(view) == 0;
}

static void
sleep_on_it(struct terminal_view *view)
{
	int ms = choose_sleep(view);
	struct pollfd wait[] = {
		{ .fd = stop_get_fd(), .events = POLLIN },
		{ .fd = terminal_get_fd(view->terminal), .events = POLLIN },
		{ .fd = terminal_get_change_fd(view->terminal), .events = POLLIN },
		{ .fd = view->asked ? view_source_get_fd(view->source) : -1, .events = POLLIN },
	};

	poll(wait, sizeof(wait) / sizeof(wait[0]), ms);
}

static void
remove_probe(struct terminal_view *view)
{
	if (view->probe[0] != '\0')
		unlink(view->probe);
	view->probe[0] = '\0';
}

static int
choose_kind(struct terminal_view *view)
{
	const struct terminal_abilities *can = terminal_get_abilities(view->terminal);
	enum view_drawing drawing = view->options->drawing;

	if (drawing == VIEW_DRAWING_AUTO && can->kitty)
		drawing = VIEW_DRAWING_KITTY;
	else if (drawing == VIEW_DRAWING_AUTO && can->sixel)
		drawing = VIEW_DRAWING_SIXEL;
	view->kind = drawing_kinds[drawing] != NULL ? drawing_kinds[drawing] : &drawing_blocks;
	view->drawing = view->kind->create(can->kitty_file);
	view->known = can->answered;
	if (view->known)
		remove_probe(view);
	return view->drawing != NULL ? 0 : -ENOMEM;
}

/* Ends the drawing, and returns the text that takes the last picture away, or NULL. */
static char *
finish_drawing(struct terminal_view *view)
{
	char *text = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&text, &size);

	if (out != NULL && view->drawing != NULL)
		view->kind->finish(view->drawing, out);
	view->drawing = NULL;
	if (out != NULL && fclose(out) == 0)
		return text;
	free(text);
	return NULL;
}

/* What a terminal says late of itself counts too. */
static int
choose_anew(struct terminal_view *view)
{
	char *text;

	if (view->known || !terminal_get_abilities(view->terminal)->answered)
		return 0;
	text = finish_drawing(view);
	if (text != NULL)
		terminal_write(view->terminal, text, strlen(text));
	free(text);
	view->anew = view->owed = true;
	view->unanswered = false;
	return choose_kind(view);
}

/* One turn. False at the end; then *ret_error says whether the terminal is gone. */
static bool
go_on(struct terminal_view *view, int *ret_error)
{
	enum view_news news = VIEW_NOTHING;

	take_change(view);
	*ret_error = take_keys(view);
	if (*ret_error == 0)
		*ret_error = choose_anew(view);
	if (*ret_error < 0 || stop_is_asked())
		return false;
	view->asked = wants_frame(view);
	if (view->asked) {
		news = view_source_next(view->source);
		view->owed |= news == VIEW_FRAME;
		view->asked = news == VIEW_NOTHING;
	}
	if (view->owed && time_to_draw(view) == 0)
		*ret_error = show(view, true);
	else if (view_numbers_now() - view->numbers_ns >= NUMBERS_NS)
		*ret_error = show(view, false);
	if (*ret_error < 0 || news == VIEW_ENDED || view_source_is_complete(view->source))
		return false;
	if (view_source_get_patience_ms(view->source) == 0) {
		view_source_give_up(view->source);
		return false;
	}
	if (news != VIEW_FRAME)
		sleep_on_it(view);
	return true;
}

/* Asks the terminal for three bytes of a file, if the picture may go that way. */
static int
enter(struct terminal_view *view)
{
	int r;

	if (view->options->drawing == VIEW_DRAWING_AUTO || view->options->drawing == VIEW_DRAWING_KITTY)
		drawing_make_file("\0\0\0", 3, view->probe, sizeof(view->probe));
	r = terminal_enter(view->probe[0] != '\0' ? view->probe : NULL, &view->terminal);
	if (r != EXIT_DONE)
		remove_probe(view);
	return r;
}

static void
leave(struct terminal_view *view)
{
	char *text;

	wait_for_answer(view);
	text = finish_drawing(view);
	terminal_leave(view->terminal, text);
	free(text);
	remove_probe(view);
}

/* What is to be said is said on the screen that the user gets back. */
static int
conclude(const struct terminal_view *view, int error)
{
	if (error < 0 && error != -EINTR && !stop_is_asked())
		return complain(error == -ENOMEM ? EXIT_FAILED : EXIT_ENDED, "%s: %s",
				error == -ENOMEM ? "frames cannot be drawn" : "the terminal is gone",
				transom_error_describe(error));
	return view_source_conclude(view->source);
}

int
view_in_terminal(struct view_source *source, const struct view_options *options)
{
	struct terminal_view view = { .source = source, .options = options, .numbers = true, .anew = true };
	int error = 0, r;

	view.converter = image_converter_create();
	if (view.converter == NULL)
		return complain_of(-ENOMEM, "frames cannot be shown");
	r = enter(&view);
	if (r != EXIT_DONE) {
		image_converter_unref(view.converter);
		return r;
	}
	terminal_get_size(view.terminal, &view.size);
	error = choose_kind(&view);
	if (error == 0 && is_too_small(&view))
		error = -ERANGE;
	while (error == 0 && go_on(&view, &error))
		;
	leave(&view);
	image_converter_unref(view.converter);
	if (error == -ERANGE)
		return complain(EXIT_FAILED,
				"the terminal is too small: %u by %u characters, and %d by %d are needed",
				view.size.columns, view.size.rows, LEAST_COLUMNS, LEAST_ROWS);
	return conclude(&view, error);
}
