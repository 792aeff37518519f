/* mach-copyin.c - names of this task into rights of a message; nothing is taken before it is sent. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fd-private.h"
#include "mach-message-private.h"

enum move_kind {
	MOVE_REFERENCE, /* one of the name's references goes */
	MOVE_RECEIVE,
	MOVE_MADE, /* a send right was made; it counts */
	MOVE_MADE_ONCE, /* a queue was made for it */
};

struct move {
	enum move_kind kind;
	struct entry *entry;
	struct receive *receive;
	struct end *end; /* MADE_ONCE */
};

void
outgoing_init(struct outgoing *out)
{
	out->right_count = out->owned_count = out->memory_count = 0;
	out->records = NULL;
	out->record_count = out->record_room = 0;
	out->moves = NULL;
	out->move_count = out->move_room = 0;
}

static void
commit_receive(struct entry *entry)
{
	struct receive *receive = entry_take_receive(entry);

	waitable_end(&receive->waitable, WAITABLE_MOVED);
	receive_empty(receive);
	receive_unref(receive);
	if (entry->urefs == 0)
		space_remove(entry);
	else
		entry_keep_send(entry);
}

static void
undo_once(struct receive *receive, struct end *end)
{
	for (struct queue *queue = receive->queues; queue; queue = queue->next)
		if (queue->kind == QUEUE_ONCE && queue->identity.cookie == end->identity.cookie) {
			receive_remove_queue(receive, queue);
			return;
		}
}

static void
finish_move(struct move *move, bool sent)
{
	switch (move->kind) {
	case MOVE_REFERENCE:
		move->entry->moving--;
		if (sent)
			entry_drop(move->entry, 1);
		break;
	case MOVE_RECEIVE:
		if (sent)
			commit_receive(move->entry);
		break;
	case MOVE_MADE:
		if (!sent)
			move->receive->mscount--;
		if (move->receive->entry)
			no_senders_look(move->receive);
		receive_unref(move->receive);
		break;
	case MOVE_MADE_ONCE:
		if (!sent)
			undo_once(move->receive, move->end);
		end_unref(move->end);
		receive_unref(move->receive);
		break;
	}
}

void
outgoing_finish(struct outgoing *out, bool sent)
{
	/* Receive rights last: other moves of the same name are about references. */
	for (int pass = 0; pass < 2; pass++)
		for (unsigned i = 0; i < out->move_count; i++)
			if ((out->moves[i].kind == MOVE_RECEIVE) == (pass == 1))
				finish_move(&out->moves[i], sent);
	for (unsigned i = 0; i < out->owned_count; i++)
		fd_close(out->owned[i]);
	free(out->moves);
	free(out->records);
	out->moves = NULL;
	out->records = NULL;
	out->move_count = out->move_room = out->owned_count = out->right_count = 0;
	out->record_count = out->record_room = 0;
}

/* Room for one more of @size bytes; -ENOMEM. */
static int
make_room(void **array, unsigned count, unsigned *room, size_t size)
{
	unsigned wanted = *room ? *room * 2 : 8;
	void *more;

	if (count < *room)
		return 0;
	more = realloc(*array, wanted * size);
	if (!more)
		return -ENOMEM;
	*array = more;
	*room = wanted;
	return 0;
}

static int
add_move(struct outgoing *out, struct move move)
{
	int r = make_room((void **)&out->moves, out->move_count, &out->move_room, sizeof(*out->moves));

	if (r == 0)
		out->moves[out->move_count++] = move;
	return r;
}

int
outgoing_add_record(struct outgoing *out, enum record_kind kind, unsigned fd_count, uint32_t value,
		    uint64_t cookie)
{
	int r = make_room((void **)&out->records, out->record_count, &out->record_room,
			  sizeof(*out->records));

	if (r == 0)
		out->records[out->record_count++] =
			(struct record){ (uint8_t)kind, (uint8_t)fd_count, 0, value, cookie };
	return r;
}

int
outgoing_add_fd(struct outgoing *out, int fd, enum transom_right_kind kind, bool owned)
{
	if (out->right_count == TRANSOM_PORT_MAX_RIGHTS) {
		if (owned)
			fd_close(fd);
		return -E2BIG;
	}
	out->rights[out->right_count++] = (struct transom_right){ fd, kind };
	if (owned)
		out->owned[out->owned_count++] = fd;
	return 0;
}

static int
add_right(struct outgoing *out, enum record_kind record, int fd, enum transom_right_kind kind)
{
	int r = outgoing_add_record(out, record, 1, 0, 0);

	return r < 0 ? r : outgoing_add_fd(out, fd, kind, false);
}

int
outgoing_add_receive(struct outgoing *out, struct receive *receive, struct end *maker)
{
	int r = receive_flush_pending(receive);

	if (r == 0)
		r = outgoing_add_record(out, RECORD_RECEIVE, 0, receive->queue_count + (maker ? 1 : 0),
					receive->limit);
	if (r == 0 && maker)
		r = add_right(out, RECORD_MAKER, maker->fd, TRANSOM_RIGHT_SEND);
	for (struct queue *queue = receive->queues; r == 0 && queue; queue = queue->next) {
		bool gauge = queue->gauge_fd >= 0;

		if (queue->kind == QUEUE_SENDERS)
			socket_bind(queue->fd);
		r = outgoing_add_record(out, RECORD_QUEUE, gauge ? 2 : 1, queue->kind,
					queue->identity.cookie);
		if (r == 0)
			r = outgoing_add_fd(out, queue->fd, TRANSOM_RIGHT_RECEIVE, false);
		if (r == 0 && gauge)
			r = outgoing_add_fd(out, queue->gauge_fd, TRANSOM_RIGHT_FD, false);
	}
	return r;
}

static mach_msg_return_t
error_of(int r)
{
	return r == 0 ? MACH_MSG_SUCCESS : MACH_SEND_NO_BUFFER;
}

static int
add_reference_move(struct outgoing *out, struct entry *entry)
{
	int r = add_move(out, (struct move){ MOVE_REFERENCE, entry, NULL, NULL });

	if (r == 0)
		entry->moving++;
	return r;
}

static bool
is_moving_receive(const struct outgoing *out, const struct entry *entry)
{
	for (unsigned i = 0; i < out->move_count; i++)
		if (out->moves[i].kind == MOVE_RECEIVE && out->moves[i].entry == entry)
			return true;
	return false;
}

static mach_msg_return_t
add_moved_receive(struct outgoing *out, struct entry *entry)
{
	int r;

	if (!entry->receive || entry->receive->guarded || is_moving_receive(out, entry))
		return MACH_SEND_INVALID_RIGHT;
	r = outgoing_add_receive(out, entry->receive, entry->send);
	return error_of(r < 0 ? r : add_move(out, (struct move){ MOVE_RECEIVE, entry, NULL, NULL }));
}

/* Makes the right; the caller sends @ret. */
static int
make_once(struct outgoing *out, struct entry *entry, struct end **ret)
{
	struct end *end;
	int r = receive_add_once(entry->receive, &end);

	if (r < 0)
		return r;
	r = add_move(out, (struct move){ MOVE_MADE_ONCE, entry, receive_ref(entry->receive), end });
	if (r < 0) {
		undo_once(entry->receive, end);
		receive_unref(entry->receive);
		end_unref(end);
		return r;
	}
	*ret = end;
	return 0;
}

static int
make_send(struct outgoing *out, struct entry *entry, struct end **ret)
{
	int r = entry_get_maker(entry, ret);

	if (r < 0)
		return r;
	r = add_move(out, (struct move){ MOVE_MADE, entry, receive_ref(entry->receive), NULL });
	if (r < 0)
		receive_unref(entry->receive);
	else
		entry->receive->mscount++;
	return r;
}

static bool
has_reference(const struct entry *entry)
{
	return entry->urefs > entry->moving;
}

/* A copied or moved reference of whatever sends. */
static mach_msg_return_t
add_sending(struct outgoing *out, struct entry *entry, bool move)
{
	int r;

	if (!has_reference(entry))
		return MACH_SEND_INVALID_RIGHT;
	switch (entry->kind) {
	case ENTRY_PORT:
		r = add_right(out, RECORD_SEND, entry->send->fd, TRANSOM_RIGHT_SEND);
		break;
	case ENTRY_SURFACE:
		r = add_right(out, RECORD_SURFACE, entry->surfaces[entry->surface_count - 1],
			      TRANSOM_RIGHT_SURFACE);
		break;
	case ENTRY_DEAD:
		r = outgoing_add_record(out, RECORD_DEAD, 0, 0, 0);
		break;
	default:
		return MACH_SEND_INVALID_RIGHT;
	}
	return error_of(r < 0 || !move ? r : add_reference_move(out, entry));
}

static mach_msg_return_t
add_moved_once(struct outgoing *out, struct entry *entry)
{
	int r;

	if (!has_reference(entry) || (entry->kind != ENTRY_SEND_ONCE && entry->kind != ENTRY_DEAD))
		return MACH_SEND_INVALID_RIGHT;
	if (entry->kind == ENTRY_DEAD)
		r = outgoing_add_record(out, RECORD_DEAD, 0, 0, 0);
	else
		r = add_right(out, RECORD_SEND_ONCE, entry->send->fd, TRANSOM_RIGHT_SEND);
	return error_of(r < 0 ? r : add_reference_move(out, entry));
}

static mach_msg_return_t
add_made(struct outgoing *out, struct entry *entry, bool once)
{
	struct end *end;
	int r;

	if (!entry->receive)
		return MACH_SEND_INVALID_RIGHT;
	r = once ? make_once(out, entry, &end) : make_send(out, entry, &end);
	if (r == 0)
		r = add_right(out, once ? RECORD_SEND_ONCE : RECORD_SEND, end->fd, TRANSOM_RIGHT_SEND);
	return error_of(r);
}

mach_msg_type_name_t
disposition_result(mach_msg_type_name_t disposition)
{
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return MACH_MSG_TYPE_PORT_RECEIVE;
	case MACH_MSG_TYPE_MOVE_SEND:
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MAKE_SEND:
		return MACH_MSG_TYPE_PORT_SEND;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return MACH_MSG_TYPE_PORT_SEND_ONCE;
	default:
		return 0;
	}
}

mach_msg_return_t
outgoing_add_name(struct outgoing *out, mach_port_name_t name, mach_msg_type_name_t disposition)
{
	struct entry *entry;

	if (!MACH_PORT_VALID(name))
		return error_of(outgoing_add_record(out, name ? RECORD_DEAD : RECORD_NULL, 0, 0, 0));
	entry = space_find(name);
	if (!entry)
		return MACH_SEND_INVALID_RIGHT;
	switch (disposition) {
	case MACH_MSG_TYPE_MOVE_RECEIVE:
		return add_moved_receive(out, entry);
	case MACH_MSG_TYPE_MOVE_SEND:
		return add_sending(out, entry, true);
	case MACH_MSG_TYPE_COPY_SEND:
		return add_sending(out, entry, false);
	case MACH_MSG_TYPE_MAKE_SEND:
		return add_made(out, entry, false);
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		return add_made(out, entry, true);
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		return add_moved_once(out, entry);
	default:
		return MACH_SEND_INVALID_TYPE;
	}
}

mach_msg_return_t
outgoing_set_destination(struct outgoing *out, mach_port_name_t name, mach_msg_type_name_t disposition,
			 struct end **ret)
{
	struct entry *entry = MACH_PORT_VALID(name) ? space_find(name) : NULL;
	struct end *end;
	int r = 0;

	if (!entry || (entry->kind != ENTRY_PORT && entry->kind != ENTRY_SEND_ONCE))
		return MACH_SEND_INVALID_DEST;
	switch (disposition) {
	case MACH_MSG_TYPE_MAKE_SEND:
	case MACH_MSG_TYPE_MAKE_SEND_ONCE:
		if (!entry->receive)
			return MACH_SEND_INVALID_DEST;
		r = disposition == MACH_MSG_TYPE_MAKE_SEND ? make_send(out, entry, &end)
							   : make_once(out, entry, &end);
		break;
	case MACH_MSG_TYPE_COPY_SEND:
	case MACH_MSG_TYPE_MOVE_SEND:
		if (entry->kind != ENTRY_PORT || !has_reference(entry))
			return MACH_SEND_INVALID_DEST;
		end = entry->send;
		if (disposition == MACH_MSG_TYPE_MOVE_SEND)
			r = add_reference_move(out, entry);
		break;
	case MACH_MSG_TYPE_MOVE_SEND_ONCE:
		if (entry->kind != ENTRY_SEND_ONCE || !has_reference(entry))
			return MACH_SEND_INVALID_DEST;
		end = entry->send;
		r = add_reference_move(out, entry);
		break;
	default:
		return MACH_SEND_INVALID_HEADER;
	}
	if (r == 0)
		*ret = end_ref(end);
	return error_of(r);
}
