/*
 * test-hardships.c - what a machine may do to programs: full file systems, tables and address spaces, no procfs, a
 * read-only folder. Memory cgroups are test-memory-limit.c's, clocks test-clocks.c's, peers that stand still
 * test-standstill.c's, faults of single calls fault/'s.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"

enum { REFUSED = 77, FRAMES = 50, MANY = 1000 };

static const char *const kinds[] = { "ports", "streams", "surfaces" };

static const struct transom_pixel_buffer_options image = {
	.size = sizeof(image), .format = TRANSOM_FORMAT_BGRA8, .width = 32, .height = 16
};

static int
try_to_make_stream(const char *name, struct transom_publisher **ret)
{
	struct transom_publisher_options options = {
		.size = sizeof(options), .name = name, .maximum_buffers = 16, .buffer = image
	};

	return transom_publisher_create(&options, ret);
}

static struct transom_publisher *
make_stream(const char *name)
{
	struct transom_publisher *publisher;

	check_eq(try_to_make_stream(name, &publisher), 0);
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
publish(struct transom_publisher *publisher)
{
	struct transom_frame *frame;

	check_eq(transom_publisher_acquire(publisher, 10000, &frame), 0);
	check_eq(transom_publisher_publish(publisher, frame, NULL, NULL), 0);
}

static void
read_frame(struct transom_subscriber *subscriber)
{
	struct transom_frame *frame;

	check_eq(transom_subscriber_acquire(subscriber, 10000, &frame), 0);
	transom_frame_release(frame);
}

static int
try_to_make_surface(uint32_t flags, uint32_t width, struct transom_surface **ret)
{
	struct transom_surface_options options = { .size = sizeof(options),
						   .flags = flags,
						   .format = TRANSOM_FORMAT_BGRA8,
						   .width = width,
						   .height = 1024 };

	return transom_surface_create(&options, ret);
}

/* A right through a named port, and looked up. */
static void
pass_a_surface(const char *name)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_surface *surface, *same;
	struct transom_message *message;
	struct transom_name *owner;
	int receive, send, found;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_name_check_in(name, send, &owner), 0);
	check_eq(transom_name_look_up(name, -1, &found), 0);
	check_eq(try_to_make_surface(0, 32, &surface), 0);
	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	check_eq(transom_port_send(found, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &same), 0);
	transom_message_unref(message);
	transom_surface_unref(same);
	transom_surface_unref(surface);
	transom_name_unref(owner);
	close(found);
	close(send);
	close(receive);
}

static void
run_a_stream(const char *name)
{
	struct transom_publisher *publisher = make_stream(name);
	struct transom_subscriber *subscriber = join(name, TRANSOM_SUBSCRIBER_EVERY);

	for (int i = 0; i < 3; i++) {
		publish(publisher);
		read_frame(subscriber);
	}
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
}

static void
do_everything(void)
{
	struct transom_surface *surface;

	pass_a_surface("port");
	run_a_stream("stream");
	check_eq(try_to_make_surface(TRANSOM_SURFACE_GLOBAL, 32, &surface), 0);
	transom_surface_unref(surface);
}

/* Empty, or a name was left. */
static void
drop_folders(void)
{
	char path[112];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, kinds[i]);
		check(rmdir(path) == 0 || errno == ENOENT);
	}
	check(rmdir(folder) == 0);
}

/* File systems. In children with a mount namespace of their own. */

static void
leave_mounts(void)
{
	if (unshare(CLONE_NEWNS) < 0 || mount("none", "/", "none", MS_REC | MS_PRIVATE, NULL) < 0)
		_exit(REFUSED);
}

static void
mount_memory(const char *where, const char *options)
{
	check(mount("none", where, "tmpfs", 0, options) == 0);
}

static void
run_in_namespace(void (*body)(void *))
{
	int r = wait_for(spawn(body, NULL));

	if (r == REFUSED)
		skip("no mount namespace can be made");
	check_eq(r, 0);
}

/* Until there is no byte left. */
static void
fill_file(const char *path)
{
	char bytes[4096] = { 1 };
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	check(fd >= 0);
	while (write(fd, bytes, sizeof(bytes)) > 0)
		;
	check(errno == ENOSPC);
	close(fd);
}

static void
fill_shared_memory(void *argument)
{
	leave_mounts();
	mount_memory("/dev/shm", "size=16k");
	fill_file("/dev/shm/full");
	do_everything();
}

/* Nothing of the library is a file there. */
TEST(full_dev_shm_stops_nothing)
{
	use_folder();
	run_in_namespace(fill_shared_memory);
	drop_folders();
}

static void
check_refusals(int expected)
{
	struct transom_publisher *publisher = NULL;
	struct transom_surface *surface = NULL;
	struct transom_name *name = NULL;
	int receive, send, right, before;

	/* What the library keeps for the process is there from here on. */
	check_eq(try_to_make_surface(0, 32, &surface), 0);
	check_eq(transom_surface_create_right(surface, &right), 0);
	surface = transom_surface_unref(surface);
	close(right);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	before = count_fds();
	check_eq(transom_name_check_in("new", send, &name), expected);
	check_eq(try_to_make_stream("new", &publisher), expected);
	check_eq(try_to_make_surface(TRANSOM_SURFACE_GLOBAL, 32, &surface), expected);
	check(!name && !publisher && !surface);
	check_eq(count_fds(), before);
	close(receive);
	close(send);
}

static void
fill_runtime_directory(void *argument)
{
	char path[112];

	leave_mounts();
	mount_memory(folder, "nr_inodes=5,size=64k,mode=700"); /* the root, three folders, and one file */
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, kinds[i]);
		check(mkdir(path, 0700) == 0);
	}
	snprintf(path, sizeof(path), "%s/full", folder);
	close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	check_refusals(-ENOSPC);
	check(mount("none", folder, NULL, MS_REMOUNT, "nr_inodes=50") == 0);
	do_everything();
}

TEST(full_runtime_directory_takes_nothing_and_loses_nothing)
{
	use_folder();
	run_in_namespace(fill_runtime_directory);
	drop_folders();
}

static void
forbid_writing(void *argument)
{
	struct transom_subscriber *subscriber;
	struct transom_publisher *publisher;
	struct transom_name_list *list;
	struct transom_name *name;
	int receive, send, found;

	leave_mounts();
	mount_memory(folder, "size=64k,mode=700");
	do_everything(); /* makes the folders below it */
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_name_check_in("old", send, &name), 0);
	publisher = make_stream("old");
	check(mount(folder, folder, NULL, MS_BIND, NULL) == 0);
	check(mount("none", folder, NULL, MS_REMOUNT | MS_RDONLY | MS_BIND, NULL) == 0);
	check_refusals(-EROFS);
	/* What has a name is found by it. */
	check_eq(transom_name_look_up("old", -1, &found), 0);
	check_eq(transom_name_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
	transom_name_list_unref(list);
	subscriber = join("old", TRANSOM_SUBSCRIBER_LATEST);
	publish(publisher);
	read_frame(subscriber);
	transom_subscriber_unref(subscriber);
	transom_publisher_unref(publisher);
	transom_name_unref(name);
	/* And again when writing is allowed. */
	check(umount2(folder, MNT_DETACH) == 0);
	check_eq(transom_name_check_in("old", send, &name), 0);
	transom_name_unref(name);
	run_a_stream("old");
	close(found);
	close(receive);
	close(send);
}

TEST(read_only_runtime_directory_is_only_read)
{
	use_folder();
	run_in_namespace(forbid_writing);
	drop_folders();
}

/* No procfs: what needs it says so, and what comes from elsewhere works. */
static void
live_without_procfs(void *argument)
{
	struct transom_surface *surface;
	struct transom_publisher *publisher;
	struct transom_name_watch *watch;
	struct transom_name *name = NULL;
	int receive, send, right = -1, *given = argument;

	if (!hide_procfs())
		_exit(REFUSED);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_port_send(send, "x", 1, NULL, 0, 0), 0);
	check_eq(transom_name_check_in("new", send, &name), -ENXIO);
	check_eq(transom_name_watch_create(&watch), -ENXIO);
	check_eq(try_to_make_stream("new", &publisher), -ENXIO);
	check(!name);
	check_eq(transom_surface_look_up(*given, &surface), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(transom_surface_create_right(surface, &right), -ENXIO);
	check_eq(right, -1);
	transom_surface_unref(surface);
}

TEST(without_procfs_calls_say_so)
{
	struct transom_surface *surface;
	int right, r;

	use_folder();
	check_eq(try_to_make_surface(0, 32, &surface), 0);
	check_eq(transom_surface_create_right(surface, &right), 0);
	r = wait_for(spawn(live_without_procfs, &right));
	if (r == REFUSED)
		skip("no mount namespace can be made");
	check_eq(r, 0);
	close(right);
	transom_surface_unref(surface);
	drop_folders();
}

/* Tables */

/* A publisher that has no descriptor left goes on for those it has, and takes others when it has some. */
static void
publish_without_descriptors(void *argument)
{
	struct transom_subscriber_options options = { .size = sizeof(options), .timeout_ms = 200 };
	struct transom_publisher *publisher = make_stream("busy");
	struct transom_subscriber *first, *second = NULL;
	int invitation, r, taken[64], count = 0;

	first = join("busy", TRANSOM_SUBSCRIBER_EVERY);
	for (int i = 0; i < FRAMES; i++) { /* all buffers that this takes are there then */
		publish(publisher);
		read_frame(first);
	}
	check_eq(transom_publisher_invite(publisher, &invitation), 0);
	check(setrlimit(RLIMIT_NOFILE, &(struct rlimit){ 60, 4096 }) == 0);
	while (count < 64 && (taken[count] = dup(0)) >= 0)
		count++;
	check(errno == EMFILE);
	for (int i = 0; i < FRAMES; i++) {
		publish(publisher);
		read_frame(first);
	}
	r = transom_subscriber_create_from_fd(invitation, &options, &second);
	check(r == -EMFILE && !second);
	while (count)
		close(taken[--count]);
	second = join("busy", TRANSOM_SUBSCRIBER_LATEST);
	read_frame(second);
	transom_subscriber_unref(second);
	transom_subscriber_unref(first);
	transom_publisher_unref(publisher);
	close(invitation);
}

TEST(stream_without_descriptors_goes_on)
{
	use_folder();
	check_eq(wait_for(spawn(publish_without_descriptors, NULL)), 0);
	drop_folders();
}

static void
fill_address_space(void *argument)
{
	static struct transom_surface *surfaces[MANY];
	int before = count_fds(), count = 0, r = 0;

	check(setrlimit(RLIMIT_AS, &(struct rlimit){ 1 << 28, 1 << 28 }) == 0);
	while (count < MANY && r == 0) {
		r = try_to_make_surface(0, 1024, &surfaces[count]); /* 4 MiB each */
		if (r == 0)
			r = transom_surface_lock(surfaces[count++], TRANSOM_SURFACE_LOCK_WRITE, NULL);
	}
	check_eq(r, -ENOMEM);
	check(count > 8 && count < 64);
	transom_surface_unref(surfaces[--count]);
	check_eq(try_to_make_surface(0, 64, &surfaces[count++]), 0);
	while (count)
		transom_surface_unref(surfaces[--count]);
	check(count_fds() <= before + 1);
	do_everything();
}

TEST(full_address_space_is_an_error_that_passes)
{
	skip_under("valgrind", "its own memory counts too");
	if (SANITIZED)
		skip("sanitizers have address spaces of their own");
	use_folder();
	check_eq(wait_for(spawn(fill_address_space, NULL)), 0);
	drop_folders();
}
