/* subscriber.c - the side of a stream that reads: joining, acquiring, releasing, waiting, following. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "deadline-private.h"
#include "fd-private.h"
#include "fork-private.h"
#include "name-private.h"
#include "probe-private.h"
#include "service-private.h"
#include "stream-private.h"
#include "surface-private.h"

#define TMPFS_MAGIC 0x01021994 /* linux/magic.h */

enum {
	DEFAULT_TIMEOUT_MS = 5000,
	/* Without news for this long, who waits and is not told asks its socket whether the publisher still lives. */
	QUIET_NS = 20000000,
	/* With news it looks there this often, for what no frame needs. */
	LOOK_NS = 500000000,
	/* Spins between two looks at the clock. */
	SPINS = 256,
	/* How long an introduction, or fences, that must be on their way may take. */
	PATIENCE_MS = 100,
	/* How often a publisher may overtake an acquire, one after the other. */
	OVERTAKINGS = 100000,
	/* Frames that a publisher can keep for one. */
	MAX_QUEUE = TRANSOM_STREAM_MAX_BUFFERS,
	/* Between two tries to reach a publisher whose name is there but who does not answer. */
	RETRY_MS = 20,
};

/* A buffer that the publisher has introduced. */
struct known {
	uint32_t generation;
	unsigned grants; /* of rights and uses, in this process, when a frame in it was released last */
	struct transom_surface *surface;
	struct stream_guard *guard; /* NULL: the publisher's own buffer */
};

/* Fences of a frame that was not acquired yet. */
struct early_fences {
	struct early_fences *next;
	uint64_t sequence;
	unsigned count;
	int fds[TRANSOM_STREAM_MAX_FENCES];
};

/* A connection. Frames of one that has ended stay good; their release then does nothing. */
struct stream_link {
	int socket;
	const struct stream_board *board;
	size_t board_size;
	uint32_t ring_size;
	void *page; /* the card's */
	struct stream_card *card;
	uint32_t granted, queue;
	struct known *known;
	uint32_t known_count;
	struct early_fences *fences; /* that came, the oldest first */
	uint32_t fences_count;
	uint64_t fences_for; /* the frame that the last of them are of */
	int64_t looked; /* at the socket */
	bool quiet; /* no news for QUIET_NS */
	struct service *service; /* since it first slept: tells of the publisher's end */
	atomic_bool hung_up; /* that it has told of */
	int error; /* why it ended, or 0 */
};

struct transom_subscriber {
	unsigned generation;
	struct link link_of_all; /* for fork */
	struct transom_subscriber_options options;
	char name[TRANSOM_NAME_MAX + 1];
	struct stream_link *link; /* NULL: none, or not yet */
	struct transom_name_watch *watch; /* while there is no link, and a name to follow */
	int epoll;
	bool polled; /* somebody has the descriptor: waiting must be said before he polls it */
	uint64_t seen; /* the newest sequence that was taken */
	uint64_t cursor; /* mode *every frame*: the last that was taken or missed */
	uint64_t missed;
	uint32_t held;
	struct transom_frame frames[TRANSOM_STREAM_MAX_HELD];
};

static struct fork_list subscribers = FORK_LIST_EMPTY;

static struct stream_guard *
ref_guard(struct stream_guard *guard)
{
	if (guard)
		guard->references++;
	return guard;
}

static struct stream_guard *
unref_guard(struct stream_guard *guard)
{
	if (guard && --guard->references == 0) {
		fd_close(guard->fd);
		free(guard);
	}
	return NULL;
}

static void
abandon_guard(struct stream_guard *guard)
{
	if (guard)
		guard->fd = fd_close(guard->fd);
}

static void
before_fork(void)
{
	fork_list_lock(&subscribers);
}

static void
after_fork_in_parent(void)
{
	fork_list_unlock(&subscribers);
}

/* The child must not keep a reader alive, nor surfaces in use, and has not inherited its card. */
static void
after_fork_in_child(void)
{
	for (struct link *l = subscribers.first; l; l = l->next) {
		struct transom_subscriber *s = LINK_OBJECT(l, struct transom_subscriber, link_of_all);

		s->epoll = fd_close(s->epoll);
		for (unsigned i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
			abandon_guard(s->frames[i].guard);
		for (uint32_t i = 0; s->link && i < s->link->known_count; i++)
			abandon_guard(s->link->known[i].guard);
		if (s->link) {
			s->link->socket = fd_close(s->link->socket);
			s->link->board = NULL;
			s->link->page = NULL;
			s->link->card = NULL;
		}
	}
	fork_list_unlock_in_child(&subscribers);
}

__attribute__((constructor)) static void
register_fork_handlers(void)
{
	pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* Links */

static void
drop_oldest_fences(struct stream_link *link)
{
	struct early_fences *fences = link->fences;

	link->fences = fences->next;
	link->fences_count--;
	while (fences->count)
		fd_close(fences->fds[--fences->count]);
	free(fences);
}

static void
drop_link_fences(struct stream_link *link)
{
	while (link->fences)
		drop_oldest_fences(link);
}

/* Takes the descriptors if it returns 0. Keeps no more than there can be frames to come, whatever is sent. */
static int
keep_fences(struct stream_link *link, uint64_t sequence, struct wire_delivery *delivery)
{
	struct early_fences *fences = calloc(1, sizeof(*fences)), **end = &link->fences;

	if (!fences)
		return -ENOMEM;
	fences->sequence = link->fences_for = sequence;
	fences->count = delivery->fd_count;
	memcpy(fences->fds, delivery->fds, delivery->fd_count * sizeof(int));
	delivery->fd_count = 0;
	while (*end)
		end = &(*end)->next;
	*end = fences;
	if (++link->fences_count > (link->queue < MAX_QUEUE ? link->queue : MAX_QUEUE) + 1)
		drop_oldest_fences(link);
	return 0;
}

/* Those of a frame: 0 if they were lost on the way. Those of the frames before it are for nobody any more. */
static unsigned
take_fences(struct stream_link *link, uint64_t sequence, int ret[TRANSOM_STREAM_MAX_FENCES])
{
	unsigned count = 0;

	while (link->fences && link->fences->sequence < sequence)
		drop_oldest_fences(link);
	if (link->fences && link->fences->sequence == sequence) {
		count = link->fences->count;
		memcpy(ret, link->fences->fds, count * sizeof(int));
		link->fences->count = 0;
		drop_oldest_fences(link);
	}
	return count;
}

static void
free_link(struct stream_link *link)
{
	if (!link)
		return;
	service_remove(link->service);
	drop_link_fences(link);
	for (uint32_t i = 0; i < link->known_count; i++) {
		transom_surface_unref(link->known[i].surface);
		unref_guard(link->known[i].guard);
	}
	free(link->known);
	if (link->board)
		munmap((void *)link->board, link->board_size);
	if (link->page)
		munmap(link->page, (size_t)sysconf(_SC_PAGESIZE));
	fd_close(link->socket);
	free(link);
}

static int
check_file(int fd, uint64_t size)
{
	const int needed = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int seals = fcntl(fd, F_GET_SEALS);
	struct statfs file_system;
	struct stat st;

	if (seals < 0)
		return -EMEDIUMTYPE;
	if ((seals & needed) != needed)
		return -EPERM;
	if (fstat(fd, &st) < 0 || fstatfs(fd, &file_system) < 0)
		return -errno;
	if ((unsigned long)file_system.f_type != TMPFS_MAGIC)
		return -EMEDIUMTYPE; /* hugetlbfs has seals too, but may have no page for a fault */
	return (uint64_t)st.st_size == size ? 0 : -ERANGE;
}

static int
map_board(struct stream_link *link, int fd, uint64_t size)
{
	void *map;
	int r;

	if (size < sizeof(struct stream_board) + sizeof(struct stream_record) || size > 1u << 26)
		return -ERANGE;
	r = check_file(fd, size);
	if (r < 0)
		return r;
	map = mmap(NULL, size, PROT_READ, MAP_SHARED | MAP_POPULATE, fd, 0); /* so that no frame has to */
	if (map == MAP_FAILED)
		return -errno;
	madvise(map, size, MADV_DONTFORK);
	link->board = map;
	link->board_size = size;
	link->ring_size = link->board->ring_size;
	if (link->board->magic != BOARD_MAGIC)
		return -EBADMSG;
	if (link->board->version != STREAM_VERSION)
		return -EPROTONOSUPPORT;
	if (!link->ring_size || link->ring_size & (link->ring_size - 1) ||
	    link->ring_size > (size - sizeof(struct stream_board)) / sizeof(struct stream_record))
		return -EPROTO;
	return 0;
}

static int
map_card(struct stream_link *link, int fd, uint32_t offset)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	void *map;
	int r;

	if (offset % STREAM_LINE || offset > page - sizeof(struct stream_card))
		return -EPROTO;
	r = check_file(fd, page);
	if (r < 0)
		return r;
	map = mmap(NULL, page, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return errno == EPERM ? -EACCES : -errno;
	madvise(map, page, MADV_DONTFORK);
	link->page = map;
	link->card = (struct stream_card *)(void *)((char *)map + offset);
	return 0;
}

static void
set_grant(struct stream_link *link, uint32_t granted, uint32_t queue)
{
	link->granted = granted < TRANSOM_STREAM_MAX_HELD ? granted : TRANSOM_STREAM_MAX_HELD;
	link->queue = queue;
}

static int
accept_welcome(struct stream_link *link, const struct stream_welcome *welcome, const int *fds)
{
	int r = map_board(link, fds[0], welcome->board_size);

	if (r == 0)
		r = map_card(link, fds[1], welcome->card_offset);
	if (r == 0 && !welcome->granted)
		r = -EPROTO;
	set_grant(link, welcome->granted, welcome->queue);
	return r;
}

/* Says what is wished for, and waits for the answer. */
static int
shake_hands(struct transom_subscriber *subscriber, struct stream_link *link, int64_t deadline,
	    uint64_t *ret_joined)
{
	struct stream_hello hello = {
		.mode = subscriber->options.mode,
		.held = subscriber->options.held,
		.least_held = subscriber->options.least_held,
		.queue = subscriber->options.queue,
	};
	struct wire_delivery delivery;
	union stream_message message;
	int r;

	r = wire_ask_for_sender(link->socket, 0);
	if (r == 0)
		r = stream_send(link->socket, STREAM_HELLO, &hello, sizeof(hello), NULL, 0, deadline);
	if (r == 0)
		r = stream_receive(link->socket, deadline, &message, &delivery);
	if (r < 0)
		return r == -ENOTCONN ? -EPIPE : r;
	if (message.header.type == STREAM_WELCOME) {
		r = accept_welcome(link, &message.welcome, delivery.fds);
		*ret_joined = message.welcome.joined;
	} else if (message.header.type == STREAM_REFUSED) {
		r = message.refused.error == -EAGAIN || message.refused.error == -EINVAL
			    ? message.refused.error
			    : -EPROTO;
	} else {
		/* A publisher that ends says so to strangers too. */
		r = message.header.type == STREAM_BYE ? -EPIPE : -EPROTO;
	}
	wire_drop(&delivery);
	return r;
}

static void
begin_link(struct transom_subscriber *subscriber, struct stream_link *link, uint64_t joined)
{
	struct epoll_event event = { .events = EPOLLIN };

	epoll_ctl(subscriber->epoll, EPOLL_CTL_ADD, link->socket, &event);
	subscriber->link = link;
	subscriber->cursor = joined;
	/* The newest frame is new to who sees it for the first time; who sees every one begins after it. */
	subscriber->seen =
		subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY || !joined ? joined : joined - 1;
}

/* Frames of a link that ends keep their surfaces, and forget their slots. */
static void
end_link(struct transom_subscriber *subscriber)
{
	struct stream_link *link = subscriber->link;

	subscriber->link = NULL;
	if (!link)
		return;
	for (unsigned i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
		if (subscriber->frames[i].link == link)
			subscriber->frames[i].link = NULL;
	epoll_ctl(subscriber->epoll, EPOLL_CTL_DEL, link->socket, NULL);
	free_link(link);
}

/* What the publisher says by its socket */

static void
forget(struct stream_link *link, uint32_t index, uint32_t generation)
{
	if (index >= link->known_count || link->known[index].generation != generation)
		return;
	link->known[index].surface = transom_surface_unref(link->known[index].surface);
	link->known[index].guard = unref_guard(link->known[index].guard);
}

static int
make_place(struct stream_link *link, uint32_t index)
{
	struct known *known;

	if (index >= TRANSOM_STREAM_MAX_BUFFERS)
		return -EPROTO;
	if (index < link->known_count)
		return 0;
	known = reallocarray(link->known, index + 1, sizeof(*known));
	if (!known)
		return -ENOMEM;
	memset(known + link->known_count, 0, (index + 1 - link->known_count) * sizeof(*known));
	link->known = known;
	link->known_count = index + 1;
	return 0;
}

/* Takes the descriptor if it returns 0. */
static int
make_guard(int *fd, struct stream_guard **ret)
{
	struct stream_guard *guard = calloc(1, sizeof(*guard));

	if (!guard)
		return -ENOMEM;
	guard->references = 1;
	guard->fd = *fd;
	*fd = -1;
	*ret = guard;
	return 0;
}

/* The memory that this takes, where nothing was drawn yet, the publisher would take when it draws. */
static void
prefault(struct transom_surface *surface)
{
	madvise(atomic_load(&surface->map), surface->header.values_offset, MADV_POPULATE_READ);
}

/* Maps now, so that no frame has to, and on request gets the pages too. */
static int
prepare(const struct transom_subscriber_options *options, struct transom_surface *surface)
{
	int r = surface_map(surface);

	if (r == 0 && options->flags & TRANSOM_SUBSCRIBER_PREFAULT)
		prefault(surface);
	return r;
}

static int
learn(struct transom_subscriber *subscriber, struct stream_link *link, const struct stream_introduce *message,
      int *fd)
{
	struct stream_guard *guard = NULL;
	struct transom_surface *surface;
	struct known *known;
	int r;

	r = make_place(link, message->index);
	if (r == 0)
		r = transom_surface_look_up(*fd, &surface);
	if (r < 0)
		return r;
	r = prepare(&subscriber->options, surface);
	if (r == 0 && message->flags & STREAM_GUARDED)
		r = make_guard(fd, &guard);
	if (r < 0) {
		transom_surface_unref(surface);
		return r;
	}
	known = &link->known[message->index];
	transom_surface_unref(known->surface);
	unref_guard(known->guard);
	known->surface = surface;
	known->guard = guard;
	known->generation = message->generation;
	known->grants = surface_get_grants(surface);
	return 0;
}

static int
handle_message(struct transom_subscriber *subscriber, struct stream_link *link,
	       const union stream_message *message, struct wire_delivery *delivery)
{
	switch (message->header.type) {
	case STREAM_INTRODUCE:
		return learn(subscriber, link, &message->introduce, &delivery->fds[0]);
	case STREAM_FORGET:
		forget(link, message->introduce.index, message->introduce.generation);
		return 0;
	case STREAM_WAKE:
		return 0;
	case STREAM_GRANT:
		if (message->grant.granted > link->granted)
			set_grant(link, message->grant.granted, message->grant.queue);
		return 0;
	case STREAM_FENCES:
		return keep_fences(link, message->fences.sequence, delivery);
	case STREAM_BYE:
		return message->refused.error == -ECONNRESET ? -ECONNRESET : -EPIPE;
	default:
		return -EPROTO;
	}
}

/* Reads one message: 0, -EAGAIN or -ETIMEDOUT for none, else why the link has ended. */
static int
read_message(struct transom_subscriber *subscriber, int64_t deadline)
{
	struct stream_link *link = subscriber->link;
	struct wire_delivery delivery;
	union stream_message message;
	int r;

	if (link->error)
		return link->error;
	r = stream_receive(link->socket, deadline, &message, &delivery);
	if (r == 0) {
		r = handle_message(subscriber, link, &message, &delivery);
		wire_drop(&delivery);
		if (r == -EMFILE || r == -ENFILE || r == -ENOMEM)
			return r; /* this process's trouble, not the link's */
	}
	if (r == -ENOTCONN)
		r = -EPIPE;
	if (r < 0 && r != -EAGAIN && r != -ETIMEDOUT)
		link->error = r;
	return r;
}

/* Reads all that is there. 0, or why the link has ended. */
static int
read_messages(struct transom_subscriber *subscriber)
{
	int r;

	do
		r = read_message(subscriber, 0);
	while (r == 0);
	subscriber->link->looked = deadline_now();
	subscriber->link->quiet = false;
	return r == -EAGAIN ? 0 : r;
}

/* Takes @socket, also on failure. */
static int
join(struct transom_subscriber *subscriber, int socket, int64_t deadline)
{
	struct stream_link *link = calloc(1, sizeof(*link));
	uint64_t joined = 0;
	int r;

	if (!link) {
		fd_close(socket);
		return -ENOMEM;
	}
	link->socket = socket;
	r = shake_hands(subscriber, link, deadline, &joined);
	if (r < 0) {
		free_link(link);
		return r;
	}
	begin_link(subscriber, link, joined);
	if (subscriber->options.flags & TRANSOM_SUBSCRIBER_PREFAULT)
		read_messages(
			subscriber); /* what is introduced already; why it may have ended is found later */
	return 0;
}

/* Acquiring */

static struct transom_frame *
find_frame(struct transom_subscriber *subscriber)
{
	for (unsigned i = 0; i < subscriber->link->granted; i++)
		if (!subscriber->frames[i].in_use &&
		    !atomic_load_explicit(&subscriber->link->card->held[i], memory_order_relaxed))
			return &subscriber->frames[i];
	return NULL;
}

/* What a record said at one moment. */
struct seen_record {
	uint32_t index, generation, fence_count;
	struct transom_frame_info info;
};

/* Copies the record of a frame; false if it is another's, or is being written. */
static bool
copy_record(const struct stream_link *link, uint64_t sequence, struct seen_record *ret)
{
	const struct stream_record *record = &link->board->ring[sequence & (link->ring_size - 1)];
	uint32_t damage, user;

	if (atomic_load_explicit(&record->sequence, memory_order_acquire) != sequence)
		return false;
	ret->index = record->index;
	ret->generation = record->generation;
	ret->fence_count = record->fence_count;
	ret->info.size = sizeof(ret->info);
	ret->info.flags = record->flags;
	ret->info.sequence = sequence;
	ret->info.timestamp = record->timestamp;
	damage = record->damage_count;
	user = record->user_size;
	/* Whatever is there, no more than there is room for; what is wrong is refused below. */
	ret->info.damage_count = damage;
	ret->info.user_size = user;
	if (damage && damage <= TRANSOM_STREAM_MAX_DAMAGE)
		memcpy(ret->info.damage, record->damage, damage * sizeof(record->damage[0]));
	if (user && user <= TRANSOM_STREAM_MAX_USER_DATA)
		memcpy(ret->info.user, record->user, user);
	atomic_thread_fence(memory_order_acquire);
	return atomic_load_explicit(&record->sequence, memory_order_relaxed) == sequence;
}

static int
check_record(const struct seen_record *record)
{
	return record->index < TRANSOM_STREAM_MAX_BUFFERS &&
			       record->info.damage_count <= TRANSOM_STREAM_MAX_DAMAGE &&
			       record->info.user_size <= TRANSOM_STREAM_MAX_USER_DATA &&
			       record->fence_count <= TRANSOM_STREAM_MAX_FENCES
		       ? 0
		       : -EPROTO;
}

/* After a fence that comes after a store to held or cursor. If the socket is full the publisher has enough to read. */
static void
tell_publisher(struct stream_link *link)
{
	struct stream_header message;

	if (atomic_load_explicit(&link->board->publisher_waits, memory_order_relaxed))
		stream_send(link->socket, STREAM_WAKE, &message, sizeof(message), NULL, 0, 0);
}

static void
let_go(struct stream_link *link, unsigned slot)
{
	atomic_store_explicit(&link->card->held[slot], 0, memory_order_release);
	/* FENCE: held is stored before publisher_waits is loaded. */
	atomic_thread_fence(memory_order_seq_cst);
	tell_publisher(link);
}

/* Holds the newest frame. -EAGAIN if there is no new one. */
static int
acquire_latest(struct transom_subscriber *subscriber, unsigned slot, struct seen_record *ret)
{
	struct stream_link *link = subscriber->link;
	uint64_t head = atomic_load_explicit(&link->board->head, memory_order_acquire);

	if (head == subscriber->seen)
		return -EAGAIN;
	for (int i = 0; i < OVERTAKINGS; i++) {
		uint64_t again;

		if (head < subscriber->seen)
			break;
		if (copy_record(link, head, ret)) {
			if (check_record(ret) < 0)
				break;
			atomic_store_explicit(&link->card->held[slot], HELD(head, ret->index),
					      memory_order_relaxed);
			/* FENCE: held is stored before head is loaded again. */
			atomic_thread_fence(memory_order_seq_cst);
			again = atomic_load_explicit(&link->board->head, memory_order_acquire);
			if (again == head)
				return 0;
		} else {
			again = atomic_load_explicit(&link->board->head, memory_order_acquire);
			if (again == head) /* the record of the newest frame must be there */
				break;
		}
		head = again;
	}
	let_go(link, slot);
	return -EPROTO;
}

/* What has been dropped by the publisher counts as missed. */
static bool
skip_dropped(struct transom_subscriber *subscriber)
{
	struct stream_card *card = subscriber->link->card;
	uint64_t floor = atomic_load_explicit(&card->floor, memory_order_acquire);

	if (floor <= subscriber->cursor || floor == STREAM_SHUT_OUT)
		return false;
	subscriber->missed += floor - subscriber->cursor;
	subscriber->cursor = floor;
	atomic_store_explicit(&card->cursor, floor, memory_order_release);
	return true;
}

/* Holds the next frame. */
static int
acquire_every(struct transom_subscriber *subscriber, unsigned slot, struct seen_record *ret)
{
	struct stream_link *link = subscriber->link;

	for (int i = 0; i < OVERTAKINGS; i++) {
		uint64_t head = atomic_load_explicit(&link->board->head, memory_order_acquire);
		uint64_t next;

		if (atomic_load_explicit(&link->card->floor, memory_order_acquire) == STREAM_SHUT_OUT) {
			let_go(link, slot);
			return -ECONNRESET;
		}
		skip_dropped(subscriber);
		next = subscriber->cursor + 1;
		if (head < next)
			return -EAGAIN;
		if (!copy_record(link, next, ret)) {
			/* Only the record of a frame that is not kept may be gone. */
			if (atomic_load_explicit(&link->card->floor, memory_order_acquire) < next)
				break;
			continue;
		}
		if (check_record(ret) < 0)
			break;
		atomic_store_explicit(&link->card->held[slot], HELD(next, ret->index), memory_order_relaxed);
		/* Release: held is stored before cursor. A cursor that is not beyond floor says nothing. */
		atomic_store_explicit(&link->card->cursor, next, memory_order_release);
		/* FENCE: held is stored before floor is loaded, and cursor before publisher_waits. */
		atomic_thread_fence(memory_order_seq_cst);
		if (atomic_load_explicit(&link->card->floor, memory_order_acquire) >= next) {
			let_go(link, slot);
			continue;
		}
		subscriber->cursor = next;
		tell_publisher(link);
		return 0;
	}
	let_go(link, slot);
	return -EPROTO;
}

static bool
is_known(const struct stream_link *link, const struct seen_record *record)
{
	return record->index < link->known_count && link->known[record->index].surface &&
	       link->known[record->index].generation == record->generation;
}

/* The introduction of the frame's buffer, and its fences, came before the frame; here they are read. */
static int
read_what_belongs(struct transom_subscriber *subscriber, const struct seen_record *record)
{
	const struct stream_link *link = subscriber->link;
	int64_t deadline = deadline_after(PATIENCE_MS);
	int r = 0;

	while (r == 0 && !is_known(link, record))
		r = read_message(subscriber, deadline);
	while (r == 0 && record->fence_count && link->fences_for < record->info.sequence)
		r = read_message(subscriber, deadline);
	return r;
}

static void
fill_frame(struct transom_subscriber *subscriber, struct transom_frame *frame, unsigned slot,
	   const struct seen_record *record)
{
	struct stream_link *link = subscriber->link;

	frame->subscriber = subscriber;
	frame->generation = subscriber->generation;
	frame->in_use = true;
	frame->link = link;
	frame->slot = slot;
	frame->index = record->index;
	frame->surface = transom_surface_ref(link->known[record->index].surface);
	frame->guard = ref_guard(link->known[record->index].guard);
	frame->info.size = record->info.size;
	frame->info.flags = record->info.flags;
	frame->info.sequence = record->info.sequence;
	frame->info.timestamp = record->info.timestamp;
	frame->info.damage_count = record->info.damage_count;
	frame->info.user_size = record->info.user_size;
	memcpy(frame->info.damage, record->info.damage,
	       record->info.damage_count * sizeof(frame->info.damage[0]));
	memcpy(frame->info.user, record->info.user, record->info.user_size);
	frame->new_fence_count = 0;
	subscriber->held++;
}

static int
try_acquire(struct transom_subscriber *subscriber, struct transom_frame **ret)
{
	struct stream_link *link = subscriber->link;
	struct transom_frame *frame;
	struct seen_record record;
	unsigned slot;
	int r;

	/* Before anything else: who has a frame but no place for it keeps it for later. */
	frame = find_frame(subscriber);
	if (!frame)
		return -E2BIG;
	slot = (unsigned)(frame - subscriber->frames);
	if (subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY)
		r = acquire_every(subscriber, slot, &record);
	else
		r = acquire_latest(subscriber, slot, &record);
	if (r < 0)
		return r;
	if (!is_known(link, &record) || record.fence_count) {
		r = read_what_belongs(subscriber, &record);
		if (r == 0 && record.fence_count) {
			frame->fence_count = take_fences(link, record.info.sequence, frame->fences);
			if (!frame->fence_count)
				r = -ETIMEDOUT; /* they did not fit into the socket: as if the frame did not */
		}
		if (r < 0) {
			let_go(link, slot);
			if (r != -ETIMEDOUT)
				return r;
			/* A frame that cannot be shown is a frame that was missed. */
			if (subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY)
				subscriber->missed++;
			else
				subscriber->seen = record.info.sequence;
			return -EAGAIN;
		}
	}
	if (subscriber->options.mode == TRANSOM_SUBSCRIBER_LATEST) {
		subscriber->missed += record.info.sequence - subscriber->seen - 1;
		subscriber->seen = record.info.sequence;
	}
	atomic_store_explicit(&link->card->acquired, record.info.sequence, memory_order_relaxed);
	fill_frame(subscriber, frame, slot, &record);
	PROBE2(acquire, record.info.sequence, slot);
	*ret = frame;
	return 0;
}

void
subscriber_release(struct transom_frame *frame)
{
	struct stream_link *link = frame->link;

	PROBE2(release, frame->info.sequence, frame->slot);
	frame->in_use = false;
	frame->subscriber->held--;
	while (frame->fence_count)
		fd_close(frame->fences[--frame->fence_count]);
	if (link && link->card) {
		struct known *known = frame->index < link->known_count ? &link->known[frame->index] : NULL;
		unsigned grants = surface_get_grants(frame->surface);

		/* Rights and uses that were made may outlast the hold: said before it is given up. */
		if (!known || known->surface != frame->surface || known->grants != grants) {
			atomic_fetch_or(&link->card->kept[frame->index / 64],
					(uint64_t)1 << frame->index % 64);
			atomic_store(&link->card->any_kept, 1);
		}
		if (known && known->surface == frame->surface)
			known->grants = grants;
		let_go(link, frame->slot);
	}
	frame->link = NULL;
	frame->surface = transom_surface_unref(frame->surface);
	frame->guard = unref_guard(frame->guard);
}

int
subscriber_send_fences(struct transom_frame *frame, const int *fds, unsigned count)
{
	struct stream_fences message = { .sequence = frame->info.sequence,
					 .index = frame->index,
					 .count = count };
	int r;

	if (!frame->link)
		return -EPIPE;
	atomic_fetch_add(&frame->link->card->fences, 1);
	r = stream_send(frame->link->socket, STREAM_FENCES, &message, sizeof(message), fds, count, 0);
	if (r < 0)
		atomic_fetch_sub(&frame->link->card->fences, 1);
	return r;
}

/* Waiting */

/* Whether acquire would find something that it did not find before. */
static bool
is_news(const struct transom_subscriber *subscriber)
{
	const struct stream_board *board = subscriber->link->board;
	uint64_t head = atomic_load_explicit(&board->head, memory_order_acquire);

	return (subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY ? subscriber->cursor
								     : subscriber->seen) != head ||
	       atomic_load_explicit(&board->ended, memory_order_relaxed);
}

/* 0 when there is news or it was quiet for long, -ETIMEDOUT. */
static int
spin(struct transom_subscriber *subscriber, int64_t now, int64_t deadline)
{
	const struct stream_link *link = subscriber->link;
	uint64_t read =
		subscriber->options.mode == TRANSOM_SUBSCRIBER_EVERY ? subscriber->cursor : subscriber->seen;
	const struct stream_record *next = &link->board->ring[(read + 1) & (link->ring_size - 1)];
	int64_t until = now + QUIET_NS;

	for (;;) {
		for (int i = 0; i < SPINS; i++) {
			/* What the next frame needs comes along with the news, not after them. */
			__builtin_prefetch(next);
			__builtin_prefetch(subscriber->link->card->held, 1);
			if (is_news(subscriber))
				return 0;
			stream_relax();
		}
		now = deadline_now();
		if (now >= deadline)
			return -ETIMEDOUT;
		if (now >= until) {
			subscriber->link->quiet = true;
			return 0;
		}
	}
}

/*
 * In the service's thread: the publisher has ended, or died. It sees waiting, or who is about to sleep sees that
 * it has hung up: the fences.
 */
static void
link_ready(void *context)
{
	struct stream_link *link = context;

	atomic_store_explicit(&link->hung_up, true, memory_order_relaxed);
	atomic_thread_fence(memory_order_seq_cst);
	if (atomic_exchange(&link->card->waiting, AWAKE) == WAITS_ON_FUTEX)
		stream_futex_wake(&link->card->waiting);
}

/* Has the service wake who sleeps when the publisher goes: a futex does not end with who should wake it. */
static void
watch_link(const struct transom_subscriber *subscriber)
{
	struct stream_link *link = subscriber->link;

	if (!link->service && !(subscriber->options.flags & TRANSOM_SUBSCRIBER_NO_THREAD))
		service_add(link->socket, EPOLLRDHUP | EPOLLONESHOT, link_ready, link, &link->service);
}

static bool
has_hung_up(const struct stream_link *link)
{
	return atomic_load_explicit(&link->hung_up, memory_order_relaxed);
}

/* Sleeps until waiting changes. The publisher sees waiting, or this side sees its new head: the fences. */
static int
sleep_on_card(struct transom_subscriber *subscriber, int64_t now, int64_t deadline)
{
	struct stream_card *card = subscriber->link->card;

	if (now >= deadline)
		return -ETIMEDOUT;
	watch_link(subscriber);
	if (!subscriber->link->service && deadline - now > QUIET_NS)
		deadline = now + QUIET_NS; /* nobody tells of the publisher's end */
	atomic_store_explicit(&card->waiting, WAITS_ON_FUTEX, memory_order_relaxed);
	/* FENCE: waiting is stored before head, and whether it has hung up, is loaded again. */
	atomic_thread_fence(memory_order_seq_cst);
	if (!is_news(subscriber) && !has_hung_up(subscriber->link)) {
		stream_futex_wait(&card->waiting, WAITS_ON_FUTEX, deadline);
		subscriber->link->quiet = !subscriber->link->service && !is_news(subscriber);
	}
	atomic_store_explicit(&card->waiting, AWAKE, memory_order_relaxed);
	return 0;
}

/* Says that the descriptor will be polled; true if there is no need to. */
static bool
arm_descriptor(struct transom_subscriber *subscriber)
{
	atomic_store_explicit(&subscriber->link->card->waiting, WAITS_ON_SOCKET, memory_order_relaxed);
	/* FENCE: as in sleep_on_card(). */
	atomic_thread_fence(memory_order_seq_cst);
	return is_news(subscriber);
}

/* Following */

static int
watch_names(struct transom_subscriber *subscriber)
{
	struct epoll_event event = { .events = EPOLLIN };
	int r;

	if (subscriber->watch)
		return 0;
	r = name_watch_create(STREAM_FOLDER, &subscriber->watch);
	if (r == 0)
		epoll_ctl(subscriber->epoll, EPOLL_CTL_ADD, transom_name_watch_get_fd(subscriber->watch),
			  &event);
	return r;
}

static void
unwatch_names(struct transom_subscriber *subscriber)
{
	if (!subscriber->watch)
		return;
	epoll_ctl(subscriber->epoll, EPOLL_CTL_DEL, transom_name_watch_get_fd(subscriber->watch), NULL);
	subscriber->watch = transom_name_watch_unref(subscriber->watch);
}

static int
connect_and_join(struct transom_subscriber *subscriber, int64_t deadline)
{
	int socket = -1, r;

	r = name_connect(STREAM_FOLDER, subscriber->name, deadline, &socket);
	if (r < 0)
		return r;
	r = join(subscriber, socket, deadline);
	/* The publisher went while it was asked. */
	return r == -EPIPE ? -ENOENT : r;
}

/*
 * How long a publisher that has come again may take to answer: not beyond the caller's own time, but for who
 * does not wait, and would never join if the answer had to be there at once.
 */
static int64_t
choose_joining(const struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline)
{
	int64_t joining = deadline_after(timeout_ms ? (int)subscriber->options.timeout_ms : PATIENCE_MS);

	return timeout_ms && deadline < joining ? deadline : joining;
}

/* Without a link: waits until the name appears, and joins. 0, -EAGAIN, -ETIMEDOUT. */
static int
follow(struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline)
{
	struct transom_name_event event;
	int r;

	for (;;) {
		int64_t soon = deadline_after(RETRY_MS);

		r = watch_names(subscriber); /* first: who appears after the try is not missed */
		if (r < 0)
			return r;
		while (transom_name_watch_next(subscriber->watch, 0, &event) == 0)
			;
		r = connect_and_join(subscriber, choose_joining(subscriber, timeout_ms, deadline));
		if (r == 0) {
			unwatch_names(subscriber);
			return 0;
		}
		if (r != -ENOENT && r != -EAGAIN && r != -ETIMEDOUT)
			return r;
		if (timeout_ms == 0)
			return -EAGAIN;
		/* A name that is there but refuses, or does not answer, is tried again soon. */
		r = deadline_poll(transom_name_watch_get_fd(subscriber->watch), POLLIN,
				  r == -ENOENT || soon > deadline ? deadline : soon);
		if (r < 0)
			return r;
		if (r == 0 && deadline_remaining_ms(deadline) == 0)
			return -ETIMEDOUT;
	}
}

/*
 * What is on the socket can wait: introductions and fences are read when a frame needs them, and the end of
 * the stream is on the board. But who has the descriptor must not sleep over a message, and who does not
 * wait may not come again soon.
 */
static bool
must_look(const struct transom_subscriber *subscriber, int timeout_ms, int64_t now)
{
	const struct stream_link *link = subscriber->link;

	return timeout_ms == 0 || subscriber->polled || link->error || link->quiet || has_hung_up(link) ||
	       now - link->looked >= LOOK_NS ||
	       atomic_load_explicit(&link->board->ended, memory_order_relaxed);
}

/* After -EAGAIN: waits for news. 0 to try again. */
static int
wait_for_news(struct transom_subscriber *subscriber, int timeout_ms, int64_t deadline)
{
	int64_t now = deadline_now();

	if (must_look(subscriber, timeout_ms, now)) {
		int r = read_messages(subscriber);

		if (r < 0)
			return r;
		if (atomic_load_explicit(&subscriber->link->board->ended, memory_order_relaxed))
			return -EPIPE;
	}
	if (timeout_ms == 0) {
		if (subscriber->polled && arm_descriptor(subscriber))
			return 0;
		return -EAGAIN;
	}
	if (subscriber->options.flags & TRANSOM_SUBSCRIBER_BUSY_POLL)
		return spin(subscriber, now, deadline);
	return sleep_on_card(subscriber, now, deadline);
}

/* Nothing more comes: surfaces from elsewhere are kept in use for frames that are held alone. */
static void
give_up_link(struct stream_link *link, int error)
{
	if (!link->error)
		link->error = error;
	for (uint32_t i = 0; i < link->known_count; i++)
		link->known[i].guard = unref_guard(link->known[i].guard);
}

int
transom_subscriber_acquire(struct transom_subscriber *subscriber, int timeout_ms, struct transom_frame **ret)
{
	int64_t deadline = 0;
	int r;

	if (!subscriber || !ret)
		return -EINVAL;
	if (subscriber->generation != fork_generation())
		return -ECHILD;
	for (bool first = true;; first = false) {
		if (subscriber->link) {
			r = try_acquire(subscriber, ret);
			if (r == 0 || r == -E2BIG)
				return r;
			/* The steady state ends here: what follows may make system calls. */
			if (first)
				deadline = deadline_after(timeout_ms);
			if (r == -EAGAIN)
				r = wait_for_news(subscriber, timeout_ms, deadline);
			/* What was published between the last look and the end is there, and nothing more comes. */
			if (r == -EPIPE && is_news(subscriber) && try_acquire(subscriber, ret) == 0)
				return 0;
			if (r == 0)
				continue;
			if (r == -EAGAIN || r == -ETIMEDOUT || r == -EMFILE || r == -ENFILE || r == -ENOMEM)
				return r;
		} else {
			r = -EPIPE;
			if (first)
				deadline = deadline_after(timeout_ms);
		}
		if (r != -EPIPE || !(subscriber->options.flags & TRANSOM_SUBSCRIBER_FOLLOW)) {
			if (subscriber->link)
				give_up_link(subscriber->link, r);
			return r;
		}
		end_link(subscriber);
		r = follow(subscriber, timeout_ms, deadline);
		if (r < 0)
			return r;
	}
}

/* Life */

static int
check_options(const struct transom_subscriber_options *options)
{
	const uint32_t known = TRANSOM_SUBSCRIBER_FOLLOW | TRANSOM_SUBSCRIBER_BUSY_POLL |
			       TRANSOM_SUBSCRIBER_NO_THREAD | TRANSOM_SUBSCRIBER_PREFAULT;

	if (options->size < sizeof(*options) || options->flags & ~known ||
	    options->mode > TRANSOM_SUBSCRIBER_EVERY || options->least_held > options->held ||
	    options->timeout_ms > INT32_MAX)
		return -EINVAL;
	return options->held > TRANSOM_STREAM_MAX_HELD ? -E2BIG : 0;
}

static int
new_subscriber(const struct transom_subscriber_options *options, struct transom_subscriber **ret)
{
	struct transom_subscriber *subscriber = calloc(1, sizeof(*subscriber));
	int r;

	if (!subscriber)
		return -ENOMEM;
	subscriber->generation = fork_generation();
	subscriber->options = *options;
	subscriber->options.name = NULL; /* the caller's */
	if (!options->timeout_ms)
		subscriber->options.timeout_ms = DEFAULT_TIMEOUT_MS;
	subscriber->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (subscriber->epoll < 0) {
		r = -errno;
		free(subscriber);
		return r;
	}
	fork_list_add(&subscribers, &subscriber->link_of_all);
	*ret = subscriber;
	return 0;
}

int
transom_subscriber_create(const struct transom_subscriber_options *options, struct transom_subscriber **ret)
{
	struct transom_subscriber *subscriber;
	int r;

	if (!options || !ret)
		return -EINVAL;
	r = check_options(options);
	if (r == 0)
		r = name_check(options->name);
	if (r == 0)
		r = new_subscriber(options, &subscriber);
	if (r < 0)
		return r;
	strcpy(subscriber->name, options->name);
	r = connect_and_join(subscriber, deadline_after((int)subscriber->options.timeout_ms));
	if (r == -ENOENT && options->flags & TRANSOM_SUBSCRIBER_FOLLOW)
		r = watch_names(subscriber);
	if (r < 0) {
		transom_subscriber_unref(subscriber);
		return r;
	}
	*ret = subscriber;
	return 0;
}

int
transom_subscriber_create_from_fd(int socket, const struct transom_subscriber_options *options,
				  struct transom_subscriber **ret)
{
	static const struct transom_subscriber_options defaults = { .size = sizeof(defaults) };
	struct transom_subscriber *subscriber;
	int copy = -1, r;

	if (!ret)
		return -EINVAL;
	options = options ? options : &defaults;
	r = check_options(options);
	if (r == 0 && options->flags & TRANSOM_SUBSCRIBER_FOLLOW)
		r = -EINVAL; /* there is no name to follow */
	if (r == 0)
		r = fd_dup(socket, &copy);
	if (r < 0)
		return r;
	r = new_subscriber(options, &subscriber);
	if (r < 0) {
		fd_close(copy);
		return r;
	}
	r = join(subscriber, copy, deadline_after((int)subscriber->options.timeout_ms));
	if (r < 0) {
		transom_subscriber_unref(subscriber);
		return r;
	}
	*ret = subscriber;
	return 0;
}

struct transom_subscriber *
transom_subscriber_unref(struct transom_subscriber *subscriber)
{
	if (!subscriber)
		return NULL;
	fork_list_remove(&subscribers, &subscriber->link_of_all);
	for (unsigned i = 0; i < TRANSOM_STREAM_MAX_HELD; i++)
		transom_frame_release(&subscriber->frames[i]);
	if (subscriber->generation == fork_generation())
		end_link(subscriber);
	else
		free_link(subscriber->link);
	transom_name_watch_unref(subscriber->watch);
	fd_close(subscriber->epoll);
	free(subscriber);
	return NULL;
}

int
transom_subscriber_get_fd(struct transom_subscriber *subscriber)
{
	if (!subscriber)
		return -EINVAL;
	if (subscriber->generation != fork_generation())
		return -ECHILD;
	subscriber->polled = true;
	return subscriber->epoll;
}

/* The counts are the parent's. */
static bool
is_own(const struct transom_subscriber *subscriber)
{
	return subscriber && subscriber->generation == fork_generation();
}

uint64_t
transom_subscriber_get_missed(const struct transom_subscriber *subscriber)
{
	return is_own(subscriber) ? subscriber->missed : 0;
}

uint32_t
transom_subscriber_get_granted(const struct transom_subscriber *subscriber)
{
	return is_own(subscriber) && subscriber->link ? subscriber->link->granted : 0;
}

int
transom_stream_list_create(struct transom_name_list **ret)
{
	return name_list_create(STREAM_FOLDER, ret);
}

int
transom_stream_watch_create(struct transom_name_watch **ret)
{
	return name_watch_create(STREAM_FOLDER, ret);
}
