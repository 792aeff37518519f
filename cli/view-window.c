/* view-window.c - `transom view` in a window: waits for frames and events, and shows the newest frame by SDL. */
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <SDL.h>

#include "complain.h"
#include "stop.h"
#include "view-numbers.h"
#include "view-overlay.h"
#include "view-place.h"
#include "view-source.h"
#include "view-texture.h"
#include "view-watcher.h"

#define NUMBERS_MS 500
#define TOLD_NS 3000000000ll

struct window_view {
	struct view_source *source;
	const struct view_options *options;
	SDL_Window *window;
	SDL_Renderer *renderer;
	struct view_texture *texture;
	struct view_watcher *watcher;
	Uint32 news_event;
	struct view_place place; /* of the picture */
	int own_width, own_height; /* of the window, as it was set here and not by the user */
	bool overlay, fullscreen;
	bool ready; /* the stream may have something */
	bool dirty; /* what is shown is not what it should be */
	bool fresh; /* a frame was uploaded and has not been shown */
	int64_t drawn_ns;
	char told[256]; /* what was just done */
	int64_t told_ns;
};

bool
view_has_display(void)
{
	static const char *const variables[] = { "DISPLAY", "WAYLAND_DISPLAY", "SDL_VIDEODRIVER" };

	for (size_t i = 0; i < sizeof(variables) / sizeof(variables[0]); i++) {
		const char *value = getenv(variables[i]);

		if (value != NULL && value[0] != '\0')
			return true;
	}
	return false;
}

/*
 * Xlib ends the process when the display goes, whatever this returns, in whatever thread noticed. So the sentence is said
 * here; the kernel lets go of the rest.
 */
static int
on_display_gone(void *display)
{
	complain(EXIT_ENDED, "the display is gone");
	_exit(EXIT_ENDED);
}

/* SDL loads Xlib itself; if it has, it is there. */
static void
listen_for_end_of_display(void)
{
	void *xlib = dlopen("libX11.so.6", RTLD_LAZY | RTLD_NOLOAD);
	void *(*set_handler)(int (*handler)(void *display));

	if (xlib == NULL)
		return;
	*(void **)&set_handler = dlsym(xlib, "XSetIOErrorHandler");
	if (set_handler != NULL)
		set_handler(on_display_gone);
	dlclose(xlib); /* SDL keeps it */
}

static void
draw(struct window_view *view)
{
	char state[256];
	SDL_Rect place;

	SDL_SetRenderDrawColor(view->renderer, 0, 0, 0, 255);
	SDL_RenderClear(view->renderer);
	if (view_texture_get(view->texture) != NULL) {
		view_place_get(&view->place, view->renderer, &place);
		SDL_RenderCopy(view->renderer, view_texture_get(view->texture), NULL, &place);
	}
	view_source_describe_state(view->source, state, sizeof(state));
	if (view->overlay)
		view_overlay_draw_numbers(view->renderer, view->source);
	if (view->told[0] != '\0' && view_numbers_now() - view->told_ns > TOLD_NS)
		view->told[0] = '\0';
	if (view->told[0] != '\0' || state[0] != '\0') {
		SDL_GetRendererOutputSize(view->renderer, NULL, &place.h);
		view_overlay_draw_line(view->renderer, view->told[0] != '\0' ? view->told : state,
				       view_texture_get(view->texture) != NULL ? place.h * 3 / 4 : 0);
	}
	SDL_RenderPresent(view->renderer);
	view->dirty = false;
	view->drawn_ns = view_numbers_now();
	if (view->fresh)
		view_source_mark_shown(view->source);
	view->fresh = false;
}

/* The window follows the size of the picture until the user has given it another one. */
static void
fit_window(struct window_view *view)
{
	const double wish = view->options->scale > 0 ? view->options->scale : 1;
	double width = view->place.width * wish, height = view->place.height * wish, shrink = 1;
	int now_width, now_height;
	SDL_Rect screen;

	SDL_GetWindowSize(view->window, &now_width, &now_height);
	if (now_width != view->own_width || now_height != view->own_height || view->fullscreen)
		return;
	if (SDL_GetDisplayUsableBounds(SDL_GetWindowDisplayIndex(view->window), &screen) == 0) {
		shrink = width > screen.w ? screen.w / width : 1;
		shrink = height * shrink > screen.h ? screen.h / height : shrink;
	}
	view->own_width = (int)(width * shrink + 0.5) < 1 ? 1 : (int)(width * shrink + 0.5);
	view->own_height = (int)(height * shrink + 0.5) < 1 ? 1 : (int)(height * shrink + 0.5);
	SDL_SetWindowSize(view->window, view->own_width, view->own_height);
}

static void
take_frame(struct window_view *view)
{
	const struct image *image = view_source_get_image(view->source);
	uint32_t width, height;

	view->dirty = true;
	if (image->buffer == NULL)
		return;
	image_get_shape(image, &width, &height);
	if (width != view->place.width || height != view->place.height) {
		view->place.width = width;
		view->place.height = height;
		fit_window(view);
	}
	view->fresh = view_texture_upload(view->texture, image) == 0;
}

static void
tell(struct window_view *view, const char *text)
{
	snprintf(view->told, sizeof(view->told), "%s", text);
	view->told_ns = view_numbers_now();
}

static void
save(struct window_view *view)
{
	char text[256];
	const int code = view_source_save(view->source, NULL, text, sizeof(text));

	if (code == EXIT_DONE)
		remark("%s", text);
	else
		complain((enum exit_code)code, "%s", text);
	tell(view, text);
}

static void
toggle_fullscreen(struct window_view *view)
{
	view->fullscreen = !view->fullscreen;
	SDL_SetWindowFullscreen(view->window, view->fullscreen ? SDL_WINDOW_FULLSCREEN_DESKTOP : 0);
}

static void
take_view_key(struct window_view *view, SDL_Keycode key)
{
	switch (key) {
	case SDLK_z:
		view_place_set_zoom(&view->place, view->place.zoom > 0 ? 0 : 1);
		break;
	case SDLK_0:
		view_place_set_zoom(&view->place, 0);
		break;
	case SDLK_1:
		view_place_set_zoom(&view->place, 1);
		break;
	case SDLK_PLUS:
	case SDLK_EQUALS:
	case SDLK_KP_PLUS:
		view_place_zoom_by(&view->place, view->renderer, 1.25);
		break;
	case SDLK_MINUS:
	case SDLK_KP_MINUS:
		view_place_zoom_by(&view->place, view->renderer, 0.8);
		break;
	case SDLK_LEFT:
		view_place_move(&view->place, view->renderer, 1, 0);
		break;
	case SDLK_RIGHT:
		view_place_move(&view->place, view->renderer, -1, 0);
		break;
	case SDLK_UP:
		view_place_move(&view->place, view->renderer, 0, 1);
		break;
	case SDLK_DOWN:
		view_place_move(&view->place, view->renderer, 0, -1);
		break;
	default:
		break;
	}
}

static void
take_key(struct window_view *view, SDL_Keycode key)
{
	view->dirty = true;
	switch (key) {
	case SDLK_ESCAPE:
		if (view->fullscreen)
			toggle_fullscreen(view);
		else
			stop_ask();
		break;
	case SDLK_q:
		stop_ask();
		break;
	case SDLK_f:
	case SDLK_F11:
		toggle_fullscreen(view);
		break;
	case SDLK_o:
	case SDLK_i:
		view->overlay = !view->overlay;
		break;
	case SDLK_s:
		save(view);
		break;
	case SDLK_SPACE:
	case SDLK_p:
		view_source_set_paused(view->source, !view_source_is_paused(view->source));
		tell(view, view_source_is_paused(view->source) ? "paused" : "");
		break;
	default:
		take_view_key(view, key);
		break;
	}
}

/* The textures are gone; the frame that is held is not. */
static void
restore(struct window_view *view)
{
	const struct image *image = view_source_get_image(view->source);

	view_texture_lose(view->texture);
	if (image->buffer != NULL)
		view_texture_upload(view->texture, image);
	view->dirty = true;
}

static void
take_event(struct window_view *view, const SDL_Event *event)
{
	if (event->type == view->news_event) {
		view->ready = true;
		return;
	}
	switch (event->type) {
	case SDL_QUIT:
		stop_ask();
		break;
	case SDL_KEYDOWN:
		take_key(view, event->key.keysym.sym);
		break;
	case SDL_MOUSEBUTTONDOWN:
		if (event->button.clicks == 2 && event->button.button == SDL_BUTTON_LEFT)
			toggle_fullscreen(view);
		break;
	case SDL_WINDOWEVENT:
		view->dirty = true;
		break;
	case SDL_RENDER_TARGETS_RESET:
	case SDL_RENDER_DEVICE_RESET:
		restore(view);
		break;
	default:
		break;
	}
}

/* Milliseconds until another picture may be drawn. */
static int
time_to_draw(const struct window_view *view)
{
	const int64_t period = view->options->rate > 0 ? (int64_t)(1e9 / view->options->rate) : 0;
	const int64_t left = view->drawn_ns + period - view_numbers_now();

	return view->options->rate > 0 && left > 0 ? (int)(left / 1000000) + 1 : 0;
}

static bool
wants_frame(const struct window_view *view)
{
	return view->ready && !view_source_is_paused(view->source);
}

/* -1 for ever. Numbers change, and who is gone may come again without a word. */
static int
choose_sleep(const struct window_view *view)
{
	const int patience = view_source_get_patience_ms(view->source);
	int sleep = -1;

	if (wants_frame(view))
		sleep = time_to_draw(view);
	else if (view->overlay || view->told[0] != '\0' || view_source_is_waiting(view->source))
		sleep = NUMBERS_MS;
	return patience >= 0 && (sleep < 0 || patience < sleep) ? patience : sleep;
}

static void
take_events(struct window_view *view)
{
	const int sleep = choose_sleep(view);
	SDL_Event event;
	int got = sleep < 0 ? SDL_WaitEvent(&event) : SDL_WaitEventTimeout(&event, sleep);

	if (got == 0) { /* it is time for something */
		view->dirty |= !wants_frame(view);
		view->ready |= view_source_is_waiting(view->source);
	}
	while (got != 0) {
		take_event(view, &event);
		got = SDL_PollEvent(&event);
	}
}

/* One turn; false at the end. */
static bool
go_on(struct window_view *view)
{
	const bool waiting = view_source_is_waiting(view->source);
	enum view_news news;

	if (stop_is_asked())
		return false;
	if (wants_frame(view) && time_to_draw(view) == 0) {
		news = view_source_next(view->source);
		if (news == VIEW_ENDED)
			return false;
		if (news == VIEW_FRAME) {
			take_frame(view);
		} else {
			view->ready = false;
			view_watcher_arm(view->watcher);
		}
		view->dirty |= waiting != view_source_is_waiting(view->source);
	}
	if (view->dirty)
		draw(view);
	if (view_source_is_complete(view->source))
		return false;
	if (view_source_get_patience_ms(view->source) == 0) {
		view_source_give_up(view->source);
		return false;
	}
	take_events(view);
	return true;
}

static void
set_hints(void)
{
	SDL_SetHint(SDL_HINT_NO_SIGNAL_HANDLERS, "1");
	SDL_SetHint(SDL_HINT_VIDEO_ALLOW_SCREENSAVER, "1");
	SDL_SetHint(SDL_HINT_VIDEO_X11_NET_WM_BYPASS_COMPOSITOR, "0");
	SDL_SetHint(SDL_HINT_APP_NAME, "transom view");
	/* SDL takes the name of the executable otherwise, and window managers go by this. */
	setenv("SDL_VIDEO_X11_WMCLASS", "transom", false);
	setenv("SDL_VIDEO_WAYLAND_WMCLASS", "transom", false);
}

static int
open_window(struct window_view *view)
{
	const char *title = view->options->title != NULL ? view->options->title : view->options->name.name;

	set_hints();
	if (SDL_Init(SDL_INIT_VIDEO) < 0)
		return complain(EXIT_FAILED, "the display cannot be used (%s); --terminal draws here",
				SDL_GetError());
	listen_for_end_of_display();
	view->own_width = 640;
	view->own_height = 360;
	view->window =
		SDL_CreateWindow(title, SDL_WINDOWPOS_UNDEFINED, SDL_WINDOWPOS_UNDEFINED, view->own_width,
				 view->own_height, SDL_WINDOW_RESIZABLE | SDL_WINDOW_ALLOW_HIGHDPI);
	if (view->window != NULL)
		view->renderer = SDL_CreateRenderer(view->window, -1, SDL_RENDERER_PRESENTVSYNC);
	if (view->window != NULL && view->renderer == NULL)
		view->renderer = SDL_CreateRenderer(view->window, -1, SDL_RENDERER_SOFTWARE);
	if (view->renderer == NULL)
		return complain(EXIT_FAILED, "no window can be made: %s", SDL_GetError());
	SDL_StopTextInput();
	view->news_event = SDL_RegisterEvents(1);
	view->texture = view_texture_create(view->renderer);
	view->watcher = view_watcher_create(view_source_get_fd(view->source), view->news_event);
	if (view->texture == NULL || view->watcher == NULL)
		return complain_of(-ENOMEM, "no window can be made");
	return EXIT_DONE;
}

static void
close_window(struct window_view *view)
{
	view_watcher_unref(view->watcher);
	view_texture_unref(view->texture);
	if (view->renderer != NULL)
		SDL_DestroyRenderer(view->renderer);
	if (view->window != NULL)
		SDL_DestroyWindow(view->window);
	SDL_Quit();
}

int
view_in_window(struct view_source *source, const struct view_options *options)
{
	struct window_view view = {
		.source = source,
		.options = options,
		.place = { .zoom = options->scale },
		.overlay = options->overlay,
		.ready = true,
		.dirty = true,
	};
	int code = open_window(&view);

	if (code != EXIT_DONE) {
		close_window(&view);
		return code;
	}
	if (options->fullscreen)
		toggle_fullscreen(&view);
	while (go_on(&view))
		;
	close_window(&view);
	return view_source_conclude(source);
}
