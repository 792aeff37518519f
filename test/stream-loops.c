/* stream-loops.c - a subscriber's descriptor in the event loops of GLib and libuv; what is not installed is skipped. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#ifdef HAVE_GLIB
#include <glib-unix.h>
#endif
#ifdef HAVE_LIBUV
#include <uv.h>
#endif

#include <transom/port.h>
#include <transom/stream.h>

#include "harness.h"

#if defined(HAVE_GLIB) || defined(HAVE_LIBUV)
enum { FRAMES = 300, STREAMS = 2, PATIENCE_S = 15, LONGEST_PAUSE_US = 2000 };

/* One of the streams that a loop waits for. */
struct reading {
	struct transom_subscriber *subscriber;
	uint64_t last;
	bool ended;
	pid_t publisher;
	void *handle; /* the loop's */
};

static struct reading readings[STREAMS];

/* The other thing that each loop does meanwhile: streams that would block it would be noticed. */
static unsigned ticks;

static void
publish_some(struct transom_publisher *publisher)
{
	unsigned seed = (unsigned)getpid();

	for (int i = 0; i < FRAMES; i++) {
		struct transom_frame *frame;

		check_eq(transom_publisher_acquire(publisher, PATIENCE_S * 1000, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		if (rand_r(&seed) % 4 == 0)
			usleep((unsigned)rand_r(&seed) % LONGEST_PAUSE_US);
	}
}

/* Frames in bursts and with pauses; then it waits to be killed. */
static void
publish_and_wait(void *argument)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 8,
			    .height = 8 },
	};
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };
	struct transom_publisher *publisher = NULL;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(*(int *)argument, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	while (!statistics.subscribers) {
		usleep(500);
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	}
	publish_some(publisher);
	pause();
}

static void
begin_reading(struct reading *reading)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .mode = TRANSOM_SUBSCRIBER_EVERY };
	struct transom_message *message;
	int receive, send;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
	reading->publisher = spawn(publish_and_wait, &send);
	check_eq(transom_port_receive(receive, message, PATIENCE_S * 1000), 0);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), &options,
						   &reading->subscriber),
		 0);
	transom_message_unref(message);
	close(receive);
	close(send);
}

/*
 * Takes all frames that are there, as a loop's callback does; false when the stream has ended. When all frames
 * have come the publisher is killed, which the loop must be told of as well.
 */
static bool
read_on(struct reading *reading)
{
	struct transom_frame *frame;
	int r;

	while ((r = transom_subscriber_acquire(reading->subscriber, 0, &frame)) == 0) {
		check_eq(transom_frame_get_sequence(frame), reading->last + 1);
		reading->last++;
		transom_frame_release(frame);
		if (reading->last == FRAMES)
			kill(reading->publisher, SIGKILL);
	}
	if (r == -EAGAIN)
		return true;
	check_eq(r, -EPIPE);
	reading->ended = true;
	return false;
}

/* What a loop does, in a child: loops keep descriptors for the process, which are counted before it begins. */
struct story {
	void (*prepare)(void);
	void (*play)(void);
};

static void
play_in_child(void *argument)
{
	const struct story *story = argument;
	int fds, mappings;

	story->prepare();
	fds = count_fds();
	mappings = count_mappings();
	story->play();
	check(count_fds() <= fds + 1); /* as in the harness */
	check_eq(count_mappings(), mappings);
}

static void
play(void (*prepare)(void), void (*body)(void))
{
	struct story story = { prepare, body };

	check_eq(wait_for(spawn(play_in_child, &story)), 0);
}

static void
begin_all(void)
{
	for (int i = 0; i < STREAMS; i++) {
		begin_reading(&readings[i]);
		check(read_on(&readings[i])); /* -EAGAIN once, before the descriptor is waited for */
	}
}

static bool
have_all_ended(void)
{
	for (int i = 0; i < STREAMS; i++)
		if (!readings[i].ended)
			return false;
	return true;
}

static void
end_all(void)
{
	for (int i = 0; i < STREAMS; i++) {
		check_eq(readings[i].last, FRAMES);
		check_eq(wait_for(readings[i].publisher), -SIGKILL);
		transom_subscriber_unref(readings[i].subscriber);
	}
	check(ticks);
}
#endif

#ifdef HAVE_GLIB
static void
prepare_glib(void)
{
	g_main_context_default();
}

static gboolean
tick(gpointer argument)
{
	(void)argument;
	ticks++;
	return G_SOURCE_CONTINUE;
}

static gboolean
give_up(gpointer argument)
{
	(void)argument;

	check(!"the loop was told of all frames");
	return G_SOURCE_REMOVE;
}

static void
run_main_loop(GMainLoop *loop)
{
	guint ticker = g_timeout_add(1, tick, NULL);
	guint patience = g_timeout_add_seconds(PATIENCE_S, give_up, NULL);

	g_main_loop_run(loop);
	g_source_remove(ticker);
	g_source_remove(patience);
	g_main_loop_unref(loop);
}

static GMainLoop *main_loop;

static gboolean
is_readable(gint fd, GIOCondition condition, gpointer argument)
{
	struct reading *reading = argument;

	check_eq(fd, transom_subscriber_get_fd(reading->subscriber));
	check(condition & G_IO_IN);
	if (read_on(reading))
		return G_SOURCE_CONTINUE;
	if (have_all_ended())
		g_main_loop_quit(main_loop);
	return G_SOURCE_REMOVE;
}

/* A source as a program writes it that wants its own kind of callback. */
struct frame_source {
	GSource source;
	struct reading *reading;
	gpointer tag;
};

static gboolean
check_source(GSource *source)
{
	struct frame_source *own = (struct frame_source *)source;

	return (g_source_query_unix_fd(source, own->tag) & G_IO_IN) != 0;
}

static gboolean
dispatch_source(GSource *source, GSourceFunc callback, gpointer argument)
{
	struct frame_source *own = (struct frame_source *)source;

	(void)callback;
	(void)argument;
	return is_readable(transom_subscriber_get_fd(own->reading->subscriber),
			   g_source_query_unix_fd(source, own->tag), own->reading);
}

static GSourceFuncs source_functions = { .check = check_source, .dispatch = dispatch_source };

static void
watch_descriptors(void)
{
	begin_all();
	main_loop = g_main_loop_new(NULL, FALSE);
	for (int i = 0; i < STREAMS; i++)
		g_unix_fd_add(transom_subscriber_get_fd(readings[i].subscriber), G_IO_IN, is_readable,
			      &readings[i]);
	run_main_loop(main_loop);
	end_all();
}
#endif

TEST(glib_watches_the_descriptor)
{
#ifdef HAVE_GLIB
	play(prepare_glib, watch_descriptors);
#else
	skip("libglib2.0-dev is not installed");
#endif
}

#ifdef HAVE_GLIB
static void
add_sources(void)
{
	begin_all();
	main_loop = g_main_loop_new(NULL, FALSE);
	for (int i = 0; i < STREAMS; i++) {
		GSource *source = g_source_new(&source_functions, sizeof(struct frame_source));
		struct frame_source *own = (struct frame_source *)source;

		own->reading = &readings[i];
		own->tag = g_source_add_unix_fd(source, transom_subscriber_get_fd(readings[i].subscriber),
						G_IO_IN);
		g_source_attach(source, NULL);
		g_source_unref(source);
	}
	run_main_loop(main_loop);
	end_all();
}
#endif

TEST(glib_has_it_in_a_source)
{
#ifdef HAVE_GLIB
	play(prepare_glib, add_sources);
#else
	skip("libglib2.0-dev is not installed");
#endif
}

#ifdef HAVE_LIBUV
static void
prepare_libuv(void)
{
	uv_loop_t loop;

	check_eq(uv_loop_init(&loop), 0);
	check_eq(uv_loop_close(&loop), 0);
}

static void
on_timer(uv_timer_t *timer)
{
	(void)timer;
	ticks++;
	check(ticks < PATIENCE_S * 1000);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct reading *reading = poll->data;

	check_eq(status, 0);
	check(events & UV_READABLE);
	if (read_on(reading))
		return;
	uv_close((uv_handle_t *)poll, NULL);
	if (have_all_ended())
		uv_close(reading->handle, NULL); /* the timer: nothing is left, and the loop ends */
}

static void
poll_descriptors(void)
{
	uv_poll_t polls[STREAMS];
	uv_timer_t timer;
	uv_loop_t loop;

	begin_all();
	check_eq(uv_loop_init(&loop), 0);
	check_eq(uv_timer_init(&loop, &timer), 0);
	check_eq(uv_timer_start(&timer, on_timer, 1, 1), 0);
	for (int i = 0; i < STREAMS; i++) {
		readings[i].handle = &timer;
		check_eq(uv_poll_init(&loop, &polls[i], transom_subscriber_get_fd(readings[i].subscriber)),
			 0);
		polls[i].data = &readings[i];
		check_eq(uv_poll_start(&polls[i], UV_READABLE, on_poll), 0);
	}
	check_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	check_eq(uv_loop_close(&loop), 0);
	end_all();
}
#endif

TEST(libuv_polls_it)
{
#ifdef HAVE_LIBUV
	play(prepare_libuv, poll_descriptors);
#else
	skip("libuv1-dev is not installed");
#endif
}
