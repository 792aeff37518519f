/* top-screen.c - `transom top` on a terminal: a table, a histogram, keys. */
#include <curses.h>
#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "complain.h"
#include "stop.h"
#include "top.h"

enum {
	ALARM = 1, /* pairs of colours */
	BAR = 2,
	PANEL_ROWS = 9, /* of the histogram, with its title */
	LEAST_ROWS = 6, /* of the table beside it, or there is no histogram */
	LABEL_COLUMNS = 18,
	COUNT_COLUMNS = 9,
};

struct screen {
	struct top_wish *wish;
	struct top_looks looks;
	struct top_rows rows;
	struct latency *latency;
	char selected[TRANSOM_NAME_MAX + 1]; /* a stream's name */
	bool paused, hides_latency, quits;
	int first; /* row of the table that is shown first */
};

/* As much of the text as fits into the columns, filled up with spaces. */
static void
put(int y, int x, int columns, bool to_the_right, const char *text)
{
	char piece[512];
	int width;

	if (columns <= 0)
		return;
	text_fit(text, columns, piece, sizeof(piece));
	width = text_width(piece);
	mvprintw(y, x, "%*s%s%*s", to_the_right ? columns - width : 0, "", piece,
		 to_the_right ? 0 : columns - width, "");
}

static const struct column {
	const char *head;
	int width;
	size_t offset; /* of the text in a row */
	bool to_the_right;
} columns[] = {
	{ "NAME", 16, offsetof(struct top_row, name), false },
	{ "PID", 7, offsetof(struct top_row, pid), true },
	{ "FPS", 7, offsetof(struct top_row, rate), true },
	{ "DROPS", 6, offsetof(struct top_row, drops), true },
	{ "HELD", 5, offsetof(struct top_row, held), true },
	{ "WAITS", 6, offsetof(struct top_row, waits), true },
	{ "MEMORY", 8, offsetof(struct top_row, memory), true },
	{ "WHAT", 0, offsetof(struct top_row, rest), false }, /* the rest of the line */
};

/* A line of the table; of the heads, if @row is NULL. */
static void
draw_line(int y, const struct top_row *row)
{
	int x = 0;

	put(y, 0, COLS, false, ""); /* between the columns, too */
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		const struct column *c = &columns[i];
		const int width = c->width > 0 ? c->width : COLS - x;

		put(y, x, width < COLS - x ? width : COLS - x, c->to_the_right,
		    row != NULL ? (const char *)row + c->offset : c->head);
		x += width + 1;
	}
}

static void
draw_title(const struct screen *screen)
{
	uint64_t subscribers = 0, bytes = 0;
	char text[256], words[3][TEXT_SIZE];

	for (size_t i = 0; i < screen->looks.now.count; i++) {
		subscribers += screen->looks.now.streams[i].status.statistics.subscribers;
		bytes += screen->looks.now.streams[i].status.memory;
	}
	snprintf(text, sizeof(text), "transom top%s: %s, %s, %s; every %.1f s, by %s%s",
		 screen->paused ? " (PAUSED)" : "", text_count(screen->looks.now.count, "stream", words[0]),
		 text_count(subscribers, "subscriber", words[1]), text_bytes(bytes, words[2]),
		 screen->wish->interval_ms / 1e3, top_key_names[screen->wish->key],
		 screen->wish->reverse ? " (reversed)" : "");
	attron(A_BOLD);
	put(0, 0, COLS, false, text);
	attroff(A_BOLD);
}

static bool
is_selected(const struct screen *screen, const struct top_row *row)
{
	return row->is_stream && strcmp(row->stream->name, screen->selected) == 0;
}

static int
find_selected(const struct screen *screen)
{
	for (size_t i = 0; i < screen->rows.count; i++)
		if (is_selected(screen, &screen->rows.rows[i]))
			return (int)i;
	return -1;
}

static void
draw_table(struct screen *screen, int y, int height)
{
	const int selected = find_selected(screen);

	if (selected >= 0 && selected < screen->first)
		screen->first = selected;
	if (selected >= screen->first + height)
		screen->first = selected - height + 1;
	if (screen->first > 0 && screen->first >= (int)screen->rows.count)
		screen->first = 0;
	for (int i = 0; i < height && screen->first + i < (int)screen->rows.count; i++) {
		const struct top_row *row = &screen->rows.rows[screen->first + i];
		const attr_t look = (is_selected(screen, row) ? A_REVERSE : 0) |
				    (row->is_alarming ? (attr_t)COLOR_PAIR(ALARM) : 0);

		attron(look);
		draw_line(y + i, row);
		attroff(look);
	}
	if (screen->rows.count == 0)
		put(y, 0, COLS, false, "There are no streams: `transom publish` makes one.");
}

/* The doublings between the fastest and the slowest frame, at most as many as there are lines: the common ones. */
static void
choose_octaves(const struct latency_histogram *h, int lines, unsigned *ret_first, unsigned *ret_last)
{
	unsigned first = 0, last = LATENCY_BUCKETS / LATENCY_STEPS - 1;

	while (first < last && latency_count_octave(h, first) == 0)
		first++;
	while (last > first && latency_count_octave(h, last) == 0)
		last--;
	while ((int)(last - first) >= lines)
		if (latency_count_octave(h, first) < latency_count_octave(h, last))
			first++;
		else
			last--;
	*ret_first = first;
	*ret_last = last;
}

static void
draw_bar(int y, const struct latency_histogram *h, unsigned octave, uint64_t most)
{
	const int room = COLS - LABEL_COLUMNS - COUNT_COLUMNS - 1;
	const uint64_t count = latency_count_octave(h, octave);
	char from[64], to[64], label[140], number[TEXT_SIZE];

	snprintf(label, sizeof(label), "%s-%s ", latency_describe(INT64_C(1) << octave, from),
		 latency_describe(INT64_C(2) << octave, to));
	put(y, 0, LABEL_COLUMNS, true, label);
	attron(COLOR_PAIR(BAR));
	for (int i = 0; i < room && most > 0 && (uint64_t)i * most < count * (uint64_t)room; i++)
		mvaddch(y, LABEL_COLUMNS + i, '#');
	attroff(COLOR_PAIR(BAR));
	snprintf(number, sizeof(number), "%" PRIu64, count);
	put(y, COLS - COUNT_COLUMNS, COUNT_COLUMNS, true, number);
}

static void
draw_latency(struct screen *screen, int y, int height)
{
	struct latency_histogram histogram;
	unsigned first, last;
	char text[256], title[400];
	uint64_t most = 0;

	if (screen->latency == NULL)
		return;
	latency_read(screen->latency, &histogram);
	latency_summarize(&histogram, text, sizeof(text));
	snprintf(title, sizeof(title), "Latency of %s: %s", latency_get_name(screen->latency), text);
	attron(A_BOLD);
	put(y, 0, COLS, false, title);
	attroff(A_BOLD);
	if (histogram.count == 0)
		return;
	choose_octaves(&histogram, height - 1, &first, &last);
	for (unsigned i = first; i <= last; i++)
		most = latency_count_octave(&histogram, i) > most ? latency_count_octave(&histogram, i)
								  : most;
	for (unsigned i = first; i <= last; i++)
		draw_bar(y + 1 + (int)(i - first), &histogram, i, most);
}

static void
draw(struct screen *screen)
{
	/* Title, heads, table, histogram, keys. */
	const bool with_panel = screen->latency != NULL && LINES >= 3 + LEAST_ROWS + PANEL_ROWS;
	const int table = LINES - 3 - (with_panel ? PANEL_ROWS + 1 : 0);

	erase();
	draw_title(screen);
	attron(A_REVERSE);
	draw_line(1, NULL);
	attroff(A_REVERSE);
	draw_table(screen, 2, table);
	if (with_panel)
		draw_latency(screen, 2 + table, PANEL_ROWS);
	put(LINES - 1, 0, COLS - 1, false,
	    "q quit  up/down select  s sort  r reverse  l latency  c clear  p pause  + -");
	refresh();
}

/* Measures the selected stream, and no other. */
static void
follow_selection(struct screen *screen)
{
	const bool is_wanted = screen->selected[0] != '\0' && !screen->hides_latency;

	if (screen->latency != NULL &&
	    (!is_wanted || strcmp(latency_get_name(screen->latency), screen->selected) != 0)) {
		latency_free(screen->latency);
		screen->latency = NULL;
	}
	if (is_wanted && screen->latency == NULL)
		screen->latency = latency_create(screen->selected);
}

/* The stream @steps further down; if the selected one is gone, the first. */
static void
select_stream(struct screen *screen, int steps)
{
	const struct stream_facts_list *list = &screen->looks.now;
	size_t at = 0;

	while (at < list->count && strcmp(list->streams[at].name, screen->selected) != 0)
		at++;
	if (list->count == 0)
		return;
	if (at == list->count)
		at = 0;
	else if (steps > 0 && at + 1 < list->count)
		at++;
	else if (steps < 0 && at > 0)
		at--;
	text_cut(list->streams[at].name, screen->selected, sizeof(screen->selected));
	follow_selection(screen);
}

static int
look(struct screen *screen)
{
	int r = top_look(screen->wish, &screen->looks);

	if (r < 0)
		return r;
	top_free_rows(&screen->rows);
	top_make_rows(&screen->looks, &screen->rows);
	select_stream(screen, 0);
	return 0;
}

static void
change_interval(struct top_wish *wish, int factor_percent)
{
	const int changed = wish->interval_ms * factor_percent / 100;

	wish->interval_ms = changed < 100 ? 100 : changed > 60000 ? 60000 : changed;
}

static void
handle_key(struct screen *screen, int key)
{
	switch (key) {
	case 'q':
	case 'Q':
		screen->quits = true;
		break;
	case KEY_UP:
	case 'k':
		select_stream(screen, -1);
		break;
	case KEY_DOWN:
	case 'j':
		select_stream(screen, 1);
		break;
	case 's':
		screen->wish->key = (enum top_key)((screen->wish->key + 1) % TOP_KEYS);
		break;
	case 'r':
		screen->wish->reverse = !screen->wish->reverse;
		break;
	case 'l':
		screen->hides_latency = !screen->hides_latency;
		follow_selection(screen);
		break;
	case 'c':
		if (screen->latency != NULL)
			latency_clear(screen->latency);
		break;
	case 'p':
		screen->paused = !screen->paused;
		break;
	case '+':
		change_interval(screen->wish, 50);
		break;
	case '-':
		change_interval(screen->wish, 200);
		break;
	default: /* KEY_RESIZE too: it is drawn anew anyway */
		break;
	}
}

static int64_t
now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* Keys until it is time to look again. */
static void
wait_for_keys(struct screen *screen)
{
	const int64_t end = now_ms() + screen->wish->interval_ms;

	for (int64_t left = screen->wish->interval_ms; left > 0 && !screen->quits; left = end - now_ms()) {
		struct pollfd wait[2] = { { .fd = STDIN_FILENO, .events = POLLIN },
					  { .fd = stop_get_fd(), .events = POLLIN } };
		int key;

		if (poll(wait, 2, (int)left) < 0 && errno != EINTR)
			break;
		screen->quits |= stop_is_asked() || (wait[0].revents & (POLLHUP | POLLERR)) != 0;
		while (!screen->quits && (key = getch()) != ERR) {
			handle_key(screen, key);
			draw(screen);
		}
	}
}

/* Nothing else of the terminal is touched, and no colours are used if the user wants none. */
static SCREEN *
open_terminal(void)
{
	const char *no_color = getenv("NO_COLOR");
	SCREEN *terminal = newterm(NULL, stdout, stdin);

	if (terminal == NULL)
		return NULL;
	cbreak();
	noecho();
	nodelay(stdscr, TRUE);
	keypad(stdscr, TRUE);
	curs_set(0);
	if ((no_color == NULL || no_color[0] == '\0') && has_colors()) {
		start_color();
		use_default_colors();
		init_pair(ALARM, COLOR_RED, -1);
		init_pair(BAR, COLOR_GREEN, -1);
	}
	return terminal;
}

int
top_show(struct top_wish *wish)
{
	struct screen screen = { .wish = wish };
	SCREEN *terminal = open_terminal();
	int r = 0;

	if (terminal == NULL)
		return complain(EXIT_FAILED, "this terminal (TERM) is not known; --batch does without");
	if (wish->name != NULL)
		text_cut(wish->name, screen.selected, sizeof(screen.selected));
	while (r == 0 && !screen.quits) {
		r = screen.paused ? 0 : look(&screen);
		if (r == 0) {
			draw(&screen);
			wait_for_keys(&screen);
		}
	}
	endwin();
	delscreen(terminal);
	latency_free(screen.latency);
	top_free_rows(&screen.rows);
	top_forget(&screen.looks);
	return r < 0 ? complain_of(r, "the runtime directory cannot be read any more") : EXIT_DONE;
}
