/* stream-names.c - streams by name: finding, following, lists and descriptions; and what a kill leaves. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/port.h>
#include <transom/stream.h>

#include "harness.h"
#include "streams.h"

/* Names and following. */

static void
publish_named(void *argument)
{
	struct transom_publisher *publisher = publish_as("camera");

	for (;;) {
		publish(publisher);
		usleep(1000);
	}
}

TEST_FOR(follower_waits_and_follows_across_kills, 60)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber, *other = NULL;
	struct transom_frame *frame = NULL, *old = NULL;
	uint64_t sequence;
	int r;

	use_folder();
	options.name = "camera";
	check_eq(transom_subscriber_create(&options, &other), -ENOENT);
	options.flags = TRANSOM_SUBSCRIBER_FOLLOW;
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
	check_eq(transom_subscriber_acquire(subscriber, 10, &frame), -ETIMEDOUT);
	for (int i = 0; i < 20; i++) {
		pid_t child = spawn(publish_named, NULL);

		for (int k = 0; k < 3; k++) {
			check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
			check_eq(read_number(frame), transom_frame_get_sequence(frame));
			if (k < 2)
				transom_frame_release(frame);
		}
		old = frame;
		sequence = transom_frame_get_sequence(old);
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		while ((r = transom_subscriber_acquire(subscriber, 20, &frame)) == 0)
			transom_frame_release(frame); /* published after the third, before the kill */
		check_eq(r, -ETIMEDOUT);
		check_eq(read_number(old), sequence); /* what it holds stays */
		transom_frame_release(old);
	}
	check(!other);
	transom_subscriber_unref(subscriber);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

/* A publisher that ends while it is asked is one that has gone. */
TEST(stream_may_end_while_one_joins)
{
	struct stream_refused message = { .error = -EPIPE };
	struct transom_subscriber *subscriber = NULL;
	int ends[2];

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	check_eq(stream_send(ends[0], STREAM_BYE, &message, sizeof(message), NULL, 0, 0), 0);
	check_eq(transom_subscriber_create_from_fd(ends[1], NULL, &subscriber), -EPIPE);
	check(!subscriber);
	close(ends[0]);
	close(ends[1]);
}

static void
own_name_and_stop(void *argument)
{
	struct transom_publisher *publisher = publish_as("stopped");

	raise(SIGSTOP);
	transom_publisher_unref(publisher);
}

TEST(follower_of_a_stopped_publisher_keeps_to_its_time)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;
	double start;
	int status;
	pid_t child;

	use_folder();
	options.name = "stopped";
	options.flags = TRANSOM_SUBSCRIBER_FOLLOW;
	options.timeout_ms = 60000; /* beyond the test's limit */
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	child = spawn(own_name_and_stop, NULL);
	check_eq(waitpid(child, &status, WUNTRACED), child);
	start = seconds_since(0);
	check_eq(transom_subscriber_acquire(subscriber, 0, &frame), -EAGAIN);
	check_eq(transom_subscriber_acquire(subscriber, 50, &frame), -ETIMEDOUT);
	check(seconds_since(start) < 15);
	kill(child, SIGKILL);
	wait_for(child);
	transom_subscriber_unref(subscriber);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

TEST(last_frame_of_an_ended_stream_is_seen)
{
	struct transom_publisher *publisher = publish_as(NULL);
	struct transom_subscriber *subscriber = subscribe(publisher, TRANSOM_SUBSCRIBER_LATEST);
	struct transom_frame *frame;

	for (int i = 0; i < 20; i++)
		publish(publisher);
	transom_publisher_unref(publisher);
	frame = acquire(subscriber, 20);
	check_eq(transom_subscriber_acquire(subscriber, -1, &(struct transom_frame *){ NULL }), -EPIPE);
	check_eq(read_number(frame), 20);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
}

TEST(names_of_streams)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_publisher_options again = publisher_options("one");
	struct transom_publisher *publisher, *other = NULL;
	struct transom_subscriber *subscriber;
	struct transom_name_watch *watch;
	struct transom_name_event event;
	struct transom_name_list *list;
	struct transom_frame *frame;

	use_folder();
	publisher = publish_as("one");
	check_eq(transom_publisher_create(&again, &other), -EADDRINUSE);
	check(!other);
	check_eq(transom_stream_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
	check(!strcmp(transom_name_list_get_name(list, 0), "one"));
	check_eq(transom_name_list_get_pid(list, 0), getpid());
	transom_name_list_unref(list);
	check_eq(transom_stream_watch_create(&watch), 0);
	check_eq(transom_name_watch_next(watch, 1000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_APPEARED);
	options.name = "one";
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	publish(publisher);
	transom_frame_release(acquire(subscriber, 1));
	transom_publisher_unref(publisher);
	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_VANISHED);
	check_eq(transom_subscriber_acquire(subscriber, -1, &frame), -EPIPE);
	transom_name_watch_unref(watch);
	transom_subscriber_unref(subscriber);
	drop_folder("streams");
}

static void
rename_in_child(void *argument)
{
	check_eq(transom_publisher_set_name(argument, "child"), -ECHILD);
}

static struct transom_subscriber *
join(const char *name, uint32_t flags)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_subscriber *subscriber = NULL;

	options.name = name;
	options.flags = flags;
	check_eq(transom_subscriber_create(&options, &subscriber), 0);
	return subscriber;
}

TEST(stream_takes_another_name)
{
	struct transom_subscriber_options gone = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct transom_publisher *publisher, *other;
	struct transom_subscriber *before, *after, *none = NULL;
	char old[TRANSOM_NAME_MAX + 8];
	struct transom_name_watch *watch;
	struct transom_name_event event;
	struct transom_frame *frame;

	use_folder();
	publisher = publish_as("one");
	before = join("one", TRANSOM_SUBSCRIBER_FOLLOW);
	check_eq(transom_stream_watch_create(&watch), 0);
	check_eq(transom_name_watch_next_with_renames(watch, 1000, &event, old), 0);
	check(event.change == TRANSOM_NAME_APPEARED && !old[0]);
	check_eq(wait_for(spawn(rename_in_child, publisher)), 0);
	check_eq(transom_publisher_set_name(publisher, "two"), 0);
	check_eq(transom_name_watch_next_with_renames(watch, 5000, &event, old), 0);
	check_eq(event.change, TRANSOM_NAME_RENAMED);
	check(!strcmp(old, "one") && !strcmp(event.name, "two"));
	after = join("two", 0);
	gone.name = "one";
	check_eq(transom_subscriber_create(&gone, &none), -ENOENT);
	publish(publisher);
	transom_frame_release(acquire(before, 1)); /* whoever was there stays */
	transom_frame_release(acquire(after, 1));
	other = publish_as("one");
	check_eq(transom_publisher_set_name(publisher, "one"), -EADDRINUSE);
	check_eq(transom_publisher_set_name(publisher, "a/b"), -EINVAL);
	check_eq(transom_publisher_set_name(NULL, "x"), -EINVAL);
	transom_publisher_unref(publisher);
	check_eq(transom_subscriber_acquire(after, -1, &frame), -EPIPE);
	publish(other);
	check_eq(transom_subscriber_acquire(before, 10000, &frame), 0); /* it follows the name */
	check_eq(read_number(frame), 1);
	transom_frame_release(frame);
	transom_subscriber_unref(before);
	transom_subscriber_unref(after);
	transom_publisher_unref(other);
	transom_name_watch_unref(watch);
	publisher = publish_as(NULL);
	check_eq(transom_publisher_set_name(publisher, "three"), -EINVAL);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

struct renamer {
	struct transom_publisher *publisher;
	atomic_bool done;
};

static void *
rename_to_and_fro(void *argument)
{
	struct renamer *renamer = argument;

	for (unsigned i = 1; !atomic_load(&renamer->done); i++) {
		check_eq(transom_publisher_set_name(renamer->publisher, i % 2 ? "two" : "one"), 0);
		usleep(100);
	}
	return NULL;
}

/* Any thread may give it another name, and whoever keeps asking gets in. */
TEST_FOR(streams_are_joined_while_they_take_other_names, 60)
{
	struct transom_subscriber_options options = subscriber_options(TRANSOM_SUBSCRIBER_LATEST);
	struct renamer renamer = { .done = false };
	struct transom_subscriber *subscriber;
	pthread_t thread;

	use_folder();
	renamer.publisher = publish_as("one");
	check_eq(pthread_create(&thread, NULL, rename_to_and_fro, &renamer), 0);
	for (unsigned i = 1; i <= 100; i++) {
		int r = -ENOENT;

		for (unsigned k = 0; r == -ENOENT; k++) {
			options.name = k % 2 ? "one" : "two";
			r = transom_subscriber_create(&options, &subscriber);
		}
		check_eq(r, 0);
		publish(renamer.publisher);
		transom_frame_release(acquire(subscriber, i));
		transom_subscriber_unref(subscriber);
	}
	atomic_store(&renamer.done, true);
	pthread_join(thread, NULL);
	transom_publisher_unref(renamer.publisher);
	drop_folder("streams");
}

static void
describe_in_child(void *argument)
{
	check_eq(transom_publisher_set_description(argument, "child"), -ECHILD);
}

static void
join_by_descriptor(void *argument)
{
	struct transom_subscriber *subscriber;

	setenv("TRANSOM_RUNTIME_DIR", "/nowhere", 1);
	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	transom_frame_release(acquire(subscriber, 1));
	transom_subscriber_unref(subscriber);
}

TEST(connections_are_handed_on)
{
	struct transom_publisher *publisher;
	int fd = -1;

	use_folder();
	check_eq(transom_stream_connect("handed-on", 1000, &fd), -ENOENT);
	check_eq(transom_stream_connect("no/name", 1000, &fd), -EINVAL);
	check_eq(transom_stream_connect("handed-on", 1000, NULL), -EINVAL);
	check_eq(fd, -1);
	publisher = publish_as("handed-on");
	check_eq(transom_stream_connect("handed-on", 1000, &fd), 0);
	check(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	publish(publisher);
	check_eq(wait_for(spawn(join_by_descriptor, &fd)), 0);
	close(fd);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

TEST(descriptions_of_streams)
{
	struct transom_publisher_options options = publisher_options("shown");
	char longest[TRANSOM_STREAM_MAX_DESCRIPTION + 2];
	struct transom_publisher *publisher = NULL;
	struct transom_name_watch *watch;
	struct transom_name_event event;
	struct transom_name_list *list;

	use_folder();
	memset(longest, 'd', sizeof(longest));
	longest[TRANSOM_STREAM_MAX_DESCRIPTION + 1] = 0;
	options.description = longest;
	check_eq(transom_publisher_create(&options, &publisher), -E2BIG);
	options.description = "tab\t";
	check_eq(transom_publisher_create(&options, &publisher), -EINVAL);
	check(!publisher);
	options.description = "Main display";
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_stream_list_create(&list), 0);
	check(!strcmp(transom_name_list_get_description(list, 0), "Main display"));
	transom_name_list_unref(list);
	check_eq(transom_stream_watch_create(&watch), 0);
	check_eq(transom_name_watch_next(watch, 1000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_APPEARED);
	check(!strcmp(event.description, "Main display"));
	check_eq(transom_publisher_set_description(publisher, "Second display"), 0);
	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_CHANGED);
	check_eq(event.pid, getpid());
	check(!strcmp(event.name, "shown") && !strcmp(event.description, "Second display"));
	check_eq(transom_publisher_set_description(publisher, longest), -E2BIG);
	check_eq(transom_publisher_set_description(publisher, "\x7f"), -EINVAL);
	check_eq(transom_publisher_set_description(NULL, "x"), -EINVAL);
	check_eq(wait_for(spawn(describe_in_child, publisher)), 0);
	transom_publisher_unref(publisher);
	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, TRANSOM_NAME_VANISHED);
	check(!strcmp(event.description, "Second display"));
	transom_name_watch_unref(watch);
	options.name = NULL; /* nobody lists it */
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_set_description(publisher, "nobody's"), 0);
	check_eq(transom_publisher_set_description(publisher, "\n"), -EINVAL);
	transom_publisher_unref(publisher);
	drop_folder("streams");
}

/* Death. */

static void
hold_and_wait(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frame;

	check_eq(transom_subscriber_create_from_fd(*(int *)argument, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	raise(SIGSTOP);
	pause();
}

TEST_FOR(buffers_of_a_killed_subscriber_come_back, 60)
{
	struct transom_publisher_options options = publisher_options(NULL);
	struct transom_publisher *publisher;
	struct transom_frame *frame;
	int status;

	options.maximum_buffers = 3; /* the newest, the one being drawn, and the subscriber's */
	check_eq(transom_publisher_create(&options, &publisher), 0);
	publish(publisher);
	for (int i = 0; i < 30; i++) {
		pid_t child;
		int fd;

		check_eq(transom_publisher_invite(publisher, &fd), 0);
		child = spawn(hold_and_wait, &fd);
		close(fd);
		check_eq(waitpid(child, &status, WUNTRACED), child);
		for (int k = 0; k < 10; k++)
			publish(publisher); /* a stopped reader costs nothing */
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		wait_for_subscribers(publisher, 0);
		for (int k = 0; k < 3; k++)
			publish(publisher);
		check_eq(statistics_of(publisher).buffers, 3);
	}
	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	check_eq(transom_publisher_discard(publisher, frame), 0);
	transom_publisher_unref(publisher);
}

TEST(subscriber_is_woken_when_its_publisher_is_killed)
{
	struct transom_subscriber *subscriber;
	struct transom_message *message;
	struct transom_frame *frame, *next = NULL;
	int receive, send;
	pid_t child;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_message_create(&message), 0);
	child = spawn(publish_and_wait, &send);
	check_eq(transom_port_receive(receive, message, -1), 0);
	check_eq(transom_subscriber_create_from_fd(transom_message_get_right(message, 0), NULL, &subscriber),
		 0);
	transom_message_unref(message);
	frame = acquire(subscriber, 1);
	if (fork() == 0) {
		usleep(30000);
		kill(child, SIGKILL);
		_exit(0);
	}
	check_eq(transom_subscriber_acquire(subscriber, -1, &next), -EPIPE);
	check_eq(read_number(frame), 1);
	check_eq(transom_subscriber_acquire(subscriber, 0, &next), -EPIPE);
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	close(receive);
	close(send);
	while (wait(NULL) > 0)
		;
}
