/* test-users.c - what a process of another user may not see, open, write or hold up; takes root to make one. */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"

enum { STRANGER = 65534, FRAMES = 100 };

static int receive = -1, send = -1;

static void
need_root(void)
{
	if (geteuid() != 0)
		skip("only root can become another user");
}

static void
become_stranger(void)
{
	check(setgroups(0, NULL) == 0 && setresgid(STRANGER, STRANGER, STRANGER) == 0 &&
	      setresuid(STRANGER, STRANGER, STRANGER) == 0);
}

/* A stranger is there before what it shall not have: a child inherits mappings. It waits for a message. */
static struct transom_message *
wait_for_message(void)
{
	struct transom_message *message;

	become_stranger();
	close(send);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, 5000), 0);
	return message;
}

static struct transom_surface *
make_surface(uint32_t flags)
{
	struct transom_surface_options options = { .size = sizeof(options),
						   .flags = flags,
						   .format = TRANSOM_FORMAT_BGRA8,
						   .width = 32,
						   .height = 16 };
	struct transom_surface *surface;

	check_eq(transom_surface_create(&options, &surface), 0);
	return surface;
}

/* Names and global surfaces */

static void
look_for_names(void *argument)
{
	struct transom_name_list *list = NULL;
	struct transom_name_watch *watch = NULL;
	struct transom_surface *surface = NULL;
	int fd = -1, r;
	uint32_t id;

	memcpy(&id, transom_message_get_bytes(wait_for_message(), NULL), sizeof(id));
	check(open(folder, O_RDONLY | O_DIRECTORY) < 0 && errno == EACCES);
	r = transom_name_look_up("here", 0, &fd);
	check(r == -EACCES || r == -EPERM);
	r = transom_name_list_create(&list);
	check(r == -EACCES || r == -EPERM);
	r = transom_name_watch_create(&watch);
	check(r == -EACCES || r == -EPERM);
	r = transom_surface_look_up_id(id, &surface);
	check(r == -EACCES || r == -EPERM);
	check(fd == -1 && !list && !watch && !surface);
}

TEST(stranger_sees_no_names)
{
	struct transom_surface *surface;
	struct transom_name *name;
	uint32_t id;
	pid_t pid;

	need_root();
	use_folder();
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	pid = spawn(look_for_names, NULL);
	surface = make_surface(TRANSOM_SURFACE_GLOBAL);
	check_eq(transom_name_check_in("here", send, &name), 0);
	id = transom_surface_get_id(surface);
	check_eq(transom_port_send(send, &id, sizeof(id), NULL, 0, 0), 0);
	check_eq(wait_for(pid), 0);
	transom_name_unref(name);
	transom_surface_unref(surface);
	close(receive);
	close(send);
	check(rmdir(strcat(strcpy((char[96]){ 0 }, folder), "/ports")) == 0);
	drop_folder("surfaces");
}

/* A link in the place of a lock file leads nowhere, whoever put it there. */
TEST(links_are_not_followed)
{
	char path[96], target[96];
	struct transom_name *name = NULL;
	struct stat st;

	use_folder();
	snprintf(path, sizeof(path), "%s/ports", folder);
	check(mkdir(path, 0700) == 0);
	snprintf(target, sizeof(target), "%s/target", folder);
	snprintf(path, sizeof(path), "%s/ports/.here.lock", folder);
	check(symlink(target, path) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check(transom_name_check_in("here", send, &name) < 0 && !name);
	check(stat(target, &st) < 0 && errno == ENOENT);
	check(unlink(path) == 0);
	close(receive);
	close(send);
	drop_folder("ports");
}

/* Memory */

static void
try_to_write(void *argument)
{
	struct transom_message *message = wait_for_message();
	struct transom_surface *surface;
	char path[40];
	int right, fd;

	right = transom_message_get_right(message, 0);
	check_eq(transom_surface_look_up(right, &surface), 0);
	check(!transom_surface_is_writable(surface));
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check(mprotect(transom_surface_get_base(surface), 1, PROT_READ | PROT_WRITE) < 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", right);
	fd = open(path, O_RDWR | O_CLOEXEC);
	check(fd < 0 || (write(fd, "x", 1) < 0 && ftruncate(fd, 0) < 0 &&
			 mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) == MAP_FAILED));
	snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)getppid(), *(int *)argument);
	check(open(path, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	check(kill(getppid(), 0) < 0 && errno == EPERM);
}

static void
send_right(struct transom_surface *surface)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };

	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
}

TEST(stranger_reads_what_he_is_given_and_writes_nothing)
{
	struct transom_surface *surface;
	pid_t pid;

	need_root();
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	pid = spawn(try_to_write, &receive);
	surface = make_surface(TRANSOM_SURFACE_MAKER_WRITES);
	send_right(surface);
	check_eq(wait_for(pid), 0);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
	close(receive);
	close(send);
}

/* Hoarders */

static void
hold_what_comes(void *argument)
{
	struct transom_message *message = wait_for_message();

	check(transom_message_get_right(message, 0) >= 0);
	check(write(*(int *)argument, "h", 1) == 1);
	pause();
}

/* Who keeps a right for ever has one buffer, and gives it back with his life. */
TEST(hoarder_of_rights_takes_what_he_was_given)
{
	struct transom_pool_options options = { .size = sizeof(options),
						.maximum_count = 2,
						.buffer = { .size = sizeof(options.buffer),
							    .format = TRANSOM_FORMAT_BGRA8,
							    .width = 32,
							    .height = 16 } };
	struct transom_pixel_buffer *first, *second, *third = NULL;
	struct transom_pool *pool;
	int pipes[2];
	pid_t pid;
	char done;

	need_root();
	check(pipe2(pipes, O_CLOEXEC) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	pid = spawn(hold_what_comes, &pipes[1]);
	check_eq(transom_pool_create(&options, &pool), 0);
	check_eq(transom_pool_acquire(pool, 0, &first), 0);
	send_right(transom_pixel_buffer_get_surface(first));
	transom_pixel_buffer_unref(first);
	check(read(pipes[0], &done, 1) == 1);
	for (int i = 0; i < FRAMES; i++) {
		check_eq(transom_pool_acquire(pool, 0, &second), 0);
		check_eq(transom_pool_acquire(pool, 0, &third), -EAGAIN);
		transom_pixel_buffer_unref(second);
	}
	check_eq(transom_pool_acquire(pool, 0, &second), 0);
	check(kill(pid, SIGKILL) == 0);
	check_eq(transom_pool_acquire(pool, -1, &third), 0);
	check_eq(wait_for(pid), -SIGKILL);
	transom_pixel_buffer_unref(second);
	transom_pixel_buffer_unref(third);
	transom_pool_unref(pool);
	close(receive);
	close(send);
	close(pipes[0]);
	close(pipes[1]);
}

static void
join_and_stop(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_frame *frames[2];
	int invitation = transom_message_get_right(wait_for_message(), 0);

	check_eq(transom_subscriber_create_from_fd(invitation, NULL, &subscriber), 0);
	check_eq(transom_subscriber_acquire(subscriber, 5000, &frames[0]), 0);
	check(!transom_surface_is_writable(transom_frame_get_surface(frames[0])));
	check(write(*(int *)argument, "h", 1) == 1);
	check_eq(transom_subscriber_acquire(subscriber, 5000, &frames[1]), 0);
	raise(SIGSTOP);
}

/* A stranger who is invited, holds all he may and stops costs the publisher no wait. */
TEST(stopped_stranger_does_not_hold_a_publisher_up)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .maximum_buffers = 4,
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 32,
								 .height = 16 } };
	struct transom_subscriber_status status = { .size = sizeof(status) };
	struct transom_publisher *publisher;
	struct transom_right right = { .kind = TRANSOM_RIGHT_FD };
	struct transom_frame *frame;
	int pipes[2];
	pid_t pid;
	char done;

	need_root();
	check(pipe2(pipes, O_CLOEXEC) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	pid = spawn(join_and_stop, &pipes[1]);
	check_eq(transom_publisher_create(&options, &publisher), 0);
	check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	check_eq(transom_publisher_invite(publisher, &right.fd), 0);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check(read(pipes[0], &done, 1) == 1);
	check_eq(transom_publisher_get_subscriber(publisher, 0, &status), 0);
	check_eq(status.uid, STRANGER);
	for (int i = 0; i < FRAMES; i++) {
		check_eq(transom_publisher_acquire(publisher, 0, &frame), 0);
		check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
	}
	check(kill(pid, SIGKILL) == 0);
	check_eq(wait_for(pid), -SIGKILL);
	transom_publisher_unref(publisher);
	close(receive);
	close(send);
	close(pipes[0]);
	close(pipes[1]);
}
