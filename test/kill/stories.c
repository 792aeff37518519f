/*
 * stories.c - what a victim does, and what must hold for the survivor wherever it died: ports, rights, names, surfaces. Streams
 * are stories-stream.c's, ports with Apple's names stories-mach.c's.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <transom/transom.h>

#include "../harness.h"
#include "stories.h"

int story_receive = -1, story_send = -1;
static struct transom_surface *surface;
static struct transom_message *message;
static struct transom_pool *pool;
static struct transom_value *number;

const struct transom_pixel_buffer_options story_image = {
	.size = sizeof(story_image), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
};

void
story_make_port(void)
{
	check_eq(transom_port_create(NULL, &story_receive, &story_send), 0);
	check_eq(transom_message_create(&message), 0);
}

/* The dead hold no send right: when ours is gone the queue ends. */
void
story_drop_port(void)
{
	int r;

	close(story_send);
	do
		r = transom_port_receive(story_receive, message, PATIENCE_MS);
	while (r == 0);
	check_eq(r, -ENOTCONN);
	message = transom_message_unref(message);
	close(story_receive);
}

static void
make_surface(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
	};

	story_make_port();
	check_eq(transom_surface_create(&options, &surface), 0);
}

/* The kernel ends what a dead process held a moment after the process. */
static void
drop_surface(void)
{
	story_drop_port();
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
	struct transom_right right = { story_send, TRANSOM_RIGHT_SEND };

	check_eq(transom_port_send(story_send, "hello", 5, &right, 1, 1000), 0);
}

static void
check_message(void)
{
	int r = transom_port_receive(story_receive, message, 0), right;
	size_t size;

	if (r == 0) {
		check(!memcmp(transom_message_get_bytes(message, &size), "hello", 5));
		check_eq(size, 5);
		check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &right), 0);
		close(right);
	} else {
		check_eq(r, -EAGAIN);
	}
	story_drop_port();
}

/* right: in the message it is a use, and nowhere else. */

static void
send_right(void)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };

	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	check_eq(transom_port_send(story_send, NULL, 0, &right, 1, 1000), 0);
	close(right.fd);
}

static void
check_right(void)
{
	struct transom_surface *same;

	if (transom_port_receive(story_receive, message, 0) == 0) {
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
	check_eq(transom_port_receive(story_receive, message, 1000), 0);
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
						.buffer = story_image };
	struct transom_pixel_buffer *buffer;

	story_make_port();
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

	story_drop_port();
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

	check_eq(transom_name_check_in("victim", story_send, &name), 0);
	transom_name_unref(name);
}

static void
check_name(void)
{
	struct transom_name *name;
	struct transom_name_list *list;
	int found;

	check_eq(transom_name_check_in("victim", story_send, &name), 0);
	check_eq(transom_name_look_up("victim", PATIENCE_MS, &found), 0);
	close(found);
	check_eq(transom_name_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
	transom_name_list_unref(list);
	transom_name_unref(name);
	story_drop_port();
}

/* take-over: the name of an owner who was killed. */

static void
check_in_and_wait(void *argument)
{
	struct transom_name *name;

	check_eq(transom_name_check_in("victim", story_send, &name), 0);
	check(write(*(int *)argument, "c", 1) == 1);
	pause();
}

static void
prepare_take_over(void)
{
	int pipes[2];
	pid_t owner;
	char done;

	story_make_port();
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
mark_right(void)
{
	int right;

	kill_mark();
	check_eq(transom_surface_create_right(surface, &right), 0);
	kill_mark();
	close(right);
}

static const struct kill_story stories[] = {
	{ "port", story_make_port, send_message, check_message },
	{ "right_in_flight", make_surface, send_right, check_right },
	{ "look_up", prepare_look_up, use_what_comes, drop_surface },
	{ "pool_recycles", prepare_pool, use_what_comes, check_pool },
	{ "values", prepare_values, write_values, check_values },
	{ "name", story_make_port, check_in, check_name },
	{ "name_take_over", prepare_take_over, check_in, check_name },
	{ "marked_values", prepare_values, mark_values, check_values, INSTRUCTIONS },
	{ "marked_claim", make_surface, mark_claim, drop_surface, INSTRUCTIONS },
	{ "marked_lock_and_seed", prepare_lock, mark_lock, check_lock, INSTRUCTIONS },
	{ "marked_right", make_surface, mark_right, drop_surface, INSTRUCTIONS },
	{ NULL },
};

const struct kill_story *const kill_stories[] = { stories, stories_of_streams, NULL };
