/*
 * 03-surface.c - a surface and a right to it: one process draws, another sees the same memory, and the kernel
 * keeps count of who uses it.
 *
 * A reference to a surface is local and costs nobody anything. A *use* is seen by everybody: while there is
 * one, the surface is in use. A right is a use that travels.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/transom.h>

#define WIDTH 320
#define HEIGHT 200

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "03-surface: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

static uint8_t
pixel(uint32_t x, uint32_t y)
{
	return (uint8_t)(x + 3 * y);
}

/* The maker alone may write: the right that it sends lets nobody change a byte. */
static struct transom_surface *
draw(void)
{
	struct transom_surface_options options = {
		.size = sizeof(options),
		.flags = TRANSOM_SURFACE_MAKER_WRITES,
		.format = TRANSOM_FORMAT_L8,
		.width = WIDTH,
		.height = HEIGHT,
		.name = "example",
	};
	struct transom_surface *surface;
	struct transom_plane_layout plane;

	must(transom_surface_create(&options, &surface), "cannot make a surface");
	must(transom_surface_get_plane(surface, 0, &plane), "it has no layout");
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), "cannot lock it");
	for (uint32_t y = 0; y < HEIGHT; y++) {
		uint8_t *row = (uint8_t *)transom_surface_get_plane_base(surface, 0) +
			       (size_t)y * plane.bytes_per_row;

		for (uint32_t x = 0; x < WIDTH; x++)
			row[x] = pixel(x, y);
	}
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), "cannot unlock it");
	return surface;
}

/* Rows are bytes_per_row apart, which may be more than the pixels take. */
static uint32_t
count_wrong_pixels(struct transom_surface *surface)
{
	struct transom_plane_layout plane;
	uint32_t wrong = 0;

	must(transom_surface_get_plane(surface, 0, &plane), "it has no layout");
	must(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), "cannot lock it");
	for (uint32_t y = 0; y < plane.height; y++) {
		const uint8_t *row = (const uint8_t *)transom_surface_get_plane_base(surface, 0) +
				     (size_t)y * plane.bytes_per_row;

		for (uint32_t x = 0; x < plane.width; x++)
			wrong += row[x] != pixel(x, y);
	}
	must(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), "cannot unlock it");
	return wrong;
}

/* The child: begins a use of its own before it gives the right up, so the surface is never free between. */
static int
look(int receive, int done)
{
	struct transom_message *message;
	struct transom_surface *surface;
	uint32_t wrong;
	int right;

	must(transom_message_create(&message), "cannot make a message");
	must(transom_port_receive(receive, message, 5000), "cannot receive");
	must(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), "no surface came");
	must(transom_surface_look_up(right, &surface), "cannot look it up");
	must(transom_surface_begin_use(surface), "cannot use it");
	close(right);

	wrong = count_wrong_pixels(surface);
	printf("child:  %u of %d pixels are wrong; I may %s it\n", wrong, WIDTH * HEIGHT,
	       transom_surface_is_writable(surface) ? "write" : "only read");
	must(transom_port_send(done, NULL, 0, NULL, 0, 1000), "cannot tell that it is done");

	must(transom_port_receive(receive, message, 5000), "not told to go on");
	must(transom_surface_end_use(surface), "cannot end the use");
	must(transom_port_send(done, NULL, 0, NULL, 0, 1000), "cannot tell that it is done");

	transom_surface_unref(surface);
	transom_message_unref(message);
	return wrong ? 1 : 0;
}

static void
tell(const struct transom_surface *surface, const char *when, bool want)
{
	bool in_use = transom_surface_is_in_use(surface);

	printf("parent: %-36s %s\n", when, in_use ? "in use" : "free");
	if (in_use != want)
		exit(1);
}

int
main(void)
{
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	struct transom_message *message;
	struct transom_surface *surface;
	int receive, send, done_receive, done_send, status;
	pid_t child;

	setvbuf(stdout, NULL, _IOLBF, 0);
	must(transom_port_create(NULL, &receive, &send), "cannot make a port");
	must(transom_port_create(NULL, &done_receive, &done_send), "cannot make a port");
	child = fork();
	if (child < 0)
		must(-errno, "cannot fork");
	if (!child) {
		close(send);
		close(done_receive);
		return look(receive, done_send);
	}
	close(receive);
	close(done_send);
	must(transom_message_create(&message), "cannot make a message");

	surface = draw();
	tell(surface, "drawn; I hold a reference only", false);
	must(transom_surface_create_right(surface, &right.fd), "cannot make a right");
	tell(surface, "a right exists", true);
	must(transom_port_send(send, NULL, 0, &right, 1, 1000), "cannot send");
	close(right.fd);
	tell(surface, "it is in flight, or in the child", true);
	must(transom_port_receive(done_receive, message, 5000), "the child does not answer");
	tell(surface, "the child uses it, the right is gone", true);
	must(transom_port_send(send, NULL, 0, NULL, 0, 1000), "cannot send");
	must(transom_port_receive(done_receive, message, 5000), "the child does not answer");
	tell(surface, "the child has ended its use", false);

	waitpid(child, &status, 0);
	transom_surface_unref(surface);
	transom_message_unref(message);
	close(send);
	close(done_receive);
	return status ? 1 : 0;
}
