/* producer.c - the side that draws frames and publishes them, whatever carries them. */
#include <errno.h>

#include "peer.h"
#include "usage.h"

/* How soon a producer tries again that got no memory and was not made to wait for it. */
enum { RETRY_NS = 500000 };

struct producer {
	const struct role *role;
	void *side;
	uint64_t sequence;
	uint64_t slot_ns; /* when the next frame is due */
	uint64_t begin_ns; /* when measuring begins; 0 before the first frame */
	bool measuring;
	const void *buffers[SHEET_BUFFERS];
};

static uint64_t
find_buffer(struct producer *producer, const void *bytes)
{
	unsigned i = 0;

	while (i < SHEET_BUFFERS - 1 && producer->buffers[i] && producer->buffers[i] != bytes)
		i++;
	producer->buffers[i] = bytes;
	return i;
}

static void *
draw(struct producer *producer)
{
	struct sheet *sheet = producer->role->sheet;
	void *bytes;
	int r;

	while (!is_stopped()) {
		r = adapter.draw(producer->side, &bytes);
		if (r == 0)
			return bytes;
		sheet->refused++;
		sheet->error = (uint64_t)-r;
		if (r != -EAGAIN)
			give_up("draw", r);
		wait_until(now_ns() + RETRY_NS, false);
	}
	return NULL;
}

/* A frame that is late does not make those after it come sooner. */
static void
keep_pace(struct producer *producer)
{
	const struct role *role = producer->role;
	uint64_t now = now_ns();

	if (!role->period_ns)
		return;
	producer->slot_ns += role->period_ns;
	if (producer->slot_ns < now)
		producer->slot_ns = now;
	wait_until(producer->slot_ns, role->setup.busy);
}

/* What is written whole was all written to before, and read, or its first page faults would count. */
static bool
is_cold(const struct producer *producer)
{
	const struct role *role = producer->role;

	return role->work == WORK_WHOLE && role->warm_ns && role->sheet->frames < 2 * role->setup.buffers;
}

static void
begin(struct producer *producer)
{
	struct sheet *sheet = producer->role->sheet;
	uint64_t now = now_ns();

	if (!producer->begin_ns)
		producer->begin_ns = now + producer->role->warm_ns;
	if (producer->measuring || now < producer->begin_ns || is_cold(producer))
		return;
	producer->measuring = true;
	usage_take(sheet->frames, &sheet->begin);
}

static bool
produce_one(struct producer *producer)
{
	const struct role *role = producer->role;
	struct sheet *sheet = role->sheet;
	struct header header = { .sequence = ++producer->sequence,
				 .bytes = role->setup.bytes,
				 .work = role->work,
				 .warm = !producer->measuring };
	uint64_t start = now_ns(), drawn;
	void *bytes = draw(producer);
	int r;

	if (!bytes)
		return false;
	drawn = now_ns() - start;
	header.buffer = find_buffer(producer, bytes);
	if (!sheet->drawn_ns[header.buffer])
		sheet->drawn_ns[header.buffer] = start + drawn;
	frame_draw(bytes, &header);
	keep_pace(producer);
	start = now_ns();
	frame_stamp(bytes);
	r = adapter.publish(producer->side);
	if (r < 0 && r != -EAGAIN)
		give_up("publish", r);
	sheet->last_ns = now_ns();
	if (!sheet->first_ns)
		sheet->first_ns = start;
	sheet->frames++;
	if (producer->measuring)
		usage_sample(sheet, drawn + sheet->last_ns - start);
	return true;
}

static bool
is_over(const struct producer *producer)
{
	return is_stopped() ||
	       (producer->role->duration_ns && producer->measuring &&
		now_ns() >= producer->role->sheet->begin.when_ns + producer->role->duration_ns);
}

void
produce(const struct role *role)
{
	struct producer producer = { .role = role };
	struct sheet *sheet = role->sheet;
	int r = adapter.open_producer(&role->setup, &producer.side);

	if (r < 0)
		give_up("open", r);
	sheet->ready_ns = now_ns();
	while (!__atomic_load_n(&sheet->go, __ATOMIC_ACQUIRE) && !is_stopped())
		wait_until(now_ns() + 200000, false);
	if (role->realtime)
		come_first();
	producer.slot_ns = now_ns();
	while (!is_over(&producer)) {
		begin(&producer);
		if (!produce_one(&producer))
			break;
	}
	usage_take(sheet->frames, &sheet->end);
	/* Readers still have to see the last frames: run.py says when it is time. */
	while (!is_stopped())
		wait_until(now_ns() + 100000000, false);
	adapter.close(producer.side);
}
