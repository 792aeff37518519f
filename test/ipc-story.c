/* ipc-story.c - the promise, step by step, with two processes; either side killed at every step. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "frames.h"
#include "harness.h"
#include "steps.h"

struct story {
	int receive, send;
	struct steps steps;
	struct transom_pool *pool;
};

static void
receive_in_steps(void *argument)
{
	struct story *story = argument;
	struct transom_pixel_buffer *buffer;
	struct transom_message *message;
	struct transom_surface *surface;

	close(story->send);
	check_eq(transom_message_create(&message), 0);
	reach(&story->steps);
	check_eq(transom_port_receive(story->receive, message, -1), 0);
	reach(&story->steps);
	check_eq(transom_surface_look_up(transom_message_get_right(message, 0), &surface), 0);
	reach(&story->steps);
	check_eq(transom_pixel_buffer_create_with_surface(surface, &buffer), 0);
	transom_surface_unref(surface);
	transom_message_unref(message); /* and with it the right */
	check_eq(read_frame(buffer), 7);
	reach(&story->steps);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	reach(&story->steps);
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(read_frame(buffer), 7);
	transom_pixel_buffer_unref(buffer);
	reach(&story->steps);
}

static void
open_story(struct story *story)
{
	check_eq(transom_port_create(NULL, &story->receive, &story->send), 0);
	steps_open(&story->steps);
}

static void
close_story(struct story *story)
{
	close(story->receive);
	close(story->send);
	steps_close(&story->steps);
}

/* Steps 1 and 2: draws, makes the right, posts it, drops every reference. */
static void
render(struct story *story)
{
	struct transom_pixel_buffer *buffer;

	check_eq(transom_pool_acquire(story->pool, 0, &buffer), 0);
	draw_frame(buffer, 7);
	check_eq(post_frame(story->send, buffer, 7, 0), 0);
	transom_pixel_buffer_unref(buffer);
}

static bool
pool_is_empty(struct story *story)
{
	struct transom_pixel_buffer *buffer = NULL;
	int r = transom_pool_acquire(story->pool, 0, &buffer);

	check(r == 0 || r == -EAGAIN);
	transom_pixel_buffer_unref(buffer);
	return r == -EAGAIN;
}

static void
pool_gets_it_back(struct story *story)
{
	struct transom_pool_statistics statistics = { .size = sizeof(statistics) };
	struct transom_pixel_buffer *buffer = NULL;

	check_eq(transom_pool_acquire(story->pool, 10000, &buffer), 0);
	check_eq(transom_pool_get_statistics(story->pool, &statistics), 0);
	check_eq(statistics.created, 1); /* the same surface */
	transom_pixel_buffer_unref(buffer);
}

TEST(pool_waits_for_every_step_of_the_receiver)
{
	struct story story = { .pool = create_frame_pool(1, 0) };
	pid_t child;

	open_story(&story);
	child = spawn(receive_in_steps, &story);
	await_step(&story.steps);
	render(&story);
	for (enum step step = IN_FLIGHT; step < DROPPED; step++) {
		check(pool_is_empty(&story));
		go_on(&story.steps);
		await_step(&story.steps);
	}
	pool_gets_it_back(&story);
	go_on(&story.steps);
	check_eq(wait_for(child), 0);
	close_story(&story);
	transom_pool_unref(story.pool);
}

TEST(receiver_killed_at_every_step)
{
	struct story story = { .pool = create_frame_pool(1, TRANSOM_SURFACE_MAKER_WRITES) };

	for (enum step last = IN_FLIGHT; last < STEPS; last++) {
		pid_t child;

		open_story(&story);
		child = spawn(receive_in_steps, &story);
		close(story.receive); /* the receiver's alone: its queue dies with it */
		story.receive = -1;
		await_step(&story.steps);
		render(&story);
		for (enum step step = IN_FLIGHT; step < last; step++) {
			go_on(&story.steps);
			await_step(&story.steps);
		}
		check(last == DROPPED || pool_is_empty(&story));
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		pool_gets_it_back(&story);
		check(transom_port_is_dead_name(story.send));
		close_story(&story);
	}
	transom_pool_unref(story.pool);
}

/* The renderer as a process of its own, killed when it has posted a frame, before or after dropping. */
static void
render_and_die(void *argument)
{
	struct story *story = argument;
	struct transom_pixel_buffer *buffer;

	close(story->receive);
	story->pool = create_frame_pool(1, TRANSOM_SURFACE_MAKER_WRITES);
	check_eq(transom_pool_acquire(story->pool, 0, &buffer), 0);
	draw_frame(buffer, 7);
	reach(&story->steps);
	check_eq(post_frame(story->send, buffer, 7, 0), 0);
	reach(&story->steps);
	transom_pixel_buffer_unref(buffer);
	reach(&story->steps);
	transom_pool_unref(story->pool);
	reach(&story->steps);
}

TEST(renderer_killed_at_every_step)
{
	for (int last = 0; last < 4; last++) {
		struct transom_pixel_buffer *buffer = NULL;
		struct transom_message *message;
		struct frame_note note;
		struct story story;
		int fds, mappings;
		pid_t child;

		open_story(&story);
		check_eq(transom_message_create(&message), 0);
		fds = count_fds();
		mappings = count_mappings();
		child = spawn(render_and_die, &story);
		await_step(&story.steps);
		for (int step = 0; step < last; step++) {
			go_on(&story.steps);
			await_step(&story.steps);
		}
		if (last == 2) /* the receiver has it already when the renderer dies */
			check_eq(receive_frame(story.receive, message, 0, &note, &buffer), 0);
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		if (last == 0) {
			check_eq(receive_frame(story.receive, message, 0, &note, &buffer), -EAGAIN);
		} else {
			if (!buffer)
				check_eq(receive_frame(story.receive, message, 0, &note, &buffer), 0);
			check_eq(note.number, 7);
			check_eq(read_frame(buffer), 7); /* the pages live as long as anybody has them */
			transom_pixel_buffer_unref(buffer);
		}
		close(story.send);
		story.send = -1;
		check_eq(receive_frame(story.receive, message, -1, &note, &buffer), -ENOTCONN);
		check(count_fds() <= fds); /* one for procfs may be new, and the send right is gone */
		check_eq(count_mappings(), mappings);
		transom_message_unref(message);
		close_story(&story);
	}
}

/* The file that is mapped at an address, as the kernel names it: "device inode". */
static void
find_mapping(const void *address, char *ret, size_t size)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from, to;
	char line[4096], file[64];

	check(maps);
	ret[0] = 0;
	while (fgets(line, sizeof(line), maps))
		if (sscanf(line, "%lx-%lx %*s %*s %63[0-9a-f: ]", &from, &to, file) == 3 &&
		    (unsigned long)address >= from && (unsigned long)address < to)
			snprintf(ret, size, "%s", file);
	fclose(maps);
}

static void
tell_mapping(void *argument)
{
	struct story *story = argument;
	struct transom_pixel_buffer *buffer;
	struct transom_message *message;
	struct frame_note note;
	char text[64] = "";

	check_eq(transom_message_create(&message), 0);
	check_eq(receive_frame(story->receive, message, -1, &note, &buffer), 0);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	find_mapping(transom_pixel_buffer_get_base(buffer), text, sizeof(text));
	check(write(story->steps.reached[1], text, sizeof(text)) == sizeof(text));
	transom_pixel_buffer_unref(buffer);
	transom_message_unref(message);
}

TEST(both_see_the_same_pages)
{
	char here[64], there[64];
	struct transom_pixel_buffer *buffer;
	struct story story;
	pid_t child;

	open_story(&story);
	child = spawn(tell_mapping, &story);
	story.pool = create_frame_pool(1, 0);
	check_eq(transom_pool_acquire(story.pool, 0, &buffer), 0);
	draw_frame(buffer, 7);
	check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	find_mapping(transom_pixel_buffer_get_base(buffer), here, sizeof(here));
	check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	check_eq(post_frame(story.send, buffer, 7, 0), 0);
	check(read(story.steps.reached[0], there, sizeof(there)) == sizeof(there));
	check(here[0] && !strcmp(here, there));
	check_eq(wait_for(child), 0);
	transom_pixel_buffer_unref(buffer);
	transom_pool_unref(story.pool);
	close_story(&story);
}

/*
 * The negative proof: with the surface's ID in place of the right, the pool does hand the surface out
 * again, and the reader sees another frame in the middle of its own.
 */
static void
read_by_id(void *argument)
{
	struct story *story = argument;
	struct transom_surface *surface;
	struct transom_message *message;
	struct frame_note note;
	volatile uint32_t *pixels;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(story->receive, message, -1), 0);
	memcpy(&note, transom_message_get_bytes(message, NULL), sizeof(note));
	check_eq(transom_surface_look_up_id(note.id, &surface), 0);
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	pixels = transom_surface_get_base(surface);
	check_eq(pixels[0], 1);
	reach(&story->steps);
	check_eq(pixels[0], 2); /* recycled under the reader */
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL), 0);
	transom_surface_unref(surface);
	transom_message_unref(message);
}

TEST(an_id_in_place_of_a_right_does_not_protect)
{
	struct transom_pixel_buffer *buffer;
	struct frame_note note = { .number = 1 };
	struct story story;
	pid_t child;

	use_folder();
	open_story(&story);
	child = spawn(read_by_id, &story);
	story.pool = create_frame_pool(1, TRANSOM_SURFACE_GLOBAL);
	check_eq(transom_pool_acquire(story.pool, 0, &buffer), 0);
	draw_frame(buffer, 1);
	note.id = transom_surface_get_id(transom_pixel_buffer_get_surface(buffer));
	check_eq(transom_port_send(story.send, &note, sizeof(note), NULL, 0, 0), 0);
	transom_pixel_buffer_unref(buffer);
	await_step(&story.steps); /* it reads */
	check_eq(transom_pool_acquire(story.pool, 0, &buffer), 0); /* and yet: */
	draw_frame(buffer, 2);
	go_on(&story.steps);
	check_eq(wait_for(child), 0);
	transom_pixel_buffer_unref(buffer);
	transom_pool_unref(story.pool);
	close_story(&story);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}
