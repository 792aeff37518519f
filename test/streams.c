/* streams.c - publishers and subscribers for the tests of streams, small frames that say their number, and one
 * subscriber that is made by hand; what they prove is in the tests. */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <transom/port.h>

#include "deadline-private.h"
#include "harness.h"
#include "streams.h"

struct transom_publisher_options
publisher_options(const char *name)
{
	return (struct transom_publisher_options){
		.size = sizeof(struct transom_publisher_options),
		.name = name,
		.buffer = { .size = sizeof(struct transom_pixel_buffer_options),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 32,
			    .height = 16 },
	};
}

struct transom_publisher *
publish_as(const char *name)
{
	struct transom_publisher_options options = publisher_options(name);
	struct transom_publisher *publisher = NULL;

	check_eq(transom_publisher_create(&options, &publisher), 0);
	return publisher;
}

struct transom_subscriber_options
subscriber_options(uint32_t mode)
{
	/* Joining may take as long as the test: on a busy machine one of a thousand waits for all others. */
	return (struct transom_subscriber_options){ .size = sizeof(struct transom_subscriber_options),
						    .mode = mode,
						    .timeout_ms = INT32_MAX };
}

struct transom_subscriber *
subscribe(struct transom_publisher *publisher, uint32_t mode)
{
	struct transom_subscriber_options options = subscriber_options(mode);
	struct transom_subscriber *subscriber = NULL;
	int fd;

	check_eq(transom_publisher_invite(publisher, &fd), 0);
	check_eq(transom_subscriber_create_from_fd(fd, &options, &subscriber), 0);
	close(fd);
	return subscriber;
}

void
fill(struct transom_pixel_buffer *buffer, uint32_t number)
{
	uint32_t *pixels;

	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	pixels = transom_pixel_buffer_get_base(buffer);
	for (uint32_t i = 0; i < 32 * 16; i++)
		pixels[i] = number;
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
}

uint32_t
read_number(const struct transom_frame *frame)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	volatile uint32_t *pixels;
	uint32_t number;

	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	pixels = transom_surface_get_base(surface);
	number = pixels[0];
	for (uint32_t i = 0; i < 32 * 16; i++)
		number = pixels[i] == number ? number : 0;
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	return number;
}

uint64_t
publish(struct transom_publisher *publisher)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };
	struct transom_frame *frame;
	uint64_t sequence;

	check_eq(transom_publisher_acquire(publisher, 5000, &frame), 0);
	check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	fill(transom_frame_get_pixel_buffer(frame), (uint32_t)statistics.published + 1);
	check_eq(transom_publisher_publish(publisher, frame, NULL, &sequence), 0);
	return sequence;
}

struct transom_frame *
acquire(struct transom_subscriber *subscriber, uint64_t sequence)
{
	struct transom_frame *frame = NULL;

	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), 0);
	check_eq(transom_frame_get_sequence(frame), sequence);
	check_eq(read_number(frame), sequence);
	return frame;
}

void
expect_nothing(struct transom_subscriber *subscriber)
{
	struct transom_frame *frame = NULL;

	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
	check(!frame);
}

struct transom_stream_statistics
statistics_of(struct transom_publisher *publisher)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	check_eq(transom_publisher_get_statistics(publisher, &statistics), 0);
	return statistics;
}

void
wait_for_subscribers(struct transom_publisher *publisher, uint32_t count)
{
	while (statistics_of(publisher).subscribers != count)
		usleep(1000);
}

struct transom_publisher *
publish_with_policy(uint32_t policy)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;

	options.laggard_policy = policy;
	check_eq(transom_publisher_create(&options, &publisher), 0);
	return publisher;
}

void
join_by_hand(struct transom_publisher *publisher, uint32_t mode, struct enemy *ret)
{
	struct stream_hello hello = { .mode = mode };
	struct wire_delivery delivery;
	union stream_message message;
	void *board;

	check_eq(transom_publisher_invite(publisher, &ret->socket), 0);
	check_eq(wire_ask_for_sender(ret->socket, 0), 0);
	check_eq(stream_send(ret->socket, STREAM_HELLO, &hello, sizeof(hello), NULL, 0, 0), 0);
	check_eq(stream_receive(ret->socket, INT64_MAX, &message, &delivery), 0);
	check_eq(message.header.type, STREAM_WELCOME);
	board = mmap(NULL, message.welcome.board_size, PROT_READ | PROT_WRITE, MAP_SHARED, delivery.fds[0],
		     0);
	check(board == MAP_FAILED);
	ret->page = mmap(NULL, (size_t)sysconf(_SC_PAGESIZE), PROT_READ | PROT_WRITE, MAP_SHARED,
			 delivery.fds[1], 0);
	check(ret->page != MAP_FAILED);
	ret->card = (struct stream_card *)(void *)((char *)ret->page + message.welcome.card_offset);
	wire_drop(&delivery);
}

void
leave(struct enemy *enemy)
{
	munmap(enemy->page, (size_t)sysconf(_SC_PAGESIZE));
	close(enemy->socket);
}

/* What happens before the next deadline is chosen: acquire has just found nothing, and is about to look why. */
static _Thread_local void (*before_deadline)(void *argument);
static _Thread_local void *before_argument;

int64_t
__real_deadline_after(int timeout_ms);
int64_t
__wrap_deadline_after(int timeout_ms);

int64_t
__wrap_deadline_after(int timeout_ms)
{
	void (*call)(void *) = before_deadline;

	before_deadline = NULL;
	if (call)
		call(before_argument);
	return __real_deadline_after(timeout_ms);
}

void
call_before_deadline(void (*call)(void *), void *argument)
{
	before_argument = argument;
	before_deadline = call;
}

long
count_switches(int who)
{
	struct rusage usage;

	check(getrusage(who, &usage) == 0);
	return usage.ru_nvcsw;
}

static void *
do_later(void *argument)
{
	struct later *later = argument;

	while (later->publisher && statistics_of(later->publisher).waited == later->waited)
		usleep(1000);
	usleep(30000);
	later->call(later->argument);
	return NULL;
}

void
begin_later(struct later *later, void (*call)(void *), void *argument)
{
	begin_when_waiting(later, NULL, call, argument);
}

void
begin_when_waiting(struct later *later, struct transom_publisher *publisher, void (*call)(void *),
		   void *argument)
{
	later->call = call;
	later->argument = argument;
	later->publisher = publisher;
	later->waited = publisher ? statistics_of(publisher).waited : 0;
	check_eq(pthread_create(&later->thread, NULL, do_later, later), 0);
}

void
publish_and_wait(void *argument)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };

	publish(publisher);
	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(*(int *)argument, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	pause();
}

void
kill_it(void *argument)
{
	kill(*(pid_t *)argument, SIGKILL);
}
