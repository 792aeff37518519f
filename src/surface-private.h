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

/* In a header's flags: the pixels lie in other files, its parts. Such a surface travels as a capsule. */
#define SURFACE_ELSEWHERE (1u << 16)

/* Written once, by the maker, before anybody else has the file. Everybody else trusts a checked copy. */
struct surface_header {
	uint64_t magic;
	uint32_t version;
	uint32_t flags; /* TRANSOM_SURFACE_MAKER_WRITES, TRANSOM_SURFACE_GLOBAL, SURFACE_ELSEWHERE */
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

/* What the surface has of another file: whole pages, but for the end. */
struct surface_part {
	uint64_t offset; /* in that file; a multiple of a page */
	uint64_t size;
	uint64_t device, inode; /* so that nobody can put other files to the same header */
};

/* Behind the header, with SURFACE_ELSEWHERE: the parts lie one after another in memory, each at a page. */
struct surface_parts {
	uint32_t count;
	uint32_t reserved;
	struct surface_part parts[TRANSOM_MAX_PLANES];
};
_Static_assert(sizeof(struct surface_part) == 32, "surface part is part of the protocol");
_Static_assert(sizeof(struct surface_parts) == 136, "surface parts are part of the protocol");

/* The message in a capsule; with it come a description of the header's file, locked, and the parts. */
#define CAPSULE_MAGIC 0x73706163736e7274u /* "trnscaps", little-endian */
#define CAPSULE_VERSION 1

struct capsule_message {
	uint64_t magic;
	uint32_t version;
	uint32_t fd_count;
};
_Static_assert(sizeof(struct capsule_message) == 16, "capsule message is part of the protocol");

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

/* The other files of a surface, in this process. */
struct surface_memory {
	struct surface_parts table; /* the checked copy */
	int fds[TRANSOM_MAX_PLANES];
	bool is_dma_buf[TRANSOM_MAX_PLANES];
	bool writable; /* all of them */
	atomic_bool mapped; /* set with the surface's lock held */
};

struct transom_surface {
	atomic_uint references;
	struct surface_header header; /* the checked copy */
	dev_t device;
	ino_t inode;
	struct transom_surface *next_inode, *next_id; /* in the table */
	bool writable; /* the pixels, and all else */
	bool state_writable; /* seed, values, and the locks that exclude */
	/* Without procfs a received surface has one description, the right's: every hold of it is a use. */
	bool adopted;
	unsigned link_generation; /* of forks, plus 1, of the process that made its global link; 0: none */
	int fd; /* a description without locks: a mapping keeps it as long as itself */
	struct surface_memory *memory; /* NULL: the pixels lie in the file of the header */

	_Atomic(void *) map; /* all parts as in the file; pixels that lie elsewhere when memory->mapped */
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

/* Sets where header, pixels and values lie in memory; gives the size of them all. */
int
surface_layout_place(struct surface_header *header, uint64_t *ret_map_size);

/* Bytes in memory of a header that is placed, and of its file: less, if the pixels lie elsewhere. */
size_t
surface_layout_get_map_size(const struct surface_header *header);
size_t
surface_layout_get_file_size(const struct surface_header *header);

/* A plane, or the whole as plane 0 if there are none; false if there is no such plane. */
bool
surface_layout_get_plane(const struct surface_header *header, uint32_t plane,
			 struct transom_plane_layout *ret);

/* Whether the parts account for all pixels, and each plane lies in one of them. */
int
surface_layout_check_parts(const struct surface_header *header, const struct surface_parts *parts);

/* surface.c */

/* The state, mapping it if needed; NULL if that fails. */
struct surface_state *
surface_get_state(struct transom_surface *surface);

/* Maps everything: the pixels too, wherever they are. */
int
surface_map(struct transom_surface *surface);

/* An object that is not in the table. Takes @fd and @memory, which may be NULL, also on failure. */
int
surface_new(int fd, const struct surface_header *header, struct surface_memory *memory,
	    struct transom_surface **ret);

/*
 * Puts a new surface into the table, and makes it global if @flags say so. By its file it can be found before
 * its link exists: a thread that follows the link must find this object, and not make a second one. By its
 * ID only when it has it.
 */
int
surface_enter(struct transom_surface *surface, uint32_t flags);

/* surface-create.c */

/* Whether the options of any way to make a surface have a good name and only these flags. */
int
surface_check_options(uint32_t flags, uint32_t known, const char *name);

/* All of a new header but the layout. */
int
surface_fill_header(uint32_t flags, const char *name, struct surface_header *ret);

/* Makes the surface of a header with a layout. Takes @memory, which may be NULL, also on failure. */
int
surface_make(const struct surface_header *header, struct surface_memory *memory, uint32_t flags,
	     struct transom_surface **ret);

/* surface.c again */

/* What a look-up has found out about a file that has been checked. */
struct surface_origin {
	struct surface_header header;
	dev_t device;
	ino_t inode;
	bool writable; /* the file */
	bool adopted;
	struct surface_memory *memory;
};

/*
 * A surface object for it. Takes @fd and the memory, also on failure. If the table has one for that file
 * already, that one is returned.
 */
int
surface_adopt(int fd, const struct surface_origin *origin, struct transom_surface **ret);

/* A new reference to the surface of that file, or with that ID, if this process has it. */
struct transom_surface *
surface_find(dev_t device, ino_t inode);
struct transom_surface *
surface_find_id(uint32_t id);

/* Calls @visit for all surfaces of this process with the table locked, until it returns false. */
void
surface_visit(bool (*visit)(struct transom_surface *surface, void *argument), void *argument);

/* surface-memory.c: pixels in files of others. */

/* Frees it, and closes its descriptors. NULL is accepted. */
void
surface_memory_free(struct surface_memory *memory);

/*
 * The files that came with a capsule, which the table describes; their descriptors are moved out of @fds.
 * Nothing is mapped.
 */
int
surface_memory_receive(const struct surface_parts *table, int *fds, unsigned count,
		       struct surface_memory **ret);

/* Whether the descriptors lead to these very files. */
bool
surface_memory_is(const struct surface_memory *memory, const int *fds, unsigned count);

/* Maps the pixels to their place. */
int
surface_memory_map(struct transom_surface *surface);

/* Makes that nobody else can map them for writing from now on. */
int
surface_memory_seal(const struct surface_memory *memory);

/* Around each access by the processor. -EAGAIN: a device has not done yet, and it may not block. */
int
surface_memory_begin_access(struct transom_surface *surface, bool write, bool may_block);
int
surface_memory_end_access(const struct surface_memory *memory, bool write);

/* surface-dma-buf.c */

/* Whether it is a dma-buf; it asks nobody but the kernel. 1 or 0; -ENXIO without procfs, -EMFILE, ... */
int
surface_is_dma_buf(int fd);

/* Whether its devices have done what keeps the processor from it. Never waits. */
bool
surface_dma_buf_is_idle(int fd, bool write);

/* Tells the device whose memory it is that the processor begins or has ended to read or write. */
int
surface_sync_dma_buf(int fd, bool write, bool end);

/* surface-capsule.c: one descriptor for several. */

/* Puts the descriptors into a new capsule. */
int
capsule_create(const int *fds, unsigned count, int *ret);

struct wire_delivery;

/* Copies of what is in a capsule: nobody has consumed anything. wire_drop() it. -EMEDIUMTYPE: no capsule. */
int
capsule_open(int capsule, struct wire_delivery *ret);

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
