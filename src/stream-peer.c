/* stream-peer.c - a publisher's subscribers: who may join, what each is granted, laggards, messages. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "publisher-private.h"

enum {
	DEFAULT_HELD = 2,
	DEFAULT_QUEUE = 4,
	/* Messages that are read from one subscriber before it is others' turn. */
	MESSAGES_AT_ONCE = 16,
	/*
	 * What a subscriber may leave unread; the kernel doubles it, and counts some 768 for a message: 64 of them, with
	 * 256 descriptors at most. All that is in flight counts for this user, who may have no more than
	 * RLIMIT_NOFILE, 1,024 as a rule; by the kernel's own default one who has stopped could use all that up.
	 */
	UNREAD_BYTES = 24 * 1024,
	/* How long a connection may take to say what it wants while others want its place. */
	STRANGER_NS = 1000000000,
};

/* Admission and laggards */

/*
 * Up to which frame a subscriber of the mode *every frame* has read, or missed. What it has read it has read:
 * one that takes that back gets no more buffers by it.
 */
uint64_t
stream_peer_get_position(struct stream_peer *peer)
{
	/* Acquire: what was stored to held before this cursor is seen by who reads held after it. */
	uint64_t cursor = atomic_load_explicit(&peer->card->cursor, memory_order_acquire);

	if (cursor > peer->publisher->head)
		cursor = peer->publisher->head;
	if (cursor < peer->floor)
		cursor = peer->floor;
	if (cursor > peer->position)
		peer->position = cursor;
	return peer->position;
}

static uint32_t
count_spare(const struct transom_publisher *publisher)
{
	/* One shows the newest frame, and some are being drawn. */
	uint32_t taken = 1 + publisher->options.own_buffers + publisher->granted;

	return publisher->options.maximum_buffers > taken ? publisher->options.maximum_buffers - taken : 0;
}

/*
 * AWAKE is stored before the wake: who is only about to sleep finds that waiting has changed, and does not.
 */
bool
stream_peer_wake(struct stream_peer *peer)
{
	uint32_t waiting = atomic_exchange(&peer->card->waiting, AWAKE);
	struct stream_header message;

	if (waiting == WAITS_ON_FUTEX)
		stream_futex_wake(&peer->card->waiting);
	else if (waiting == WAITS_ON_SOCKET)
		stream_send(peer->socket, STREAM_WAKE, &message, sizeof(message), NULL, 0, 0);
	return waiting != AWAKE;
}

/*
 * Nothing more is kept for the subscriber, or shown to it. What it holds it holds, until it has heard of
 * it and leaves: that is no more than it was granted.
 */
static void
shut_out(struct stream_peer *peer, int error)
{
	struct stream_refused message = { .error = error };

	peer->shut_out = true;
	peer->floor = STREAM_SHUT_OUT;
	/* Release, here and in drop(): pairs with acquire loads of floor, which come before those of later records. */
	atomic_store_explicit(&peer->card->floor, STREAM_SHUT_OUT, memory_order_release);
	/* FENCE: as in drop(). */
	atomic_thread_fence(memory_order_seq_cst);
	stream_send(peer->socket, STREAM_BYE, &message, sizeof(message), NULL, 0, 0);
	stream_peer_wake(peer);
	peer->publisher->statistics.evicted++;
}

/* Lets a subscriber miss its oldest frames. */
static void
drop(struct stream_peer *peer, uint64_t floor)
{
	peer->dropped += floor - stream_peer_get_position(peer);
	peer->floor = floor;
	atomic_store_explicit(&peer->card->floor, floor, memory_order_release);
	/* FENCE: floor is stored before held is read; see read_cards(). */
	atomic_thread_fence(memory_order_seq_cst);
}

/* Its card is looked at only if there was no room before: each look takes the line from who writes it. */
static bool
has_room(struct stream_peer *peer, uint64_t next)
{
	return next <= peer->position + peer->queue || next <= stream_peer_get_position(peer) + peer->queue;
}

/* Whether frame @next may be published as far as those who read every frame are concerned. */
int
stream_peer_check_laggards(struct transom_publisher *publisher, uint64_t next)
{
	int r = 0;

	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_peer *peer = publisher->peers[i];

		if (!peer->joined || peer->shut_out || peer->mode != TRANSOM_SUBSCRIBER_EVERY ||
		    has_room(peer, next))
			continue;
		if (publisher->options.laggard_policy == TRANSOM_LAGGARD_DROP)
			drop(peer, next - peer->queue);
		else if (publisher->options.laggard_policy == TRANSOM_LAGGARD_EVICT)
			shut_out(peer, -ECONNRESET);
		else
			r = -EAGAIN;
	}
	return r;
}

/* Lets as many as possible have what they wished for. */
void
stream_peer_grant_more(struct transom_publisher *publisher)
{
	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_peer *peer = publisher->peers[i];
		uint32_t more, spare = count_spare(publisher);
		struct stream_grant message;

		if (!peer->joined || peer->granted >= peer->wished || !spare)
			continue;
		more = peer->wished - peer->granted < spare ? peer->wished - peer->granted : spare;
		message = (struct stream_grant){ .granted = peer->granted + more, .queue = peer->queue };
		/* From here on more slots of the card count; the subscriber uses them when it has read this. */
		peer->granted += more;
		publisher->granted += more;
		if (stream_send(peer->socket, STREAM_GRANT, &message, sizeof(message), NULL, 0, 0) < 0) {
			peer->granted -= more;
			publisher->granted -= more;
		}
	}
}

/* Peers */

static void
unlist(struct stream_peer *peer)
{
	struct transom_publisher *publisher = peer->publisher;

	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		if (publisher->peers[i] != peer)
			continue;
		publisher->peers[i] = publisher->peers[--publisher->peer_count];
		publisher->cards[i] = publisher->cards[publisher->peer_count];
		break;
	}
	peer->listed = false;
	publisher_forget_peer(publisher, peer);
	if (peer->joined) {
		publisher->granted -=
			peer->granted + (peer->mode == TRANSOM_SUBSCRIBER_EVERY ? peer->queue : 0);
		/* What it kept by rights and uses its death does not end: others may have them. */
		stream_buffer_collect_kept(publisher, peer->card);
		stream_buffer_suspect_held(publisher, peer->card, peer->granted);
		publisher->statistics.subscribers--;
	} else {
		publisher->strangers -= !peer->invited;
	}
}

void
stream_peer_free(struct stream_peer *peer)
{
	service_remove(peer->service);
	if (peer->page)
		munmap(peer->page, (size_t)sysconf(_SC_PAGESIZE));
	fd_close(peer->socket);
	free(peer->introduced);
	free(peer);
}

static void
refuse(struct stream_peer *peer, int error)
{
	struct stream_refused message = { .error = error, .spare = count_spare(peer->publisher) };

	stream_send(peer->socket, STREAM_REFUSED, &message, sizeof(message), NULL, 0, 0);
	peer->publisher->statistics.refused++;
	peer->shut_out = true;
}

static int
make_card(struct stream_peer *peer, int *ret)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	/* Spread, or the cards of many subscribers would meet in one set of the caches. */
	size_t places = (page - sizeof(struct stream_card)) / STREAM_LINE + 1;
	size_t offset = (size_t)peer->publisher->statistics.published + peer->publisher->peer_count;
	int fd, r;

	r = stream_create_file("transom-card", page, &fd);
	if (r < 0)
		return r;
	if (fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) < 0)
		r = -errno;
	if (r == 0)
		r = stream_map(fd, page, PROT_READ | PROT_WRITE, 0, &peer->page);
	if (r < 0) {
		fd_close(fd);
		return r;
	}
	peer->card = (struct stream_card *)(void *)((char *)peer->page + offset % places * STREAM_LINE);
	*ret = fd;
	return 0;
}

/* What a subscriber gets of what it wishes: 0 if not even the least. */
static uint32_t
choose_grant(const struct stream_peer *peer)
{
	uint32_t queue = peer->mode == TRANSOM_SUBSCRIBER_EVERY ? peer->queue : 0;
	uint32_t spare = count_spare(peer->publisher);

	if (spare < peer->least + queue)
		return 0;
	return spare - queue < peer->wished ? spare - queue : peer->wished;
}

static int
send_welcome(struct stream_peer *peer, int card_fd)
{
	struct transom_publisher *publisher = peer->publisher;
	struct stream_welcome message = {
		.board_size = publisher->board_size,
		.card_offset = (uint32_t)((char *)peer->card - (char *)peer->page),
		.granted = peer->granted,
		.queue = peer->queue,
		.joined = publisher->head,
	};
	int fds[2] = { publisher->board_fd, card_fd };

	return stream_send(peer->socket, STREAM_WELCOME, &message, sizeof(message), fds, 2, 0);
}

static int
join(struct stream_peer *peer, const struct stream_hello *hello)
{
	struct transom_publisher *publisher = peer->publisher;
	uint32_t most_queue = publisher->board->ring_size / 2;
	int card_fd = -1, r;

	if (hello->mode > TRANSOM_SUBSCRIBER_EVERY || hello->held > TRANSOM_STREAM_MAX_HELD ||
	    hello->least_held > hello->held || hello->queue > most_queue) {
		refuse(peer, -EINVAL);
		return 0;
	}
	peer->mode = hello->mode;
	peer->wished = hello->held ? hello->held : DEFAULT_HELD;
	peer->least = hello->least_held ? hello->least_held : hello->held ? hello->held : 1;
	peer->queue =
		peer->mode == TRANSOM_SUBSCRIBER_EVERY ? (hello->queue ? hello->queue : DEFAULT_QUEUE) : 0;
	peer->granted = choose_grant(peer);
	if (!peer->granted || (publisher->options.maximum_subscribers &&
			       publisher->statistics.subscribers >= publisher->options.maximum_subscribers)) {
		refuse(peer, -EAGAIN);
		return 0;
	}
	peer->introduced = calloc(publisher->options.maximum_buffers, sizeof(*peer->introduced));
	if (!peer->introduced)
		return -ENOMEM;
	r = make_card(peer, &card_fd);
	if (r < 0)
		return r;
	peer->joined_at = peer->floor = publisher->head;
	atomic_store(&peer->card->floor, publisher->head);
	atomic_store(&peer->card->cursor, publisher->head);
	r = send_welcome(peer, card_fd);
	fd_close(card_fd);
	if (r < 0)
		return r;
	peer->joined = true;
	peer->number = ++publisher->joins;
	publisher->strangers -= !peer->invited;
	publisher->statistics.subscribers++;
	publisher->granted += peer->granted + peer->queue;
	for (uint32_t i = 0; i < publisher->peer_count; i++)
		if (publisher->peers[i] == peer)
			publisher->cards[i] = peer->card;
	stream_buffer_introduce_all(publisher);
	return 0;
}

/* Fences to wait for before the buffer of a frame is drawn into. Takes the descriptors if it returns 0. */
static int
keep_fences(struct stream_peer *peer, const struct stream_fences *message, struct wire_delivery *delivery)
{
	struct transom_publisher *publisher = peer->publisher;
	struct stream_buffer *buffer;

	peer->fences_received++;
	if (!peer->joined || message->index >= publisher->buffer_count)
		return -EPROTO;
	buffer = publisher->buffers[message->index];
	for (unsigned i = 0; i < delivery->fd_count; i++) {
		if (buffer->state != PUBLISHED || buffer->fence_count == TRANSOM_STREAM_MAX_FENCES)
			break; /* nobody waits for more; the rest is dropped */
		buffer->fences[buffer->fence_count++] = delivery->fds[i];
		delivery->fds[i] = -1;
	}
	return 0;
}

static int
handle_message(struct stream_peer *peer)
{
	struct wire_delivery delivery;
	union stream_message message;
	int r = stream_receive(peer->socket, 0, &message, &delivery);

	if (r < 0)
		return r;
	if (message.header.type == STREAM_HELLO && !peer->joined) {
		/* Who made the socket may not be who uses it. */
		peer->identity =
			(struct ucred){ delivery.sender.pid, delivery.sender.uid, delivery.sender.gid };
		r = join(peer, &message.hello);
		if (r == -EAGAIN)
			r = -ECONNRESET; /* a socket full of answers that were not read: not "nothing more to read" */
	} else if (message.header.type == STREAM_FENCES) {
		r = keep_fences(peer, &message.fences, &delivery);
	} else if (message.header.type == STREAM_INQUIRE) {
		r = stream_inquiry_answer(peer, &message.inquire);
	} else if (message.header.type != STREAM_WAKE || !peer->joined) {
		r = -EPROTO;
	}
	/* Whatever it is: a STREAM_WAKE that did not fit behind it came with it. */
	if (peer->joined)
		publisher_change(peer->publisher);
	wire_drop(&delivery);
	return !peer->joined && peer->shut_out && r == 0 ? -ECONNRESET : r;
}

int
stream_peer_read(struct stream_peer *peer)
{
	int r = 0;

	for (int i = 0; i < MESSAGES_AT_ONCE && r == 0; i++)
		r = handle_message(peer);
	return r == -EAGAIN ? 0 : r;
}

/*
 * A subscriber counts the fences that it sends on its card, before it releases the frame. If some have
 * not come yet they are read now; what its count claims beyond that is not believed.
 */
void
stream_peer_read_fences(struct stream_peer *peer)
{
	/* It was counted before the message was sent and held was given up, which has been seen. */
	uint64_t sent = atomic_load_explicit(&peer->card->fences, memory_order_acquire);
	int r;

	if (sent == peer->fences_received)
		return;
	r = stream_peer_read(peer);
	peer->fences_received = sent;
	if (r < 0)
		shutdown(peer->socket, SHUT_RDWR); /* the service frees it */
}

/* In the service's thread: something came from a peer, or it died. */
static void
peer_ready(void *context)
{
	struct stream_peer *peer = context;
	struct transom_publisher *publisher = peer->publisher;
	int r;

	pthread_mutex_lock(&publisher->lock);
	if (!peer->listed) { /* the publisher is being freed, and frees it */
		pthread_mutex_unlock(&publisher->lock);
		return;
	}
	r = stream_peer_read(peer);
	if (r == 0) {
		if (peer->behind)
			stream_buffer_introduce_to(peer);
		peer = NULL;
	} else {
		unlist(peer);
		stream_peer_grant_more(publisher);
		publisher_change(publisher);
	}
	publisher->leaving += peer != NULL;
	pthread_mutex_unlock(&publisher->lock);
	if (!peer)
		return;
	stream_peer_free(peer);
	pthread_mutex_lock(&publisher->lock);
	publisher->leaving--;
	pthread_cond_broadcast(&publisher->changed);
	pthread_mutex_unlock(&publisher->lock);
}

/* In the service's thread, with the lock held. */
bool
stream_peer_drop_stranger(struct transom_publisher *publisher)
{
	struct stream_peer *oldest = NULL;

	for (uint32_t i = 0; i < publisher->peer_count; i++) {
		struct stream_peer *peer = publisher->peers[i];

		if (!peer->joined && !peer->invited && (!oldest || peer->since < oldest->since))
			oldest = peer;
	}
	if (!oldest || deadline_now() - oldest->since < STRANGER_NS)
		return false;
	unlist(oldest);
	stream_peer_free(oldest);
	return true;
}

/* With the lock held. Takes @socket, also on failure. */
int
stream_peer_add(struct transom_publisher *publisher, int socket, bool invited)
{
	struct stream_peer *peer = calloc(1, sizeof(*peer));
	socklen_t size = sizeof(peer->identity);
	int unread = UNREAD_BYTES, r;

	if (!peer) {
		fd_close(socket);
		return -ENOMEM;
	}
	peer->publisher = publisher;
	peer->socket = socket;
	peer->invited = invited;
	peer->since = deadline_now();
	if (publisher->peer_count == publisher->peer_room) {
		uint32_t room = publisher->peer_room ? 2 * publisher->peer_room : 8;
		struct stream_peer **peers = reallocarray(publisher->peers, room, sizeof(*peers));
		struct stream_card **cards;

		publisher->peers = peers ? peers : publisher->peers;
		cards = reallocarray(publisher->cards, room, sizeof(*cards));
		publisher->cards = cards ? cards : publisher->cards;
		if (!peers || !cards) {
			stream_peer_free(peer);
			return -ENOMEM;
		}
		publisher->peer_room = room;
	}
	setsockopt(socket, SOL_SOCKET, SO_SNDBUF, &unread, sizeof(unread));
	getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer->identity, &size);
	r = wire_ask_for_sender(socket, 0);
	if (r == 0) {
		peer->listed = true;
		publisher->peers[publisher->peer_count] = peer;
		publisher->cards[publisher->peer_count++] = NULL;
		publisher->strangers += !invited;
		r = service_add(socket, EPOLLIN, peer_ready, peer, &peer->service);
		if (r < 0)
			unlist(peer);
		else
			publisher_poll_peer(publisher, peer);
	}
	if (r < 0)
		stream_peer_free(peer);
	return r;
}
