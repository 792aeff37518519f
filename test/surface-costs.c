/* surface-costs.c - what a surface costs, and signals and lacks of memory or descriptors meanwhile; part of test-surface. */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/surface.h>

#include "harness.h"
#include "surface-private.h"
#include "surfaces.h"

/* The shadow memory of AddressSanitizer has faults of its own. */
__attribute__((noinline, no_sanitize("address"))) static long
count_faults(volatile char *base, size_t size)
{
	struct rusage before, after;

	getrusage(RUSAGE_SELF, &before);
	for (size_t i = 0; i < size; i += 4096)
		base[i] = 1;
	getrusage(RUSAGE_SELF, &after);
	return after.ru_minflt - before.ru_minflt;
}

TEST(prefault_and_huge_pages)
{
	struct transom_surface *surface = create_surface(
		TRANSOM_FORMAT_BGRA8, 1024, 512, TRANSOM_SURFACE_PREFAULT | TRANSOM_SURFACE_HUGE_PAGES);

	skip_under("qemu", "it has page faults of its own");
	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check(count_faults(transom_surface_get_base(surface), 1024 * 512 * 4) < 20);
	transom_surface_unref(surface);
}

TEST(a_surface_costs_two_pages_and_two_descriptors)
{
	struct transom_surface *surfaces[20], *warm = create_small();
	int before;
	struct stat st;

	check_eq(transom_surface_begin_use(warm), 0);
	before = count_fds();
	for (int i = 0; i < 20; i++) {
		surfaces[i] = create_small();
		check_eq(transom_surface_begin_use(surfaces[i]), 0);
		write_pixels(surfaces[i]);
		check_eq(fstat(surfaces[i]->fd, &st), 0);
		/* The pixels that were touched take one page. */
		check(st.st_blocks * 512 <= 3 * sysconf(_SC_PAGESIZE));
	}
	check_eq(count_fds(), before + 2 * 20);
	for (int i = 0; i < 20; i++)
		transom_surface_unref(surfaces[i]);
	transom_surface_unref(warm);
}

TEST(descriptors_run_out)
{
	struct transom_surface *surface = create_small(), *other = (void *)1;
	struct transom_surface_options options = options_of(TRANSOM_FORMAT_BGRA8, 8, 8, 0);
	struct rlimit limit, few;
	int right = -5, fds;

	close(create_right(surface)); /* the folder of procfs is open from here on */
	fds = count_fds();
	getrlimit(RLIMIT_NOFILE, &limit);
	few = limit;
	few.rlim_cur = 3;
	setrlimit(RLIMIT_NOFILE, &few);
	check_eq(transom_surface_create_right(surface, &right), -EMFILE);
	check_eq(transom_surface_begin_use(surface), -EMFILE);
	check_eq(transom_surface_claim(surface), -EMFILE);
	check_eq(transom_surface_create(&options, &other), -EMFILE);
	setrlimit(RLIMIT_NOFILE, &limit);
	check_eq(right, -5);
	check(other == (void *)1);
	check_eq(count_fds(), fds);
	check_eq(transom_surface_begin_use(surface), 0);
	transom_surface_unref(surface);
}

static void
use_everything(struct transom_surface *surface)
{
	struct transom_value *number, *found;
	struct transom_surface *same;
	enum transom_surface_purgeable old;
	char text[256];
	uint32_t seed;
	int right;

	check_eq(transom_surface_lock(surface, TRANSOM_SURFACE_LOCK_WRITE, &seed), 0);
	memset(transom_surface_get_base(surface), 1, 4096);
	check_eq(transom_surface_unlock(surface, TRANSOM_SURFACE_LOCK_WRITE, &seed), 0);
	check_eq(transom_surface_begin_use(surface), 0);
	right = create_right(surface);
	check(transom_surface_is_in_use(surface) && transom_surface_is_in_use_elsewhere(surface));
	check(transom_surface_count_uses(surface) >= 0);
	check_eq(transom_surface_look_up(right, &same), 0);
	transom_surface_unref(same);
	close(right);
	check_eq(transom_surface_end_use(surface), 0);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	check_eq(transom_value_create_integer(7, &number), 0);
	check_eq(transom_surface_set_value(surface, "number", number), 0);
	transom_value_unref(number);
	check_eq(transom_surface_dup_value(surface, "number", &found), 0);
	transom_value_unref(found);
	check(transom_surface_get_name(surface, text, sizeof(text)) >= 0);
	check(transom_surface_describe(surface, text, sizeof(text)) > 0);
	check_eq(transom_surface_remove_all_values(surface), 0);
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_VOLATILE, &old), 0);
	check(transom_surface_discard_volatile(1) > 0);
}

TEST(surfaces_do_not_mind_signals)
{
	static const uint32_t kinds[] = { 0, TRANSOM_SURFACE_PREFAULT, TRANSOM_SURFACE_GLOBAL,
					  TRANSOM_SURFACE_HUGE_PAGES | TRANSOM_SURFACE_PREFAULT };
	struct transom_surface_watch *watch;
	double start = seconds_since(0);

	use_folder();
	begin_signals();
	for (int i = 0; seconds_since(start) < 0.5; i++) {
		struct transom_surface *surface =
			create_surface(TRANSOM_FORMAT_BGRA8, 512, 512, kinds[i % 4]);
		int right;

		use_everything(surface);
		check_eq(transom_surface_watch_create(surface, &watch), 0);
		right = create_right(surface);
		check_eq(transom_surface_watch_wait(watch, 2), -ETIMEDOUT);
		close(right);
		check_eq(transom_surface_watch_wait(watch, -1), 0);
		transom_surface_watch_unref(watch);
		transom_surface_unref(surface);
	}
	end_signals();
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}

/*
 * As in kernels that let every signal interrupt fallocate(2) and then undo what was done: what takes long
 * is never finished while signals come, what is short is sometimes interrupted.
 */
static bool interrupting;

static bool
is_interrupted(int64_t length)
{
	static int calls;

	errno = EINTR;
	return interrupting && (length > 8 << 20 || calls++ % 2 == 0);
}

int
__real_fallocate(int fd, int mode, off_t offset, off_t length);
int
__wrap_fallocate(int fd, int mode, off_t offset, off_t length);
int
__wrap_fallocate64(int fd, int mode, off_t offset, off_t length);

int
__wrap_fallocate(int fd, int mode, off_t offset, off_t length)
{
	return is_interrupted(length) ? -1 : __real_fallocate(fd, mode, offset, length);
}

int
__wrap_fallocate64(int fd, int mode, off_t offset, off_t length)
{
	return is_interrupted(length) ? -1 : __real_fallocate(fd, mode, offset, length);
}

TEST(prefault_does_not_mind_signals)
{
	struct transom_surface *surface;
	struct stat st;

	interrupting = true;
	begin_signals();
	surface = create_surface(TRANSOM_FORMAT_BGRA8, 4096, 4096, TRANSOM_SURFACE_PREFAULT);
	check_eq(fstat(surface->fd, &st), 0);
	check(st.st_blocks * 512 >= 4096 * 4096 * 4);
	transom_surface_unref(surface);
	surface = create_small();
	check_eq(transom_surface_set_purgeable(surface, TRANSOM_SURFACE_EMPTY, NULL), 0);
	end_signals();
	transom_surface_unref(surface);
}

TEST(prefault_without_memory_is_refused)
{
	struct transom_surface_options options =
		options_of(TRANSOM_FORMAT_BGRA8, 4096, 4096, TRANSOM_SURFACE_PREFAULT);
	struct transom_surface *surface = NULL;
	struct rlimit limit;
	int before;

	skip_under("qemu", "it sets no limits of memory");
#ifdef __SANITIZE_ADDRESS__
	skip("the sanitizer needs the address space itself");
#endif
	transom_surface_unref(create_small());
	before = count_fds();
	getrlimit(RLIMIT_AS, &limit);
	check_eq(setrlimit(RLIMIT_AS, &(struct rlimit){ 32 << 20, limit.rlim_max }), 0);
	for (int i = 0; i < 2; i++) {
		check_eq(transom_surface_create(&options, &surface), -ENOMEM);
		options.flags |= TRANSOM_SURFACE_HUGE_PAGES;
	}
	check(!surface);
	check_eq(setrlimit(RLIMIT_AS, &limit), 0);
	check_eq(count_fds(), before);
	check_eq(transom_surface_create(&options, &surface), 0);
	transom_surface_unref(surface);
}
