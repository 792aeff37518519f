/* stream-facts.c - asks the streams of this user what there is to know. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <transom/stream.h>

#include "json.h"
#include "memory.h"
#include "stream-facts.h"
#include "text.h"

static void
ask(struct stream_facts *facts, int timeout_ms)
{
	facts->rate = -1;
	facts->error = transom_inquiry_create(facts->name, timeout_ms, &facts->inquiry);
	if (facts->error == 0) {
		facts->status.size = sizeof(facts->status);
		transom_inquiry_get_status(facts->inquiry, &facts->status);
		facts->pid = facts->status.pid > 0 ? facts->status.pid : facts->pid;
	}
	process_get_command(facts->pid, facts->command, sizeof(facts->command));
}

static void
fill(const struct transom_name_list *names, size_t index, struct stream_facts *ret)
{
	text_cut(transom_name_list_get_name(names, index), ret->name, sizeof(ret->name));
	text_cut(transom_name_list_get_description(names, index), ret->description, sizeof(ret->description));
	ret->pid = transom_name_list_get_pid(names, index);
}

int
stream_facts_gather(const char *name, int timeout_ms, struct stream_facts_list *ret)
{
	struct transom_name_list *names;
	size_t count;
	int r = transom_stream_list_create(&names);

	if (r < 0)
		return r;
	count = transom_name_list_get_count(names);
	*ret = (struct stream_facts_list){ .streams = memory_get(count, sizeof(*ret->streams)) };
	for (size_t i = 0; i < count; i++) {
		struct stream_facts *facts = &ret->streams[ret->count];

		if (name != NULL && strcmp(name, transom_name_list_get_name(names, i)) != 0)
			continue;
		fill(names, i, facts);
		ask(facts, timeout_ms);
		ret->count += facts->error != -ENOENT; /* it went since it was listed */
	}
	transom_name_list_unref(names);
	if (name == NULL || ret->count > 0)
		return 0;
	stream_facts_free(ret);
	return -ENOENT;
}

/* The same stream in another look, by the same publisher; NULL if there is none. */
static const struct stream_facts *
find(const struct stream_facts_list *list, const struct stream_facts *facts)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->streams[i].name, facts->name) == 0 && list->streams[i].error == 0 &&
		    list->streams[i].status.pid == facts->status.pid)
			return &list->streams[i];
	return NULL;
}

/* Of numbers that others tell: they may be anything. */
static double
get_rate(uint64_t now, uint64_t before, const struct stream_facts *later, const struct stream_facts *earlier)
{
	if (now < before || later->status.time <= earlier->status.time || earlier->status.time < 0)
		return -1;
	return (double)(now - before) * 1e9 / (double)(later->status.time - earlier->status.time);
}

void
stream_facts_compare(struct stream_facts_list *now, const struct stream_facts_list *before)
{
	for (size_t i = 0; i < now->count; i++) {
		struct stream_facts *facts = &now->streams[i];
		const struct stream_facts *old = facts->error == 0 ? find(before, facts) : NULL;

		if (old != NULL)
			facts->rate = get_rate(facts->status.statistics.published,
					       old->status.statistics.published, facts, old);
	}
}

void
stream_facts_free(struct stream_facts_list *list)
{
	for (size_t i = 0; i < list->count; i++)
		transom_inquiry_unref(list->streams[i].inquiry);
	free(list->streams);
	*list = (struct stream_facts_list){ 0 };
}

double
stream_facts_get_subscriber_rate(const struct stream_facts *now, const struct stream_facts *before,
				 size_t index)
{
	struct transom_subscriber_status new = { .size = sizeof(new) }, old = { .size = sizeof(old) };
	const uint64_t number = transom_inquiry_get_subscriber_number(now->inquiry, index);

	if (before == NULL || before->error != 0 || before->status.pid != now->status.pid ||
	    transom_inquiry_get_subscriber(now->inquiry, index, &new) < 0 ||
	    new.mode != TRANSOM_SUBSCRIBER_EVERY)
		return -1;
	for (size_t i = 0; transom_inquiry_get_subscriber(before->inquiry, i, &old) == 0; i++)
		if (transom_inquiry_get_subscriber_number(before->inquiry, i) == number)
			return get_rate(new.acquired, old.acquired, now, before);
	return -1;
}

uint64_t
stream_facts_count_dropped(const struct stream_facts *facts)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };
	uint64_t dropped = 0;

	for (size_t i = 0; transom_inquiry_get_subscriber(facts->inquiry, i, &status) == 0; i++)
		dropped += status.dropped;
	return dropped;
}

uint32_t
stream_facts_count_held(const struct stream_facts *facts)
{
	struct transom_subscriber_status status = { .size = sizeof(status) };
	uint32_t held = 0;

	for (size_t i = 0; transom_inquiry_get_subscriber(facts->inquiry, i, &status) == 0; i++)
		held += status.held;
	return held;
}

const char *
stream_facts_describe_mode(uint32_t mode)
{
	return mode == TRANSOM_SUBSCRIBER_EVERY ? "every" : "latest";
}

static json_t *
make_subscribers(const struct stream_facts *facts)
{
	struct transom_subscriber_status s = { .size = sizeof(s) };
	char command[PROCESS_COMMAND_SIZE];
	json_t *json = json_array();

	for (size_t i = 0; transom_inquiry_get_subscriber(facts->inquiry, i, &s) == 0; i++) {
		process_get_command(s.pid, command, sizeof(command));
		json_array_append_new(
			json,
			json_pack("{s:I, s:I, s:o, s:I, s:s, s:I, s:I, s:I, s:b, s:I, s:I, s:I}", "number",
				  (json_int_t)transom_inquiry_get_subscriber_number(facts->inquiry, i), "pid",
				  (json_int_t)s.pid, "command", json_text(command), "uid", (json_int_t)s.uid,
				  "mode", stream_facts_describe_mode(s.mode), "granted",
				  (json_int_t)s.granted, "held", (json_int_t)s.held, "queue",
				  (json_int_t)s.queue, "asleep", (int)s.asleep, "joined",
				  (json_int_t)s.joined, "acquired", (json_int_t)s.acquired, "dropped",
				  (json_int_t)s.dropped));
	}
	return json;
}

static json_t *
make_statistics(const struct transom_stream_status *status)
{
	const struct transom_stream_statistics *s = &status->statistics;

	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "published",
			 (json_int_t)s->published, "recycled", (json_int_t)s->recycled, "waited",
			 (json_int_t)s->waited, "wakes", (json_int_t)s->wakes, "evicted",
			 (json_int_t)s->evicted, "refused", (json_int_t)s->refused, "buffers",
			 (json_int_t)s->buffers, "free", (json_int_t)s->free, "maximum_buffers",
			 (json_int_t)status->maximum_buffers, "granted", (json_int_t)status->granted);
}

json_t *
stream_facts_to_json(const struct stream_facts *facts, bool with_subscribers)
{
	json_t *json = json_pack("{s:o, s:o, s:I, s:o}", "name", json_text(facts->name), "description",
				 json_text(facts->description), "pid", (json_int_t)facts->pid, "command",
				 json_text(facts->command));

	if (facts->error != 0) {
		json_object_set_new(json, "error", json_string(transom_error_name(facts->error)));
		return json;
	}
	if (facts->status.head > 0) {
		json_t *geometry = json_geometry(&facts->status.geometry);

		json_object_update_missing(json, geometry);
		json_decref(geometry);
	}
	json_object_set_new(json, "fps", facts->rate < 0 ? json_null() : json_real(facts->rate));
	json_object_set_new(json, "head", json_number(facts->status.head));
	json_object_set_new(json, "timestamp", json_integer(facts->status.timestamp));
	json_object_set_new(json, "memory", json_number(facts->status.memory));
	json_object_set_new(json, "subscribers", json_number(facts->status.statistics.subscribers));
	if (with_subscribers)
		json_object_set_new(json, "subscriber_list", make_subscribers(facts));
	json_object_set_new(json, "dropped", json_number(stream_facts_count_dropped(facts)));
	json_object_set_new(json, "held", json_integer(stream_facts_count_held(facts)));
	json_object_set_new(json, "statistics", make_statistics(&facts->status));
	return json;
}
