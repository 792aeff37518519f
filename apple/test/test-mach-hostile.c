/* test-mach-hostile.c - a peer that writes what it likes to a Mach port; nothing of it is believed or stays open. */
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <transom/surface.h>
#include <transom_apple_mach.h>

#include "mach-names-private.h"
#include "test-mach.h"

/* The descriptor behind a send right, as a hostile program has it. */
static int
raw_end(mach_port_t port)
{
	enum transom_right_kind kind;
	int fd;

	check_eq(transom_apple_dup_mach_port(port, &kind, &fd), KERN_SUCCESS);
	check_eq(kind, TRANSOM_RIGHT_SEND);
	return fd;
}

static void
send_raw(int fd, const void *bytes, size_t size, const int *fds, unsigned count)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int) * 253)];
	} control;
	struct iovec part = { (void *)bytes, size };
	struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1 };

	memset(&control, 0, sizeof(control));
	if (count) {
		message.msg_control = &control;
		message.msg_controllen = CMSG_SPACE(sizeof(int) * count);
		control.align.cmsg_level = SOL_SOCKET;
		control.align.cmsg_type = SCM_RIGHTS;
		control.align.cmsg_len = CMSG_LEN(sizeof(int) * count);
		memcpy(CMSG_DATA(&control.align), fds, sizeof(int) * count);
	}
	check_eq(sendmsg(fd, &message, MSG_DONTWAIT | MSG_NOSIGNAL), size);
}

TEST(garbage_before_a_message_is_skipped)
{
	static unsigned char noise[60000];
	mach_port_t port;
	int fds[253], end, before;
	uint32_t number;

	check_eq(setup_recv_port(&port), 0);
	end = raw_end(port);
	before = count_fds();
	for (unsigned i = 0; i < sizeof(noise); i++)
		noise[i] = (unsigned char)(i * 7 + 3);
	for (int i = 0; i < 253; i++)
		fds[i] = end;
	send_raw(end, noise, 1, NULL, 0);
	send_raw(end, noise, sizeof(noise), NULL, 0);
	send_raw(end, noise, 24, fds, 253);
	send_raw(end, "POsM\1\0\0\0", 8, fds, 5); /* Transom's head, and the wrong number of rights */
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 12, 0), MACH_MSG_SUCCESS);
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	check_eq(number, 12);
	check_eq(receive_number(port, &number, 0), MACH_RCV_TIMED_OUT);
	check_eq(count_fds(), before);
	close(end);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_message_of_transoms_own_is_none_of_machs)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SEND };
	mach_port_t port;
	uint32_t number;
	int before;

	check_eq(setup_recv_port(&port), 0);
	right.fd = raw_end(port);
	before = count_fds();
	check_eq(transom_port_send(right.fd, "hello", 6, &right, 1, 0), 0);
	check_eq(receive_number(port, &number, 0), MACH_RCV_TIMED_OUT);
	check_eq(count_fds(), before);
	close(right.fd);
	mach_port_destroy(mach_task_self(), port);
}

TEST(the_gauge_is_no_weapon)
{
	union {
		struct cmsghdr align;
		char space[CMSG_SPACE(sizeof(int))];
	} control;
	char byte[8];
	struct iovec part = { byte, sizeof(byte) };
	struct msghdr message = {
		.msg_iov = &part, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof(control)
	};
	mach_port_t port;
	uint32_t *page, number;
	int end, file;

	check_eq(setup_recv_port(&port), 0);
	end = raw_end(port);
	check(recvmsg(end, &message, MSG_PEEK | MSG_CMSG_CLOEXEC) > 0);
	memcpy(&file, CMSG_DATA(&control.align), sizeof(file));
	check(ftruncate(file, 0) < 0); /* nobody can take the page away */
	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
	check(page != MAP_FAILED);
	page[1] = 0; /* the limit */
	page[2] = 0xffffffff; /* how many are queued */
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 20), MACH_SEND_TIMED_OUT);
	check_eq(receive_number(port, &number, 20), MACH_RCV_TIMED_OUT); /* sees that it is empty */
	check_eq(send_number(port, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	check_eq(receive_number(port, &number, 0), MACH_MSG_SUCCESS);
	munmap(page, 4096);
	close(file);
	close(end);
	mach_port_destroy(mach_task_self(), port);
}

TEST(a_send_right_with_another_note_has_no_limit)
{
	int ends[2], pipes[2];
	mach_port_t name;

	check(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) == 0);
	check(pipe2(pipes, O_CLOEXEC) == 0);
	send_raw(ends[0], "gauge", 6, pipes, 2);
	check(shutdown(ends[0], SHUT_WR) == 0);
	check_eq(transom_apple_create_mach_port(ends[1], TRANSOM_RIGHT_SEND, &name), KERN_SUCCESS);
	for (int i = 0; i < 10; i++)
		check_eq(send_number(name, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_MSG_SUCCESS);
	check_eq(mach_port_deallocate(mach_task_self(), name), KERN_SUCCESS);
	close(ends[0]);
	close(ends[1]);
	close(pipes[0]);
	close(pipes[1]);
}

TEST(a_surface_right_in_a_message_is_a_use)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .width = 16, .height = 16, .bytes_per_element = 4
	};
	struct transom_surface *surface, *found;
	_Atomic uint64_t identity = 0;
	mach_port_t port, name, got;
	int fd;

	check_eq(setup_recv_port(&port), 0);
	check_eq(transom_surface_create(&options, &surface), 0);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_surface_create_right(surface, &fd), 0);
	check_eq(mach_name_for_surface(fd, &identity, &name), KERN_SUCCESS);
	check_eq(type_of(name), MACH_PORT_TYPE_SEND);
	check_eq(refs_of(name, MACH_PORT_RIGHT_SEND), 1);
	check_eq(transom_surface_create_right(surface, &fd), 0);
	check_eq(mach_name_for_surface(fd, &identity, &got), KERN_SUCCESS);
	check_eq(got, name); /* one name a surface */
	check_eq(mach_port_deallocate(mach_task_self(), name), KERN_SUCCESS);
	check_eq(send_port_as(port, name, MACH_MSG_TYPE_MOVE_SEND), MACH_MSG_SUCCESS);
	check_eq(type_of(name), 0);
	check(transom_surface_is_in_use(surface)); /* in flight */
	check_eq(recv_port(port, &got), 0);
	check_eq(mach_name_look_up_surface(got, &found), KERN_SUCCESS);
	check(found == surface);
	transom_surface_unref(found);
	check_eq(mach_name_look_up_surface(port, &found), KERN_INVALID_RIGHT);
	check_eq(send_number(got, MACH_MSG_TYPE_COPY_SEND, 1, 0), MACH_SEND_INVALID_DEST);
	check_eq(mach_port_deallocate(mach_task_self(), got), KERN_SUCCESS);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
	mach_port_destroy(mach_task_self(), port);
}

/* All that takes descriptors, once; what fails is given up. Whether all of it went well. */
static bool
use_descriptors(void)
{
	mach_port_t port = MACH_PORT_NULL, set = MACH_PORT_NULL, got = MACH_PORT_NULL, previous;
	bool good = true;

	good &= setup_recv_port(&port) == 0;
	good &= mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_PORT_SET, &set) == KERN_SUCCESS;
	good &= mach_port_insert_member(mach_task_self(), port, set) == KERN_SUCCESS;
	good &= mach_port_request_notification(mach_task_self(), port, MACH_NOTIFY_NO_SENDERS, 0, port,
					       MACH_MSG_TYPE_MAKE_SEND_ONCE, &previous) == KERN_SUCCESS;
	good &= send_port_as(port, port, MACH_MSG_TYPE_COPY_SEND) == MACH_MSG_SUCCESS;
	good &= send_number(port, MACH_MSG_TYPE_MAKE_SEND_ONCE, 1, 0) == MACH_MSG_SUCCESS;
	for (int i = 0; i < 4; i++) {
		struct port_message message;

		memset(&message, 0, sizeof(message));
		if (mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), set, 0,
			     0) == MACH_MSG_SUCCESS &&
		    MACH_MSGH_BITS_IS_COMPLEX(message.header.msgh_bits))
			got = message.port.name;
	}
	good &= got == port;
	mach_port_destroy(mach_task_self(), set);
	mach_port_destroy(mach_task_self(), port);
	return good;
}

TEST(no_descriptor_is_lost_when_they_run_out)
{
	struct rlimit limit, before;
	int fds = count_fds();
	bool good = false;

	skip_under("qemu", "it keeps descriptors of its own");
	skip_under("valgrind", "it opens descriptors of its own");
	check(getrlimit(RLIMIT_NOFILE, &before) == 0);
	for (int spare = 0; !good && spare < 40; spare++) {
		limit = before;
		limit.rlim_cur =
			(rlim_t)(fds - 2 + spare); /* the folder that is counted by, and its two dots */
		check(setrlimit(RLIMIT_NOFILE, &limit) == 0);
		good = use_descriptors();
		check(setrlimit(RLIMIT_NOFILE, &before) == 0);
		check_eq(count_fds(), fds);
	}
	check(good);
}
