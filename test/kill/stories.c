/* stories.c - what a victim does, and what must hold for the survivor wherever it died. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <transom/transom.h>

#include "../harness.h"
#include "kill.h"

enum { PATIENCE_MS = 5000 };

static int receive = -1, send = -1, invitation = -1;
static struct transom_surface *surface;
static struct transom_message *message;
static struct transom_pool *pool;
static struct transom_publisher *publisher;
static struct transom_value *number;
static struct transom_name_watch *watch;
static pid_t reader;

static const struct transom_pixel_buffer_options image = {
	.size = sizeof(image), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
};

static void
make_port(void)
{
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
}

/* The dead hold no send right: when ours is gone the queue ends. */
static void
drop_port(void)
{
	int r;

	close(send);
	do
		r = transom_port_receive(receive, message, PATIENCE_MS);
	while (r == 0);
	check_eq(r, -ENOTCONN);
	message = transom_message_unref(message);
	close(receive);
}

static void
make_surface(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
	};

	make_port();
	check_eq(transom_surface_create(&options, &surface), 0);
}

/* The kernel ends what a dead process held a moment after the process. */
static void
drop_surface(void)
{
	drop_port();
	for (int i = 0; i < PATIENCE_MS && transom_surface_is_in_use(surface); i++)
		usleep(1000);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	surface = transom_surface_unref(surface);
}

/* port: a message is there as a whole, or is not. */

static void
send_message(void)
{
	struct transom_right right = { send, TRANSOM_RIGHT_SEND };

	check_eq(transom_port_send(send, "hello", 5, &right, 1, 1000), 0);
}

static void
check_message(void)
{
	int r = transom_port_receive(receive, message, 0), right;
	size_t size;

	if (r == 0) {
		check(!memcmp(transom_message_get_bytes(message, &size), "hello", 5));
		check_eq(size, 5);
		check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &right), 0);
		close(right);
	} else {
		check_eq(r, -EAGAIN);
	}
	drop_port();
}

/* right: in the message it is a use, and nowhere else. */

static void
send_right(void)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };

	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 1000), 0);
	close(right.fd);
}

static void
check_right(void)
{
	struct transom_surface *same;

	if (transom_port_receive(receive, message, 0) == 0) {
		check(transom_surface_is_in_use(surface));
		check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &same), 0);
		check(same == surface);
		transom_surface_unref(same);
	}
	drop_surface();
}

/* look-up: a receiver that dies lets go. */

static void
prepare_look_up(void)
{
	make_surface();
	send_right();
}

static void
use_what_comes(void)
{
	struct transom_surface *found;
	struct transom_pixel_buffer *buffer;

	surface = transom_surface_unref(surface); /* as a stranger would see it */
	check_eq(transom_port_receive(receive, message, 1000), 0);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &found), 0);
	check_eq(transom_pixel_buffer_create_with_surface(found, &buffer), 0);
	transom_surface_unref(found);
	message = transom_message_unref(message);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_pixel_buffer_unref(buffer);
}

/* pool: the one buffer comes back, and is the one that was sent. */

static void
prepare_pool(void)
{
	struct transom_pool_options options = { .size = sizeof(options),
						.maximum_count = 1,
						.flags = TRANSOM_POOL_KEEP_FOREVER,
						.buffer = image };
	struct transom_pixel_buffer *buffer;

	make_port();
	check_eq(transom_pool_create(&options, &pool), 0);
	check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
	surface = transom_pixel_buffer_get_surface(buffer);
	send_right();
	surface = transom_surface_ref(surface);
	transom_pixel_buffer_unref(buffer);
}

static void
check_pool(void)
{
	struct transom_pixel_buffer *buffer;

	drop_port();
	check_eq(transom_pool_acquire(pool, PATIENCE_MS, &buffer), 0);
	check(transom_pixel_buffer_get_surface(buffer) == surface);
	transom_pixel_buffer_unref(buffer);
	pool = transom_pool_unref(pool);
	surface = transom_surface_unref(surface);
}

/* values: all new or all old, and the lock is free. */

static void
write_values(void)
{
	const char *keys[] = { "a", "b" };
	struct transom_value *values[] = { number, number }, *both;

	check_eq(transom_value_create_dictionary(keys, values, 2, &both), 0);
	check_eq(transom_surface_set_values(surface, both), 0);
	transom_value_unref(both);
}

static void
prepare_values(void)
{
	make_surface();
	check_eq(transom_value_create_integer(1, &number), 0);
	write_values();
	transom_value_unref(number);
	check_eq(transom_value_create_integer(2, &number), 0);
}

static void
check_values(void)
{
	struct transom_value *both;
	int64_t a, b;

	check_eq(transom_surface_dup_all_values(surface, &both), 0);
	check_eq(transom_value_get_integer(transom_value_get_value(both, "a"), &a), 0);
	check_eq(transom_value_get_integer(transom_value_get_value(both, "b"), &b), 0);
	check_eq(a, b);
	check(a == 1 || a == 2);
	transom_value_unref(both);
	write_values();
	number = transom_value_unref(number);
	drop_surface();
}

/* name: free at once for the next owner, and listed once. */

static void
check_in(void)
{
	struct transom_name *name;

	check_eq(transom_name_check_in("victim", send, &name), 0);
	transom_name_unref(name);
}

static void
check_name(void)
{
	struct transom_name *name;
	struct transom_name_list *list;
	int found;

	check_eq(transom_name_check_in("victim", send, &name), 0);
	check_eq(transom_name_look_up("victim", PATIENCE_MS, &found), 0);
	close(found);
	check_eq(transom_name_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
	transom_name_list_unref(list);
	transom_name_unref(name);
	drop_port();
}

/* subscriber: what it held comes back. */

static void
publish(struct transom_publisher *to)
{
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(to, PATIENCE_MS, &frame), 0);
	check_eq(transom_publisher_publish(to, frame, NULL, NULL), 0);
}

static struct transom_publisher *
make_publisher(const char *name)
{
	struct transom_publisher_options options = {
		.size = sizeof(options), .name = name, .maximum_buffers = 4, .buffer = image
	};
	struct transom_publisher *made;

	check_eq(transom_publisher_create(&options, &made), 0);
	return made;
}

static void
prepare_subscriber(void)
{
	publisher = make_publisher(NULL);
	publish(publisher);
	check_eq(transom_publisher_invite(publisher, &invitation), 0);
}

static void
subscribe(void)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int right;

	check_eq(transom_subscriber_create_from_fd(invitation, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, PATIENCE_MS, &frame), 0);
	check_eq(transom_surface_create_right(transom_frame_get_surface(frame), &right), 0);
	transom_frame_release(frame);
	close(right);
	transom_subscriber_unref(subscriber);
}

static void
check_subscriber(void)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	close(invitation);
	do
		check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	while (statistics.subscribers && usleep(1000) == 0);
	for (int i = 0; i < 12; i++) /* three times as many as there are buffers */
		publish(publisher);
	publisher = transom_publisher_unref(publisher);
}

/* publisher: who reads knows of the end, and the name is free. */

static void
read_until_end(void *argument)
{
	const struct transom_subscriber_options options = { .size = sizeof(options), .name = "victim" };
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	int r;

	close(send); /* the survivor's alone says when there will be no stream */
	do
		r = transom_subscriber_create(&options, &subscriber);
	while (r == -ENOENT && !transom_port_is_without_senders(receive) && usleep(100) == 0);
	if (r < 0) {
		check(r == -ENOENT || r == -EPIPE || r == -ETIMEDOUT);
		return;
	}
	while ((r = transom_subscriber_acquire(subscriber, -1, &frame)) == 0)
		transom_frame_release(frame);
	check_eq(r, -EPIPE);
	transom_subscriber_unref(subscriber);
}

static void
prepare_publisher(void)
{
	make_port();
	reader = spawn(read_until_end, NULL);
}

static void
publish_some(void)
{
	struct transom_publisher *mine = make_publisher("victim");

	close(send);
	for (int i = 0; i < 6; i++)
		publish(mine);
	transom_publisher_unref(mine);
}

static void
check_publisher(void)
{
	drop_port();
	check_eq(wait_for(reader), 0);
	publisher = make_publisher("victim");
	publish(publisher);
	publisher = transom_publisher_unref(publisher);
}

/* rename: who watches sees it go, under whatever name, and both names are free. */

static void
prepare_renaming(void)
{
	check_eq(transom_stream_watch_create(&watch), 0);
}

static void
rename_stream(void)
{
	check_eq(transom_publisher_set_name(make_publisher("victim"), "renamed"), 0);
}

/* How many names a watcher knows of after the next change. */
static int
follow(int known, int timeout_ms)
{
	char before[TRANSOM_NAME_MAX + 8];
	struct transom_name_event event;
	int r = transom_name_watch_next_with_renames(watch, timeout_ms, &event, before);

	if (r == -EAGAIN)
		return -1;
	check_eq(r, 0);
	return known + (event.change == TRANSOM_NAME_APPEARED) - (event.change == TRANSOM_NAME_VANISHED);
}

static void
check_renaming(void)
{
	struct transom_publisher *other;
	int known = 0, next;

	while ((next = follow(known, 0)) >= 0)
		known = next;
	while (known > 0)
		known = follow(known, PATIENCE_MS);
	check_eq(known, 0);
	watch = transom_name_watch_unref(watch);
	publisher = make_publisher("victim");
	other = make_publisher("renamed");
	transom_publisher_unref(other);
	publisher = transom_publisher_unref(publisher);
}

/* introduction: frames of buffers that the other side has never seen. */

static void
publish_in_size(struct transom_publisher *to, uint32_t width)
{
	struct transom_pixel_buffer_options other = image;

	other.width = width;
	check_eq(transom_publisher_set_buffers(to, &other), 0);
	publish(to);
}

static void
publish_sizes(void)
{
	struct transom_publisher *mine = make_publisher("victim");

	close(send);
	kill_mark();
	for (uint32_t i = 0; i < 3; i++)
		publish_in_size(mine, 32 + i);
	kill_mark();
	transom_publisher_unref(mine);
}

/* Several buffers wait to be introduced, and another comes while it reads. */
static void
prepare_introductions(void)
{
	prepare_subscriber();
	for (uint32_t i = 0; i < 3; i++)
		publish(publisher);
}

/* take-over: the name of an owner who was killed. */

static void
check_in_and_wait(void *argument)
{
	struct transom_name *name;

	check_eq(transom_name_check_in("victim", send, &name), 0);
	check(write(*(int *)argument, "c", 1) == 1);
	pause();
}

static void
prepare_take_over(void)
{
	int pipes[2];
	pid_t owner;
	char done;

	make_port();
	check(pipe2(pipes, O_CLOEXEC) == 0);
	owner = spawn(check_in_and_wait, &pipes[1]);
	check(read(pipes[0], &done, 1) == 1);
	check(kill(owner, SIGKILL) == 0);
	check_eq(wait_for(owner), -SIGKILL);
	close(pipes[0]);
	close(pipes[1]);
}

/* What is critical, an instruction at a time. */

static void
mark_values(void)
{
	const char *keys[] = { "a", "b" };
	struct transom_value *values[] = { number, number }, *both;

	check_eq(transom_value_create_dictionary(keys, values, 2, &both), 0);
	kill_mark();
	check_eq(transom_surface_set_values(surface, both), 0);
	kill_mark();
	transom_value_unref(both);
}

static void
mark_claim(void)
{
	kill_mark();
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	kill_mark();
}

static uint32_t seed;

static void
prepare_lock(void)
{
	make_surface();
	seed = transom_surface_get_seed(surface);
}

static void
mark_lock(void)
{
	kill_mark();
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	kill_mark();
}

static void
check_lock(void)
{
	check(transom_surface_get_seed(surface) - seed <= 1);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	drop_surface();
}

static void
mark_publish(void)
{
	struct transom_publisher *mine = make_publisher("victim");
	struct transom_frame *frame;

	close(send);
	publish(mine);
	check_eq(transom_publisher_acquire(mine, PATIENCE_MS, &frame), 0);
	kill_mark();
	check_eq(transom_publisher_publish(mine, frame, NULL, NULL), 0);
	kill_mark();
	transom_publisher_unref(mine);
}

static void
mark_acquire(void)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	check_eq(transom_subscriber_create_from_fd(invitation, NULL, &subscriber), 0);
	kill_mark();
	check_eq(transom_subscriber_acquire(subscriber, PATIENCE_MS, &frame), 0);
	transom_frame_release(frame);
	kill_mark();
	transom_subscriber_unref(subscriber);
}

static void
mark_right(void)
{
	int right;

	kill_mark();
	check_eq(transom_surface_create_right(surface, &right), 0);
	kill_mark();
	close(right);
}

const struct kill_story kill_stories[] = {
	{ "port", make_port, send_message, check_message },
	{ "right_in_flight", make_surface, send_right, check_right },
	{ "look_up", prepare_look_up, use_what_comes, drop_surface },
	{ "pool_recycles", prepare_pool, use_what_comes, check_pool },
	{ "values", prepare_values, write_values, check_values },
	{ "name", make_port, check_in, check_name },
	{ "subscriber", prepare_subscriber, subscribe, check_subscriber },
	{ "publisher", prepare_publisher, publish_some, check_publisher },
	{ "rename", prepare_renaming, rename_stream, check_renaming },
	{ "name_take_over", prepare_take_over, check_in, check_name },
	{ "introducing_buffers", prepare_publisher, publish_sizes, check_publisher, CALLS },
	{ "introduced_buffers", prepare_introductions, subscribe, check_subscriber },
	{ "marked_values", prepare_values, mark_values, check_values, INSTRUCTIONS },
	{ "marked_claim", make_surface, mark_claim, drop_surface, INSTRUCTIONS },
	{ "marked_lock_and_seed", prepare_lock, mark_lock, check_lock, INSTRUCTIONS },
	{ "marked_right", make_surface, mark_right, drop_surface, INSTRUCTIONS },
	{ "marked_publish", prepare_publisher, mark_publish, check_publisher, INSTRUCTIONS },
	{ "marked_acquire_and_release", prepare_subscriber, mark_acquire, check_subscriber, INSTRUCTIONS },
};
const unsigned kill_story_count = sizeof(kill_stories) / sizeof(kill_stories[0]);
