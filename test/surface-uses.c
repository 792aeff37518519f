/* surface-uses.c - rights, uses and claims, what a fork does to them, threads, and watches; part of test-surface. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/port.h>
#include <transom/surface.h>

#include "harness.h"
#include "lock-private.h"
#include "surface-private.h"
#include "surfaces.h"

TEST(right_is_a_use_until_its_last_copy_is_closed)
{
	struct transom_surface *surface = create_small(), *again;
	int right, copy, other;

	check(!transom_surface_is_in_use(surface));
	check_uses(surface, 0);
	right = create_right(surface);
	check(fcntl(right, F_GETFD) & FD_CLOEXEC);
	copy = dup(right);
	other = create_right(surface);
	check(transom_surface_is_in_use(surface));
	check(transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_surface_get_use_count(surface), 0);
	check_uses(surface, 2);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(transom_surface_look_up(right, &again), 0);
	check(again == surface); /* one object */
	transom_surface_unref(again);
	close(other);
	close(right);
	check(transom_surface_is_in_use(surface));
	close(copy);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

TEST(who_has_a_copy_can_end_its_use)
{
	struct transom_surface *surface = create_small();
	int right = create_right(surface), other = create_right(surface), copy = dup(right);

	check_eq(lock_byte_release(copy, SURFACE_USE_BYTE), 0); /* as the header warns */
	check(transom_surface_is_in_use(surface)); /* a right of one's own nobody else ends */
	close(other);
	check(!transom_surface_is_in_use(surface)); /* though the first right is still open */
	close(copy);
	close(right);
	transom_surface_unref(surface);
}

static void
use_without_permission(void *argument)
{
	struct transom_surface *surface;
	int right = -9;

	become_nobody();
	surface = create_small();
	check_eq(fchmod(surface->fd, 0), 0); /* as a hostile maker may */
	check_eq(transom_surface_begin_use(surface), -EACCES);
	check_eq(transom_surface_claim(surface), -EACCES);
	check_eq(transom_surface_create_right(surface, &right), -EACCES);
	check_eq(right, -9);
	transom_surface_unref(surface);
}

TEST(file_that_may_not_be_opened_is_not_used)
{
	check_eq(wait_for(spawn(use_without_permission, NULL)), 0);
}

TEST(right_in_flight_is_a_use)
{
	struct transom_surface *surface = create_small();
	struct transom_message *message;
	struct transom_right right;
	int receive, send;

	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	right = (struct transom_right){ create_right(surface), TRANSOM_RIGHT_SURFACE };
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check(transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_port_receive(receive, message, 0), 0);
	check(transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_message_take_right(message, 0, TRANSOM_RIGHT_SURFACE, &right.fd), 0);
	close(right.fd);
	check(!transom_surface_is_in_use(surface));

	right.fd = create_right(surface);
	check_eq(transom_port_send(send, NULL, 0, &right, 1, 0), 0);
	close(right.fd);
	check(transom_surface_is_in_use(surface));
	close(receive); /* the queue dies, and what is in it */
	check(!transom_surface_is_in_use(surface));
	close(send);
	transom_message_unref(message);
	transom_surface_unref(surface);
}

TEST(uses_of_a_process_are_one)
{
	struct transom_surface *surface = create_small();

	check_eq(transom_surface_end_use(surface), -EINVAL);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_get_use_count(surface), 2);
	check_uses(surface, 1);
	check(transom_surface_is_in_use(surface));
	check(!transom_surface_is_in_use_elsewhere(surface));
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(transom_surface_end_use(surface), 0);
	check(transom_surface_is_in_use(surface));
	check_eq(transom_surface_end_use(surface), 0);
	check(!transom_surface_is_in_use(surface));
	check_eq(transom_surface_end_use(surface), -EINVAL);
	transom_surface_unref(surface);
}

static void
meet_a_claim(struct transom_surface *surface)
{
	int right = -5;

	check_eq(transom_surface_begin_use(surface), -EBUSY);
	check_eq(transom_surface_create_right(surface, &right), -EBUSY);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check_eq(right, -5);
}

TEST(claim_keeps_everyone_out_and_becomes_a_use)
{
	struct transom_surface *surface = create_small();
	struct visitor visitor = { create_right(surface), meet_a_claim };
	int start[2], done[2];
	char byte = 0;
	pid_t child;

	/* The visitor has the surface, but holds no use, when the claim is made. */
	check(pipe(start) == 0 && pipe(done) == 0);
	child = fork();
	if (child == 0) {
		struct transom_surface *mine;

		check_eq(transom_surface_look_up(visitor.right, &mine), 0);
		close(visitor.right);
		check(write(done[1], &byte, 1) == 1);
		check(read(start[0], &byte, 1) == 1);
		meet_a_claim(mine);
		check(write(done[1], &byte, 1) == 1);
		check(read(start[0], &byte, 1) == 1);
		check_eq(transom_surface_begin_use(mine), 0);
		_exit(0);
	}
	close(visitor.right);
	check(read(done[0], &byte, 1) == 1);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_claim(surface), -EBUSY);
	check(write(start[1], &byte, 1) == 1);
	check(read(done[0], &byte, 1) == 1);
	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(transom_surface_end_claim(surface), -EINVAL);
	check(write(start[1], &byte, 1) == 1);
	check_eq(wait_for(child), 0);
	check_eq(transom_surface_end_use(surface), 0);
	check_eq(transom_surface_claim(surface), 0);
	check_eq(transom_surface_end_claim(surface), 0);
	check(!transom_surface_is_in_use(surface));
	close(start[0]);
	close(start[1]);
	close(done[0]);
	close(done[1]);
	transom_surface_unref(surface);
}

static void
use_and_wait(struct transom_surface *surface)
{
	check_eq(transom_surface_begin_use(surface), 0);
	raise(SIGSTOP);
	pause();
}

TEST_FOR(use_of_a_killed_process_ends, 60)
{
	struct transom_surface *surface = create_small();
	int status;

	for (int i = 0; i < 50; i++) {
		struct visitor visitor = { create_right(surface), use_and_wait };
		pid_t child = spawn(visit_right, &visitor);

		close(visitor.right);
		check_eq(waitpid(child, &status, WUNTRACED), child);
		check(transom_surface_is_in_use_elsewhere(surface));
		check_eq(transom_surface_claim(surface), -EBUSY);
		kill(child, SIGKILL);
		check_eq(wait_for(child), -SIGKILL);
		check(!transom_surface_is_in_use(surface));
		check_eq(transom_surface_claim(surface), 0);
		check_eq(transom_surface_end_claim(surface), 0);
	}
	transom_surface_unref(surface);
}

/* Fork. */

static void
use_inherited(void *argument)
{
	struct transom_surface *surface = argument;

	check_eq(transom_surface_get_use_count(surface), 0);
	check(transom_surface_is_in_use_elsewhere(surface)); /* by the parent */
	check_eq(transom_surface_end_use(surface), -EINVAL);
	check_eq(transom_surface_begin_use(surface), 0);
	check_uses(surface, 2);
	write_pixels(surface);
	check_eq(transom_surface_end_use(surface), 0);
	check(transom_surface_is_in_use(surface));
}

TEST(forked_child_uses_nothing)
{
	struct transom_surface *surface = create_small();

	check_eq(transom_surface_begin_use(surface), 0);
	check_eq(wait_for(spawn(use_inherited, surface)), 0);
	check_eq(transom_surface_get_seed(surface), 1);
	check_eq(transom_surface_get_use_count(surface), 1);
	check(transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

/* A process that uses a surface forks and dies; its child lives on with all that it inherited. */
static void
use_fork_and_die(struct transom_surface *surface)
{
	check_eq(transom_surface_begin_use(surface), 0);
	write_pixels(surface); /* mapped: the mapping is inherited too */
	if (fork() == 0) {
		alarm(60);
		pause();
		_exit(0);
	}
	_exit(0);
}

TEST(child_does_not_keep_its_dead_parents_use)
{
	struct transom_surface *surface = create_small();
	struct visitor visitor = { create_right(surface), use_fork_and_die };
	pid_t child;

	setpgid(0, 0);
	child = spawn(visit_right, &visitor);
	close(visitor.right);
	check_eq(wait_for(child), 0);
	/* The grandchild lets go as its first act, for which it needs a processor. */
	for (int i = 0; i < 10000 && transom_surface_is_in_use(surface); i++)
		usleep(1000);
	check_eq(transom_surface_claim(surface), 0);
	transom_surface_unref(surface);
	signal(SIGTERM, SIG_IGN);
	kill(0, SIGTERM);
}

static void *
use_in_a_loop(void *argument)
{
	for (int i = 0; i < 20000; i++) {
		check_eq(transom_surface_begin_use(argument), 0);
		check_eq(transom_surface_end_use(argument), 0);
	}
	return NULL;
}

static void
nothing(void *argument)
{
	check_eq(transom_surface_get_use_count(argument), 0);
	check_eq(transom_surface_begin_use(argument), 0);
	check_eq(transom_surface_end_use(argument), 0);
}

TEST_FOR(forks_while_threads_use, 60)
{
	struct transom_surface *surface = create_small();
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		check_eq(pthread_create(&threads[i], NULL, use_in_a_loop, surface), 0);
	for (int i = 0; i < 50; i++)
		check_eq(wait_for(spawn(nothing, surface)), 0);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	check_eq(transom_surface_get_use_count(surface), 0);
	check(!transom_surface_is_in_use(surface));
	transom_surface_unref(surface);
}

static void *
look_up_in_a_loop(void *argument)
{
	for (int i = 0; i < 5000; i++) {
		struct transom_surface *surface;

		check_eq(transom_surface_look_up(*(int *)argument, &surface), 0);
		check_eq(transom_surface_begin_use(surface), 0);
		check_eq(transom_surface_end_use(surface), 0);
		transom_surface_unref(surface);
	}
	return NULL;
}

TEST_FOR(threads_look_up_and_drop, 60)
{
	struct transom_surface *surface = create_small();
	int right = create_right(surface);
	pthread_t threads[4];

	transom_surface_unref(surface); /* each last reference frees it, each first one imports it */
	for (int i = 0; i < 4; i++)
		check_eq(pthread_create(&threads[i], NULL, look_up_in_a_loop, &right), 0);
	for (int i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	close(right);
}

/* Watches. */

static void
use_and_let_go(struct transom_surface *surface)
{
	check_eq(transom_surface_begin_use(surface), 0);
	raise(SIGSTOP);
	check_eq(transom_surface_end_use(surface), 0);
	raise(SIGSTOP);
}

TEST_FOR(watch_wakes_at_the_end_of_a_use, 60)
{
	struct transom_surface *surface = create_small();
	struct transom_surface_watch *watch;
	struct pollfd entry = { .events = POLLIN };
	int status;

	check_eq(transom_surface_watch_create(surface, &watch), 0);
	check_eq(transom_surface_watch_wait(watch, 0), 0);
	for (int i = 0; i < 60; i++) {
		struct visitor visitor = { create_right(surface), i % 2 ? use_and_let_go : use_and_wait };
		pid_t child = spawn(visit_right, &visitor);

		close(visitor.right);
		check_eq(waitpid(child, &status, WUNTRACED), child);
		check_eq(transom_surface_watch_wait(watch, 0), -EAGAIN);
		check_eq(transom_surface_watch_wait(watch, 5), -ETIMEDOUT);
		kill(child, i % 2 ? SIGCONT : SIGKILL);
		if (i % 3) {
			check_eq(transom_surface_watch_wait(watch, 10000), 0);
		} else { /* by an event loop */
			entry.fd = transom_surface_watch_get_fd(watch);
			while (transom_surface_watch_wait(watch, 0) == -EAGAIN)
				check(poll(&entry, 1, 10000) == 1);
		}
		kill(child, SIGKILL);
		waitpid(child, &status, 0);
	}
	transom_surface_watch_unref(watch);
	transom_surface_unref(surface);
}

static void
use_inherited_watch(void *argument)
{
	check_eq(transom_surface_watch_wait(argument, 0), -ECHILD);
	check_eq(transom_surface_watch_get_fd(argument), -ECHILD);
	transom_surface_watch_unref(argument);
}

TEST(watch_is_void_after_fork)
{
	struct transom_surface *surface = create_small();
	struct transom_surface_watch *watch;
	int right;

	check_eq(transom_surface_watch_create(surface, &watch), 0);
	right = create_right(surface);
	check_eq(wait_for(spawn(use_inherited_watch, watch)), 0);
	check_eq(transom_surface_watch_wait(watch, 0), -EAGAIN);
	close(right);
	check_eq(transom_surface_watch_wait(watch, 10000), 0);
	transom_surface_watch_unref(watch);
	transom_surface_unref(surface);
}

TEST(many_watches_share_one_inotify_instance)
{
	enum { MANY = 200 };
	struct transom_surface_watch *watches[MANY];
	struct transom_surface *surfaces[MANY];
	int rights[MANY];

	for (int i = 0; i < MANY; i++) {
		surfaces[i] = create_small();
		rights[i] = create_right(surfaces[i]);
		check_eq(transom_surface_watch_create(surfaces[i], &watches[i]), 0);
		check_eq(transom_surface_watch_wait(watches[i], 0), -EAGAIN);
	}
	for (int i = MANY - 1; i >= 0; i--) {
		close(rights[i]);
		check_eq(transom_surface_watch_wait(watches[i], 10000), 0);
		if (i)
			check_eq(transom_surface_watch_wait(watches[i - 1], 0), -EAGAIN);
	}
	for (int i = 0; i < MANY; i++) {
		transom_surface_watch_unref(watches[i]);
		transom_surface_unref(surfaces[i]);
	}
}
