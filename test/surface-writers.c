/* surface-writers.c - who may write a surface, and who may not by any way; part of test-surface. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <transom/port.h>
#include <transom/surface.h>

#include "harness.h"
#include "surfaces.h"

TEST(everyone_may_write)
{
	struct transom_surface *surface = create_small();

	check_eq(visit(surface, write_pixels), 0);
	check_eq(transom_surface_get_seed(surface), 1);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(((unsigned char *)transom_surface_get_base(surface))[99], 0x5a);
	transom_surface_unref(surface);
}

/* The same with a surface that the child has not inherited: an import in every sense. */
static void
import_and_write(void *argument)
{
	struct transom_message *message;
	struct transom_surface *surface;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(*(int *)argument, message, -1), 0);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
	check(transom_surface_is_writable(surface));
	check_eq(transom_surface_begin_use(surface), 0);
	transom_message_unref(message);
	write_pixels(surface);
	transom_surface_unref(surface);
}

static void
import_and_fail_to_write(void *argument)
{
	struct transom_message *message;
	struct transom_surface *surface;
	int right, again;
	char path[64];
	void *map;
	size_t size = 4 * (size_t)sysconf(_SC_PAGESIZE);

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(*(int *)argument, message, -1), 0);
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right), 0);
	check_eq(transom_surface_look_up(right, &surface), 0);
	check(!transom_surface_is_writable(surface));
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	check_eq(transom_surface_claim(surface), -EACCES);
	check_eq(transom_surface_remove_all_values(surface), -EACCES);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(((unsigned char *)transom_surface_get_base(surface))[0], 0x5a);
	/* Not by any other way either. */
	check(mprotect(transom_surface_get_base(surface), 100, PROT_READ | PROT_WRITE) < 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", right);
	again = open(path, O_RDWR);
	if (again >= 0) {
		map = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, again, 0);
		check(map == MAP_FAILED);
		check(pwrite(again, "x", 1, (off_t)size) < 0);
		check(ftruncate(again, 0) < 0);
		check(fallocate(again, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, 0, (off_t)size) < 0);
		map = mmap(NULL, size, PROT_READ, MAP_SHARED, again, 0);
		check(map != MAP_FAILED);
		check(mprotect(map, size, PROT_READ | PROT_WRITE) < 0);
		munmap(map, size);
		close(again);
	}
	close(right);
	transom_message_unref(message);
	transom_surface_unref(surface);
}

static void
send_into_child(uint32_t flags, void (*body)(void *))
{
	struct transom_surface *surface;
	struct transom_right right = { .kind = TRANSOM_RIGHT_SURFACE };
	int receive, send;
	pid_t child;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	child = spawn(body, &receive);
	surface = create_surface(TRANSOM_FORMAT_BGRA8, 64, 64, flags);
	write_pixels(surface);
	right.fd = create_right(surface);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check_eq(wait_for(child), 0);
	close(receive);
	close(send);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_surface_get_seed(surface), flags & TRANSOM_SURFACE_MAKER_WRITES ? 1 : 2);
	write_pixels(surface);
	transom_surface_unref(surface);
}

TEST(imported_surface_is_written)
{
	send_into_child(0, import_and_write);
}

TEST(only_the_maker_writes)
{
	send_into_child(TRANSOM_SURFACE_MAKER_WRITES, import_and_fail_to_write);
}

/* Decided by the right that came first, as the header says: nothing is remapped under a reader. */
static void
look_up_twice(const int rights[2])
{
	struct transom_surface *first, *second;

	check_eq(transom_surface_look_up(rights[0], &first), 0);
	check_eq(transom_surface_look_up(rights[1], &second), 0);
	check(first == second && !transom_surface_is_writable(second));
	check_eq(transom_surface_lock(second, TRANSOM_SURFACE_LOCK_WRITE, NULL), -EACCES);
	transom_surface_unref(first);
	transom_surface_unref(second);
	check_eq(transom_surface_look_up(rights[1], &second), 0);
	check(transom_surface_is_writable(second));
	transom_surface_unref(second);
}

TEST(first_right_decides_who_may_write)
{
	struct transom_surface *surface = create_small();
	int rights[2];
	char path[32];

	rights[1] = create_right(surface);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", rights[1]);
	rights[0] = open(path, O_RDONLY | O_CLOEXEC);
	check(rights[0] >= 0);
	transom_surface_unref(surface);
	look_up_twice(rights);
	close(rights[0]);
	close(rights[1]);
}
