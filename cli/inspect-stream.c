/* inspect-stream.c - everything of a stream: its publisher, its buffers, its subscribers, its newest frame. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <transom/stream.h>

#include "complain.h"
#include "inspect.h"
#include "json.h"
#include "stop.h"
#include "stream-facts.h"
#include "table.h"
#include "text.h"

enum { MEASURE_MS = 500 };

static const char *
describe_policy(uint32_t policy)
{
	return policy == TRANSOM_LAGGARD_WAIT   ? "waits for them"
	       : policy == TRANSOM_LAGGARD_DROP ? "lets them miss their oldest frames"
						: "shuts them out";
}

static void
print_subscribers(const struct stream_facts *facts)
{
	static const char *const heads[] = { ">PID",   "COMMAND", "MODE",     ">HELD", ">GRANTED",
					     ">QUEUE", ">BEHIND", ">DROPPED", "STATE", NULL };
	struct transom_subscriber_status s = { .size = sizeof(s) };
	struct table *table = table_create(heads);

	for (size_t i = 0; transom_inquiry_get_subscriber(facts->inquiry, i, &s) == 0; i++) {
		char command[PROCESS_COMMAND_SIZE], words[6][TEXT_SIZE];
		const uint64_t at = s.acquired > s.joined ? s.acquired : s.joined;

		process_get_command(s.pid, command, sizeof(command));
		snprintf(words[0], TEXT_SIZE, "%" PRId32, s.pid);
		snprintf(words[1], TEXT_SIZE, "%" PRIu32, s.held);
		snprintf(words[2], TEXT_SIZE, "%" PRIu32, s.granted);
		snprintf(words[3], TEXT_SIZE, "%" PRIu32, s.queue);
		snprintf(words[4], TEXT_SIZE, "%" PRIu64,
			 facts->status.head > at ? facts->status.head - at : 0);
		snprintf(words[5], TEXT_SIZE, "%" PRIu64, s.dropped);
		table_add(table, words[0], command, stream_facts_describe_mode(s.mode), words[1], words[2],
			  words[3], words[4], words[5], s.asleep ? "asleep" : "awake");
	}
	table_print(table, stdout);
}

static void
print_stream(const struct stream_facts *facts)
{
	const struct transom_stream_statistics *s = &facts->status.statistics;
	char words[3][TEXT_SIZE];

	inspect_line("stream", "%s", facts->name);
	if (facts->description[0] != '\0')
		inspect_line("description", "%s", facts->description);
	inspect_line("publisher", "process %" PRId32 ", %s", facts->pid, facts->command);
	if (facts->error != 0) {
		inspect_line("answers", "%s", transom_error_describe(facts->error));
		return;
	}
	inspect_line("shows", "%s",
		     facts->status.head == 0
			     ? "no frame yet"
			     : text_shape(facts->status.geometry.width, facts->status.geometry.height,
					  facts->status.geometry.format, words[0]));
	inspect_line("rate", "%s frames/s", text_rate(facts->rate, words[0]));
	inspect_line("frames",
		     "%" PRIu64 " published, %" PRIu64 " of them into buffers drawn again; "
		     "it had to wait %" PRIu64 " times and woke somebody %" PRIu64 " times",
		     s->published, s->recycled, s->waited, s->wakes);
	inspect_line("buffers",
		     "%" PRIu32 ", %s; %" PRIu32 " known to be free; %" PRIu32 " at most, of which %" PRIu32
		     " are granted to subscribers",
		     s->buffers, text_bytes(facts->status.memory, words[1]), s->free,
		     facts->status.maximum_buffers, facts->status.granted);
	inspect_line("laggards", "it %s", describe_policy(facts->status.laggard_policy));
	inspect_line("subscribers", "%" PRIu32 "; %" PRIu64 " were refused, %" PRIu64 " shut out",
		     s->subscribers, s->refused, s->evicted);
	print_subscribers(facts);
}

static void
describe_flags(uint32_t flags, char text[TEXT_SIZE])
{
	snprintf(text, TEXT_SIZE, "%s%s%s%s", flags == 0 ? " none" : "",
		 flags & TRANSOM_FRAME_KEY ? " key" : "",
		 flags & TRANSOM_FRAME_DISCONTINUITY ? " discontinuity" : "",
		 flags & TRANSOM_FRAME_CORRUPT ? " corrupt" : "");
}

static void
print_frame(struct transom_frame *frame, const struct transom_frame_info *info)
{
	char flags[TEXT_SIZE];

	describe_flags(info->flags, flags);
	inspect_line("frame", "%" PRIu64 ", time %" PRId64 " ns, flags%s (0x%" PRIx32 ")", info->sequence,
		     info->timestamp, flags, info->flags);
	for (uint32_t i = 0; i < info->damage_count; i++)
		printf("  damage: %" PRIu32 "x%" PRIu32 " at %" PRIu32 ",%" PRIu32 "\n",
		       info->damage[i].width, info->damage[i].height, info->damage[i].x, info->damage[i].y);
	for (uint32_t i = 0; i < info->user_size; i++)
		printf("%s%02x%s", i == 0 ? "  user data: " : "", info->user[i],
		       i + 1 < info->user_size ? "" : "\n");
	inspect_print_surface(transom_frame_get_surface(frame));
}

static json_t *
make_frame(struct transom_frame *frame, const struct transom_frame_info *info)
{
	json_t *json, *damage = json_array();
	char user[2 * TRANSOM_STREAM_MAX_USER_DATA + 1] = "";

	for (uint32_t i = 0; i < info->user_size; i++)
		sprintf(user + 2 * i, "%02x", info->user[i]);
	for (uint32_t i = 0; i < info->damage_count; i++)
		json_array_append_new(damage,
				      json_pack("{s:I, s:I, s:I, s:I}", "x", (json_int_t)info->damage[i].x,
						"y", (json_int_t)info->damage[i].y, "width",
						(json_int_t)info->damage[i].width, "height",
						(json_int_t)info->damage[i].height));
	json = json_pack("{s:o, s:I, s:I, s:o, s:s}", "sequence", json_number(info->sequence), "timestamp",
			 (json_int_t)info->timestamp, "flags", (json_int_t)info->flags, "damage", damage,
			 "user", user);
	json_object_set_new(json, "surface", inspect_surface_to_json(transom_frame_get_surface(frame)));
	return json;
}

/* Joins for a moment to see the newest frame; text or JSON of it. */
static void
look_at_frame(const struct inspect_wish *wish, json_t *json)
{
	struct transom_subscriber_options options = { .size = sizeof(options),
						      .name = wish->name,
						      .held = 1,
						      .timeout_ms = (uint32_t)wish->timeout_ms };
	struct transom_frame_info info = { .size = sizeof(info) };
	struct transom_subscriber *subscriber = NULL;
	struct transom_frame *frame = NULL;
	int r = transom_subscriber_create(&options, &subscriber);

	if (r == 0)
		r = transom_subscriber_acquire(subscriber, wish->timeout_ms, &frame);
	if (r == 0)
		r = transom_frame_get_info(frame, &info);
	if (r == 0 && json != NULL)
		json_object_set_new(json, "frame", make_frame(frame, &info));
	else if (r == 0)
		print_frame(frame, &info);
	else if (json != NULL)
		json_object_set_new(json, "frame", json_pack("{s:s}", "error", transom_error_name(r)));
	else
		inspect_line("frame", "%s", transom_error_describe(r));
	transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
}

static int
tell(const struct inspect_wish *wish, const struct stream_facts *facts)
{
	const bool with_frame = !wish->no_frame && facts->error == 0 && facts->status.head > 0;
	json_t *json;

	if (!wish->json) {
		print_stream(facts);
		if (with_frame)
			look_at_frame(wish, NULL);
		return facts->error == 0 ? EXIT_DONE : exit_code_of(facts->error);
	}
	json = stream_facts_to_json(facts, true);
	json_object_set_new(json, "kind", json_string("stream"));
	if (with_frame)
		look_at_frame(wish, json);
	if (json_print(json) != EXIT_DONE)
		return EXIT_FAILED;
	return facts->error == 0 ? EXIT_DONE : exit_code_of(facts->error);
}

int
inspect_stream(const struct inspect_wish *wish, int *ret_code)
{
	struct stream_facts_list before, now;
	int r = stream_facts_gather(wish->name, wish->timeout_ms, &before);

	if (r == -ENOENT)
		return r;
	if (r < 0) {
		*ret_code = complain_of(r, "the runtime directory cannot be read (see `transom doctor`)");
		return 0;
	}
	if (before.streams[0].error == 0)
		stop_wait(-1, MEASURE_MS);
	r = before.streams[0].error == 0 ? stream_facts_gather(wish->name, wish->timeout_ms, &now) : -EAGAIN;
	if (r == 0) {
		stream_facts_compare(&now, &before);
		*ret_code = tell(wish, &now.streams[0]);
		stream_facts_free(&now);
	} else { /* it does not answer, or went meanwhile: what was known of it */
		*ret_code = tell(wish, &before.streams[0]);
	}
	stream_facts_free(&before);
	return 0;
}
