/* cli-peer.c - the other side for tests of `transom`: a publisher, a subscriber, a port or a surface, as they are told. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <transom/transom.h>

static int
fail(const char *what, int error)
{
	fprintf(stderr, "cli-peer: %s: %s\n", what, transom_error_describe(error));
	return 1;
}

/* What the test waits for; then it goes on until its stdin ends, as it does with the test's process. */
static int
wait_for_end(void)
{
	char byte;

	puts("ready");
	fflush(stdout);
	while (read(STDIN_FILENO, &byte, 1) > 0)
		;
	return 0;
}

static struct transom_value *
make_values(void)
{
	struct transom_value *items[4], *values;
	const char *keys[] = { "text", "number", "data", "list" };

	transom_value_create_string("a \033[31mred\033[m word", &items[0]);
	transom_value_create_integer(-7, &items[1]);
	transom_value_create_data("\x00\xff", 2, &items[2]);
	transom_value_create_array(items, 2, &items[3]);
	transom_value_create_dictionary(keys, items, 4, &values);
	for (int i = 0; i < 4; i++)
		transom_value_unref(items[i]);
	return values;
}

static void
draw(struct transom_frame *frame, unsigned number)
{
	struct transom_pixel_buffer *buffer = transom_frame_get_pixel_buffer(frame);
	struct transom_value *values = make_values();

	if (transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0) {
		memset(transom_pixel_buffer_get_base(buffer), (int)(number & 0xff),
		       (size_t)transom_pixel_buffer_get_bytes_per_row(buffer) *
			       transom_pixel_buffer_get_height(buffer));
		transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL);
	}
	transom_surface_set_values(transom_frame_get_surface(frame), values);
	transom_value_unref(values);
}

static int
show(struct transom_publisher *publisher, unsigned number)
{
	struct transom_frame_info info = { .size = sizeof(info),
					   .flags = TRANSOM_FRAME_KEY,
					   .damage_count = 1,
					   .user_size = 2,
					   .damage = { { 1, 2, 3, 4 } },
					   .user = { 0xab, 0xcd } };
	struct transom_frame *frame;
	int r = transom_publisher_acquire(publisher, 1000, &frame);

	if (r < 0)
		return r;
	draw(frame, number);
	return transom_publisher_publish(publisher, frame, &info, NULL);
}

/* publish NAME FPS [MAXIMUM-BUFFERS]: 0 frames a second is one frame alone. */
static int
publish(int argc, char **argv)
{
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = argv[0],
		.description = "made by a test",
		.laggard_policy = TRANSOM_LAGGARD_DROP,
		.maximum_buffers = argc > 2 ? (uint32_t)atoi(argv[2]) : 0,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 48 },
	};
	const int fps = argc > 1 ? atoi(argv[1]) : 0;
	struct transom_publisher *publisher;
	int r = transom_publisher_create(&options, &publisher);

	if (r == 0)
		r = show(publisher, 0);
	if (r < 0)
		return fail("cannot publish", r);
	if (fps == 0)
		return wait_for_end();
	puts("ready");
	fflush(stdout);
	for (unsigned i = 1;; i++) {
		nanosleep(&(struct timespec){ .tv_nsec = 1000000000L / fps - (fps == 1) }, NULL);
		show(publisher, i);
	}
}

/* rename NAME OTHER: a stream without frames that takes the other name when something comes by stdin. */
static int
rename_stream(int argc, char **argv)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .name = argv[0],
						     .description = "made by a test",
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 64,
								 .height = 48 } };
	struct transom_publisher *publisher;
	char byte;
	int r = transom_publisher_create(&options, &publisher);

	if (r < 0)
		return fail("cannot publish", r);
	puts("ready");
	fflush(stdout);
	if (argc < 2 || read(STDIN_FILENO, &byte, 1) != 1)
		return 1;
	r = transom_publisher_set_name(publisher, argv[1]);
	return r < 0 ? fail("cannot take the name", r) : wait_for_end();
}

/* subscribe NAME latest|every HELD: holds that many frames for ever; every reads nothing more. */
static int
subscribe(int argc, char **argv)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options),
		.name = argv[0],
		.mode = argc > 1 && strcmp(argv[1], "every") == 0 ? TRANSOM_SUBSCRIBER_EVERY
								  : TRANSOM_SUBSCRIBER_LATEST,
		.held = argc > 2 ? (uint32_t)atoi(argv[2]) : 1,
	};
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int r = transom_subscriber_create(&options, &subscriber);

	for (uint32_t i = 0; i < options.held && r == 0; i++)
		r = transom_subscriber_acquire(subscriber, 10000, &frame);
	return r < 0 ? fail("cannot subscribe", r) : wait_for_end();
}

/* port NAME */
static int
own_port(int argc, char **argv)
{
	struct transom_name *name;
	int port, send, r = transom_port_create(NULL, &port, &send);

	if (r == 0)
		r = transom_name_check_in(argv[0], send, &name);
	return r < 0 ? fail("cannot check in", r) : wait_for_end();
}

static int
make_surface(const char *name, struct transom_surface **ret)
{
	struct transom_surface_options options = { .size = sizeof(options),
						   .flags = TRANSOM_SURFACE_GLOBAL,
						   .format = TRANSOM_FORMAT_NV12,
						   .width = 32,
						   .height = 16,
						   .name = name };
	struct transom_value *values = make_values();
	int r = transom_surface_create(&options, ret);

	if (r == 0)
		r = transom_surface_set_values(*ret, values);
	transom_value_unref(values);
	return r;
}

/* surface NAME: a global one, in use, and a right to it in flight. Prints its ID before it is ready. */
static int
own_surface(int argc, char **argv)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_surface *surface;
	int port, send, r = make_surface(argv[0], &surface);

	if (r == 0)
		r = transom_surface_begin_use(surface);
	if (r == 0)
		r = transom_surface_create_right(surface, &right.fd);
	if (r == 0)
		r = transom_port_create(NULL, &port, &send);
	if (r == 0)
		r = transom_port_send(send, "x", 1, &right, 1, 1000);
	if (r < 0)
		return fail("cannot make a surface", r);
	close(right.fd);
	printf("%08x\n", transom_surface_get_id(surface));
	return wait_for_end();
}

/* keep ID: a use of another's surface, and two copies of a right to it, for ever. */
static int
keep_surface(int argc, char **argv)
{
	struct transom_surface *surface;
	int right, r = transom_surface_look_up_id((uint32_t)strtoul(argv[0], NULL, 16), &surface);

	if (r == 0)
		r = transom_surface_begin_use(surface);
	if (r == 0)
		r = transom_surface_create_right(surface, &right);
	if (r == 0 && dup(right) < 0)
		r = -errno;
	return r < 0 ? fail("cannot keep the surface", r) : wait_for_end();
}

int
main(int argc, char **argv)
{
	static const struct {
		const char *word;
		int (*run)(int argc, char **argv);
	} parts[] = { { "publish", publish }, { "rename", rename_stream }, { "subscribe", subscribe },
		      { "port", own_port },   { "surface", own_surface },  { "keep", keep_surface } };

	for (size_t i = 0; argc > 2 && i < sizeof(parts) / sizeof(parts[0]); i++)
		if (strcmp(argv[1], parts[i].word) == 0)
			return parts[i].run(argc - 2, argv + 2);
	fprintf(stderr, "usage: cli-peer publish|rename|subscribe|port|surface|keep NAME [ARGUMENT...]\n");
	return 2;
}
