/* stream-ends.c - relays that die, sockets that are full, strangers, and who moves other people's sleep; part of
 * test-stream. */
#include <errno.h>
#include <linux/futex.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <transom/port.h>

#include "harness.h"
#include "name-private.h"
#include "streams.h"

/* Relays */

static void
send_fd(int port, int fd)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD, .fd = fd };

	check_eq(transom_port_send(port, NULL, 0, &right, 1, 0), 0);
	close(fd);
}

static int
receive_fd(int port)
{
	struct transom_message *message;
	int fd = -1;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(port, message, -1), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_FD, &fd), 0);
	transom_message_unref(message);
	return fd;
}

struct relay {
	int begin[2]; /* receives and sends an invitation to the stream that is forwarded */
	int receive, send; /* for an invitation to the one that forwards */
	int held[2], go[2]; /* pipes */
	bool ends; /* instead of being killed */
};

/* Forwards one frame, and then does nothing, or ends in order. */
static void
forward_one(void *argument)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct relay *relay = argument;
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_pixel_buffer *buffer;
	struct transom_frame *frame;
	int fd = receive_fd(relay->begin[0]);
	char byte;

	options.buffer.size = 0;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_subscriber_create_from_fd(fd, NULL, &subscriber), 0);
	close(fd);
	check_eq(transom_subscriber_acquire(subscriber, -1, &frame), 0);
	check_eq(transom_pixel_buffer_create_with_surface(transom_frame_get_surface(frame), &buffer), 0);
	transom_frame_release(frame);
	check_eq(transom_publisher_publish_buffer(publisher, buffer, NULL, 0, NULL), 0);
	transom_pixel_buffer_unref(buffer);
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	send_fd(relay->send, fd);
	if (!relay->ends)
		pause();
	check(read(relay->held[0], &byte, 1) == 1);
	transom_publisher_unref(publisher);
	transom_subscriber_unref(subscriber);
}

/* Holds the forwarded frame until it is told to look. */
static void
hold_forwarded(void *argument)
{
	struct relay *relay = argument;
	struct transom_subscriber *subscriber;
	struct transom_frame *frame, *next;
	char byte = 0;
	int fd;

	fd = receive_fd(relay->receive);
	check_eq(transom_subscriber_create_from_fd(fd, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, -1, &frame), 0);
	check_eq(read_number(frame), 1);
	check(write(relay->held[1], &byte, 1) == 1);
	check_eq(transom_subscriber_acquire(subscriber, -1, &next), -EPIPE);
	check(read(relay->go[0], &byte, 1) == 1);
	check_eq(read_number(frame), 1);
	transom_frame_release(frame);
	check(write(relay->held[1], &byte, 1) == 1);
	check(read(relay->go[0], &byte, 1) == 1); /* what it no longer holds it does not keep back */
	transom_subscriber_unref(subscriber);
}

static void
lose_relay(bool ends)
{
	struct relay relay = { .ends = ends };
	struct transom_publisher *publisher;
	pid_t middle, end;
	char byte = 0;
	int fd;

	check(pipe(relay.held) == 0 && pipe(relay.go) == 0);
	check_eq(transom_port_create(NULL, &relay.receive, &relay.send), 0);
	check_eq(transom_port_create(NULL, &relay.begin[0], &relay.begin[1]), 0);
	middle = spawn(forward_one, &relay);
	end = spawn(hold_forwarded, &relay);
	publisher = publish_as(NULL);
	publish(publisher);
	check_eq(transom_publisher_invite(publisher, &fd), 0);
	send_fd(relay.begin[1], fd);
	if (!ends) {
		check(read(relay.held[0], &byte, 1) == 1);
		kill(middle, SIGKILL);
	}
	check_eq(wait_for(middle), ends ? 0 : -SIGKILL);
	wait_for_subscribers(publisher, 0);
	for (int i = 0; i < 20; i++)
		publish(publisher);
	check_eq(statistics_of(publisher).buffers, 3);
	check(write(relay.go[1], &byte, 1) == 1);
	check(read(relay.held[0], &byte, 1) == 1);
	/* It has let go, though its process lives and has not left: all buffers go round again. */
	for (int i = 0; i < 5000; i++) {
		publish(publisher);
		if (statistics_of(publisher).free == 1)
			break;
		usleep(1000);
	}
	check_eq(statistics_of(publisher).free, 1); /* beside the newest, and the one that was drawn into */
	check(write(relay.go[1], &byte, 1) == 1);
	check_eq(wait_for(end), 0);
	for (int i = 0; i < 2; i++) {
		close(relay.begin[i]);
		close(relay.held[i]);
		close(relay.go[i]);
	}
	close(relay.receive);
	close(relay.send);
	transom_publisher_unref(publisher);
}

TEST(forwarded_frame_is_held_though_the_relay_is_killed)
{
	lose_relay(false);
}

TEST(forwarded_frame_is_held_though_the_relay_ends)
{
	lose_relay(true);
}

TEST(frame_of_a_pool_is_held_though_the_publisher_ends)
{
	struct transom_pool_options pool_options = { .size = sizeof(pool_options), .maximum_count = 2 };
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_pixel_buffer *buffers[2];
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	struct transom_pool *pool;

	pool_options.buffer = options.buffer;
	options.buffer.size = 0;
	check_eq(transom_pool_create(&pool_options, &pool), 0);
	options.pool = pool;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	publish(publisher);
	frame = acquire(subscriber, 1);
	transom_publisher_unref(publisher);
	check_eq(transom_pool_acquire(pool, 0, &buffers[0]), 0);
	fill(buffers[0], 7);
	check_eq(transom_pool_acquire(pool, 0, &buffers[1]), -EAGAIN);
	check_eq(read_number(frame), 1);
	transom_frame_release(frame);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EPIPE);
	transom_subscriber_unref(subscriber);
	check_eq(transom_pool_acquire(pool, 1000, &buffers[1]), 0);
	transom_pixel_buffer_unref(buffers[0]);
	transom_pixel_buffer_unref(buffers[1]);
	transom_pool_unref(pool);
}

/* Sockets */

/* A subscriber by hand that can read the board. */
struct onlooker {
	int socket;
	struct stream_board *board;
	size_t board_size;
	uint32_t introduced[64]; /* generation by index */
};

static void
join_as_onlooker(struct transom_publisher *publisher, struct onlooker *ret)
{
	struct stream_hello hello = { .mode = TRANSOM_SUBSCRIBER_LATEST };
	struct wire_delivery delivery;
	union stream_message message;

	*ret = (struct onlooker){ .socket = -1 };
	check_eq(transom_publisher_invite(publisher, &ret->socket), 0);
	check_eq(wire_ask_for_sender(ret->socket, 0), 0);
	check_eq(stream_send(ret->socket, STREAM_HELLO, &hello, sizeof(hello), NULL, 0, 0), 0);
	check_eq(stream_receive(ret->socket, INT64_MAX, &message, &delivery), 0);
	check_eq(message.header.type, STREAM_WELCOME);
	ret->board_size = message.welcome.board_size;
	ret->board = mmap(NULL, ret->board_size, PROT_READ, MAP_SHARED, delivery.fds[0], 0);
	check(ret->board != MAP_FAILED);
	wire_drop(&delivery);
}

static void
look_away(struct onlooker *onlooker)
{
	munmap(onlooker->board, onlooker->board_size);
	close(onlooker->socket);
}

static unsigned
read_introductions(struct onlooker *onlooker)
{
	struct wire_delivery delivery;
	union stream_message message;
	unsigned n = 0;

	while (stream_receive(onlooker->socket, 0, &message, &delivery) == 0) {
		if (message.header.type == STREAM_INTRODUCE) {
			check(message.introduce.index < 64);
			onlooker->introduced[message.introduce.index] = message.introduce.generation;
			n++;
		}
		wire_drop(&delivery);
	}
	return n;
}

static bool
knows_the_newest(const struct onlooker *onlooker)
{
	const struct stream_board *board = onlooker->board;
	const struct stream_record *record = &board->ring[atomic_load(&board->head) & (board->ring_size - 1)];

	return onlooker->introduced[record->index] == record->generation;
}

TEST(introduction_that_did_not_fit_comes_when_there_is_room)
{
	enum { SIZES = 1500 };
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher = publish_as(NULL);
	struct onlooker onlooker;
	unsigned n = 0;

	join_as_onlooker(publisher, &onlooker);
	for (uint32_t i = 1; i <= SIZES; i++) { /* each size needs an introduction */
		struct transom_frame *frame;

		options.buffer.height = 16 + i % 7;
		check_eq(transom_publisher_set_buffers(publisher, &options.buffer), 0);
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	/* From here on nothing is published, and yet: */
	for (int i = 0; i < 10000 && !knows_the_newest(&onlooker); i++) {
		n += read_introductions(&onlooker);
		usleep(1000);
	}
	check(knows_the_newest(&onlooker));
	check(n < SIZES); /* it was full */
	look_away(&onlooker);
	transom_publisher_unref(publisher);
}

TEST(silent_connections_keep_nobody_out)
{
	enum { MANY = 80 };
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber = NULL;
	struct transom_publisher *publisher;
	int sockets[MANY], r = -EAGAIN, before;

	use_folder();
	publisher = publish_as("quiet");
	before = count_fds();
	for (int i = 0; i < MANY; i++)
		check_eq(name_connect("streams", "quiet", INT64_MAX, &sockets[i]), 0);
	options.name = "quiet";
	for (int i = 0; i < 1000 && r < 0; i++) {
		r = transom_subscriber_create(&options, &subscriber);
		if (r < 0)
			usleep(10000);
	}
	check_eq(r, 0);
	check(count_fds() <= before + MANY + 64 + 16); /* and they cost no more than the first of them */
	transom_subscriber_unref(subscriber);
	for (int i = 0; i < MANY; i++)
		close(sockets[i]);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

/* Whoever can read the word that others sleep on can have them sleep on another, where nobody wakes them. */

struct thief {
	struct onlooker onlooker;
	atomic_bool done;
};

static void *
steal_sleepers(void *argument)
{
	static uint32_t own;
	struct thief *thief = argument;
	uint32_t *words = (uint32_t *)(void *)thief->onlooker.board;

	while (!atomic_load(&thief->done))
		for (size_t i = 0; i < sizeof(struct stream_board) / sizeof(*words); i++)
			syscall(SYS_futex, &words[i], FUTEX_REQUEUE, 0, (void *)(uintptr_t)INT_MAX, &own, 0);
	return NULL;
}

static void *
read_to_the_end(void *argument)
{
	struct transom_frame *frame;
	uint64_t last = 0;

	while (transom_subscriber_acquire(argument, -1, &frame) == 0) {
		check_eq(transom_frame_get_sequence(frame), last + 1);
		last++;
		transom_frame_release(frame);
	}
	check_eq(last, 500);
	return NULL;
}

TEST_FOR(nobody_can_move_the_sleep_of_others, 60)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct thief thief = { .done = false };
	pthread_t reader, stealer;
	struct transom_frame *frame;

	join_as_onlooker(publisher, &thief.onlooker);
	check_eq(pthread_create(&stealer, NULL, steal_sleepers, &thief), 0);
	check_eq(pthread_create(&reader, NULL, read_to_the_end, honest), 0);
	for (int i = 0; i < 500; i++) {
		check_eq(transom_publisher_acquire(publisher, -1, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		if (i % 8 == 0)
			usleep(1000); /* the reader sleeps again, and not only the publisher */
	}
	transom_publisher_unref(publisher);
	pthread_join(reader, NULL);
	atomic_store(&thief.done, true);
	pthread_join(stealer, NULL);
	look_away(&thief.onlooker);
	transom_subscriber_unref(honest);
}

static void *
flood(void *argument)
{
	struct enemy *enemy = argument;
	struct stream_header message;

	for (int i = 0; i < 100000; i++)
		if (stream_send(enemy->socket, STREAM_WAKE, &message, sizeof(message), NULL, 0, 0) == -EPIPE)
			break;
	return NULL;
}

/* Claims all the time that something has changed. */
TEST_FOR(who_cries_wolf_harms_nobody_else, 60)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct transom_frame *frame;
	struct enemy enemy;
	pthread_t thread;

	join_by_hand(publisher, TRANSOM_SUBSCRIBER_LATEST, &enemy);
	check_eq(pthread_create(&thread, NULL, flood, &enemy), 0);
	for (uint64_t i = 1; i <= 300; i++) {
		publish(publisher);
		if (i % 4 == 0)
			check_eq(transom_publisher_acquire(publisher, 1, &frame), -ETIMEDOUT);
		if (i % 4 == 0)
			for (uint64_t k = i - 3; k <= i; k++)
				transom_frame_release(acquire(honest, k));
	}
	pthread_join(thread, NULL);
	leave(&enemy);
	transom_subscriber_unref(honest);
	transom_publisher_unref(publisher);
}

/* Pages */

static long
count_faults(void)
{
	struct rusage usage;

	check(getrusage(RUSAGE_SELF, &usage) == 0);
	return usage.ru_minflt;
}

/* Page faults of another process in its first reading of a frame of some pages. */
static void
read_first(void *argument)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	const uint32_t *arguments = argument;
	struct transom_subscriber *subscriber;
	struct transom_surface *surface;
	struct transom_frame *frame;
	const volatile char *pixels;
	long before;

	options.flags = arguments[1];
	check_eq(transom_subscriber_create_from_fd((int)arguments[0], &options, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	surface = transom_frame_get_surface(frame);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	pixels = transom_surface_get_base(surface);
	before = count_faults();
	for (size_t i = 0; i < 1024u * 1024 * 4; i += 4096)
		(void)pixels[i];
	before = count_faults() - before;
	check(options.flags ? before == 0 : before > 0);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_subscriber_unref(subscriber);
}

TEST(first_frame_needs_no_faults_on_request)
{
	static const uint32_t flags[] = { 0, TRANSOM_SUBSCRIBER_PREFAULT };

	skip_under("valgrind", "its own pages come and go");
	skip_under("qemu", "its own pages come and go");

	for (int i = 0; i < 2; i++) {
		struct transom_publisher_options options = publisher_options(NULL);
		struct transom_publisher *publisher;
		struct transom_frame *frame;
		struct transom_pixel_buffer *buffer;
		int fd;

		options.buffer.width = options.buffer.height = 1024;
		check_eq(transom_publisher_create(&options, &publisher), 0);
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		buffer = transom_frame_get_pixel_buffer(frame);
		check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
		memset(transom_pixel_buffer_get_base(buffer), 1, 1024u * 1024 * 4);
		check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		check_eq(transom_publisher_invite(publisher, &fd), 0);
		check_eq(wait_for(spawn(read_first, (uint32_t[]){ (uint32_t)fd, flags[i] })), 0);
		close(fd);
		transom_publisher_unref(publisher);
	}
}
