/* mach-message.c - any bytes and descriptors at a Mach port are a message or nothing; none of them stays open. */
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <transom_apple_mach.h>

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_RIGHTS = 8 };

static void
insist(bool condition)
{
	if (!condition)
		abort();
}

static unsigned
count_descriptors(void)
{
	DIR *folder = opendir("/proc/self/fd");
	unsigned count = 0;

	insist(folder);
	while (readdir(folder))
		count++;
	closedir(folder);
	return count;
}

static int
memory(const uint8_t *data, size_t size, int seals)
{
	int fd = memfd_create("fuzz", MFD_CLOEXEC | MFD_ALLOW_SEALING);

	insist(fd >= 0 && ftruncate(fd, 8192) == 0);
	insist(pwrite(fd, data, size < 8192 ? size : 8192, 0) >= 0);
	insist(fcntl(fd, F_ADD_SEALS, seals) == 0);
	return fd;
}

/* A descriptor of a sort that somebody could send. */
static int
make_descriptor(unsigned sort, const uint8_t *data, size_t size)
{
	int ends[2];

	switch (sort) {
	case 0:
	case 1:
	case 2:
		insist(transom_port_create(NULL, &ends[0], &ends[1]) == 0);
		if (sort == 2) { /* the other end is gone */
			close(ends[0]);
			return ends[1];
		}
		close(ends[sort]);
		return ends[!sort];
	case 3:
		return memory(data, size, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE);
	case 4:
		return memory(data, size, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
	case 5:
		return memory(data, size, 0);
	case 6:
		insist(pipe2(ends, O_CLOEXEC) == 0);
		close(ends[1]);
		return ends[0];
	default:
		return open("/dev/null", O_RDWR | O_CLOEXEC);
	}
}

static mach_port_t
make_port(int *ret_send)
{
	enum transom_right_kind kind;
	mach_port_t port;

	insist(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) == KERN_SUCCESS);
	insist(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS);
	insist(transom_apple_dup_mach_port(port, &kind, ret_send) == KERN_SUCCESS);
	return port;
}

/* The first byte says how many rights there are, then comes a byte for each, then the message. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transom_right rights[MAX_RIGHTS];
	static union {
		mach_msg_header_t header;
		unsigned char room[1 << 17];
	} message;
	size_t count, left;
	unsigned before = count_descriptors();
	mach_port_t port;
	int send;

	if (size == 0)
		return 0;
	count = data[0] % (MAX_RIGHTS + 1);
	if (size < 1 + count)
		return 0;
	left = size - 1 - count;
	for (size_t i = 0; i < count; i++) {
		rights[i].fd = make_descriptor(data[1 + i] & 7, data + 1 + count, left);
		rights[i].kind = 1 + (data[1 + i] >> 3) % 4;
	}
	port = make_port(&send);
	if (left <= TRANSOM_PORT_MAX_BYTES)
		transom_port_send(send, data + 1 + count, left, rights, count, 0);
	for (size_t i = 0; i < count; i++)
		close(rights[i].fd);
	close(send);
	if (mach_msg(&message.header, MACH_RCV_MSG | MACH_RCV_TIMEOUT, 0, sizeof(message), port, 0, 0) ==
	    MACH_MSG_SUCCESS) {
		insist(message.header.msgh_local_port == port);
		insist(message.header.msgh_size <= sizeof(message));
		mach_msg_destroy(&message.header);
	}
	insist(mach_port_destroy(mach_task_self(), port) == KERN_SUCCESS);
	insist(count_descriptors() == before);
	return 0;
}
