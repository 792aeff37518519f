/* port-rename.c - names that are given up for others, and who sees it; part of test-port. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/name.h>

#include "harness.h"
#include "name-private.h"

#define FOLDER "ports"

static struct name_claim
claim_name(const char *name, const char *description)
{
	struct name_claim claim = NAME_CLAIM_NONE;

	check_eq(name_claim(FOLDER, name, description, &claim), 0);
	return claim;
}

static struct transom_name_watch *
watch_names(void)
{
	struct transom_name_watch *watch;

	check_eq(transom_name_watch_create(&watch), 0);
	return watch;
}

static void
expect(struct transom_name_watch *watch, uint32_t change, const char *name)
{
	char before[TRANSOM_NAME_MAX + 8];
	struct transom_name_event event;

	check_eq(transom_name_watch_next_with_renames(watch, 5000, &event, before), 0);
	check_eq(event.change, change);
	check(!strcmp(event.name, name));
}

/* By the call that knows of no renaming. */
static void
expect_plain(struct transom_name_watch *watch, uint32_t change, const char *name)
{
	struct transom_name_event event;

	check_eq(transom_name_watch_next(watch, 5000, &event), 0);
	check_eq(event.change, change);
	check(!strcmp(event.name, name));
}

static void
expect_renamed(struct transom_name_watch *watch, const char *before, const char *name,
	       const char *description)
{
	char old[TRANSOM_NAME_MAX + 8];
	struct transom_name_event event;

	check_eq(transom_name_watch_next_with_renames(watch, 5000, &event, old), 0);
	check_eq(event.change, TRANSOM_NAME_RENAMED);
	check(!strcmp(old, before) && !strcmp(event.name, name));
	check(!strcmp(event.description, description));
	check_eq(event.pid, getpid());
}

static void
expect_silence(struct transom_name_watch *watch)
{
	char old[TRANSOM_NAME_MAX + 8] = "as it was";
	struct transom_name_event event;

	check_eq(transom_name_watch_next_with_renames(watch, 0, &event, old), -EAGAIN);
	check(!strcmp(old, "as it was"));
}

static bool
is_there(const char *file)
{
	char path[96];
	struct stat st;

	snprintf(path, sizeof(path), "%s/" FOLDER "/%s", folder, file);
	return lstat(path, &st) == 0;
}

TEST(renamed_name_leads_to_the_same)
{
	struct name_claim claim, other;
	struct transom_name_list *list;
	int fd;

	use_folder();
	claim = claim_name("old", "a clock");
	check_eq(name_rename(&claim, "new"), 0);
	check(!strcmp(claim.name, "new"));
	check_eq(name_connect(FOLDER, "old", 0, &fd), -ENOENT);
	check_eq(name_connect(FOLDER, "new", 0, &fd), 0);
	close(fd);
	check_eq(transom_name_list_create(&list), 0);
	check_eq(transom_name_list_get_count(list), 1);
	check(!strcmp(transom_name_list_get_name(list, 0), "new"));
	check(!strcmp(transom_name_list_get_description(list, 0), "a clock"));
	check_eq(transom_name_list_get_pid(list, 0), getpid());
	transom_name_list_unref(list);
	check(!is_there("old") && !is_there(".old.lock") && is_there("new") && is_there(".new.lock"));
	check_eq(name_describe(&claim, "a new clock"), 0);
	other = claim_name("old", NULL); /* it is free */
	name_release(&claim);
	check(!is_there("new") && !is_there(".new.lock") && is_there("old"));
	name_release(&other);
	drop_folder(FOLDER);
}

TEST(watches_tell_of_new_names)
{
	struct transom_name_watch *watch, *plain;
	struct name_claim claim;

	use_folder();
	claim = claim_name("old", "a clock");
	watch = watch_names();
	plain = watch_names();
	expect(watch, TRANSOM_NAME_APPEARED, "old");
	expect_plain(plain, TRANSOM_NAME_APPEARED, "old");
	check_eq(name_rename(&claim, "new"), 0);
	expect_renamed(watch, "old", "new", "a clock");
	expect_silence(watch);
	/* Who does not know of renaming misses nothing. */
	expect_plain(plain, TRANSOM_NAME_VANISHED, "old");
	expect_plain(plain, TRANSOM_NAME_APPEARED, "new");
	expect_silence(plain);
	/* Several in a row are one, there and back is none, and a new description comes along. */
	check_eq(name_rename(&claim, "b"), 0);
	check_eq(name_rename(&claim, "c"), 0);
	expect_renamed(watch, "new", "c", "a clock");
	check_eq(name_rename(&claim, "d"), 0);
	check_eq(name_rename(&claim, "c"), 0);
	check_eq(name_rename(&claim, "c"), 0);
	expect_silence(watch);
	check_eq(name_rename(&claim, "e"), 0);
	check_eq(name_describe(&claim, "a new clock"), 0);
	expect_renamed(watch, "c", "e", "a new clock");
	name_release(&claim);
	expect(watch, TRANSOM_NAME_VANISHED, "e");
	/* What is made anew is not what there was, though the same process makes it. */
	claim = claim_name("f", "a new clock");
	expect(watch, TRANSOM_NAME_APPEARED, "f");
	name_release(&claim);
	claim = claim_name("g", "a new clock");
	expect(watch, TRANSOM_NAME_VANISHED, "f");
	expect(watch, TRANSOM_NAME_APPEARED, "g");
	name_release(&claim);
	transom_name_watch_unref(plain);
	transom_name_watch_unref(watch);
	drop_folder(FOLDER);
}

/* Where the lines end that older owners write as well. */
static off_t
find_third_end(int lock)
{
	char text[512] = "", *end = text;
	ssize_t n = pread(lock, text, sizeof(text) - 1, 0);

	check(n > 0);
	for (int i = 0; i < 3; i++) {
		end = strchr(end, '\n');
		check(end++);
	}
	return end - text;
}

TEST(owner_is_told_by_what_is_whole_of_its_file)
{
	const char *bad[] = { "x", "0123456789abcdef\n", "0123456789abcdef\n00000000\n", "\n\n\n\n" };
	struct name_claim claim;
	struct name_owner owner;
	off_t end;

	use_folder();
	claim = claim_name("clock", "of an owner");
	name_owner_read(claim.lock, &owner);
	check(owner.identity && owner.identity == claim.identity);
	end = find_third_end(claim.lock);
	for (int i = -1; i < 4; i++) { /* -1: as older owners write it */
		ssize_t size = i < 0 ? 0 : (ssize_t)strlen(bad[i]);

		check(ftruncate(claim.lock, end) == 0);
		check(i < 0 || pwrite(claim.lock, bad[i], (size_t)size, end) == size);
		name_owner_read(claim.lock, &owner);
		check_eq(owner.identity, 0);
		check_eq(owner.pid, getpid());
		check(!strcmp(owner.description, "of an owner"));
	}
	check_eq(name_rename(&claim, "watch"), 0);
	name_owner_read(claim.lock, &owner);
	check_eq(owner.identity, claim.identity);
	check(!strcmp(owner.description, "of an owner"));
	name_release(&claim);
	drop_folder(FOLDER);
}

/* Anybody may write anybody's identity, but has a socket of his own. */
TEST(who_claims_to_be_another_is_not)
{
	struct transom_name_watch *watch;
	struct name_claim claim, liar;

	use_folder();
	claim = claim_name("honest", NULL);
	watch = watch_names();
	expect(watch, TRANSOM_NAME_APPEARED, "honest");
	liar = claim_name("liar", NULL); /* while the other socket is there, and so another file */
	check_eq(name_owner_write(liar.lock, NULL, claim.identity), 0);
	name_release(&claim);
	expect(watch, TRANSOM_NAME_VANISHED, "honest");
	expect(watch, TRANSOM_NAME_APPEARED, "liar");
	name_release(&liar);
	transom_name_watch_unref(watch);
	drop_folder(FOLDER);
}

static void
claim_and_wait(void *argument)
{
	struct name_claim claim = claim_name("dead", NULL);
	char byte = 0;

	check(write(*(int *)argument, &byte, 1) == 1);
	pause();
	name_release(&claim);
}

TEST(names_that_cannot_be_taken)
{
	char longest[TRANSOM_NAME_MAX + 2], byte;
	struct name_claim claim, other;
	struct transom_name_event event;
	struct transom_name_watch *watch;
	int pipes[2], fd;
	pid_t owner;

	use_folder();
	check(pipe(pipes) == 0);
	owner = spawn(claim_and_wait, &pipes[1]);
	check(read(pipes[0], &byte, 1) == 1);
	claim = claim_name("mine", "as it was");
	other = claim_name("other", NULL);
	watch = watch_names();
	for (int i = 0; i < 3; i++)
		check_eq(transom_name_watch_next(watch, 0, &event), 0);
	memset(longest, 'n', sizeof(longest));
	longest[TRANSOM_NAME_MAX + 1] = 0;
	check_eq(name_rename(&claim, longest), -ENAMETOOLONG);
	check_eq(name_rename(&claim, NULL), -EINVAL);
	check_eq(name_rename(&claim, ""), -EINVAL);
	check_eq(name_rename(&claim, ".hidden"), -EINVAL);
	check_eq(name_rename(&claim, "a/b"), -EINVAL);
	check_eq(name_rename(&claim, "other"), -EADDRINUSE);
	check_eq(name_rename(&claim, "dead"), -EADDRINUSE);
	check_eq(mkdirat(claim.folder, "directory", 0700), 0);
	check_eq(name_rename(&claim, "directory"), -EPERM);
	check(!is_there(".directory.lock") && !strcmp(claim.name, "mine"));
	check_eq(unlinkat(claim.folder, "directory", AT_REMOVEDIR), 0);
	expect_silence(watch);
	check_eq(name_connect(FOLDER, "mine", 0, &fd), 0);
	close(fd);
	kill(owner, SIGKILL);
	check_eq(wait_for(owner), -SIGKILL);
	check_eq(name_rename(&claim, "dead"), 0); /* free at once, as ever */
	check_eq(name_connect(FOLDER, "dead", 0, &fd), 0);
	close(fd);
	transom_name_watch_unref(watch);
	name_release(&claim);
	name_release(&other);
	close(pipes[0]);
	close(pipes[1]);
	drop_folder(FOLDER);
}

/* Owners that claim, give up, and change names for others, of which there are few. */

enum { OWNERS = 4, NAMES = 6, ROUNDS = 200 };

static const char *const few[NAMES] = { "a", "b", "c", "d", "e", "f" };

/* Which owner has which name, or -1; and what a watcher takes it for. */
struct table {
	struct name_claim claims[OWNERS];
	char seen[2][NAMES][8]; /* descriptions, "" for none: by the one call and by the other */
};

static int
number_of(const char *name)
{
	check(name[0] >= 'a' && name[0] < 'a' + NAMES && !name[1]);
	return name[0] - 'a';
}

static void
act(struct table *table, unsigned *seed)
{
	int number = rand_r(seed) % OWNERS;
	struct name_claim *claim = &table->claims[number];
	const char *name = few[rand_r(seed) % NAMES];
	char description[] = { (char)('0' + number), 0 };
	int r = 0;

	if (claim->socket < 0)
		r = name_claim(FOLDER, name, description, claim);
	else if (rand_r(seed) % 4 == 0)
		name_release(claim);
	else
		r = name_rename(claim, name);
	check(r == 0 || r == -EADDRINUSE);
}

static void
apply(char (*seen)[8], const struct transom_name_event *event, const char *before)
{
	int number = number_of(event->name);

	if (event->change == TRANSOM_NAME_VANISHED) {
		check(seen[number][0]);
		seen[number][0] = 0;
		return;
	}
	if (event->change == TRANSOM_NAME_RENAMED) {
		check(!strcmp(seen[number_of(before)], event->description));
		seen[number_of(before)][0] = 0;
	}
	if (event->change != TRANSOM_NAME_CHANGED)
		check(!seen[number][0]); /* nothing is lost under what comes */
	strcpy(seen[number], event->description);
}

static unsigned
follow(struct transom_name_watch *watch, bool with_renames, char (*seen)[8])
{
	char before[TRANSOM_NAME_MAX + 8] = "";
	struct transom_name_event event;
	unsigned renames = 0;

	while ((with_renames ? transom_name_watch_next_with_renames(watch, 0, &event, before)
			     : transom_name_watch_next(watch, 0, &event)) == 0) {
		check(with_renames || event.change != TRANSOM_NAME_RENAMED);
		check((event.change == TRANSOM_NAME_RENAMED) == (before[0] != 0));
		renames += event.change == TRANSOM_NAME_RENAMED;
		apply(seen, &event, before);
	}
	return renames;
}

static void
compare(const struct table *table, const char (*seen)[8])
{
	char there[NAMES][8] = { "" };

	for (int i = 0; i < OWNERS; i++)
		if (table->claims[i].socket >= 0)
			snprintf(there[number_of(table->claims[i].name)], 8, "%d", i);
	for (int i = 0; i < NAMES; i++)
		check(!strcmp(there[i], seen[i]));
}

TEST(watches_follow_names_that_go_round)
{
	struct table table = { .claims = { NAME_CLAIM_NONE, NAME_CLAIM_NONE, NAME_CLAIM_NONE,
					   NAME_CLAIM_NONE } };
	struct transom_name_watch *watches[2];
	unsigned seed = 5, renames = 0;

	use_folder();
	for (int i = 0; i < 2; i++)
		watches[i] = watch_names();
	for (int round = 0; round < ROUNDS; round++) {
		for (int n = rand_r(&seed) % 6; n >= 0; n--)
			act(&table, &seed);
		for (int i = 0; i < 2; i++) {
			renames += follow(watches[i], i == 1, table.seen[i]);
			compare(&table, (const char(*)[8])table.seen[i]);
		}
	}
	check(renames > ROUNDS / 4);
	for (int i = 0; i < OWNERS; i++)
		name_release(&table.claims[i]);
	for (int i = 0; i < 2; i++)
		transom_name_watch_unref(watches[i]);
	drop_folder(FOLDER);
}

/*
 * One name that changes while a list of names is read: before its file is looked at, or between that and the look at
 * its lock.
 */

static struct name_claim *changing;
static int changes; /* so many times more */
static bool at_the_lock;

static void
change(bool is_lock)
{
	struct name_claim *claim = changing;

	if (!claim || changes == 0 || is_lock != at_the_lock)
		return;
	changing = NULL; /* what a change looks at is not looked at by a list */
	check_eq(name_rename(claim, few[changes % NAMES]), 0);
	changing = claim;
	changes--;
}

int
__real_fstatat(int directory, const char *path, struct stat *ret, int flags);
int
__wrap_fstatat(int directory, const char *path, struct stat *ret, int flags);
int
__wrap_fstatat64(int directory, const char *path, struct stat *ret, int flags)
	__attribute__((alias("__wrap_fstatat")));
int
__real_openat(int directory, const char *path, int flags, ...);
int
__wrap_openat(int directory, const char *path, int flags, ...);
int
__wrap_openat64(int directory, const char *path, int flags, ...) __attribute__((alias("__wrap_openat")));

int
__wrap_fstatat(int directory, const char *path, struct stat *ret, int flags)
{
	change(false);
	return __real_fstatat(directory, path, ret, flags);
}

int
__wrap_openat(int directory, const char *path, int flags, ...)
{
	va_list arguments;
	mode_t mode = 0;

	va_start(arguments, flags);
	if (flags & O_CREAT)
		mode = va_arg(arguments, mode_t);
	va_end(arguments);
	if (strstr(path, ".lock") && (flags & O_ACCMODE) == O_RDONLY)
		change(true);
	return __real_openat(directory, path, flags, mode);
}

static void
change_during_looks(bool lock)
{
	struct name_claim claim;
	struct transom_name_watch *watch;
	struct transom_name_list *list;

	use_folder();
	claim = claim_name("old", "a clock");
	watch = watch_names();
	expect(watch, TRANSOM_NAME_APPEARED, "old");
	check_eq(name_rename(&claim, "new"), 0);
	at_the_lock = lock;
	changing = &claim;
	changes = 5;
	expect_renamed(watch, "old", few[1], "a clock");
	check_eq(changes, 0);
	changes = 5;
	check_eq(transom_name_list_create(&list), 0);
	check_eq(changes, 0);
	check_eq(transom_name_list_get_count(list), 1);
	changing = NULL;
	transom_name_list_unref(list);
	transom_name_watch_unref(watch);
	name_release(&claim);
	drop_folder(FOLDER);
}

TEST(change_between_reading_and_looking_is_no_death)
{
	change_during_looks(false);
}

TEST(change_between_looking_at_file_and_lock_is_no_death)
{
	change_during_looks(true);
}

/* One name that changes all the time is one name at each moment. */

static void
rename_for_ever(void *argument)
{
	for (unsigned i = 0;; i++) {
		check_eq(name_rename(argument, few[i % NAMES]), 0);
		usleep(300);
	}
}

TEST_FOR(changing_name_is_never_lost, 60)
{
	struct transom_name_list *list;
	struct transom_name_watch *watch;
	struct transom_name_event event;
	struct name_claim claim;
	char now[TRANSOM_NAME_MAX + 8], before[TRANSOM_NAME_MAX + 8];
	pid_t renamer;

	use_folder();
	claim = claim_name("a", NULL);
	watch = watch_names();
	check_eq(transom_name_watch_next(watch, 0, &event), 0);
	strcpy(now, event.name);
	renamer = spawn(rename_for_ever, &claim);
	name_abandon(&claim);
	for (int i = 0; i < 300; i++) {
		check_eq(transom_name_list_create(&list), 0);
		check_eq(transom_name_list_get_count(list), 1);
		transom_name_list_unref(list);
		check_eq(transom_name_watch_next_with_renames(watch, 10000, &event, before), 0);
		check_eq(event.change, TRANSOM_NAME_RENAMED);
		check(!strcmp(before, now));
		strcpy(now, event.name);
	}
	kill(renamer, SIGKILL);
	check_eq(wait_for(renamer), -SIGKILL);
	transom_name_watch_unref(watch);
	check_eq(system("rm -r \"$TRANSOM_RUNTIME_DIR\""), 0);
}
