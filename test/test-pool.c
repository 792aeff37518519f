/* test-pool.c - pools: what comes back, what must not, ages, limits, waiting, threads, forks. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/pool.h>
#include <transom/port.h>

#include "harness.h"

static struct transom_pool_options
small_buffers(void)
{
	return (struct transom_pool_options){
		.size = sizeof(struct transom_pool_options),
		.buffer = { .size = sizeof(struct transom_pixel_buffer_options),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 32 },
	};
}

static struct transom_pool *
create(const struct transom_pool_options *options)
{
	struct transom_pool *pool = NULL;

	check_eq(transom_pool_create(options, &pool), 0);
	return pool;
}

static struct transom_pool *
create_limited(uint32_t maximum)
{
	struct transom_pool_options options = small_buffers();

	options.maximum_count = maximum;
	return create(&options);
}

static struct transom_pixel_buffer *
acquire(struct transom_pool *pool)
{
	struct transom_pixel_buffer *buffer = NULL;

	check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
	return buffer;
}

static struct transom_pool_statistics
statistics_of(struct transom_pool *pool)
{
	struct transom_pool_statistics statistics = { .size = sizeof(statistics) };

	check_eq(transom_pool_get_statistics(pool, &statistics), 0);
	return statistics;
}

static int
right_of(struct transom_pixel_buffer *buffer)
{
	int right = -1;

	check_eq(transom_surface_create_right(transom_pixel_buffer_get_surface(buffer), &right), 0);
	return right;
}

TEST(buffer_comes_back)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pool *pool = create(&options);
	struct transom_pixel_buffer *first, *second;
	struct transom_surface *surface;

	check_eq(statistics_of(pool).created, 1); /* though it need not keep any */
	first = acquire(pool);
	surface = transom_pixel_buffer_get_surface(first);
	check_eq(statistics_of(pool).created, 1);
	check_eq(transom_pixel_buffer_get_width(first), 64);
	check_eq(transom_surface_get_use_count(surface), 1);
	check_eq(statistics_of(pool).out, 1);
	second = acquire(pool);
	check(second != first);
	transom_pixel_buffer_unref(first);
	check_eq(transom_surface_get_use_count(surface), 0);
	check_eq(statistics_of(pool).idle, 1);
	first = acquire(pool);
	check(transom_pixel_buffer_get_surface(first) == surface);
	check_eq(statistics_of(pool).created, 2);
	check_eq(statistics_of(pool).recycled, 1);
	transom_pixel_buffer_unref(first);
	transom_pixel_buffer_unref(second);
	transom_pool_unref(pool);
}

TEST(right_keeps_a_buffer_out_of_the_pool)
{
	struct transom_pool *pool = create_limited(1);
	struct transom_pixel_buffer *buffer = acquire(pool);
	struct transom_surface *surface = transom_pixel_buffer_get_surface(buffer);
	int right = right_of(buffer);

	transom_pixel_buffer_unref(buffer);
	buffer = NULL;
	for (int i = 0; i < 3; i++)
		check_eq(transom_pool_acquire(pool, i, &buffer), i ? -ETIMEDOUT : -EAGAIN);
	check(!buffer);
	check_eq(statistics_of(pool).held, 1);
	check(statistics_of(pool).refused >= 1);
	close(right);
	check_eq(transom_pool_acquire(pool, 5000, &buffer), 0);
	check(transom_pixel_buffer_get_surface(buffer) == surface);
	transom_pixel_buffer_unref(buffer);
	transom_pool_unref(pool);
}

TEST(a_use_of_the_same_process_keeps_it_too)
{
	struct transom_pool *pool = create_limited(1);
	struct transom_pixel_buffer *buffer = acquire(pool);
	struct transom_surface *surface = transom_surface_ref(transom_pixel_buffer_get_surface(buffer));

	check_eq(transom_surface_begin_use(surface), 0);
	transom_pixel_buffer_unref(buffer);
	check_eq(transom_pool_acquire(pool, 0, &buffer), -EAGAIN);
	check_eq(transom_surface_end_use(surface), 0);
	check_eq(transom_pool_acquire(pool, 5000, &buffer), 0);
	transom_pixel_buffer_unref(buffer);
	transom_surface_unref(surface);
	transom_pool_unref(pool);
}

TEST(bad_options)
{
	struct transom_pool *pool = (void *)1;
	struct transom_pool_options options;
	struct transom_pixel_buffer *buffer;
	struct transom_pool_statistics statistics = { .size = 4 };
	struct transom_value *number;

#define REFUSED(change, error)                                                                               \
	options = small_buffers();                                                                           \
	change;                                                                                              \
	check_eq(transom_pool_create(&options, &pool), error)
	REFUSED(options.size = 4, -EINVAL);
	REFUSED(options.flags = 8, -EINVAL);
	REFUSED(options.reserved = 8, -EINVAL);
	REFUSED(options.minimum_count = 3; options.maximum_count = 2, -EINVAL);
	REFUSED(options.buffer.size = 0, -EINVAL);
	REFUSED(options.buffer.width = 0, -EINVAL);
	REFUSED(options.buffer.format = 77777, -ENOENT);
	REFUSED(options.buffer.width = UINT32_MAX, -E2BIG);
	REFUSED(options.buffer.flags = TRANSOM_PIXEL_BUFFER_PLAIN, -EINVAL);
	check_eq(transom_value_create_integer(1, &number), 0);
	REFUSED(options.attachments = number, -EINVAL);
	transom_value_unref(number);
#undef REFUSED
	check_eq(transom_pool_create(NULL, &pool), -EINVAL);
	check(pool == (void *)1);
	check_eq(transom_pool_acquire(NULL, 0, &buffer), -EINVAL);
	check_eq(transom_pool_flush(NULL, 0), -EINVAL);
	check_eq(transom_pool_get_fd(NULL), -EINVAL);
	check_eq(transom_pool_get_statistics(NULL, &statistics), -EINVAL);
	check(!transom_pool_ref(NULL) && !transom_pool_unref(NULL));
	options = small_buffers();
	pool = create(&options);
	check_eq(transom_pool_acquire(pool, 0, NULL), -EINVAL);
	check_eq(transom_pool_flush(pool, 99), -EINVAL);
	check_eq(transom_pool_get_statistics(pool, &statistics), -EINVAL);
	transom_pool_unref(transom_pool_ref(pool));
	transom_pool_unref(pool);
}

TEST(threshold_limits_new_buffers_but_not_recycling)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pool *pool = create(&options);
	struct transom_pixel_buffer *buffers[3], *other = NULL;

	for (int i = 0; i < 3; i++)
		check_eq(transom_pool_acquire_below(pool, 3, 0, &buffers[i]), 0);
	check_eq(transom_pool_acquire_below(pool, 3, 0, &other), -EAGAIN);
	check_eq(transom_pool_acquire_below(pool, 3, 2, &other), -ETIMEDOUT);
	check(!other);
	transom_pixel_buffer_unref(buffers[0]);
	check_eq(transom_pool_acquire_below(pool, 1, 0, &buffers[0]), 0); /* it is there already */
	check_eq(transom_pool_acquire_below(pool, 4, 0, &other), 0);
	transom_pixel_buffer_unref(other);
	for (int i = 0; i < 3; i++)
		transom_pixel_buffer_unref(buffers[i]);
	transom_pool_unref(pool);
}

TEST(minimum_and_age)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pixel_buffer *buffers[6];
	struct transom_pool *pool;

	options.minimum_count = 2;
	options.maximum_age_ms = 50;
	pool = create(&options);
	check_eq(statistics_of(pool).count, 2);
	for (int i = 0; i < 6; i++)
		buffers[i] = acquire(pool);
	check_eq(statistics_of(pool).count, 6);
	for (int i = 0; i < 6; i++)
		transom_pixel_buffer_unref(buffers[i]);
	check_eq(transom_pool_flush(pool, 0), 0); /* not old enough */
	usleep(60000);
	check_eq(transom_pool_flush(pool, 0), 4);
	check_eq(statistics_of(pool).count, 2);
	check_eq(transom_pool_flush(pool, TRANSOM_POOL_FLUSH_EXCESS), 2);
	check_eq(statistics_of(pool).count, 0);
	check_eq(statistics_of(pool).freed, 6);
	transom_pixel_buffer_unref(acquire(pool));
	transom_pool_unref(pool);
}

TEST(buffers_that_are_not_needed_go_while_others_are_in_use)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pixel_buffer *buffers[8];
	struct transom_pool *pool;

	options.maximum_age_ms = 40;
	pool = create(&options);
	for (int i = 0; i < 8; i++)
		buffers[i] = acquire(pool);
	for (int i = 0; i < 8; i++)
		transom_pixel_buffer_unref(buffers[i]);
	for (int i = 0; i < 200 && statistics_of(pool).count > 2; i++) {
		struct transom_pixel_buffer *one = acquire(pool), *two = acquire(pool);

		usleep(2000);
		transom_pixel_buffer_unref(one);
		transom_pixel_buffer_unref(two);
	}
	check_eq(statistics_of(pool).count, 2);
	transom_pool_unref(pool);
}

TEST(forever_is_forever)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pixel_buffer *buffers[3];
	struct transom_pool *pool;

	options.flags = TRANSOM_POOL_KEEP_FOREVER;
	options.maximum_age_ms = 1;
	pool = create(&options);
	for (int i = 0; i < 3; i++)
		buffers[i] = acquire(pool);
	for (int i = 0; i < 3; i++)
		transom_pixel_buffer_unref(buffers[i]);
	usleep(10000);
	check_eq(transom_pool_flush(pool, 0), 0);
	transom_pixel_buffer_unref(acquire(pool));
	check_eq(statistics_of(pool).count, 3);
	transom_pool_unref(pool);
}

TEST(flush_leaves_what_is_in_use)
{
	struct transom_pool *pool = create_limited(2);
	struct transom_pixel_buffer *one = acquire(pool), *two = acquire(pool);
	int right = right_of(one);

	transom_pixel_buffer_unref(one);
	check_eq(transom_pool_flush(pool, TRANSOM_POOL_FLUSH_EXCESS), 0);
	check_eq(statistics_of(pool).count, 2);
	transom_pixel_buffer_unref(two);
	check_eq(transom_pool_flush(pool, TRANSOM_POOL_FLUSH_EXCESS), 1);
	close(right);
	check_eq(transom_pool_flush(pool, TRANSOM_POOL_FLUSH_EXCESS), 1);
	transom_pool_unref(pool);
}

TEST(buffer_outlives_its_pool)
{
	struct transom_pool *pool = create_limited(2);
	struct transom_pixel_buffer *one = acquire(pool), *two = acquire(pool);
	struct transom_surface *surface = transom_surface_ref(transom_pixel_buffer_get_surface(one));

	transom_pool_unref(pool);
	check_eq(transom_pixel_buffer_lock(one, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	memset(transom_pixel_buffer_get_base(one), 1, 100);
	check_eq(transom_pixel_buffer_unlock(one, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
	check(transom_surface_is_in_use(surface));
	transom_pixel_buffer_unref(one);
	check(!transom_surface_is_in_use(surface));
	transom_pixel_buffer_unref(two);
	transom_surface_unref(surface);
}

TEST(attachments_are_the_pools_again)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pixel_buffer *buffer;
	struct transom_value *text, *got;
	struct transom_pool *pool;
	const char *key = "matrix";

	check_eq(transom_value_create_string("bt709", &text), 0);
	check_eq(transom_value_create_dictionary(&key, &text, 1, &options.attachments), 0);
	options.maximum_count = 1;
	pool = create(&options);
	transom_value_unref(options.attachments);
	for (int i = 0; i < 3; i++) {
		buffer = acquire(pool);
		check_eq(transom_pixel_buffer_dup_attachment(buffer, "matrix", NULL, &got), 0);
		check(transom_value_equal(got, text));
		transom_value_unref(got);
		check(!transom_pixel_buffer_has_attachment(buffer, "mine"));
		check_eq(transom_pixel_buffer_set_attachment(buffer, "mine", text,
							     TRANSOM_ATTACHMENT_NO_PROPAGATE),
			 0);
		check_eq(transom_pixel_buffer_remove_attachment(buffer, "matrix"), 0);
		transom_pixel_buffer_unref(buffer);
	}
	transom_value_unref(text);
	transom_pool_unref(pool);
}

static void
hold_right(void *argument)
{
	raise(SIGSTOP);
	pause();
}

TEST_FOR(waiting_ends_when_a_holder_is_killed, 60)
{
	struct transom_pool *pool = create_limited(1);
	struct pollfd entry = { .events = POLLIN };
	int status;

	for (int i = 0; i < 30; i++) {
		struct transom_pixel_buffer *buffer = NULL;
		int right;
		pid_t child;

		check_eq(transom_pool_acquire(pool, 5000, &buffer), 0);
		right = right_of(buffer);
		child = spawn(hold_right, NULL); /* inherits the right */
		close(right);
		transom_pixel_buffer_unref(buffer);
		check_eq(waitpid(child, &status, WUNTRACED), child);
		check_eq(transom_pool_acquire(pool, 0, &buffer), -EAGAIN);
		kill(child, SIGKILL);
		if (i % 2) {
			check_eq(transom_pool_acquire(pool, 10000, &buffer), 0);
		} else {
			entry.fd = transom_pool_get_fd(pool);
			check(entry.fd >= 0);
			while (transom_pool_acquire(pool, 0, &buffer) == -EAGAIN)
				check_eq(poll(&entry, 1, 10000), 1);
		}
		transom_pixel_buffer_unref(buffer);
		check_eq(wait_for(child), -SIGKILL);
	}
	transom_pool_unref(pool);
}

TEST(descriptor_is_quiet_while_nothing_changes)
{
	struct transom_pool *pool = create_limited(1);
	struct transom_pixel_buffer *buffer = acquire(pool), *other;
	struct pollfd entry = { .fd = transom_pool_get_fd(pool), .events = POLLIN };

	check_eq(transom_pool_acquire(pool, 0, &other), -EAGAIN);
	check_eq(poll(&entry, 1, 20), 0);
	transom_pixel_buffer_unref(buffer);
	check_eq(poll(&entry, 1, 5000), 1);
	check_eq(transom_pool_acquire(pool, 0, &buffer), 0);
	check_eq(transom_pool_acquire(pool, 0, &other), -EAGAIN);
	check_eq(poll(&entry, 1, 20), 0);
	transom_pixel_buffer_unref(buffer);
	transom_pool_unref(pool);
}

struct worker {
	struct transom_pool *pool;
	atomic_uint *owners; /* by surface ID modulo: who has it */
	int rounds;
};

static void *
work(void *argument)
{
	struct worker *worker = argument;

	for (int i = 0; i < worker->rounds; i++) {
		struct transom_pixel_buffer *buffer;
		uint32_t *pixels, me = (uint32_t)(uintptr_t)&buffer;

		check_eq(transom_pool_acquire(worker->pool, 20000, &buffer), 0);
		check_eq(transom_pixel_buffer_lock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
		pixels = transom_pixel_buffer_get_base(buffer);
		pixels[0] = me + (uint32_t)i;
		if (i % 16 == 0)
			usleep(50);
		check_eq(pixels[0], me + (uint32_t)i); /* nobody else has it */
		check_eq(transom_pixel_buffer_unlock(buffer, TRANSOM_SURFACE_LOCK_WRITE, NULL), 0);
		if (i % 3 == 0) {
			int right = right_of(buffer);

			transom_pixel_buffer_unref(buffer);
			if (i % 9 == 0)
				usleep(20);
			close(right);
		} else {
			transom_pixel_buffer_unref(buffer);
		}
	}
	return NULL;
}

TEST_FOR(threads_share_a_pool, 120)
{
	struct worker worker = { .pool = create_limited(3), .rounds = 2000 };
	pthread_t threads[6];

	for (int i = 0; i < 6; i++)
		check_eq(pthread_create(&threads[i], NULL, work, &worker), 0);
	for (int i = 0; i < 6; i++)
		pthread_join(threads[i], NULL);
	check_eq(statistics_of(worker.pool).out, 0);
	check(statistics_of(worker.pool).count <= 3);
	transom_pool_unref(worker.pool);
}

static struct transom_pixel_buffer *inherited;

static void
use_inherited_pool(void *argument)
{
	struct transom_pixel_buffer *buffer = NULL;

	check_eq(transom_pool_acquire(argument, 0, &buffer), -ECHILD);
	check_eq(transom_pool_flush(argument, 0), -ECHILD);
	check_eq(transom_pool_get_fd(argument), -ECHILD);
	check(!buffer);
	transom_pixel_buffer_unref(inherited);
	transom_pool_unref(argument);
}

TEST(pool_stays_the_parents_after_fork)
{
	struct transom_pool *pool = create_limited(2);
	struct transom_pixel_buffer *other = acquire(pool);

	inherited = acquire(pool);
	check(transom_pool_get_fd(pool) >= 0);
	transom_pixel_buffer_unref(other);
	check_eq(wait_for(spawn(use_inherited_pool, pool)), 0);
	check(transom_surface_is_in_use(transom_pixel_buffer_get_surface(inherited)));
	check_eq(statistics_of(pool).out, 1);
	transom_pixel_buffer_unref(inherited);
	check_eq(statistics_of(pool).idle, 2);
	other = acquire(pool);
	transom_pixel_buffer_unref(other);
	transom_pool_unref(pool);
}

TEST(many_held_buffers_do_not_hide_a_free_one)
{
	enum { MANY = 100 };
	struct transom_pool_options options = small_buffers();
	struct transom_pixel_buffer *buffers[MANY];
	struct transom_pool *pool;
	uint64_t refused;
	int rights[MANY];

	options.flags = TRANSOM_POOL_KEEP_FOREVER;
	pool = create(&options);
	for (int i = 0; i < MANY; i++) {
		buffers[i] = acquire(pool);
		rights[i] = right_of(buffers[i]);
	}
	for (int i = 0; i < MANY; i++)
		transom_pixel_buffer_unref(buffers[i]);
	transom_pixel_buffer_unref(acquire(pool)); /* looks at all of them, once */
	check_eq(statistics_of(pool).held, MANY);
	check_eq(statistics_of(pool).count, MANY + 1);
	refused = statistics_of(pool).refused;
	for (int i = 0; i < 50; i++)
		transom_pixel_buffer_unref(acquire(pool));
	check_eq(statistics_of(pool).count, MANY + 1);
	check_eq(statistics_of(pool).refused, refused);
	for (int i = 0; i < MANY; i++)
		close(rights[i]);
	check_eq(transom_pool_flush(pool, TRANSOM_POOL_FLUSH_EXCESS), MANY + 1);
	transom_pool_unref(pool);
}

enum { NOT_PERMITTED = 99 };

static void
acquire_without_procfs(void *argument)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pixel_buffer *buffer = NULL;
	struct transom_pool *pool;

	if (!hide_procfs())
		_exit(NOT_PERMITTED);
	pool = create(&options);
	for (int i = 0; i < 5; i++)
		check_eq(transom_pool_acquire(pool, i, &buffer), -ENXIO);
	check(!buffer);
	check_eq(statistics_of(pool).created, 1);
	check_eq(statistics_of(pool).idle, 1);
	check_eq(statistics_of(pool).refused, 0);
	transom_pool_unref(pool);
}

TEST(without_procfs_acquire_says_so)
{
	int r = wait_for(spawn(acquire_without_procfs, NULL));

	if (r == NOT_PERMITTED)
		skip("no namespaces here to hide procfs in");
	check_eq(r, 0);
}

TEST(acquire_without_descriptors_leaves_the_idle_ones)
{
	struct transom_pool_options options = small_buffers();
	struct transom_pixel_buffer *buffer = NULL;
	struct transom_pool *pool;
	struct rlimit limit, none;

	options.minimum_count = 2;
	pool = create(&options); /* its surfaces have never been in use: the first claim needs a descriptor */
	getrlimit(RLIMIT_NOFILE, &limit);
	none = (struct rlimit){ 0, limit.rlim_max };
	check_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	for (int i = 0; i < 3; i++)
		check_eq(transom_pool_acquire(pool, 0, &buffer), -EMFILE);
	check_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_eq(statistics_of(pool).idle, 2);
	check_eq(statistics_of(pool).refused, 0);
	transom_pixel_buffer_unref(acquire(pool));
	transom_pool_unref(pool);
}

TEST(pools_do_not_mind_signals)
{
	double start = seconds_since(0);

	begin_signals();
	while (seconds_since(start) < 0.5) {
		struct transom_pool *pool = create_limited(2);
		struct transom_pixel_buffer *first = acquire(pool), *second = acquire(pool), *third = NULL;
		int right = right_of(first);

		check_eq(transom_pool_acquire(pool, 2, &third), -ETIMEDOUT);
		transom_pixel_buffer_unref(first);
		check_eq(transom_pool_acquire(pool, 2, &third), -ETIMEDOUT);
		close(right);
		check_eq(transom_pool_acquire(pool, -1, &third), 0);
		transom_pixel_buffer_unref(second);
		check_eq(transom_pool_flush(pool, TRANSOM_POOL_FLUSH_EXCESS), 1);
		check(transom_pool_get_fd(pool) >= 0);
		transom_pixel_buffer_unref(third);
		transom_pool_unref(pool);
	}
	end_signals();
}
