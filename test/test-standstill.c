/*
 * test-standstill.c - a peer that is stopped (SIGSTOP) for longer than any time that the library has of its own, and
 * signals without end: nobody else waits longer than told, nothing is given away, and all goes on afterwards.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"

/* Strangers to a stream have a second, the longest time that the library knows by itself. */
enum { STILL_US = 1200000, SHORTER_US = 200000, FRAMES = 40, ROUNDS = 200 };

static const struct transom_pixel_buffer_options image = {
	.size = sizeof(image), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
};

static int receive = -1, send = -1, done[2];

static void
begin(void)
{
	use_folder();
	check(pipe(done) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
}

static void
end(const char *kind)
{
	close(receive);
	close(send);
	close(done[0]);
	close(done[1]);
	drop_folder(kind);
}

static void
tell(void)
{
	check(write(done[1], "d", 1) == 1);
}

static void
await(void)
{
	char byte;

	check(read(done[0], &byte, 1) == 1);
}

/* Certainly, not just soon. */
static void
stop(pid_t pid)
{
	int status;

	check(kill(pid, SIGSTOP) == 0);
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	check(WIFSTOPPED(status));
}

static struct transom_publisher *
make_stream(const char *name, uint32_t policy)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .name = name,
						     .maximum_buffers = 16,
						     .laggard_policy = policy,
						     .buffer = image };
	struct transom_publisher *publisher;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	return publisher;
}

static struct transom_subscriber *
join(const char *name, uint32_t mode)
{
	struct transom_subscriber_options options = {
		.size = sizeof(options), .name = name, .mode = mode, .timeout_ms = 60000
	};
	struct transom_subscriber *subscriber;

	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	return subscriber;
}

static void
publish(struct transom_publisher *publisher, int timeout_ms)
{
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, timeout_ms, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
}

static uint64_t
read_frame(struct transom_subscriber *subscriber)
{
	struct transom_frame *frame;
	uint64_t sequence;

	check_eq(transom_subscriber_acquire(subscriber, -1, &frame), 0);
	sequence = transom_frame_get_sequence(frame);
	transom_frame_release(frame);
	return sequence;
}

/* A receiver that stands still keeps its queue, and the order in it. */

static void
count_messages(void *argument)
{
	struct transom_message *message;
	uint32_t number, expected = 0;
	size_t size;
	int r;

	close(send);
	check_eq(transom_message_create(&message), 0);
	tell();
	while ((r = transom_port_receive(receive, message, -1)) == 0) {
		memcpy(&number, transom_message_get_bytes(message, &size), sizeof(number));
		check_eq(size, sizeof(number));
		check_eq(number, expected++);
	}
	check_eq(r, -ENOTCONN);
	transom_message_unref(message);
	check(write(done[1], &expected, sizeof(expected)) == sizeof(expected));
}

TEST(stopped_receiver_loses_no_message)
{
	uint32_t number = 0, counted;
	pid_t pid;
	int r;

	begin();
	pid = spawn(count_messages, NULL);
	await();
	stop(pid);
	while ((r = transom_port_send(send, &number, sizeof(number), NULL, 0, 50)) == 0)
		number++;
	check_eq(r, -ETIMEDOUT);
	usleep(SHORTER_US);
	check(kill(pid, SIGCONT) == 0);
	for (uint32_t i = 0; i < ROUNDS; i++, number++)
		check_eq(transom_port_send(send, &number, sizeof(number), NULL, 0, -1), 0);
	close(send);
	check(read(done[0], &counted, sizeof(counted)) == sizeof(counted));
	check_eq(counted, number);
	check_eq(wait_for(pid), 0);
	end("ports");
}

/* A user that stands still keeps its buffer, however long. */

static void
hold_a_buffer(void *argument)
{
	struct transom_message *message;
	struct transom_pixel_buffer *buffer;
	struct transom_surface *surface;

	close(send);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), 0);
	transom_surface_unref(surface);
	transom_message_unref(message);
	tell();
	raise(SIGSTOP);
	transom_pixel_buffer_unref(buffer);
}

TEST(stopped_user_keeps_its_buffer)
{
	struct transom_pool_options options = { .size = sizeof(options),
						.maximum_count = 1,
						.buffer = image };
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_pixel_buffer *buffer, *again;
	struct transom_pool *pool;
	int status;
	pid_t pid;

	begin();
	pid = spawn(hold_a_buffer, NULL);
	check_eq(transom_pool_create(&options, &pool), 0);
	check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
	check_eq(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	transom_pixel_buffer_unref(buffer);
	await();
	check_eq(waitpid(pid, &status, WUNTRACED), pid);
	check_eq(transom_pool_acquire(pool, SHORTER_US / 1000, &again), -ETIMEDOUT);
	check(kill(pid, SIGCONT) == 0);
	check_eq(transom_pool_acquire(pool, -1, &again), 0);
	check_eq(wait_for(pid), 0);
	transom_pixel_buffer_unref(again);
	transom_pool_unref(pool);
	end("ports");
}

/* A subscriber that stands still goes on where it was, or with the newest; who shares its stream saw all. */

static void
read_on(void *argument)
{
	uint32_t mode = *(uint32_t *)argument;
	struct transom_subscriber *subscriber = join("still", mode);
	uint64_t sequence = 0, next;

	tell();
	while (sequence < 2 * FRAMES) {
		next = read_frame(subscriber);
		check(mode == TRANSOM_SUBSCRIBER_EVERY ? next == sequence + 1 : next > sequence);
		sequence = next;
	}
	check_eq(sequence, 2 * FRAMES);
	transom_subscriber_unref(subscriber);
}

static void
stop_a_reader(uint32_t mode)
{
	struct transom_publisher *publisher;
	struct transom_subscriber *other;
	struct transom_frame *frame;
	pid_t pid;
	int r = 0;

	begin();
	publisher = make_stream("still", TRANSOM_LAGGARD_WAIT);
	pid = spawn(read_on, &mode);
	await();
	other = join("still", TRANSOM_SUBSCRIBER_LATEST);
	stop(pid);
	for (uint64_t i = 1; i <= 2 * FRAMES; i++) {
		if (i == FRAMES || r < 0) {
			usleep(r < 0 ? STILL_US : 0);
			check(kill(pid, SIGCONT) == 0);
		}
		r = transom_publisher_acquire(publisher, mode == TRANSOM_SUBSCRIBER_EVERY ? 20 : 0, &frame);
		if (r < 0) { /* it is waited for, as asked */
			check(mode == TRANSOM_SUBSCRIBER_EVERY && r == -ETIMEDOUT);
			i--;
			continue;
		}
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		check_eq(read_frame(other), i);
	}
	check_eq(wait_for(pid), 0);
	transom_subscriber_unref(other);
	transom_publisher_unref(publisher);
	end("streams");
}

TEST(stopped_reader_of_every_frame_misses_none)
{
	stop_a_reader(TRANSOM_SUBSCRIBER_EVERY);
}

TEST(stopped_reader_of_the_latest_keeps_nobody)
{
	stop_a_reader(TRANSOM_SUBSCRIBER_LATEST);
}

/* A publisher and owner of a name that stands still is alive: nobody takes its name, and all come in again. */

static void
publish_when_told(void *argument)
{
	struct transom_publisher *publisher = make_stream("still", TRANSOM_LAGGARD_WAIT);
	struct transom_message *message;
	struct transom_name *name;

	check_eq(transom_name_check_in("still", send, &name), 0);
	check_eq(transom_message_create(&message), 0);
	publish(publisher, -1);
	tell();
	for (int i = 0; i < FRAMES; i++) {
		check_eq(transom_port_receive(receive, message, -1), 0);
		publish(publisher, -1);
	}
	check_eq(transom_port_receive(receive, message, -1), 0);
	transom_message_unref(message);
	transom_name_unref(name);
	transom_publisher_unref(publisher);
}

TEST(stopped_owner_keeps_its_names)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .name = "still",
						     .buffer = image };
	struct transom_publisher *other = NULL;
	struct transom_subscriber *subscriber;
	struct transom_name *name = NULL;
	struct transom_frame *frame;
	int found = -1;
	pid_t pid;

	begin();
	pid = spawn(publish_when_told, NULL);
	await();
	subscriber = join("still", TRANSOM_SUBSCRIBER_EVERY);
	stop(pid);
	usleep(STILL_US);
	check_eq(transom_name_check_in("still", send, &name), -EADDRINUSE);
	check_eq(transom_publisher_create(&options, &other), -EADDRINUSE);
	check_eq(transom_name_look_up("still", 20, &found), -ETIMEDOUT);
	check_eq(transom_subscriber_acquire(subscriber, 20, &frame), -ETIMEDOUT);
	check(!name && !other && found == -1);
	check(kill(pid, SIGCONT) == 0);
	for (uint64_t i = 0; i < FRAMES; i++) {
		check_eq(transom_port_send(send, "p", 1, NULL, 0, -1), 0);
		check_eq(read_frame(subscriber), i + 2);
	}
	check_eq(transom_name_look_up("still", -1, &found), 0);
	check_eq(transom_port_send(found, "e", 1, NULL, 0, -1), 0);
	close(found);
	check_eq(wait_for(pid), 0);
	transom_subscriber_unref(subscriber);
	check(rmdir(strcat(strcpy((char[96]){ 0 }, folder), "/ports")) == 0);
	end("streams");
}

/* Signals: a handler each millisecond on both sides of a stream, whose calls all wait. */

static void
read_under_signals(void *argument)
{
	struct transom_subscriber *subscriber;
	int r;

	begin_signals();
	subscriber = join("storm", TRANSOM_SUBSCRIBER_EVERY);
	do /* the tests' own calls are interrupted too */
		r = (int)write(done[1], "d", 1);
	while (r < 0 && errno == EINTR);
	for (uint64_t i = 1; i <= ROUNDS; i++)
		check_eq(read_frame(subscriber), i);
	transom_subscriber_unref(subscriber);
	end_signals();
}

TEST_FOR(streams_do_not_mind_signals, 60)
{
	struct transom_publisher *publisher;
	struct transom_frame *frame;
	pid_t pid;

	begin();
	publisher = make_stream("storm", TRANSOM_LAGGARD_WAIT);
	pid = spawn(read_under_signals, NULL);
	await();
	begin_signals();
	for (int i = 0; i < ROUNDS; i++) {
		check_eq(transom_publisher_acquire(publisher, -1, &frame), 0);
		if (i % 4 == 0)
			usleep(2000); /* they sleep, and signals come */
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	end_signals();
	check_eq(wait_for(pid), 0);
	transom_publisher_unref(publisher);
	end("streams");
}
