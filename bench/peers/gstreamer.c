/*
 * gstreamer.c - frames by GStreamer's shmsink and shmsrc, with appsrc and appsink at the ends. The variant
 * "own" draws into memory of shmsink's; else the producer has its own, and shmsink copies.
 */
#include <errno.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/gst.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "peer.h"

struct side {
	GstElement *pipeline, *app;
	const struct setup *setup;
	GstCaps *caps;
	GstAllocator *allocator; /* shmsink's, or NULL */
	GstAllocationParams params;
	GstBufferPool *pool; /* else */
	GstBuffer *buffer; /* that is drawn */
	GstMapInfo map;
};

struct holding {
	GstSample *sample;
	GstMapInfo map;
};

static void
close_side(void *pointer)
{
	struct side *side = pointer;

	if (side->buffer) {
		gst_buffer_unmap(side->buffer, &side->map);
		gst_buffer_unref(side->buffer);
	}
	if (side->pipeline) {
		gst_element_set_state(side->pipeline, GST_STATE_NULL);
		gst_object_unref(side->pipeline);
	}
	if (side->pool) {
		gst_buffer_pool_set_active(side->pool, FALSE);
		gst_object_unref(side->pool);
	}
	if (side->allocator)
		gst_object_unref(side->allocator);
	if (side->caps)
		gst_caps_unref(side->caps);
	g_free(side);
}

static struct side *
create_side(const struct setup *setup)
{
	struct side *side = g_new0(struct side, 1);

	gst_init(NULL, NULL);
	side->setup = setup;
	side->caps =
		gst_caps_new_simple("video/x-raw", "format", G_TYPE_STRING, setup->nv12 ? "NV12" : "BGRx",
				    "width", G_TYPE_INT, (gint)setup->width, "height", G_TYPE_INT,
				    (gint)setup->height, "framerate", GST_TYPE_FRACTION, 0, 1, NULL);
	return side;
}

static int
start(struct side *side, const char *description)
{
	GError *error = NULL;
	GstState state;

	side->pipeline = gst_parse_launch(description, &error);
	if (!side->pipeline) {
		fprintf(stderr, "peer: %s\n", error->message);
		return -EINVAL;
	}
	side->app = gst_bin_get_by_name(GST_BIN(side->pipeline), "app");
	gst_object_unref(side->app); /* the pipeline has it */
	g_object_set(side->app, "caps", side->caps, NULL);
	if (gst_element_set_state(side->pipeline, GST_STATE_PLAYING) == GST_STATE_CHANGE_FAILURE ||
	    gst_element_get_state(side->pipeline, &state, NULL, PATIENCE_MS * GST_MSECOND) ==
		    GST_STATE_CHANGE_FAILURE)
		return -ENOENT;
	return 0;
}

/* What shmsink answers to who asks how to allocate. */
static int
find_allocator(struct side *side)
{
	GstElement *sink = gst_bin_get_by_name(GST_BIN(side->pipeline), "sink");
	GstPad *pad = gst_element_get_static_pad(sink, "sink");
	GstQuery *query = gst_query_new_allocation(side->caps, FALSE);

	if (gst_pad_query(pad, query) && gst_query_get_n_allocation_params(query) > 0)
		gst_query_parse_nth_allocation_param(query, 0, &side->allocator, &side->params);
	gst_query_unref(query);
	gst_object_unref(pad);
	gst_object_unref(sink);
	return side->allocator ? 0 : -ENOTSUP;
}

static int
create_pool(struct side *side)
{
	GstStructure *config;

	side->pool = gst_buffer_pool_new();
	config = gst_buffer_pool_get_config(side->pool);
	gst_buffer_pool_config_set_params(config, side->caps, (guint)side->setup->bytes, 2, 4);
	gst_buffer_pool_set_config(side->pool, config);
	return gst_buffer_pool_set_active(side->pool, TRUE) ? 0 : -ENOMEM;
}

static int
open_producer(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);
	char description[1024];
	int r;

	/* What a dead one left: shmsink would take another path instead. */
	snprintf(description, sizeof(description), "%s/gst", setup->folder);
	unlink(description);
	/* Its allocator puts a header of some bytes before each frame. */
	snprintf(description, sizeof(description),
		 "appsrc name=app format=time is-live=true max-buffers=1 block=true ! "
		 "shmsink name=sink socket-path=%s/gst shm-size=%zu wait-for-connection=false sync=false "
		 "async=false enable-last-sample=false",
		 setup->folder, (setup->bytes + 8192) * setup->buffers);
	r = start(side, description);
	if (r == 0)
		r = strcmp(setup->variant, "own") ? create_pool(side) : find_allocator(side);
	if (r < 0) {
		close_side(side);
		return r;
	}
	*ret = side;
	return 0;
}

static int
draw(void *pointer, void **ret)
{
	struct side *side = pointer;

	if (side->allocator)
		side->buffer = gst_buffer_new_allocate(side->allocator, side->setup->bytes, &side->params);
	else if (gst_buffer_pool_acquire_buffer(side->pool, &side->buffer, NULL) != GST_FLOW_OK)
		side->buffer = NULL;
	if (!side->buffer)
		return -EAGAIN;
	if (!gst_buffer_map(side->buffer, &side->map, GST_MAP_READWRITE))
		return -ENOMEM;
	*ret = side->map.data;
	return 0;
}

static int
publish(void *pointer)
{
	struct side *side = pointer;
	GstBuffer *buffer = side->buffer;

	gst_buffer_unmap(buffer, &side->map);
	side->buffer = NULL;
	return gst_app_src_push_buffer(GST_APP_SRC(side->app), buffer) == GST_FLOW_OK ? 0 : -EPIPE;
}

static int
open_reader(const struct setup *setup, void **ret)
{
	struct side *side = create_side(setup);
	char description[1024];
	int r;

	snprintf(description, sizeof(description),
		 "shmsrc socket-path=%s/gst is-live=true ! "
		 "appsink name=app sync=false max-buffers=%d drop=%s enable-last-sample=false",
		 setup->folder, setup->lossless ? 4 : 1, setup->lossless ? "false" : "true");
	r = start(side, description);
	if (r < 0) {
		close_side(side);
		return r;
	}
	*ret = side;
	return 0;
}

static bool
is_broken(struct side *side)
{
	GstBus *bus = gst_element_get_bus(side->pipeline);
	GstMessage *message = gst_bus_pop_filtered(bus, GST_MESSAGE_ERROR);

	gst_object_unref(bus);
	if (message)
		gst_message_unref(message);
	return message != NULL || gst_app_sink_is_eos(GST_APP_SINK(side->app));
}

static int
acquire(void *pointer, struct received *ret)
{
	struct side *side = pointer;
	struct holding *holding;
	GstSample *sample = gst_app_sink_try_pull_sample(GST_APP_SINK(side->app), PATIENCE_MS * GST_MSECOND);

	if (!sample)
		return is_broken(side) ? -EPIPE : -EAGAIN;
	holding = g_new(struct holding, 1);
	holding->sample = sample;
	if (!gst_buffer_map(gst_sample_get_buffer(sample), &holding->map, GST_MAP_READ) ||
	    holding->map.size < side->setup->bytes) {
		gst_sample_unref(sample);
		g_free(holding);
		return -EBADMSG;
	}
	ret->bytes = holding->map.data;
	ret->token = holding;
	return 0;
}

static void
release(void *pointer, struct received *frame)
{
	struct holding *holding = frame->token;

	gst_buffer_unmap(gst_sample_get_buffer(holding->sample), &holding->map);
	gst_sample_unref(holding->sample);
	g_free(holding);
}

const struct adapter adapter = {
	open_producer, draw, publish, open_reader, acquire, release, close_side,
};
