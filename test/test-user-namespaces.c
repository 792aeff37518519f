/*
 * test-user-namespaces.c - a root that is one in its own user namespace only: it is known by its real user, and may no
 * more than he; and who has no number in a receiver's namespace is no user of his. Takes root to make users.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"
#include "identity.h"

enum { REFUSED = 77, NOBODY = 65534 };

static int receive = -1, to_receiver = -1, answers = -1, questions = -1;

static void
begin(void)
{
	need_root();
	use_folder();
	check_eq(transom_port_create(NULL, &receive, &to_receiver), 0);
	check_eq(transom_port_create(NULL, &answers, &questions), 0);
}

static void
end(void)
{
	close(receive);
	close(to_receiver);
	close(answers);
	close(questions);
}

/* What the kernel writes for those whom a namespace does not know. */
static unsigned
overflow_uid(void)
{
	FILE *file = fopen("/proc/sys/kernel/overflowuid", "re");
	unsigned uid = NOBODY;

	check(file && fscanf(file, "%u", &uid) == 1);
	fclose(file);
	return uid;
}

/* As deep as @argument says, in each of which it is root. */
static void
become_root_inside(int depth)
{
	become_user(ATTACKER);
	for (int i = 0; i < depth; i++)
		if (!enter_user_namespace(0))
			_exit(REFUSED);
	check_eq(geteuid(), depth ? 0 : ATTACKER);
}

/* By hand, with credentials that it makes up. */
static int
send_as(uid_t uid)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(struct ucred))];
	} control = { .align = { .cmsg_level = SOL_SOCKET,
				 .cmsg_type = SCM_CREDENTIALS,
				 .cmsg_len = CMSG_LEN(sizeof(struct ucred)) } };
	struct ucred mine = { .pid = getpid(), .uid = uid, .gid = getegid() };
	char byte = 0;
	struct iovec part = { &byte, 1 };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};

	memcpy(CMSG_DATA(&control.align), &mine, sizeof(mine));
	return sendmsg(to_receiver, &message, MSG_NOSIGNAL) < 0 ? -errno : 0;
}

static void
speak_from_inside(void *argument)
{
	become_root_inside(*(int *)argument);
	check_eq(transom_port_send(to_receiver, "x", 1, NULL, 0, 0), 0);
	/* 0 is the root of its namespace, and ATTACKER nobody there: neither becomes the receiver's root. */
	if (*(int *)argument)
		check_eq(send_as(ATTACKER), -EINVAL);
	else
		check_eq(send_as(0), -EPERM);
}

static uint32_t
receive_uid(int port)
{
	struct transom_sender sender;
	struct transom_message *message;
	int r;

	check_eq(transom_message_create(&message), 0);
	r = transom_port_receive(port, message, -1);
	if (r == 0)
		check_eq(transom_message_get_sender(message, &sender), 0);
	transom_message_unref(message);
	check_eq(r, 0);
	return sender.uid;
}

static void
expect_done(pid_t pid)
{
	int r = wait_for(pid);

	if (r == REFUSED)
		skip("no user namespace can be made");
	check_eq(r, 0);
}

TEST(root_of_a_namespace_is_known_by_its_real_user)
{
	begin();
	for (int depth = 0; depth <= 2; depth++) {
		expect_done(spawn(speak_from_inside, &depth));
		check_eq(receive_uid(receive), ATTACKER);
	}
	end();
	drop_folder("ports");
}

/* Who is outside has no number inside, and is not taken for a user that is there; nor is root. */
static void
listen_inside(void *argument)
{
	unsigned strangers = overflow_uid();

	become_root_inside(1);
	check_eq(transom_port_send(questions, "ready", 5, NULL, 0, 0), 0);
	check_eq(receive_uid(receive), strangers);
	check_eq(receive_uid(receive), strangers);
}

static void
speak_as_victim(void *argument)
{
	become_user(VICTIM);
	check_eq(transom_port_send(to_receiver, "x", 1, NULL, 0, 0), 0);
}

TEST(strangers_to_a_namespace_are_nobody_in_it)
{
	struct transom_message *message;
	pid_t pid;

	begin();
	pid = spawn(listen_inside, NULL);
	close(questions);
	questions = -1;
	check_eq(transom_message_create(&message), 0);
	if (transom_port_receive(answers, message, -1) < 0) {
		transom_message_unref(message);
		expect_done(pid);
	}
	transom_message_unref(message);
	check_eq(transom_port_send(to_receiver, "x", 1, NULL, 0, 0), 0);
	expect_done(spawn(speak_as_victim, NULL));
	expect_done(pid);
	end();
	drop_folder("ports");
}

/* All the powers of a namespace's root, against what is another user's. */
static void
try_everything(void *argument)
{
	struct transom_name_list *list = NULL;
	struct transom_surface *surface = NULL;
	struct transom_publisher *publisher = NULL;
	struct transom_publisher_options options = { .size = sizeof(options),
						     .name = "here",
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 32,
								 .height = 16 } };
	struct transom_message *message;
	char path[64];
	pid_t owner;
	int found = -1, r;

	become_root_inside(1);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, -1), 0);
	memcpy(&owner, transom_message_get_bytes(message, NULL), sizeof(owner));
	check(open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC) < 0 && errno == EACCES);
	check(chmod(folder, 0777) < 0 && errno == EPERM);
	check(chown(folder, 0, 0) < 0 && errno == EPERM);
	r = transom_name_look_up("here", 0, &found);
	check(r == -EACCES || r == -EPERM);
	r = transom_name_list_create(&list);
	check(r == -EACCES || r == -EPERM);
	r = transom_publisher_create(&options, &publisher);
	check(r == -EACCES || r == -EPERM);
	check(found == -1 && !list && !publisher);
	check(kill(owner, 0) < 0 && errno == EPERM);
	snprintf(path, sizeof(path), "/proc/%d/fd/0", (int)owner);
	check(open(path, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)owner);
	check(open(path, O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES);
	check(syscall(SYS_pidfd_getfd, syscall(SYS_pidfd_open, owner, 0), 0, 0) < 0 && errno == EPERM);
	/* What it was given is read, and no power of its makes it writable. */
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
	check(!transom_surface_is_writable(surface));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", transom_message_get_right(message, 0));
	found = open(path, O_RDWR | O_CLOEXEC);
	check(found < 0 || write(found, "x", 1) < 0);
	if (found >= 0)
		close(found);
	transom_surface_unref(surface);
	transom_message_unref(message);
}

static void
own_and_wait(void *argument)
{
	struct transom_surface_options options = { .size = sizeof(options),
						   .flags = TRANSOM_SURFACE_MAKER_WRITES,
						   .format = TRANSOM_FORMAT_BGRA8,
						   .width = 32,
						   .height = 16 };
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_surface *surface;
	struct transom_message *message;
	struct transom_name *name;
	pid_t own = getpid();

	become_user(VICTIM);
	check_eq(transom_name_check_in("here", to_receiver, &name), 0);
	check_eq(transom_surface_create(&options, &surface), 0);
	check_eq(transom_surface_create_right(surface, &right.fd), 0);
	check_eq(transom_port_send(to_receiver, &own, sizeof(own), &right, 1, 0), 0);
	close(right.fd);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(answers, message, -1), 0);
	transom_message_unref(message);
	transom_surface_unref(surface);
	transom_name_unref(name);
}

TEST(root_of_a_namespace_has_no_power_over_others)
{
	pid_t owner, stranger;
	int r;

	begin();
	check(chown(folder, VICTIM, VICTIM) == 0);
	stranger = spawn(try_everything, NULL);
	owner = spawn(own_and_wait, NULL);
	r = wait_for(stranger);
	check_eq(transom_port_send(questions, "done", 4, NULL, 0, 0), 0);
	check_eq(wait_for(owner), 0);
	if (r == REFUSED)
		skip("no user namespace can be made");
	check_eq(r, 0);
	end();
	drop_folder("ports");
}
