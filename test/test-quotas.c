/*
 * test-quotas.c - a peer that takes as much as it can get of what is limited: descriptors in flight, queues, rights.
 * It must find its own limit before it finds others'. Takes root to make users.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"
#include "identity.h"

enum {
	FRAMES = 400,
	MANY = 512, /* descriptors, more than one peer may have unread */
	FEW = 64,
	DEPTH = 5, /* of rights in rights */
	WIDTH = 250,
};

static const struct transom_subscriber_options patient = { .size = sizeof(patient), .timeout_ms = 60000 };

static int receive = -1, send = -1, done[2];

static void
limit_descriptors(rlim_t number)
{
	check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ number, number }) == 0);
}

static void
begin(void)
{
	need_root();
	check(pipe(done) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
}

static void
end(void)
{
	close(done[0]);
	close(done[1]);
	close(receive);
	close(send);
}

static struct transom_message *
receive_message(int port)
{
	struct transom_message *message;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(port, message, -1), 0);
	return message;
}

static void
tell_done(void)
{
	check(write(done[1], "d", 1) == 1);
}

static void
await_done(void)
{
	char byte;

	check(read(done[0], &byte, 1) == 1);
}

/* A stream whose frames have fences, and one who reads nothing. */

static void
join_and_stop(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_message *message;

	become_user(ATTACKER);
	message = receive_message(receive);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), &patient,
						   &subscriber),
		 0);
	tell_done();
	raise(SIGSTOP);
}

static void
invite(struct transom_publisher *publisher)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };

	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
}

static void
publish_with_fences(struct transom_publisher *publisher)
{
	struct transom_frame *frame;
	int fence = eventfd(1, EFD_CLOEXEC);

	check_eq(transom_publisher_acquire(publisher, 5000, &frame), 0);
	for (int i = 0; i < TRANSOM_STREAM_MAX_FENCES; i++)
		check_eq(transom_frame_add_fence(frame, fence), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	close(fence);
}

static void
read_with_fences(struct transom_subscriber *subscriber, uint64_t sequence)
{
	struct transom_frame *frame;
	int fence;

	check_eq(transom_subscriber_acquire(subscriber, 5000, &frame), 0);
	check_eq(transom_frame_get_sequence(frame), sequence);
	for (int i = 0; i < TRANSOM_STREAM_MAX_FENCES; i++) {
		check_eq(transom_frame_take_fence(frame, &fence), 0);
		close(fence);
	}
	transom_frame_release(frame);
}

static void
publish_beside_a_stopped_one(void *argument)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 32,
								 .height = 16 } };
	struct transom_subscriber *honest;
	struct transom_publisher *publisher;
	int invitation;

	become_user(VICTIM);
	limit_descriptors(MANY);
	check_eq(transom_publisher_create(&options, &publisher), 0);
	invite(publisher);
	await_done();
	check_eq(transom_publisher_invite(publisher, &invitation), 0);
	check_eq(transom_subscriber_create_from_fd(invitation, &patient, &honest), 0);
	close(invitation);
	for (uint64_t i = 1; i <= FRAMES; i++) {
		publish_with_fences(publisher);
		read_with_fences(honest, i);
	}
	/* And whatever else this user sends. */
	invite(publisher);
	options.buffer.width++;
	check_eq(transom_publisher_set_buffers(publisher, &options.buffer), 0);
	publish_with_fences(publisher);
	read_with_fences(honest, FRAMES + 1);
	transom_subscriber_unref(honest);
	transom_publisher_unref(publisher);
}

/* What nobody reads is in flight, and counts for the publisher's user. */
TEST_FOR(who_reads_no_fences_uses_up_nobody_elses, 60)
{
	pid_t enemy, publisher;

	begin();
	enemy = spawn(join_and_stop, NULL);
	publisher = spawn(publish_beside_a_stopped_one, NULL);
	check_eq(wait_for(publisher), 0);
	check(kill(enemy, SIGKILL) == 0);
	check_eq(wait_for(enemy), -SIGKILL);
	end();
}

/* The kernel's own limit */

static int
send_a_right(int to)
{
	struct transom_right right = { .fd = to, .kind = TRANSOM_RIGHT_SEND };

	return transom_port_send(to, "r", 1, &right, 1, 0);
}

/* Until it is refused; how many went. */
static int
send_all_that_goes(int to, int *ret_error)
{
	int n = 0;

	while ((*ret_error = send_a_right(to)) == 0)
		n++;
	return n;
}

static void
meet_the_limit(void *argument)
{
	struct transom_message *message;
	int error, n;

	become_user(VICTIM);
	limit_descriptors(FEW);
	n = send_all_that_goes(send, &error);
	check_eq(error, -ETOOMANYREFS);
	check(n >= FEW);
	for (int i = 0; i < n; i++) { /* all that went is there, each makes room for one */
		message = receive_message(receive);
		check_eq(transom_message_get_right_count(message), 1);
		transom_message_unref(message);
	}
	check_eq(send_a_right(send), 0);
}

TEST(descriptors_in_flight_have_a_limit_that_passes)
{
	begin();
	check_eq(wait_for(spawn(meet_the_limit, NULL)), 0);
	end();
}

/* Floods */

static void
flood(void *argument)
{
	int error;

	become_user(ATTACKER);
	limit_descriptors(FEW);
	check(send_all_that_goes(send, &error) > 0);
	check(error == -ETOOMANYREFS || error == -EAGAIN);
	tell_done();
	pause();
}

static void
go_on_beside_the_flood(void *argument)
{
	struct transom_message *message;
	int mine, other;

	become_user(VICTIM);
	limit_descriptors(FEW);
	await_done();
	check_eq(transom_port_create(NULL, &mine, &other), 0);
	for (int i = 0; i < FEW; i++)
		check_eq(send_a_right(other), 0);
	message = receive_message(receive); /* of the attacker's, and room for one more of its own */
	check_eq(transom_message_get_right_count(message), 1);
	transom_message_unref(message);
}

/* What is in flight counts for who has sent it, wherever it waits. */
TEST(flood_of_rights_is_counted_for_its_sender)
{
	pid_t enemy;

	begin();
	enemy = spawn(flood, NULL);
	check_eq(wait_for(spawn(go_on_beside_the_flood, NULL)), 0);
	check(kill(enemy, SIGKILL) == 0);
	check_eq(wait_for(enemy), -SIGKILL);
	end();
}

/* A port whose one message has 250 rights to a port whose one message has … */
static int
build_bomb(void)
{
	int inner = -1;

	for (int depth = 0; depth < DEPTH; depth++) {
		struct transom_right rights[WIDTH];
		int in, out;

		check_eq(transom_port_create(NULL, &in, &out), 0);
		for (int i = 0; i < WIDTH; i++)
			rights[i] = (struct transom_right){ .fd = inner >= 0 ? inner : in,
							    .kind = TRANSOM_RIGHT_FD };
		check_eq(transom_port_send(out, NULL, 0, rights, inner >= 0 ? WIDTH : 0, 0), 0);
		close(out);
		if (inner >= 0)
			close(inner);
		inner = in;
	}
	return inner;
}

static void
throw_bomb(void *argument)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_RECEIVE };

	limit_descriptors(4096);
	become_user(ATTACKER);
	right.fd = build_bomb();
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 1000), 0);
	close(right.fd);
}

/* One message is all that a receiver has in hand, and it is refused as a whole if it is too much. */
static void
take_bomb_apart(void *argument)
{
	int port = receive, before, r;
	struct transom_message *message;

	become_user(VICTIM);
	await_done();
	limit_descriptors(*(rlim_t *)argument);
	before = count_fds();
	check_eq(transom_message_create(&message), 0);
	for (int depth = 0;; depth++) {
		r = transom_port_receive(port, message, 0);
		if (port != receive)
			close(port);
		if (r < 0 || !transom_message_get_right_count(message))
			break;
		r = transom_message_take_right(message, 0, depth ? TRANSOM_RIGHT_FD : TRANSOM_RIGHT_RECEIVE,
					       &port);
		check_eq(r, 0);
	}
	check_eq(r, *(rlim_t *)argument < WIDTH ? -EMFILE : 0);
	transom_message_unref(message);
	check_eq(count_fds(), before);
}

TEST(bomb_of_rights_is_taken_a_message_at_a_time)
{
	rlim_t limits[] = { 100, 300 };

	begin();
	for (int i = 0; i < 2; i++) {
		pid_t victim = spawn(take_bomb_apart, &limits[i]);

		check_eq(wait_for(spawn(throw_bomb, NULL)), 0);
		tell_done();
		check_eq(wait_for(victim), 0);
	}
	end();
}
