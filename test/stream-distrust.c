/* stream-distrust.c - enemies on either side of a stream, who harm nobody but themselves. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/port.h>
#include <transom/stream.h>

#include "harness.h"
#include "streams.h"

/* Distrust. */

TEST_FOR(garbage_on_a_card_harms_nobody_else, 60)
{
	for (uint32_t mode = 0; mode < 2; mode++) {
		struct transom_publisher *publisher = publish_with_policy(TRANSOM_LAGGARD_DROP);
		struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
		struct enemy enemy;
		unsigned seed = 7;

		join_by_hand(publisher, mode, &enemy);
		for (uint64_t i = 1; i <= 3000; i++) {
			unsigned char *bytes = enemy.page;

			if (i % 100 == 0)
				memset(bytes, (int)(i / 100 % 3) - 1, (size_t)sysconf(_SC_PAGESIZE));
			for (int k = 0; k < 64; k++)
				bytes[(size_t)rand_r(&seed) % (size_t)sysconf(_SC_PAGESIZE)] =
					(unsigned char)rand_r(&seed);
			publish(publisher);
			transom_frame_release(acquire(honest, i));
		}
		check_eq(transom_subscriber_get_missed(honest), 0);
		check(statistics_of(publisher).buffers <= 12);
		leave(&enemy);
		transom_subscriber_unref(honest);
		transom_publisher_unref(publisher);
	}
}

TEST_FOR(noise_on_the_socket_harms_nobody_else, 60)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct enemy enemy;
	int before = 0, fds[WIRE_MAX_FDS];
	char noise[2000];
	unsigned seed = 3;

	for (uint64_t i = 1; i <= 200; i++) {
		struct iovec part = { noise, 1 + (size_t)rand_r(&seed) % sizeof(noise) };

		join_by_hand(publisher, TRANSOM_SUBSCRIBER_LATEST, &enemy);
		for (size_t k = 0; k < part.iov_len; k++)
			noise[k] = (char)rand_r(&seed);
		for (int k = 0; k < WIRE_MAX_FDS; k++)
			fds[k] = enemy.socket;
		wire_send(enemy.socket, &part, 1, fds, i % 2 ? WIRE_MAX_FDS : 0, 0);
		publish(publisher);
		transom_frame_release(acquire(honest, i));
		leave(&enemy);
		if (i == 20) { /* all buffers that are needed are there */
			wait_for_subscribers(publisher, 1);
			usleep(10000);
			before = count_fds();
		}
	}
	wait_for_subscribers(publisher, 1);
	for (int i = 0; i < 5000 && count_fds() != before; i++)
		usleep(1000); /* the service closes what it has just taken out of the list */
	check_eq(count_fds(), before);
	transom_subscriber_unref(honest);
	transom_publisher_unref(publisher);
}

TEST(who_never_reads_its_socket_harms_nobody_else)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *honest = subscribe(publisher, TRANSOM_SUBSCRIBER_EVERY);
	struct enemy enemy;

	join_by_hand(publisher, TRANSOM_SUBSCRIBER_LATEST, &enemy);
	for (uint32_t i = 1; i <= 600; i++) { /* each size needs an introduction */
		struct transom_frame *frame;

		options.buffer.width = 32 + i % 7;
		check_eq(transom_publisher_set_buffers(publisher, &options.buffer), 0);
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
		check_eq(transom_subscriber_acquire(honest, 0, &frame), 0);
		check_eq(transom_frame_get_sequence(frame), i);
		transom_frame_release(frame);
	}
	leave(&enemy);
	transom_subscriber_unref(honest);
	transom_publisher_unref(publisher);
}

TEST(unused_invitations_keep_nobody_out)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_publisher *publisher;
	struct transom_subscriber *subscriber;
	int fds[100];

	use_folder();
	publisher = publish_as("inviting");
	for (int i = 0; i < 100; i++)
		check_eq(transom_publisher_invite(publisher, &fds[i]), 0);
	options.name = "inviting";
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	publish(publisher);
	transom_frame_release(acquire(subscriber, 1));
	for (int i = 0; i < 100; i++)
		close(fds[i]);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

TEST(strangers_do_not_pile_up)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber;
	int fds[10];

	for (int i = 0; i < 10; i++)
		check_eq(transom_publisher_invite(publisher, &fds[i]), 0);
	for (int i = 0; i < 10; i++)
		close(fds[i]);
	subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	publish(publisher);
	transom_frame_release(acquire(subscriber, 1));
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

/* A publisher by hand, that lies. */
static void
lie(int socket, unsigned seed, int kind)
{
	size_t size = sizeof(struct stream_board) + 64 * sizeof(struct stream_record);
	struct stream_welcome welcome = { .board_size = size, .granted = 2 };
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	struct wire_delivery delivery;
	union stream_message message;
	struct stream_board *board;
	int fds[2];

	check_eq(wire_ask_for_sender(socket, 0), 0);
	if (stream_receive(socket, INT64_MAX, &message, &delivery) < 0)
		return;
	for (int i = 0; i < 2; i++) {
		fds[i] = memfd_create("lie", MFD_ALLOW_SEALING | MFD_CLOEXEC);
		check(ftruncate(fds[i], (off_t)(i ? page : size)) == 0);
	}
	board = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fds[0], 0);
	check(board != MAP_FAILED);
	board->magic = BOARD_MAGIC;
	board->version = STREAM_VERSION;
	board->ring_size = 64;
	for (int i = 0; i < 2; i++)
		check(fcntl(fds[i], F_ADD_SEALS,
			    F_SEAL_SHRINK | F_SEAL_GROW | (kind == 1 ? 0 : F_SEAL_SEAL)) == 0);
	if (kind == 2)
		welcome.board_size *= 2;
	if (kind == 3)
		welcome.card_offset = (uint32_t)page;
	if (kind == 4)
		board->ring_size = 1u << 31;
	if (kind == 5)
		welcome.granted = 0;
	if (kind == 6)
		board->magic = 0;
	stream_send(socket, STREAM_WELCOME, &welcome, sizeof(welcome), fds, 2, 0);
	for (int i = 0; i < 5000; i++) {
		unsigned char *bytes = (unsigned char *)&board->head;

		for (int k = 0; k < 8; k++)
			bytes[(size_t)rand_r(&seed) % (size - 128)] = (unsigned char)rand_r(&seed);
		atomic_store(&board->head, atomic_load(&board->head) % 1000 + (unsigned)rand_r(&seed) % 3);
		for (size_t k = 0; k < 64 && i % 3; k++)
			atomic_store(&board->ring[k].sequence, atomic_load(&board->head));
	}
	munmap(board, size);
	close(fds[0]);
	close(fds[1]);
}

struct liar {
	int socket;
	unsigned seed;
	int kind;
};

static void
run_liar(void *argument)
{
	struct liar *liar = argument;

	lie(liar->socket, liar->seed, liar->kind);
}

TEST_FOR(lying_publisher_gets_clean_errors, 60)
{
	for (int i = 0; i < 60; i++) {
		struct transom_subscriber_options options = subscriber_options((uint32_t)i % 2);
		struct transom_subscriber *subscriber;
		struct transom_frame *frame;
		struct liar liar = { .seed = (unsigned)i, .kind = i / 2 % 12 };
		int ends[2], r;
		pid_t child;

		check_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
		liar.socket = ends[0];
		child = spawn(run_liar, &liar);
		close(ends[0]);
		options.timeout_ms = 2000;
		r = transom_subscriber_create_from_fd(ends[1], &options, &subscriber);
		check(liar.kind == 0 || liar.kind > 6 ? r == 0 : r < 0);
		close(ends[1]);
		if (r == 0) {
			for (int k = 0; k < 3 && r != -EPIPE; k++) {
				r = transom_subscriber_acquire(subscriber, 200, &frame);
				check(r < 0); /* it has introduced nothing */
			}
			transom_subscriber_unref(subscriber);
		}
		kill(child, SIGKILL);
		wait_for(child);
	}
}

/* Their files have seals, and may have no page when one is needed. */
static void
welcome_on_huge_pages(void *argument)
{
	struct stream_welcome welcome = { .board_size = 1u << 21, .granted = 2 };
	int socket = *(int *)argument, fds[2];
	struct wire_delivery delivery;
	union stream_message message;

	check_eq(wire_ask_for_sender(socket, 0), 0);
	check_eq(stream_receive(socket, INT64_MAX, &message, &delivery), 0);
	for (int i = 0; i < 2; i++) {
		fds[i] = memfd_create("huge", MFD_ALLOW_SEALING | MFD_CLOEXEC | (i ? 0 : MFD_HUGETLB));
		if (fds[i] < 0 || ftruncate(fds[i], i ? 4096 : 1 << 21) < 0 ||
		    fcntl(fds[i], F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
			return;
	}
	check_eq(stream_send(socket, STREAM_WELCOME, &welcome, sizeof(welcome), fds, 2, 0), 0);
}

TEST(board_on_huge_pages_is_refused)
{
	struct transom_subscriber *subscriber = NULL;
	int ends[2], r;
	pid_t child;

	check_eq(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
	child = spawn(welcome_on_huge_pages, &ends[0]);
	close(ends[0]);
	r = transom_subscriber_create_from_fd(ends[1], NULL, &subscriber);
	check_eq(wait_for(child), 0);
	close(ends[1]);
	if (r == -EPIPE)
		skip("this kernel has no huge pages");
	check_eq(r, -EMEDIUMTYPE);
	check(!subscriber);
}

/* Subscribers can read the pixels and write neither them nor the board. */
static void
try_to_write(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	struct transom_surface *surface;
	char path[64];
	int fd, right;

	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	surface = transom_frame_get_surface(frame);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check(mprotect(transom_surface_get_base(surface), 100, PROT_READ | PROT_WRITE) < 0);
	check_eq(transom_surface_create_right(surface, &right), 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", right);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd < 0 || pwrite(fd, "x", 1, 8192) < 0);
	check(fd < 0 || mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
	check(fd < 0 || ftruncate(fd, 0) < 0);
	/* The board, by any descriptor of it that this process could have. */
	for (int i = 3; i < 64; i++) {
		char target[64] = "";

		snprintf(path, sizeof(path), "/proc/self/fd/%d", i);
		if (readlink(path, target, sizeof(target) - 1) > 0 && strstr(target, "transom-board")) {
			fd = open(path, O_RDWR | O_CLOEXEC);
			check(fd < 0 || pwrite(fd, "x", 1, 0) < 0);
			check(fd < 0 || mmap(NULL, 4096, PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED);
		}
	}
	check_eq(*(volatile uint32_t *)transom_surface_get_base(surface), 1);
	transom_subscriber_unref(subscriber);
}

TEST(subscribers_cannot_write)
{
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	int receive, send;
	pid_t owner, child;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
	owner = spawn(publish_and_wait, &send);
	check_eq(transom_port_receive(receive, message, -1), 0);
	child = spawn(try_to_write, &(int){ transom_message_get_right(message, 0) });
	check_eq(wait_for(child), 0);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), NULL, &subscriber) <
			 0,
		 1);
	kill(owner, SIGKILL);
	wait_for(owner);
	transom_message_unref(message);
	close(receive);
	close(send);
}
