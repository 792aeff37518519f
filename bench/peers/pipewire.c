/*
 * pipewire.c - frames by a PipeWire daemon of this run alone. There is no session manager: a reader asks the
 * daemon's link factory for its link itself. The producer drives the graph, a cycle a frame.
 */
#include <errno.h>
#include <pipewire/pipewire.h>
#include <spa/param/video/format-utils.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "peer.h"

enum { WAITING = 64, MOST_BUFFERS = 32, LINK_MS = 5000 };

static const char source_name[] = "peers-source";

struct side {
	const struct setup *setup;
	struct pw_thread_loop *thread; /* a producer's */
	struct pw_main_loop *main; /* a reader's: its events come while it waits for frames */
	struct pw_stream *stream;
	struct spa_hook listener;
	enum pw_stream_state state;
	bool broken;
	struct pw_buffer *buffer; /* that is drawn */
	/* A reader's */
	struct pw_core *core;
	struct spa_hook core_listener;
	struct pw_registry *registry;
	struct spa_hook registry_listener;
	uint32_t source, source_port; /* the daemon's numbers, or SPA_ID_INVALID */
	struct pw_proxy *link;
	struct spa_hook link_listener;
	bool linked, refused;
	struct pw_buffer *waiting[WAITING];
	unsigned first, count;
};

static void
close_side(void *pointer)
{
	struct side *side = pointer;

	if (side->thread)
		pw_thread_loop_stop(side->thread);
	if (side->link)
		pw_proxy_destroy(side->link);
	if (side->registry)
		pw_proxy_destroy((struct pw_proxy *)side->registry);
	if (side->stream)
		pw_stream_destroy(side->stream);
	if (side->thread)
		pw_thread_loop_destroy(side->thread);
	if (side->main)
		pw_main_loop_destroy(side->main);
	free(side);
}

static void
take_state(void *pointer, enum pw_stream_state old, enum pw_stream_state state, const char *error)
{
	struct side *side = pointer;

	side->state = state;
	if (state == PW_STREAM_STATE_ERROR || (state == PW_STREAM_STATE_UNCONNECTED && old != state))
		side->broken = true;
	if (side->thread)
		pw_thread_loop_signal(side->thread, false);
}

static void
take_format(void *pointer, uint32_t id, const struct spa_pod *format)
{
	struct side *side = pointer;
	const struct setup *setup = side->setup;
	unsigned buffers = setup->buffers < MOST_BUFFERS ? setup->buffers : MOST_BUFFERS;
	struct spa_pod_builder builder;
	const struct spa_pod *params[1];
	uint8_t room[1024];

	if (!format || id != SPA_PARAM_Format)
		return;
	spa_pod_builder_init(&builder, room, sizeof(room));
	params[0] = spa_pod_builder_add_object(
		&builder, SPA_TYPE_OBJECT_ParamBuffers, SPA_PARAM_Buffers, SPA_PARAM_BUFFERS_buffers,
		SPA_POD_CHOICE_RANGE_Int((int)buffers, 2, MOST_BUFFERS), SPA_PARAM_BUFFERS_blocks,
		SPA_POD_Int(1), SPA_PARAM_BUFFERS_size, SPA_POD_Int((int)setup->bytes),
		SPA_PARAM_BUFFERS_stride, SPA_POD_Int((int)(setup->bytes / setup->height)),
		SPA_PARAM_BUFFERS_dataType, SPA_POD_CHOICE_FLAGS_Int(1 << SPA_DATA_MemFd));
	pw_stream_update_params(side->stream, params, 1);
}

static void
take_frames(void *pointer)
{
	struct side *side = pointer;
	struct pw_buffer *buffer;

	while (side->count < WAITING && (buffer = pw_stream_dequeue_buffer(side->stream)))
		side->waiting[(side->first + side->count++) % WAITING] = buffer;
}

static const struct pw_stream_events producer_events = {
	PW_VERSION_STREAM_EVENTS,
	.state_changed = take_state,
	.param_changed = take_format,
};

static const struct pw_stream_events reader_events = {
	PW_VERSION_STREAM_EVENTS,
	.state_changed = take_state,
	.param_changed = take_format,
	.process = take_frames,
};

static int
connect_stream(struct side *side, enum pw_direction direction, enum pw_stream_flags flags)
{
	const struct setup *setup = side->setup;
	struct spa_pod_builder builder;
	const struct spa_pod *params[1];
	uint8_t room[1024];

	spa_pod_builder_init(&builder, room, sizeof(room));
	params[0] = spa_pod_builder_add_object(
		&builder, SPA_TYPE_OBJECT_Format, SPA_PARAM_EnumFormat, SPA_FORMAT_mediaType,
		SPA_POD_Id(SPA_MEDIA_TYPE_video), SPA_FORMAT_mediaSubtype, SPA_POD_Id(SPA_MEDIA_SUBTYPE_raw),
		SPA_FORMAT_VIDEO_format,
		SPA_POD_Id(setup->nv12 ? SPA_VIDEO_FORMAT_NV12 : SPA_VIDEO_FORMAT_BGRx),
		SPA_FORMAT_VIDEO_size, SPA_POD_Rectangle(&SPA_RECTANGLE(setup->width, setup->height)),
		SPA_FORMAT_VIDEO_framerate, SPA_POD_Fraction(&SPA_FRACTION(0, 1)));
	return pw_stream_connect(side->stream, direction, PW_ID_ANY, flags | PW_STREAM_FLAG_MAP_BUFFERS,
				 params, 1);
}

static struct side *
create_side(const struct setup *setup)
{
	struct side *side = calloc(1, sizeof(*side));

	setenv("PIPEWIRE_RUNTIME_DIR", setup->folder, 1);
	pw_init(NULL, NULL);
	if (side)
		side->setup = setup;
	return side;
}

static int
open_producer(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);
	int r = -ENOMEM;

	if (!side)
		return -ENOMEM;
	side->thread = pw_thread_loop_new("peers", NULL);
	if (side->thread)
		side->stream = pw_stream_new_simple(
			pw_thread_loop_get_loop(side->thread), source_name,
			pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Playback",
					  PW_KEY_NODE_NAME, source_name, PW_KEY_MEDIA_CLASS, "Video/Source",
					  NULL),
			&producer_events, side);
	if (side->stream)
		r = connect_stream(side, PW_DIRECTION_OUTPUT, PW_STREAM_FLAG_DRIVER);
	if (r == 0)
		r = pw_thread_loop_start(side->thread);
	if (r < 0) {
		close_side(side);
		return r == -EHOSTDOWN ? -ECONNREFUSED : r;
	}
	*ret = side;
	return 0;
}

static int
draw(void *pointer, void **ret)
{
	struct side *side = pointer;

	pw_thread_loop_lock(side->thread);
	if (side->state == PW_STREAM_STATE_STREAMING)
		side->buffer = pw_stream_dequeue_buffer(side->stream);
	pw_thread_loop_unlock(side->thread);
	if (side->broken)
		return -EPIPE;
	if (!side->buffer)
		return -EAGAIN;
	*ret = side->buffer->buffer->datas[0].data;
	return *ret ? 0 : -ENOMEM;
}

static int
publish(void *pointer)
{
	struct side *side = pointer;
	struct pw_buffer *buffer = side->buffer;
	struct spa_chunk *chunk = buffer->buffer->datas[0].chunk;

	side->buffer = NULL;
	chunk->offset = 0;
	chunk->size = (uint32_t)side->setup->bytes;
	chunk->stride = (int32_t)(side->setup->bytes / side->setup->height);
	pw_thread_loop_lock(side->thread);
	pw_stream_queue_buffer(side->stream, buffer);
	pw_stream_trigger_process(side->stream);
	pw_thread_loop_unlock(side->thread);
	return 0;
}

static void
take_link_error(void *pointer, int seq, int r, const char *message)
{
	((struct side *)pointer)->refused = true;
}

static void
take_link(void *pointer, uint32_t id)
{
	((struct side *)pointer)->linked = true;
}

/* The source is gone, or the daemon. A session manager would make another link; here the reader joins anew. */
static void
lose_link(void *pointer)
{
	struct side *side = pointer;

	side->broken = side->linked;
	side->refused = !side->linked;
}

static const struct pw_proxy_events link_events = {
	PW_VERSION_PROXY_EVENTS,
	.bound = take_link,
	.removed = lose_link,
	.error = take_link_error,
};

static void
take_core_error(void *pointer, uint32_t id, int seq, int r, const char *message)
{
	struct side *side = pointer;

	if (id == PW_ID_CORE && r == -EPIPE)
		side->broken = true;
}

static const struct pw_core_events core_events = {
	PW_VERSION_CORE_EVENTS,
	.error = take_core_error,
};

static bool
is_property(const struct spa_dict *properties, const char *key, const char *value)
{
	const char *found = properties ? spa_dict_lookup(properties, key) : NULL;

	return found && !strcmp(found, value);
}

/* A node is announced before its ports. All readers share the port of the source. */
static void
take_global(void *pointer, uint32_t id, uint32_t permissions, const char *type, uint32_t version,
	    const struct spa_dict *properties)
{
	struct side *side = pointer;
	char source[16];

	snprintf(source, sizeof(source), "%u", side->source);
	if (!strcmp(type, PW_TYPE_INTERFACE_Node) && is_property(properties, PW_KEY_NODE_NAME, source_name))
		side->source = id;
	else if (!strcmp(type, PW_TYPE_INTERFACE_Port) && is_property(properties, PW_KEY_NODE_ID, source) &&
		 is_property(properties, PW_KEY_PORT_DIRECTION, "out"))
		side->source_port = id;
}

static const struct pw_registry_events registry_events = {
	PW_VERSION_REGISTRY_EVENTS,
	.global = take_global,
};

static void
iterate(struct side *side, int timeout_ms)
{
	struct pw_loop *loop = pw_main_loop_get_loop(side->main);

	pw_loop_enter(loop);
	pw_loop_iterate(loop, timeout_ms);
	pw_loop_leave(loop);
}

static void
request_link(struct side *side)
{
	struct pw_properties *properties = pw_properties_new(NULL, NULL);

	pw_properties_setf(properties, PW_KEY_LINK_OUTPUT_NODE, "%u", side->source);
	pw_properties_setf(properties, PW_KEY_LINK_OUTPUT_PORT, "%u", side->source_port);
	pw_properties_setf(properties, PW_KEY_LINK_INPUT_NODE, "%u", pw_stream_get_node_id(side->stream));
	side->link = pw_core_create_object(side->core, "link-factory", PW_TYPE_INTERFACE_Link,
					   PW_VERSION_LINK, &properties->dict, 0);
	if (side->link)
		pw_proxy_add_listener(side->link, &side->link_listener, &link_events, side);
	pw_properties_free(properties);
}

/* The source may not be there yet. */
static int
link_to_source(struct side *side)
{
	uint64_t end = now_ns() + LINK_MS * UINT64_C(1000000);

	while (!side->linked || side->state == PW_STREAM_STATE_CONNECTING) {
		if (side->broken || now_ns() > end || is_stopped())
			return -ENOENT;
		iterate(side, PATIENCE_MS);
		if (side->refused) {
			pw_proxy_destroy(side->link);
			side->link = NULL;
			side->refused = false;
		}
		if (!side->link && side->source_port != SPA_ID_INVALID &&
		    pw_stream_get_node_id(side->stream) != SPA_ID_INVALID)
			request_link(side);
	}
	return 0;
}

static void
listen_to_core(struct side *side)
{
	side->source = side->source_port = SPA_ID_INVALID;
	side->core = pw_stream_get_core(side->stream);
	pw_core_add_listener(side->core, &side->core_listener, &core_events, side);
	side->registry = pw_core_get_registry(side->core, PW_VERSION_REGISTRY, 0);
	pw_registry_add_listener(side->registry, &side->registry_listener, &registry_events, side);
}

static int
open_reader(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);
	char name[32];
	int r = -ENOMEM;

	if (!side)
		return -ENOMEM;
	snprintf(name, sizeof(name), "peers-reader-%u", setup->index);
	side->main = pw_main_loop_new(NULL);
	if (side->main)
		side->stream = pw_stream_new_simple(
			pw_main_loop_get_loop(side->main), name,
			pw_properties_new(PW_KEY_MEDIA_TYPE, "Video", PW_KEY_MEDIA_CATEGORY, "Capture",
					  PW_KEY_NODE_NAME, name, PW_KEY_MEDIA_ROLE, "Camera", NULL),
			&reader_events, side);
	if (side->stream)
		r = connect_stream(side, PW_DIRECTION_INPUT, 0);
	if (r == 0) {
		listen_to_core(side);
		r = link_to_source(side);
	}
	if (r < 0) {
		close_side(side);
		return r == -EHOSTDOWN ? -ECONNREFUSED : r;
	}
	*ret = side;
	return 0;
}

/* Who wants the newest alone gives the others back unseen. */
static struct pw_buffer *
take_next(struct side *side)
{
	struct pw_buffer *buffer;

	for (;;) {
		buffer = side->waiting[side->first++ % WAITING];
		side->count--;
		if (side->setup->lossless || side->count == 0)
			return buffer;
		pw_stream_queue_buffer(side->stream, buffer);
	}
}

static int
acquire(void *pointer, struct received *ret)
{
	struct side *side = pointer;
	uint64_t end = now_ns() + PATIENCE_MS * UINT64_C(1000000);
	struct pw_buffer *buffer;

	while (!side->count) {
		if (side->broken)
			return -EPIPE;
		if (now_ns() > end || is_stopped())
			return -EAGAIN;
		iterate(side, PATIENCE_MS);
	}
	buffer = take_next(side);
	ret->bytes = buffer->buffer->datas[0].data;
	ret->token = buffer;
	if (ret->bytes)
		return 0;
	pw_stream_queue_buffer(side->stream, buffer);
	return -EBADMSG;
}

static void
release(void *pointer, struct received *frame)
{
	struct side *side = pointer;

	if (!side->broken)
		pw_stream_queue_buffer(side->stream, frame->token);
}

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
