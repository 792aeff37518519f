/* reader.c - the side that looks at frames, whatever carries them, and misbehaves when asked to. */
#include <errno.h>
#include <unistd.h>

#include "peer.h"
#include "usage.h"

enum { RETRY_NS = 2000000, SLOW_NS = 100000000 };

struct reader {
	const struct role *role;
	void *side;
	uint64_t sequence; /* of the last frame */
	bool measuring;
};

/* Until there is someone to join. */
static bool
join(struct reader *reader)
{
	struct sheet *sheet = reader->role->sheet;

	while (!is_stopped()) {
		int r = adapter.open_reader(&reader->role->setup, &reader->side);

		if (r == 0) {
			sheet->ready_ns = now_ns();
			return true;
		}
		sheet->error = (uint64_t)-r;
		wait_until(now_ns() + RETRY_NS, false);
	}
	return false;
}

static void
count(struct reader *reader, const struct header *header, uint64_t seen)
{
	struct sheet *sheet = reader->role->sheet;

	if (!sheet->first_ns)
		sheet->first_ns = seen;
	else if (seen - sheet->last_ns > sheet->gap_ns)
		sheet->gap_ns = seen - sheet->last_ns;
	sheet->last_ns = seen;
	sheet->frames++;
	/* A smaller number is another producer's. */
	if (reader->sequence && header->sequence > reader->sequence)
		sheet->missed += header->sequence - reader->sequence - 1;
	reader->sequence = header->sequence;
	if (header->warm)
		return;
	if (!reader->measuring) {
		reader->measuring = true;
		usage_take(sheet->frames, &sheet->begin);
	}
	usage_sample(sheet, seen - header->stamp_ns);
}

static void
keep(struct reader *reader, const struct header *header)
{
	struct sheet *sheet = reader->role->sheet;

	sheet->held[sheet->held_count % SHEET_HELD] = header->buffer % SHEET_BUFFERS;
	sheet->held_count++;
	while (sheet->held_count >= reader->role->setup.hold && !is_stopped())
		wait_until(now_ns() + SLOW_NS, false);
}

/* What was asked for; whether the frame is to be released. */
static bool
misbehave(struct reader *reader, struct received *frame, const struct header *header)
{
	struct sheet *sheet = reader->role->sheet;

	switch (__atomic_load_n(&sheet->command, __ATOMIC_ACQUIRE)) {
	case COMMAND_HOLD:
		keep(reader, header);
		return false;
	case COMMAND_SLOW:
		wait_until(now_ns() + SLOW_NS, false);
		return true;
	case COMMAND_WRITE:
		sheet->written = attack_write(frame->bytes, reader->role->setup.bytes);
		return true;
	case COMMAND_TRUNCATE:
		if (sheet->truncated == TRUNCATED_NOT_TRIED)
			sheet->truncated = attack_truncate(frame->bytes);
		return true;
	case COMMAND_CLOSE:
		sheet->held[0] = header->buffer % SHEET_BUFFERS;
		sheet->held_count = 1;
		_exit(0);
	default:
		return true;
	}
}

static void
look(struct reader *reader, struct received *frame)
{
	uint64_t seen = now_ns();
	struct header header;

	if (frame_check(frame->bytes, reader->role->setup.bytes, &header))
		count(reader, &header, seen);
	else
		reader->role->sheet->torn++;
	if (misbehave(reader, frame, &header))
		adapter.release(reader->side, frame);
}

void
read_frames(const struct role *role)
{
	struct reader reader = { .role = role };
	struct sheet *sheet = role->sheet;
	struct received frame;
	bool joined = join(&reader);
	int r;

	while (joined && !is_stopped()) {
		r = adapter.acquire(reader.side, &frame);
		if (r == 0) {
			/* Not earlier: it would keep others from what they have to do for its first frame. */
			if (role->realtime && !sheet->frames)
				come_first();
			look(&reader, &frame);
		} else if (r != -EAGAIN) {
			sheet->error = (uint64_t)-r;
			sheet->rejoined++;
			adapter.close(reader.side);
			joined = join(&reader);
		}
	}
	usage_take(sheet->frames, &sheet->end);
	if (joined)
		adapter.close(reader.side);
}
