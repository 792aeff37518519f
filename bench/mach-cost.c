/*
 * mach-cost.c - what a surface's way by Apple's names costs beside the same way through Transom's own calls.
 *
 * Right made, sent, received, looked up, all dropped, by each in turn, in short rounds; the median of the rounds'
 * ratios is what means something on a machine that does other things too.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <transom/transom.h>
#include <transom_apple.h>

enum { ROUNDS = 301, PASSES = 100 };

#define must(condition)                                                                                      \
	do {                                                                                                 \
		if (!(condition)) {                                                                          \
			fprintf(stderr, "%s:%d: not so: %s (%m)\n", __FILE__, __LINE__, #condition);         \
			exit(1);                                                                             \
		}                                                                                            \
	} while (0)

struct message {
	mach_msg_header_t header;
	mach_msg_body_t body;
	mach_msg_port_descriptor_t port;
	mach_msg_trailer_t trailer;
};

static struct transom_surface *surface;
static IOSurfaceRef object;
static int receive_fd, send_fd;
static struct transom_message *message;
static mach_port_t port;

static double
now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

static void
pass_natively(void)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_surface *found;

	must(transom_surface_create_right(surface, &right.fd) == 0);
	must(transom_port_send(send_fd, "0123456789abcdef", 16, &right, 1, 0) == 0);
	close(right.fd);
	must(transom_port_receive(receive_fd, message, 0) == 0);
	must(transom_surface_look_up(transom_message_get_right(message, 0), &found) == 0);
	transom_surface_unref(found);
}

static void
send_surface(void)
{
	mach_port_t name = IOSurfaceCreateMachPort(object);
	struct message out;

	must(MACH_PORT_VALID(name));
	memset(&out, 0, sizeof(out));
	out.header.msgh_bits = MACH_MSGH_BITS(MACH_MSG_TYPE_COPY_SEND, 0) | MACH_MSGH_BITS_COMPLEX;
	out.header.msgh_size = sizeof(out) - sizeof(out.trailer);
	out.header.msgh_remote_port = port;
	out.body.msgh_descriptor_count = 1;
	out.port.name = name;
	out.port.disposition = MACH_MSG_TYPE_MOVE_SEND;
	must(mach_msg_send(&out.header) == MACH_MSG_SUCCESS);
}

static void
pass_by_apples_names(void)
{
	struct message in;
	IOSurfaceRef found;

	send_surface();
	must(mach_msg(&in.header, MACH_RCV_MSG, 0, sizeof(in), port, 0, 0) == MACH_MSG_SUCCESS);
	found = IOSurfaceLookupFromMachPort(in.port.name);
	must(found != NULL);
	CFRelease(found);
	must(mach_port_deallocate(mach_task_self(), in.port.name) == KERN_SUCCESS);
}

static double
time_of(void (*pass)(void))
{
	double start = now_us();

	for (int i = 0; i < PASSES; i++)
		pass();
	return (now_us() - start) / PASSES;
}

static int
compare(const void *first, const void *second)
{
	double a = *(const double *)first, b = *(const double *)second;

	return (a > b) - (a < b);
}

static double
median(double *numbers)
{
	qsort(numbers, ROUNDS, sizeof(*numbers), compare);
	return numbers[ROUNDS / 2];
}

int
main(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options), .width = 64, .height = 64, .bytes_per_element = 4
	};
	static double native[ROUNDS], apple[ROUNDS], ratio[ROUNDS];

	must(transom_surface_create(&options, &surface) == 0);
	must(transom_apple_create_iosurface(surface, &object) == 0);
	must(transom_port_create(NULL, &receive_fd, &send_fd) == 0);
	must(transom_message_create(&message) == 0);
	must(mach_port_allocate(mach_task_self(), MACH_PORT_RIGHT_RECEIVE, &port) == KERN_SUCCESS);
	must(mach_port_insert_right(mach_task_self(), port, port, MACH_MSG_TYPE_MAKE_SEND) == KERN_SUCCESS);
	for (int i = 0; i < ROUNDS; i++) {
		native[i] = time_of(pass_natively);
		apple[i] = time_of(pass_by_apples_names);
		ratio[i] = apple[i] / native[i];
	}
	printf("\nA surface passed within a process: natively %.2f us, by Apple's names %.2f us: %.2f "
	       "(target: 1.3)\n",
	       median(native), median(apple), median(ratio));
	return 0;
}
