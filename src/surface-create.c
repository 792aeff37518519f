/* surface-create.c - making a surface: its file, its header, its memory, its seals. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fd-private.h"
#include "random-private.h"
#include "surface-private.h"

#ifndef MFD_NOEXEC_SEAL /* since Linux 6.3; Debian 12's headers are older */
#define MFD_NOEXEC_SEAL 0x0008U
#endif
#ifndef MADV_POPULATE_WRITE /* since Linux 5.14, and glibc 2.35 */
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

enum { ALLOCATION_STEP = 4 << 20 };

/* In steps: a signal may interrupt one, which is then undone, and many signals must not undo it all. */
static int
allocate(int fd, uint64_t offset, uint64_t size)
{
	for (uint64_t done = 0; done < size;) {
		uint64_t step = size - done < ALLOCATION_STEP ? size - done : ALLOCATION_STEP;

		if (fallocate(fd, 0, (off_t)(offset + done), (off_t)step) == 0)
			done += step;
		else if (errno != EINTR)
			return errno == ENOSPC ? -ENOMEM : -errno;
	}
	return 0;
}

/* Takes the memory now. Never through a touch, which would end the process if there is none. */
static int
populate(struct transom_surface *surface)
{
	const struct surface_header *header = &surface->header;
	char *data = (char *)atomic_load(&surface->map) + header->data_offset;
	int advice = surface->writable ? MADV_POPULATE_WRITE : MADV_POPULATE_READ;
	int r = 0;

	if (!surface->memory)
		r = allocate(surface->fd, header->data_offset, header->geometry.allocation_size);
	if (r < 0)
		return r;
	while (madvise(data, header->geometry.allocation_size, advice) < 0) {
		if (errno == EINVAL)
			break; /* an older kernel, or a device's pages: there, and the first touch maps them */
		if (errno != EINTR)
			return errno == EFAULT || errno == EAGAIN ? -ENOMEM : -errno;
	}
	return 0;
}

static int
create_file(const struct surface_header *header, int *ret)
{
	static atomic_bool old_kernel;
	unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = -1;

	if (!atomic_load_explicit(&old_kernel, memory_order_relaxed)) {
		fd = memfd_create("transom", flags | MFD_NOEXEC_SEAL);
		if (fd < 0 && errno == EINVAL)
			atomic_store(&old_kernel, true);
	}
	if (fd < 0 && atomic_load_explicit(&old_kernel, memory_order_relaxed))
		fd = memfd_create("transom", flags);
	if (fd < 0)
		return -errno;
	if (TEMP_FAILURE_RETRY(ftruncate(fd, (off_t)surface_layout_get_file_size(header))) < 0) {
		int r = errno == EFBIG || errno == ENOSPC ? -ENOMEM : -errno;

		fd_close(fd);
		return r;
	}
	*ret = fd;
	return 0;
}

static int
write_all(int fd, const void *data, size_t size, off_t offset)
{
	ssize_t n;

	do
		n = pwrite(fd, data, size, offset);
	while (n < 0 && errno == EINTR);
	if (n == (ssize_t)size)
		return 0;
	return n < 0 && errno != ENOSPC ? -errno : -ENOMEM;
}

static int
write_header(const struct transom_surface *surface)
{
	int r = write_all(surface->fd, &surface->header, sizeof(surface->header), 0);

	if (r == 0 && surface->memory)
		r = write_all(surface->fd, &surface->memory->table, sizeof(surface->memory->table),
			      sizeof(surface->header));
	return r;
}

/* The memory as the options want it; then it is sealed, and nobody can take it from under anyone. */
static int
prepare_memory(struct transom_surface *surface, uint32_t flags)
{
	int seals = F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL;
	int r = write_header(surface);

	if (r < 0)
		return r;
	/* Before FUTURE_WRITE: what is mapped then stays writable, and nothing else ever is. */
	if (flags & (TRANSOM_SURFACE_MAKER_WRITES | TRANSOM_SURFACE_PREFAULT | TRANSOM_SURFACE_HUGE_PAGES)) {
		r = surface_map(surface);
		if (r < 0)
			return r;
	}
	if (flags & TRANSOM_SURFACE_HUGE_PAGES) /* a wish: a kernel without them refuses */
		(void)madvise(atomic_load(&surface->map), surface_layout_get_map_size(&surface->header),
			      MADV_HUGEPAGE);
	if (flags & TRANSOM_SURFACE_PREFAULT) {
		r = populate(surface);
		if (r < 0)
			return r;
	}
	if (flags & TRANSOM_SURFACE_MAKER_WRITES) {
		seals |= F_SEAL_FUTURE_WRITE;
		r = surface->memory ? surface_memory_seal(surface->memory) : 0;
		if (r < 0)
			return r;
	}
	return fcntl(surface->fd, F_ADD_SEALS, seals) < 0 ? -errno : 0;
}

int
surface_check_options(uint32_t flags, uint32_t known, const char *name)
{
	if (flags & ~known)
		return -EINVAL;
	if (name && strnlen(name, TRANSOM_SURFACE_MAX_NAME + 1) > TRANSOM_SURFACE_MAX_NAME)
		return -ENAMETOOLONG;
	return 0;
}

int
surface_fill_header(uint32_t flags, const char *name, struct surface_header *ret)
{
	int r;

	ret->magic = SURFACE_MAGIC;
	ret->version = SURFACE_VERSION;
	ret->flags = flags & (TRANSOM_SURFACE_MAKER_WRITES | TRANSOM_SURFACE_GLOBAL);
	ret->maker = getpid();
	if (name)
		strcpy(ret->name, name);
	r = random_bytes(ret->identity, sizeof(ret->identity));
	if (r < 0)
		return r;
	memcpy(&ret->id, ret->identity, sizeof(ret->id)); /* a global surface may yet get another */
	ret->id = ret->id ? ret->id : 1;
	return 0;
}

int
surface_make(const struct surface_header *header, struct surface_memory *memory, uint32_t flags,
	     struct transom_surface **ret)
{
	struct transom_surface *surface;
	int fd = -1, r;

	r = create_file(header, &fd);
	if (r < 0) {
		surface_memory_free(memory);
		return r;
	}
	r = surface_new(fd, header, memory, &surface);
	if (r < 0)
		return r;
	surface->state_writable = true;
	surface->writable = !memory || memory->writable;
	atomic_init(&surface->shared, flags & TRANSOM_SURFACE_GLOBAL);
	r = prepare_memory(surface, flags);
	if (r == 0)
		r = surface_enter(surface, flags);
	if (r < 0) {
		transom_surface_unref(surface);
		return r;
	}
	*ret = surface;
	return 0;
}

int
transom_surface_create(const struct transom_surface_options *options, struct transom_surface **ret)
{
	const uint32_t known = TRANSOM_SURFACE_MAKER_WRITES | TRANSOM_SURFACE_PREFAULT |
			       TRANSOM_SURFACE_HUGE_PAGES | TRANSOM_SURFACE_GLOBAL;
	struct surface_header header = { 0 };
	int r;

	if (!ret || !options || options->size < sizeof(*options))
		return -EINVAL;
	r = surface_check_options(options->flags, known, options->name);
	if (r == 0)
		r = surface_fill_header(options->flags, options->name, &header);
	if (r == 0)
		r = surface_layout_choose(options, &header);
	return r < 0 ? r : surface_make(&header, NULL, options->flags, ret);
}
