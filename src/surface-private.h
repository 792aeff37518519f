/*
 * surface-private.h - the memory of a surface, the object that holds it, and what the files of this
 * room do for each other.
 */
#ifndef TRANSOM_SURFACE_PRIVATE_H
#define TRANSOM_SURFACE_PRIVATE_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/types.h>

#include <transom/surface.h>

/*
 * One memory file: the header's page, the state's page, the pixels, two slots for values. Every part
 * begins at a page, and what is never touched costs nothing. docs/protocol.md has every byte.
 */
#define SURFACE_MAGIC 0x316d6f736e617274u /* "transom1", little-endian */
#define SURFACE_VERSION 1

/* Written once, by the maker, before anybody else has the file. Everybody else trusts a checked copy. */
struct surface_header {
	uint64_t magic;
	uint32_t version;
	uint32_t flags; /* TRANSOM_SURFACE_MAKER_WRITES, TRANSOM_SURFACE_GLOBAL */
	uint8_t identity[16];
	uint32_t id;
	uint32_t page_size;
	uint64_t data_offset;
	uint64_t values_offset;
	uint32_t values_size; /* of one of the two slots */
	int32_t maker; /* its pid, for people */
	struct transom_surface_geometry geometry;
	struct transom_plane_layout planes[TRANSOM_MAX_PLANES];
	char name[TRANSOM_SURFACE_MAX_NAME + 1];
};
_Static_assert(sizeof(struct transom_surface_geometry) == 64, "geometry is part of the protocol");
_Static_assert(sizeof(struct transom_plane_layout) == 40, "plane layout is part of the protocol");
_Static_assert(sizeof(struct surface_header) == 352, "surface header is part of the protocol");

/* Written by everyone who may write the surface, hostile ones included. */
struct surface_state {
	_Atomic uint32_t seed;
	_Atomic uint32_t purgeable;
	_Atomic uint64_t values; /* generation << 32 | bytes; slot = generation & 1 */
};
_Static_assert(sizeof(struct surface_state) == 16, "surface state is part of the protocol");
_Static_assert(sizeof(_Atomic uint64_t) == 8, "surface state is part of the protocol");

/* Bytes of the file that are locked, through descriptions that are not mapped. */
enum surface_lock_byte {
	SURFACE_USE_BYTE = 0, /* shared: a use; exclusive: a claim */
	SURFACE_VALUES_BYTE = 1, /* exclusive: writing values */
};

struct transom_surface {
	atomic_uint references;
	struct surface_header header; /* the checked copy */
	dev_t device;
	ino_t inode;
	struct transom_surface *next_inode, *next_id; /* in the table */
	bool writable;
	/* Without procfs a received surface has one description, the right's: every hold of it is a use. */
	bool adopted;
	unsigned link_generation; /* of forks, plus 1, of the process that made its global link; 0: none */
	int fd; /* a description without locks: a mapping keeps it as long as itself */

	_Atomic(void *) map; /* the whole file, or NULL */
	atomic_uint read_locks, write_locks;
	atomic_uint grants; /* rights made and uses begun by this process, ever */

	pthread_mutex_t lock; /* for all that follows; taken after the table's lock, never before it */
	int use_fd; /* a description of its own for the locks, or -1 */
	unsigned uses;
	bool claimed;
	atomic_bool shared; /* others may watch it: see surface_announce() */
	struct transom_value *values; /* what @values_word stood for, or NULL */
	uint64_t values_word;
};

/* surface-layout.c */

/* Completes and checks what the options say; fills geometry and planes of @ret. */
int
surface_layout_choose(const struct transom_surface_options *options, struct surface_header *ret);

/* Whether geometry, planes and the parts of the file fit together; @file_size is that of the file. */
int
surface_layout_check(const struct surface_header *header, uint64_t file_size);

/* Sets where the parts of the file lie; gives the file's size. */
int
surface_layout_place(struct surface_header *header, uint64_t *ret_file_size);

/* surface.c */

/* The state, mapping it if needed; NULL if that fails. */
struct surface_state *
surface_get_state(struct transom_surface *surface);

int
surface_map(struct transom_surface *surface);

/*
 * A surface object for a file that has been checked. Takes @fd, also on failure. If the table has
 * one for that file already, that one is returned.
 */
int
surface_adopt(int fd, const struct surface_header *header, dev_t device, ino_t inode, bool writable,
	      bool adopted, struct transom_surface **ret);

/* A new reference to the surface of that file, or with that ID, if this process has it. */
struct transom_surface *
surface_find(dev_t device, ino_t inode);
struct transom_surface *
surface_find_id(uint32_t id);

/* Calls @visit for all surfaces of this process with the table locked, until it returns false. */
void
surface_visit(bool (*visit)(struct transom_surface *surface, void *argument), void *argument);

/* surface-use.c; all with @lock held. */

int
surface_open_use(struct transom_surface *surface);
int
surface_claim_locked(struct transom_surface *surface);
void
surface_end_claim_locked(struct transom_surface *surface);

/* After a lock was released without closing its description: makes the event that watchers wait for. */
void
surface_announce(struct transom_surface *surface);

/* surface-id.c */

/*
 * Makes the link of a global surface, by which others have its file from then on: it must be complete and
 * sealed. If another has its ID it gets a new one, in its file too.
 */
int
surface_id_register(struct transom_surface *surface);
void
surface_id_unregister(const struct transom_surface *surface);

/* surface-watch.c: waiting for many surfaces at once. Threads: any. */

struct use_watch;
struct use_watch_entry;

int
use_watch_create(struct use_watch **ret);
void
use_watch_free(struct use_watch *watch);

/* What to poll; after it, use_watch_next() until it has nothing more. */
int
use_watch_get_fd(const struct use_watch *watch);

/* Watches a surface, which must outlive the entry; @tag is what use_watch_next() returns. */
int
use_watch_add(struct use_watch *watch, struct transom_surface *surface, void *tag,
	      struct use_watch_entry **ret);
void
use_watch_remove(struct use_watch_entry *entry);

/* The tag of a surface of which some use has ended, or NULL. */
void *
use_watch_next(struct use_watch *watch);

/* That one was still in use: have it come again soon, a few times (the kernel tells too early). */
void
use_watch_look_again(struct use_watch_entry *entry);

/* Makes the descriptor readable once, from any thread. */
void
use_watch_wake(struct use_watch *watch);

/* How many rights this process has made and uses it has begun, ever: to see that there were new ones. */
unsigned
surface_get_grants(const struct transom_surface *surface);

/*
 * A descriptor that leads to the surface like a right, but is no use: for who sees to it by other means
 * that it is not recycled.
 */
int
surface_create_reference(struct transom_surface *surface, int *ret);

/* Whether a pause was made after a failed attempt; false when it is time to give up. */
bool
surface_pause(unsigned *attempt);

#endif /* TRANSOM_SURFACE_PRIVATE_H */
