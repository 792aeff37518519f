/* honest.c - a publisher and a subscriber who do all as they should: see honest.h. */
#include <string.h>
#include <unistd.h>

#include <transom/pixel_buffer.h>

#include "honest.h"

static struct transom_pixel_buffer_options
choose_buffers(uint32_t width)
{
	return (struct transom_pixel_buffer_options){ .size = sizeof(struct transom_pixel_buffer_options),
						      .format = TRANSOM_FORMAT_BGRA8,
						      .width = width,
						      .height = 4,
						      .values_size = 4096 };
}

void
honest_begin(struct honest *honest, struct script *script, const char *name)
{
	uint8_t choice = script_byte(script);
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = name,
		.buffer = choose_buffers(8),
		.laggard_policy = (choice >> 1) % 3,
		.own_buffers = 1 + (choice >> 3) % 2,
	};
	struct transom_subscriber_options reader = { .size = sizeof(reader), .mode = choice >> 7 };
	int socket;

	options.maximum_buffers = 12 + script_choose(script, 32);
	options.maximum_subscribers = script_choose(script, 6);
	honest->maximum_buffers = options.maximum_buffers;
	insist(transom_publisher_create(&options, &honest->publisher) == 0);
	insist(transom_publisher_invite(honest->publisher, &socket) == 0);
	insist(transom_subscriber_create_from_fd(socket, &reader, &honest->subscriber) == 0);
	close(socket);
}

static void
write_number(struct transom_pixel_buffer *buffer, uint64_t number)
{
	insist(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
	memcpy(transom_pixel_buffer_get_base(buffer), &number, sizeof(number));
	insist(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL) == 0);
}

uint64_t
honest_read_number(const struct transom_frame *frame)
{
	struct transom_surface *surface = transom_frame_get_surface(frame);
	uint64_t number;

	insist(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	memcpy(&number, transom_surface_get_base(surface), sizeof(number));
	insist(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_READ, NULL) == 0);
	return number;
}

static void
read_on(struct honest *honest, uint64_t number)
{
	struct transom_frame *frame = NULL;

	insist(transom_subscriber_acquire(honest->subscriber, 0, &frame) == 0);
	insist(transom_frame_get_sequence(frame) == number && honest_read_number(frame) == number);
	if (honest->kept)
		insist(honest_read_number(honest->kept) == number - 1);
	transom_frame_release(honest->kept);
	honest->kept = frame;
	insist(transom_subscriber_get_missed(honest->subscriber) == 0);
}

static uint64_t
next_number(const struct honest *honest)
{
	struct transom_stream_statistics statistics = { .size = sizeof(statistics) };

	insist(transom_publisher_get_statistics(honest->publisher, &statistics) == 0);
	insist(statistics.buffers <= honest->maximum_buffers && statistics.free <= statistics.buffers);
	return statistics.published + 1;
}

static int
acquire(struct honest *honest, int timeout_ms, struct transom_frame **ret)
{
	int fence, r = transom_publisher_acquire(honest->publisher, timeout_ms, ret);

	insist_listed(r);
	while (r == 0 && transom_frame_take_fence(*ret, &fence) == 0)
		close(fence);
	return r;
}

void
honest_publish(struct honest *honest, struct script *script, int timeout_ms)
{
	uint8_t choice = script_byte(script);
	struct transom_frame_info info = { .size = sizeof(info), .damage_count = choice & 7 };
	struct transom_frame *frame = NULL;
	uint64_t sequence = 0, number;
	int fence;

	if (acquire(honest, timeout_ms, &frame) < 0)
		return;
	if (choice & 8) {
		fence = make_any_descriptor(choice >> 4);
		insist(transom_frame_add_fence(frame, fence) == 0);
		close(fence);
	}
	number = next_number(honest);
	write_number(transom_frame_get_pixel_buffer(frame), number);
	insist(transom_publisher_publish(honest->publisher, frame, &info, &sequence) == 0);
	insist(sequence == number);
	read_on(honest, number);
}

void
honest_publish_others(struct honest *honest, struct script *script)
{
	struct transom_pixel_buffer_options options = choose_buffers(8 + script_choose(script, 8));
	struct transom_pixel_buffer *buffer;
	uint64_t number = next_number(honest);
	int r;

	insist(transom_pixel_buffer_create(&options, &buffer) == 0);
	write_number(buffer, number);
	r = transom_publisher_publish_buffer(honest->publisher, buffer, NULL, 0, NULL);
	insist_listed(r);
	transom_pixel_buffer_unref(buffer);
	if (r == 0)
		read_on(honest, number);
}

void
honest_discard(struct honest *honest)
{
	struct transom_frame *frame = NULL;

	if (acquire(honest, 0, &frame) == 0)
		insist(transom_publisher_discard(honest->publisher, frame) == 0);
}

void
honest_change_buffers(struct honest *honest, uint32_t width)
{
	struct transom_pixel_buffer_options options = choose_buffers(width);

	insist_listed(transom_publisher_set_buffers(honest->publisher, &options));
}

void
honest_end(struct honest *honest)
{
	honest->kept = transom_frame_release(honest->kept);
	honest->subscriber = transom_subscriber_unref(honest->subscriber);
	honest->publisher = transom_publisher_unref(honest->publisher);
}
