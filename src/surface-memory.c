/* surface-memory.c - surfaces whose pixels lie in files of others; how those travel is surface-capsule.c's. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "checked-private.h"
#include "fd-private.h"
#include "surface-private.h"

#define TMPFS_MAGIC 0x01021994 /* linux/magic.h */

/* What a descriptor leads to, if it is memory of which nobody can take a byte. */
struct file {
	uint64_t size, device, inode;
	bool is_dma_buf, writable;
};

/*
 * The seals come first, as for the surface's own file: the question never leaves the kernel. GROW and SEAL
 * are not asked for: who makes a file longer harms nobody, and who forbids to write it later is obeyed.
 */
static int
examine_memory_file(int fd, int seals, struct file *ret)
{
	struct statfs file_system;

	if (!(seals & F_SEAL_SHRINK))
		return -EPERM;
	if (fstatfs(fd, &file_system) < 0)
		return -errno;
	if ((unsigned long)file_system.f_type != TMPFS_MAGIC)
		return -EMEDIUMTYPE;
	ret->writable = !(seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE));
	return 0;
}

static int
examine_dma_buf(int fd, struct file *ret)
{
	int r = surface_is_dma_buf(fd);

	if (r <= 0)
		return r < 0 ? r : -EMEDIUMTYPE;
	ret->is_dma_buf = true;
	ret->writable = true;
	return 0;
}

static int
examine(int fd, struct file *ret)
{
	int seals = fcntl(fd, F_GET_SEALS), mode, r;
	struct stat st;
	off_t size;

	*ret = (struct file){ 0 };
	if (seals < 0 && errno == EBADF)
		return -EBADF;
	r = seals < 0 ? examine_dma_buf(fd, ret) : examine_memory_file(fd, seals, ret);
	if (r < 0)
		return r;
	mode = fcntl(fd, F_GETFL);
	if (mode < 0 || fstat(fd, &st) < 0)
		return -errno;
	size = ret->is_dma_buf ? lseek(fd, 0, SEEK_END) : st.st_size;
	if (size < 0)
		return -EMEDIUMTYPE;
	if ((mode & O_ACCMODE) == O_WRONLY)
		return -EACCES;
	ret->size = (uint64_t)size;
	ret->device = st.st_dev;
	ret->inode = st.st_ino;
	ret->writable &= (mode & O_ACCMODE) == O_RDWR;
	return 0;
}

static struct surface_memory *
new_memory(void)
{
	struct surface_memory *memory = calloc(1, sizeof(*memory));

	for (int i = 0; memory && i < TRANSOM_MAX_PLANES; i++)
		memory->fds[i] = -1;
	if (memory)
		memory->writable = true;
	return memory;
}

void
surface_memory_free(struct surface_memory *memory)
{
	if (!memory)
		return;
	for (int i = 0; i < TRANSOM_MAX_PLANES; i++)
		fd_close(memory->fds[i]);
	free(memory);
}

/* Whether a file is the one of a part, and as long as its table says. */
static int
check_part(const struct surface_part *part, const struct file *file)
{
	if (part->device != file->device || part->inode != file->inode)
		return -EPROTO;
	return part->offset + part->size <= file->size ? 0 : -ERANGE;
}

int
surface_memory_receive(const struct surface_parts *table, int *fds, unsigned count,
		       struct surface_memory **ret)
{
	struct surface_memory *memory;

	if (table->count != count)
		return -EPROTO;
	memory = new_memory();
	if (!memory)
		return -ENOMEM;
	memory->table = *table;
	for (unsigned i = 0; i < count; i++) {
		struct file file;
		int r = examine(fds[i], &file);

		if (r == 0)
			r = check_part(&table->parts[i], &file);
		if (r < 0) {
			surface_memory_free(memory);
			return r == -EBADF ? -EMEDIUMTYPE
					   : r; /* a descriptor that is good for nothing (O_PATH) */
		}
		memory->is_dma_buf[i] = file.is_dma_buf;
		memory->writable &= file.writable;
		memory->fds[i] = fds[i];
		fds[i] = -1;
	}
	*ret = memory;
	return 0;
}

bool
surface_memory_is(const struct surface_memory *memory, const int *fds, unsigned count)
{
	if (!memory || memory->table.count != count)
		return false;
	for (unsigned i = 0; i < count; i++) {
		const struct surface_part *part = &memory->table.parts[i];
		struct statx st;

		/* Of a server's file the kernel tells what it knows, and its device is never that of memory. */
		if (statx(fds[i], "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_INO, &st) < 0 ||
		    makedev(st.stx_dev_major, st.stx_dev_minor) != part->device || st.stx_ino != part->inode)
			return false;
	}
	return true;
}

static int
map_error(int error)
{
	switch (error) {
	case EPERM:
	case EACCES:
		return -EACCES;
	case ENOMEM:
	case EAGAIN:
		return -ENOMEM;
	default: /* memory of a device that the processor does not reach */
		return -EOPNOTSUPP;
	}
}

/* With the lock held. What was mapped before a failure stays: it is where it belongs. */
static int
map_parts(struct transom_surface *surface)
{
	const struct surface_memory *memory = surface->memory;
	char *at = (char *)atomic_load(&surface->map) + surface->header.data_offset;
	int protection = surface->writable ? PROT_READ | PROT_WRITE : PROT_READ;
	size_t page = surface->header.page_size;

	for (uint32_t i = 0; i < memory->table.count; i++) {
		const struct surface_part *part = &memory->table.parts[i];

		if (mmap(at, part->size, protection, MAP_SHARED | MAP_FIXED, memory->fds[i],
			 (off_t)part->offset) == MAP_FAILED)
			return map_error(errno);
		at += (part->size + page - 1) / page * page;
	}
	return 0;
}

int
surface_memory_map(struct transom_surface *surface)
{
	struct surface_memory *memory = surface->memory;
	int r = 0;

	/* Acquire and release: who sees it set sees the mappings. The second look has the lock. */
	if (atomic_load_explicit(&memory->mapped, memory_order_acquire))
		return 0;
	pthread_mutex_lock(&surface->lock);
	if (!atomic_load_explicit(&memory->mapped, memory_order_relaxed)) {
		r = map_parts(surface);
		if (r == 0)
			atomic_store_explicit(&memory->mapped, true, memory_order_release);
	}
	pthread_mutex_unlock(&surface->lock);
	return r;
}

int
surface_memory_seal(const struct surface_memory *memory)
{
	/* All or none: a seal cannot be taken back. */
	for (uint32_t i = 0; i < memory->table.count; i++)
		if (fcntl(memory->fds[i], F_GET_SEALS) & F_SEAL_SEAL)
			return -EACCES;
	for (uint32_t i = 0; i < memory->table.count; i++)
		if (fcntl(memory->fds[i], F_ADD_SEALS, F_SEAL_FUTURE_WRITE) < 0)
			return errno == EPERM ? -EACCES : -errno;
	return 0;
}

int
surface_memory_begin_access(struct transom_surface *surface, bool write, bool may_block)
{
	const struct surface_memory *memory = surface->memory;
	int r = surface_memory_map(surface);

	for (uint32_t i = 0; i < memory->table.count && r == 0; i++) {
		if (memory->is_dma_buf[i] && !may_block && !surface_dma_buf_is_idle(memory->fds[i], write))
			r = -EAGAIN;
		else if (memory->is_dma_buf[i])
			r = surface_sync_dma_buf(memory->fds[i], write, false);
		for (uint32_t j = i; r < 0 && j-- > 0;)
			if (memory->is_dma_buf[j])
				surface_sync_dma_buf(memory->fds[j], write, true);
	}
	return r;
}

int
surface_memory_end_access(const struct surface_memory *memory, bool write)
{
	int result = 0;

	for (uint32_t i = 0; i < memory->table.count; i++) {
		int r = memory->is_dma_buf[i] ? surface_sync_dma_buf(memory->fds[i], write, true) : 0;

		result = r < 0 ? r : result;
	}
	return result;
}

/* Making one */

/* The part that the file of a plane is, which comes to the others if it is not there yet. */
static int
find_part(struct surface_memory *memory, int fd, const struct file *file, uint32_t *ret)
{
	uint32_t i = 0;
	int r;

	memory->writable &= file->writable;
	for (; i < memory->table.count; i++) {
		*ret = i;
		if (memory->table.parts[i].device == file->device &&
		    memory->table.parts[i].inode == file->inode)
			return 0;
	}
	r = fd_dup(fd, &memory->fds[i]);
	if (r < 0)
		return r;
	memory->table.parts[i] =
		(struct surface_part){ UINT64_MAX, 0, file->device, file->inode }; /* nothing of it yet */
	memory->is_dma_buf[i] = file->is_dma_buf;
	memory->table.count++;
	*ret = i;
	return 0;
}

/* What the caller did not say of a plane, as the format has it; an unknown one leaves nothing open. */
static int
complete_plane(const struct transom_plane_layout *own, struct transom_plane_layout *plane)
{
	uint64_t rows;

	if (own) {
		plane->width = plane->width ? plane->width : own->width;
		plane->height = plane->height ? plane->height : own->height;
		if (plane->width != own->width || plane->height != own->height ||
		    (plane->bytes_per_element && plane->bytes_per_element != own->bytes_per_element) ||
		    (plane->element_width && plane->element_width != own->element_width) ||
		    (plane->element_height && plane->element_height != own->element_height))
			return -ERANGE;
		plane->bytes_per_element = own->bytes_per_element;
		plane->element_width = own->element_width;
		plane->element_height = own->element_height;
		plane->bytes_per_row = plane->bytes_per_row ? plane->bytes_per_row : own->bytes_per_row;
	}
	plane->element_width = plane->element_width ? plane->element_width : 1;
	plane->element_height = plane->element_height ? plane->element_height : 1;
	rows = ((uint64_t)plane->height + plane->element_height - 1) / plane->element_height;
	if (!plane->size && !checked_mul(rows, plane->bytes_per_row, &plane->size))
		return -EOVERFLOW;
	return plane->size ? 0 : -EINVAL;
}

/* Takes the plane's bytes into the part: the part begins at a page. */
static int
extend_part(struct surface_part *part, const struct transom_plane_layout *plane, uint64_t file_size,
	    uint64_t page)
{
	uint64_t begin = plane->offset / page * page, end, old_end = part->offset + part->size;

	if (!checked_add(plane->offset, plane->size, &end))
		return -EOVERFLOW;
	if (end > file_size)
		return -ERANGE;
	if (part->size) {
		begin = begin < part->offset ? begin : part->offset;
		end = end > old_end ? end : old_end;
	}
	part->offset = begin;
	part->size = end - begin;
	return 0;
}

/* Where the parts come to lie, and so the planes, of which @indices are the parts. */
static int
place_planes(const struct surface_parts *table, const uint32_t *indices, uint64_t page,
	     struct transom_surface_options *options)
{
	uint64_t starts[TRANSOM_MAX_PLANES], at = 0, end = 0;

	for (uint32_t i = 0; i < table->count; i++) {
		starts[i] = at;
		if (!checked_add(at, table->parts[i].size, &end) || !checked_align(end, page, &at))
			return -EOVERFLOW;
	}
	for (uint32_t i = 0; i < options->plane_count; i++)
		options->planes[i].offset += starts[indices[i]] - table->parts[indices[i]].offset;
	options->allocation_size = end;
	return 0;
}

/* Fills the table and the layout that the planes make together. */
static int
take_planes(const struct transom_surface_memory_options *options, struct surface_memory *memory,
	    struct transom_surface_options *ret)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);
	struct transom_layout own = { 0 };
	uint32_t indices[TRANSOM_MAX_PLANES];
	int r = transom_format_get_layout(options->format, options->width, options->height, 0, &own);

	if (r < 0 && transom_format_get(options->format))
		return r;
	if (own.plane_count && own.plane_count != options->plane_count)
		return -EINVAL;
	for (uint32_t i = 0; i < options->plane_count; i++) {
		struct transom_plane_layout *plane = &ret->planes[i];
		struct file file;

		*plane = options->planes[i].layout;
		r = complete_plane(own.plane_count ? &own.planes[i] : NULL, plane);
		if (r == 0)
			r = examine(options->planes[i].fd, &file);
		if (r == 0)
			r = find_part(memory, options->planes[i].fd, &file, &indices[i]);
		if (r == 0)
			r = extend_part(&memory->table.parts[indices[i]], plane, file.size, page);
		if (r < 0)
			return r;
	}
	return place_planes(&memory->table, indices, page, ret);
}

/* One plane is no planes: the whole. */
static void
make_packed(struct surface_header *header)
{
	if (header->geometry.plane_count != 1)
		return;
	header->geometry.plane_count = 0;
	memset(header->planes, 0, sizeof(header->planes));
}

static int
choose(const struct transom_surface_memory_options *options, struct surface_memory *memory,
       struct surface_header *ret)
{
	struct transom_surface_options layout = {
		.format = options->format,
		.width = options->width,
		.height = options->height,
		.plane_count = options->plane_count,
		.values_size = options->values_size,
	};
	int r = take_planes(options, memory, &layout);

	if (r < 0)
		return r;
	ret->flags |= SURFACE_ELSEWHERE;
	r = surface_layout_choose(&layout, ret);
	if (r == 0)
		make_packed(ret);
	if (r < 0 || !(options->flags & TRANSOM_SURFACE_MAKER_WRITES))
		return r;
	for (uint32_t i = 0; i < memory->table.count; i++)
		if (memory->is_dma_buf[i])
			return -EOPNOTSUPP;
	return memory->writable ? 0 : -EACCES;
}

static int
check_options(const struct transom_surface_memory_options *options)
{
	const uint32_t known = TRANSOM_SURFACE_MAKER_WRITES | TRANSOM_SURFACE_PREFAULT;

	if (!options || options->size < sizeof(*options) || options->reserved || !options->plane_count ||
	    !options->width || !options->height)
		return -EINVAL;
	if (options->flags & TRANSOM_SURFACE_GLOBAL)
		return -EOPNOTSUPP; /* an ID leads to one file */
	if (options->plane_count > TRANSOM_MAX_PLANES)
		return -E2BIG;
	for (uint32_t i = 0; i < options->plane_count; i++)
		if (options->planes[i].reserved)
			return -EINVAL;
	return surface_check_options(options->flags, known, options->name);
}

int
transom_surface_create_with_memory(const struct transom_surface_memory_options *options,
				   struct transom_surface **ret)
{
	struct surface_header header = { 0 };
	struct surface_memory *memory;
	int r;

	if (!ret)
		return -EINVAL;
	r = check_options(options);
	if (r == 0)
		r = surface_fill_header(options->flags, options->name, &header);
	if (r < 0)
		return r;
	memory = new_memory();
	if (!memory)
		return -ENOMEM;
	r = choose(options, memory, &header);
	if (r < 0) {
		surface_memory_free(memory);
		return r;
	}
	return surface_make(&header, memory, options->flags, ret);
}
