/* test-CFRunLoop.c - runs and how they end, sources, timers and observers, from this thread and others. */
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <unistd.h>

#include <CoreFoundation/CoreFoundation.h>

#include "CFRunLoop-private.h"
#include "harness.h"

static void
count(void *info)
{
	atomic_fetch_add((atomic_int *)info, 1);
}

static CFRunLoopSourceRef
create_source(void *info, void (*perform)(void *))
{
	CFRunLoopSourceContext context = { .info = info, .perform = perform };

	return CFRunLoopSourceCreate(NULL, 0, &context);
}

static void
drop(CFRunLoopSourceRef source)
{
	CFRunLoopSourceInvalidate(source);
	CFRelease(source);
}

static void
fire(CFRunLoopTimerRef timer, void *info)
{
	count(info);
}

static CFRunLoopTimerRef
add_timer(CFTimeInterval after, CFTimeInterval interval, CFRunLoopTimerCallBack call, void *info)
{
	CFRunLoopTimerContext context = { .info = info };
	CFRunLoopTimerRef timer = CFRunLoopTimerCreate(NULL, CFAbsoluteTimeGetCurrent() + after, interval, 0,
						       0, call, &context);

	CFRunLoopAddTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopDefaultMode);
	return timer;
}

TEST(run_of_an_empty_mode_is_finished)
{
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, false), kCFRunLoopRunFinished);
	check_eq(CFRunLoopRunInMode(CFSTR("nobody's"), 5, false), kCFRunLoopRunFinished);
	check_eq(CFRunLoopRunInMode(NULL, 5, false), kCFRunLoopRunFinished);
	check_eq(CFRunLoopRunInMode(kCFRunLoopCommonModes, 5, false), kCFRunLoopRunFinished);
	CFRunLoopRun();
}

TEST(run_ends_after_its_time)
{
	atomic_int served = 0;
	CFRunLoopSourceRef source = create_source(&served, count);
	double start = seconds_since(0);

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, false), kCFRunLoopRunTimedOut);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, -1, true), kCFRunLoopRunTimedOut);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.05, false), kCFRunLoopRunTimedOut);
	check(seconds_since(start) >= 0.05);
	check_eq(served, 0);
	drop(source);
}

TEST(signalled_source_is_served_once)
{
	atomic_int served = 0;
	CFRunLoopSourceRef source = create_source(&served, count);

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check(CFRunLoopContainsSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode));
	CFRunLoopSourceSignal(source);
	CFRunLoopSourceSignal(source);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunHandledSource);
	check_eq(served, 1);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true), kCFRunLoopRunTimedOut);
	check_eq(served, 1);
	CFRunLoopSourceInvalidate(source);
	check(!CFRunLoopSourceIsValid(source));
	check(!CFRunLoopContainsSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode));
	CFRunLoopSourceSignal(source);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunFinished);
	CFRelease(source);
}

struct signalled {
	CFRunLoopRef loop;
	CFRunLoopSourceRef source;
};

static void *
signal_and_wake(void *argument)
{
	struct signalled *signalled = argument;

	usleep(20000);
	CFRunLoopSourceSignal(signalled->source);
	CFRunLoopWakeUp(signalled->loop);
	return NULL;
}

TEST(another_thread_signals_and_wakes)
{
	atomic_int served = 0;
	struct signalled signalled = { CFRunLoopGetCurrent(), create_source(&served, count) };
	pthread_t thread;

	CFRunLoopAddSource(signalled.loop, signalled.source, kCFRunLoopDefaultMode);
	for (int i = 1; i <= 5; i++) {
		check_eq(pthread_create(&thread, NULL, signal_and_wake, &signalled), 0);
		check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, true), kCFRunLoopRunHandledSource);
		check_eq(served, i);
		pthread_join(thread, NULL);
	}
	drop(signalled.source);
}

TEST(wake_before_the_wait_is_not_lost)
{
	atomic_int served = 0;
	CFRunLoopSourceRef source = create_source(&served, count);

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	CFRunLoopWakeUp(CFRunLoopGetCurrent());
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.01, false), kCFRunLoopRunTimedOut);
	drop(source);
}

static void *
stop_when_it_waits(void *loop)
{
	while (!CFRunLoopIsWaiting(loop))
		usleep(1000);
	CFRunLoopStop(loop);
	return NULL;
}

TEST(another_thread_stops_a_run)
{
	CFRunLoopSourceRef source = create_source(NULL, NULL);
	CFRunLoopRef loop = CFRunLoopGetCurrent();
	pthread_t thread;

	CFRunLoopAddSource(loop, source, kCFRunLoopDefaultMode);
	CFRunLoopStop(loop); /* nothing to stop yet */
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, false), kCFRunLoopRunTimedOut);
	check_eq(pthread_create(&thread, NULL, stop_when_it_waits, loop), 0);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, false), kCFRunLoopRunStopped);
	pthread_join(thread, NULL);
	check_eq(pthread_create(&thread, NULL, stop_when_it_waits, loop), 0);
	CFRunLoopRun();
	pthread_join(thread, NULL);
	drop(source);
}

static void
stop_loop(CFRunLoopTimerRef timer, void *info)
{
	CFRunLoopStop(CFRunLoopGetCurrent());
}

TEST(timer_fires_once_and_is_invalid)
{
	atomic_int fired = 0;
	CFAbsoluteTime begin = CFAbsoluteTimeGetCurrent();
	CFRunLoopTimerRef timer = add_timer(0.03, 0, fire, &fired);

	check(CFRunLoopGetNextTimerFireDate(CFRunLoopGetCurrent(), kCFRunLoopDefaultMode) > begin);
	check(CFRunLoopTimerIsValid(timer) && !CFRunLoopTimerDoesRepeat(timer));
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, false), kCFRunLoopRunFinished);
	check_eq(fired, 1);
	check(CFAbsoluteTimeGetCurrent() - begin >= 0.029);
	check(!CFRunLoopTimerIsValid(timer));
	check(CFRunLoopGetNextTimerFireDate(CFRunLoopGetCurrent(), kCFRunLoopDefaultMode) == 0);
	CFRelease(timer);
}

static void
fire_three_times(CFRunLoopTimerRef timer, void *info)
{
	count(info);
	if (*(atomic_int *)info == 3)
		CFRunLoopTimerInvalidate(timer);
}

TEST(timer_repeats_until_it_is_invalidated)
{
	atomic_int fired = 0;
	CFRunLoopTimerRef timer = add_timer(0, 0.01, fire_three_times, &fired);

	check(CFRunLoopTimerGetInterval(timer) == 0.01);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, false), kCFRunLoopRunFinished);
	check_eq(fired, 3);
	CFRelease(timer);
}

TEST(moments_that_were_missed_are_left_out)
{
	atomic_int fired = 0;
	CFAbsoluteTime begin = CFAbsoluteTimeGetCurrent();
	CFRunLoopTimerRef timer = add_timer(-100, 30, fire, &fired);

	CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, false);
	check_eq(fired, 1);
	check(CFRunLoopTimerGetNextFireDate(timer) > begin);
	check(CFRunLoopTimerGetNextFireDate(timer) < begin + 31 + CFAbsoluteTimeGetCurrent() - begin);
	CFRunLoopTimerInvalidate(timer);
	CFRelease(timer);
}

static void *
set_fire_date(void *timer)
{
	usleep(20000);
	CFRunLoopTimerSetNextFireDate(timer, CFAbsoluteTimeGetCurrent());
	return NULL;
}

TEST(another_thread_sets_when_a_timer_fires)
{
	atomic_int fired = 0;
	CFRunLoopTimerRef timer = add_timer(1e9, 0, fire, &fired);
	pthread_t thread;

	check_eq(pthread_create(&thread, NULL, set_fire_date, timer), 0);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, false), kCFRunLoopRunFinished);
	check_eq(fired, 1);
	pthread_join(thread, NULL);
	CFRelease(timer);
}

static const void *
retain_info(const void *info)
{
	((int *)info)[0]++;
	return info;
}

static void
release_info(const void *info)
{
	((int *)info)[1]++;
}

TEST(info_is_released_when_a_timer_is_invalidated)
{
	int counts[2] = { 0 };
	CFRunLoopTimerContext context = { 0, counts, retain_info, release_info, NULL }, same = { 0 };
	CFRunLoopTimerRef timer = CFRunLoopTimerCreate(NULL, 0, 0, 0, 7, fire, &context);

	check_eq(counts[0], 1);
	CFRunLoopTimerGetContext(timer, &same);
	check(same.info == counts && same.release == release_info);
	check_eq(CFRunLoopTimerGetOrder(timer), 7);
	CFRunLoopTimerInvalidate(timer);
	check_eq(counts[1], 1);
	CFRunLoopTimerInvalidate(timer);
	CFRelease(timer);
	check_eq(counts[1], 1);
	check(!CFRunLoopTimerCreate(NULL, 0, 0, 0, 0, NULL, NULL));
}

static void
note_activity(CFRunLoopObserverRef observer, CFRunLoopActivity activity, void *info)
{
	unsigned long **next = info;

	*(*next)++ = activity;
}

TEST(observers_see_each_step)
{
	static const unsigned long expected[] = { kCFRunLoopEntry,         kCFRunLoopBeforeTimers,
						  kCFRunLoopBeforeSources, kCFRunLoopBeforeWaiting,
						  kCFRunLoopAfterWaiting,  kCFRunLoopExit };
	unsigned long seen[64], *next = seen;
	CFRunLoopObserverContext context = { .info = &next };
	CFRunLoopObserverRef observer =
		CFRunLoopObserverCreate(NULL, kCFRunLoopAllActivities, true, 0, note_activity, &context);
	CFRunLoopTimerRef timer;

	check_eq(CFRunLoopObserverGetActivities(observer), kCFRunLoopAllActivities);
	CFRunLoopAddObserver(CFRunLoopGetCurrent(), observer, kCFRunLoopDefaultMode);
	timer = add_timer(0.02, 0, stop_loop, NULL);
	CFRunLoopWakeUp(CFRunLoopGetCurrent());
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, false), kCFRunLoopRunStopped);
	check(next - seen >= 6);
	for (int i = 0; i < 5; i++)
		check_eq(seen[i], expected[i]);
	check_eq(next[-1], kCFRunLoopExit);
	CFRelease(timer);
	CFRunLoopRemoveObserver(CFRunLoopGetCurrent(), observer, kCFRunLoopDefaultMode);
	check(!CFRunLoopContainsObserver(CFRunLoopGetCurrent(), observer, kCFRunLoopDefaultMode));
	CFRelease(observer);
}

static void
note_once(CFRunLoopObserverRef observer, CFRunLoopActivity activity, void *info)
{
	count(info);
}

TEST(observer_that_does_not_repeat_is_called_once)
{
	atomic_int called = 0;
	CFRunLoopObserverContext context = { .info = &called };
	CFRunLoopObserverRef observer =
		CFRunLoopObserverCreate(NULL, kCFRunLoopBeforeSources, false, 0, note_once, &context);
	CFRunLoopTimerRef timer = add_timer(1e9, 0, fire, &called);

	CFRunLoopAddObserver(CFRunLoopGetCurrent(), observer, kCFRunLoopDefaultMode);
	CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, false);
	CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, false);
	check_eq(called, 1);
	check(!CFRunLoopObserverIsValid(observer));
	CFRelease(observer);
	CFRunLoopTimerInvalidate(timer);
	CFRelease(timer);
}

static char order[8];

static void
append_letter(void *letter)
{
	strcat(order, letter);
}

TEST(sources_come_in_their_order)
{
	static char letters[3][2] = { "c", "b", "a" };
	CFRunLoopSourceRef sources[3];

	for (int i = 0; i < 3; i++) {
		CFRunLoopSourceContext context = { .info = letters[i], .perform = append_letter };

		sources[i] = CFRunLoopSourceCreate(NULL, -i, &context);
		check_eq(CFRunLoopSourceGetOrder(sources[i]), -i);
		CFRunLoopAddSource(CFRunLoopGetCurrent(), sources[i], kCFRunLoopDefaultMode);
		CFRunLoopSourceSignal(sources[i]);
	}
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunHandledSource);
	check(strcmp(order, "abc") == 0);
	for (int i = 0; i < 3; i++)
		drop(sources[i]);
}

static char scheduled[64];

static void
note_schedule(void *info, CFRunLoopRef loop, CFRunLoopMode mode)
{
	check(loop == CFRunLoopGetCurrent());
	strcat(scheduled, CFEqual(mode, CFSTR("mine")) ? "+mine" : "+default");
}

static void
note_cancel(void *info, CFRunLoopRef loop, CFRunLoopMode mode)
{
	strcat(scheduled, CFEqual(mode, CFSTR("mine")) ? "-mine" : "-default");
}

TEST(common_modes_share_what_is_added_to_them)
{
	CFRunLoopSourceContext context = { .schedule = note_schedule, .cancel = note_cancel };
	CFRunLoopSourceRef source = CFRunLoopSourceCreate(NULL, 0, &context);
	CFRunLoopRef loop = CFRunLoopGetCurrent();
	CFArrayRef modes;

	CFRunLoopAddSource(loop, source, kCFRunLoopCommonModes);
	CFRunLoopAddSource(loop, source, kCFRunLoopCommonModes);
	CFRunLoopAddCommonMode(loop, CFSTR("mine"));
	check(strcmp(scheduled, "+default+mine") == 0);
	check(CFRunLoopContainsSource(loop, source, CFSTR("mine")));
	check(CFRunLoopContainsSource(loop, source, kCFRunLoopCommonModes));
	CFRunLoopSourceSignal(source);
	check_eq(CFRunLoopRunInMode(CFSTR("mine"), 5, true), kCFRunLoopRunHandledSource);
	modes = CFRunLoopCopyAllModes(loop);
	check_eq(CFArrayGetCount(modes), 2);
	CFRelease(modes);
	CFRunLoopRemoveSource(loop, source, kCFRunLoopCommonModes);
	check(strcmp(scheduled, "+default+mine-default-mine") == 0);
	check(!CFRunLoopContainsSource(loop, source, CFSTR("mine")));
	CFRelease(source);
}

static void
run_inner(void *info)
{
	CFStringRef mode = CFRunLoopCopyCurrentMode(CFRunLoopGetCurrent());

	check(CFEqual(mode, kCFRunLoopDefaultMode));
	CFRelease(mode);
	CFRunLoopSourceSignal(info);
	check_eq(CFRunLoopRunInMode(CFSTR("inner"), 5, true), kCFRunLoopRunHandledSource);
}

TEST(runs_within_runs)
{
	atomic_int served = 0;
	CFRunLoopSourceRef inner = create_source(&served, count), outer = create_source(inner, run_inner);

	CFRunLoopAddSource(CFRunLoopGetCurrent(), inner, CFSTR("inner"));
	CFRunLoopAddSource(CFRunLoopGetCurrent(), outer, kCFRunLoopDefaultMode);
	CFRunLoopSourceSignal(outer);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunHandledSource);
	check_eq(served, 1);
	check(!CFRunLoopCopyCurrentMode(CFRunLoopGetCurrent()));
	drop(inner);
	drop(outer);
}

struct pipe_end {
	int fds[2];
	atomic_int served;
};

static int
get_fd(void *info)
{
	return ((struct pipe_end *)info)->fds[0];
}

static void
read_byte(void *info)
{
	struct pipe_end *end = info;
	char byte;

	check_eq(read(end->fds[0], &byte, 1), 1);
	count(&end->served);
}

static CFRunLoopSourceRef
create_pipe_source(struct pipe_end *end)
{
	struct cf_fd_source_context context = { .info = end, .get_fd = get_fd, .perform = read_byte };

	check_eq(pipe2(end->fds, O_CLOEXEC), 0);
	return cf_run_loop_source_create_fd(NULL, 0, &context);
}

static void
drop_pipe_source(CFRunLoopSourceRef source, struct pipe_end *end)
{
	drop(source);
	close(end->fds[0]);
	close(end->fds[1]);
}

TEST(descriptor_is_served_while_it_can_be_read)
{
	struct pipe_end end = { .served = 0 };
	CFRunLoopSourceRef source = create_pipe_source(&end);

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.01, true), kCFRunLoopRunTimedOut);
	check_eq(write(end.fds[1], "abc", 3), 3);
	for (int i = 1; i <= 3; i++) {
		check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunHandledSource);
		check_eq(end.served, i);
	}
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true), kCFRunLoopRunTimedOut);
	check_eq(write(end.fds[1], "d", 1), 1);
	CFRunLoopRemoveSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunFinished);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunHandledSource);
	check_eq(end.served, 4);
	drop_pipe_source(source, &end);
}

TEST(many_descriptors_take_turns)
{
	struct pipe_end ends[8] = { { .served = 0 } };
	CFRunLoopSourceRef sources[8];

	for (int i = 0; i < 8; i++) {
		sources[i] = create_pipe_source(&ends[i]);
		CFRunLoopAddSource(CFRunLoopGetCurrent(), sources[i], kCFRunLoopDefaultMode);
		check_eq(write(ends[i].fds[1], "0123456789", 10), 10);
	}
	for (int i = 0; i < 16; i++)
		check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunHandledSource);
	for (int i = 0; i < 8; i++)
		check_eq(ends[i].served, 2);
	for (int i = 0; i < 8; i++)
		drop_pipe_source(sources[i], &ends[i]);
}

TEST(runs_without_descriptors_to_wait_with)
{
	struct rlimit limit, none;
	struct pipe_end end = { .served = 0 };
	CFRunLoopSourceRef source = create_pipe_source(&end);
	atomic_int fired = 0;
	CFRunLoopTimerRef timer;

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	timer = add_timer(0.02, 0, fire, &fired);
	check_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	none = (struct rlimit){ .rlim_cur = 3, .rlim_max = limit.rlim_max };
	check_eq(setrlimit(RLIMIT_NOFILE, &none), 0);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.05, true), kCFRunLoopRunTimedOut);
	check_eq(fired, 1);
	check_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	check_eq(write(end.fds[1], "a", 1), 1);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 5, true), kCFRunLoopRunHandledSource);
	CFRelease(timer);
	drop_pipe_source(source, &end);
}

static CFRunLoopTimerRef left_timer;

static void *
end_with_a_loop(void *info)
{
	CFRunLoopSourceContext context = { .info = info, .cancel = note_cancel };
	CFRunLoopSourceRef source = CFRunLoopSourceCreate(NULL, 0, &context);

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	left_timer = add_timer(1e9, 0, fire, NULL);
	CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, false);
	check(CFRunLoopGetCurrent() != CFRunLoopGetMain());
	CFRelease(source);
	return NULL;
}

TEST(loop_ends_with_its_thread)
{
	pthread_t thread;

	check_eq(pthread_create(&thread, NULL, end_with_a_loop, NULL), 0);
	pthread_join(thread, NULL);
	check(!CFRunLoopTimerIsValid(left_timer));
	check(strcmp(scheduled, "-default") == 0);
	CFRelease(left_timer);
	check(CFRunLoopGetCurrent() == CFRunLoopGetMain());
}

static void
run_in_child(void *argument)
{
	struct pipe_end *end = argument;

	check(CFRunLoopGetCurrent() == CFRunLoopGetMain());
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, true), kCFRunLoopRunHandledSource);
	check_eq(end->served, 1);
}

TEST(loop_goes_on_in_a_child)
{
	struct pipe_end end = { .served = 0 };
	CFRunLoopSourceRef source = create_pipe_source(&end);
	pid_t child;

	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true), kCFRunLoopRunTimedOut);
	child = spawn(run_in_child, &end);
	check_eq(write(end.fds[1], "a", 1), 1);
	check_eq(wait_for(child), 0);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0, true), kCFRunLoopRunTimedOut);
	check_eq(write(end.fds[1], "b", 1), 1);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 1e9, true), kCFRunLoopRunHandledSource);
	drop_pipe_source(source, &end);
}

static void *
add_and_invalidate(void *loop)
{
	for (int i = 0; i < 300; i++) {
		atomic_int served = 0;
		CFRunLoopSourceRef source = create_source(&served, NULL);

		CFRunLoopAddSource(loop, source, kCFRunLoopDefaultMode);
		CFRunLoopSourceSignal(source);
		CFRunLoopWakeUp(loop);
		drop(source);
	}
	return NULL;
}

TEST(threads_add_and_invalidate_while_it_runs)
{
	CFRunLoopSourceRef stays = create_source(NULL, NULL);
	pthread_t threads[3];

	CFRunLoopAddSource(CFRunLoopGetCurrent(), stays, kCFRunLoopDefaultMode);
	for (int i = 0; i < 3; i++)
		check_eq(pthread_create(&threads[i], NULL, add_and_invalidate, CFRunLoopGetCurrent()), 0);
	check_eq(CFRunLoopRunInMode(kCFRunLoopDefaultMode, 0.1, false), kCFRunLoopRunTimedOut);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	drop(stays);
}

TEST(bad_arguments_change_nothing)
{
	CFRunLoopSourceContext unknown = { .version = 2 };
	CFRunLoopSourceRef source = create_source(NULL, NULL);
	CFRunLoopTimerRef timer = add_timer(1e9, 0, fire, NULL);

	check(!CFRunLoopSourceCreate(NULL, 0, NULL));
	check(!CFRunLoopSourceCreate(NULL, 0, &unknown));
	CFRunLoopAddSource(NULL, source, kCFRunLoopDefaultMode);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), NULL, kCFRunLoopDefaultMode);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), source, NULL);
	CFRunLoopAddSource(CFRunLoopGetCurrent(), (CFRunLoopSourceRef)timer, kCFRunLoopDefaultMode);
	CFRunLoopAddTimer(CFRunLoopGetCurrent(), (CFRunLoopTimerRef)kCFNull, kCFRunLoopDefaultMode);
	CFRunLoopSourceSignal((CFRunLoopSourceRef)timer);
	CFRunLoopSourceInvalidate(NULL);
	CFRunLoopTimerInvalidate((CFRunLoopTimerRef)source);
	CFRunLoopWakeUp(NULL);
	CFRunLoopStop((CFRunLoopRef)source);
	check(!CFRunLoopContainsSource(CFRunLoopGetCurrent(), source, kCFRunLoopDefaultMode));
	check(!CFRunLoopIsWaiting(NULL));
	CFRunLoopTimerInvalidate(timer);
	CFRelease(timer);
	CFRelease(source);
}

static void
observe_nothing(CFRunLoopObserverRef observer, CFRunLoopActivity activity, void *info)
{
}

TEST(observers_say_how_they_were_made)
{
	CFRunLoopObserverContext context = { .info = &context }, read = { .version = 0 };
	CFRunLoopObserverRef observer =
		CFRunLoopObserverCreate(NULL, kCFRunLoopEntry, true, 7, observe_nothing, &context);

	check(CFRunLoopObserverDoesRepeat(observer));
	check_eq(CFRunLoopObserverGetOrder(observer), 7);
	check_eq(CFRunLoopObserverGetActivities(observer), kCFRunLoopEntry);
	CFRunLoopObserverGetContext(observer, &read);
	check(read.info == &context);
	CFRunLoopAddObserver(CFRunLoopGetCurrent(), observer, kCFRunLoopDefaultMode);
	CFRunLoopObserverInvalidate(observer);
	check(!CFRunLoopObserverIsValid(observer));
	check(!CFRunLoopContainsObserver(CFRunLoopGetCurrent(), observer, kCFRunLoopDefaultMode));
	CFRelease(observer);
}

static void
perform_nothing(void *info)
{
}

TEST(sources_say_how_they_were_made)
{
	CFRunLoopSourceContext context = { .info = &context, .perform = perform_nothing },
			       read = { .version = 0 };
	CFRunLoopSourceRef source = CFRunLoopSourceCreate(NULL, 3, &context);

	CFRunLoopSourceGetContext(source, &read);
	check(read.info == &context && read.perform == perform_nothing);
	check_eq(CFRunLoopSourceGetOrder(source), 3);
	CFRelease(source);
}

static void
tick_nothing(CFRunLoopTimerRef timer, void *info)
{
}

TEST(a_timer_leaves_the_mode_it_is_removed_from)
{
	CFRunLoopTimerRef timer =
		CFRunLoopTimerCreate(NULL, CFAbsoluteTimeGetCurrent() + 1000, 0, 0, 0, tick_nothing, NULL);

	CFRunLoopAddTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopDefaultMode);
	check(CFRunLoopContainsTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopDefaultMode));
	CFRunLoopRemoveTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopDefaultMode);
	check(!CFRunLoopContainsTimer(CFRunLoopGetCurrent(), timer, kCFRunLoopDefaultMode));
	check(CFRunLoopTimerIsValid(timer));
	CFRunLoopTimerSetTolerance(timer, 0.5);
	check(CFRunLoopTimerGetTolerance(timer) == 0.5);
	CFRunLoopTimerInvalidate(timer);
	CFRelease(timer);
}
