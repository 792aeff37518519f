/*
 * test-folder-races.c - an attacker who changes the runtime directory's place while a victim uses it: at the worst
 * moment, and thousands of times at any. Takes root to make the two.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <transom/transom.h>

#include "harness.h"
#include "identity.h"

enum { ROUNDS = 2000, FLIPS = 2000 };

static char place[96]; /* what the victim takes for its runtime directory */
static int asked[2], answered[2]; /* pipes between the victim, in the middle of a call, and the attacker */
static bool interposing;

/* The attacker's move, and its answer. */
static void
ask_attacker(char move)
{
	check(write(asked[1], &move, 1) == 1);
	check(read(answered[0], &move, 1) == 1);
}

/* What the library calls between opening the folder and believing it: see meson.build. */
int
__wrap_fstat(int fd, struct stat *ret);
int
__wrap_fstat64(int fd, struct stat *ret);

int
__wrap_fstat(int fd, struct stat *ret)
{
	int r;

	if (interposing)
		ask_attacker('c');
	r = (int)syscall(SYS_fstat, fd, ret);
	if (interposing)
		ask_attacker('o');
	return r;
}

int
__wrap_fstat64(int fd, struct stat *ret)
{
	return __wrap_fstat(fd, ret);
}

static void
make_folder(const char *path, uid_t owner, mode_t mode)
{
	check(mkdir(path, 0700) == 0);
	check(chown(path, owner, owner) == 0 && chmod(path, mode) == 0);
}

static void
close_and_open(void *argument)
{
	char move;

	become_user(ATTACKER);
	close(asked[1]);
	while (read(asked[0], &move, 1) == 1) {
		check(chmod(place, move == 'c' ? 0700 : 0777) == 0);
		check(write(answered[1], &move, 1) == 1);
	}
}

/*
 * In a user namespace that gives the victim no number all strangers look like itself. A folder that is the
 * attacker's, open to all but when it is looked at, must not pass for the victim's.
 */
static void
use_a_strangers_folder(void *argument)
{
	struct transom_publisher_options options = { .size = sizeof(options),
						     .name = "here",
						     .buffer = { .size = sizeof(options.buffer),
								 .format = TRANSOM_FORMAT_BGRA8,
								 .width = 32,
								 .height = 16 } };
	struct transom_publisher *publisher = NULL;
	struct transom_name *name = NULL;
	int receive, send, r;

	check_eq(transom_port_create(NULL, &receive, &send), 0);
	become_user(VICTIM);
	if (!enter_user_namespace(-1))
		_exit(77);
	check(setenv("TRANSOM_RUNTIME_DIR", place, 1) == 0);
	interposing = true;
	r = transom_name_check_in("here", send, &name);
	check_eq(r, -EPERM);
	check(!name);
	r = transom_publisher_create(&options, &publisher);
	check_eq(r, -EPERM);
	check(!publisher);
	interposing = false;
}

static int
count_entries(const char *path)
{
	DIR *entries = opendir(path);
	struct dirent *entry;
	int n = 0;

	check(entries);
	while ((entry = readdir(entries)))
		n += entry->d_name[0] != '.';
	closedir(entries);
	return n;
}

TEST(folder_of_a_stranger_is_nobodys)
{
	pid_t attacker, victim;
	int r;

	need_root();
	use_folder();
	check(chmod(folder, 0755) == 0);
	snprintf(place, sizeof(place), "%s/run", folder);
	make_folder(place, ATTACKER, 0777);
	check(pipe2(asked, O_CLOEXEC) == 0 && pipe2(answered, O_CLOEXEC) == 0);
	attacker = spawn(close_and_open, NULL);
	victim = spawn(use_a_strangers_folder, NULL);
	for (int i = 0; i < 2; i++)
		close(asked[i]);
	r = wait_for(victim);
	check_eq(wait_for(attacker), 0);
	for (int i = 0; i < 2; i++)
		close(answered[i]);
	if (r == 77)
		skip("no user namespace can be made");
	check_eq(r, 0);
	check_eq(count_entries(place), 0);
	check(rmdir(place) == 0);
	drop_folder("ports");
}

/* A user without a number has a folder of its own all the same. */
static void
use_own_folder(void *argument)
{
	struct transom_name *name;
	int receive, send, found;

	become_user(VICTIM);
	if (!enter_user_namespace(-1))
		_exit(77);
	check(setenv("TRANSOM_RUNTIME_DIR", place, 1) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_name_check_in("here", send, &name), 0);
	check_eq(transom_name_look_up("here", -1, &found), 0);
	check_eq(transom_port_send(found, "x", 1, NULL, 0, 0), 0);
	transom_name_unref(name);
}

TEST(user_without_a_number_has_its_folder)
{
	int r;

	need_root();
	use_folder();
	check(chmod(folder, 0755) == 0);
	snprintf(place, sizeof(place), "%s/run", folder);
	make_folder(place, VICTIM, 0700);
	r = wait_for(spawn(use_own_folder, NULL));
	if (r == 77)
		skip("no user namespace can be made");
	check_eq(r, 0);
	check(rmdir(strcat(strcpy((char[128]){ 0 }, place), "/ports")) == 0);
	check(rmdir(place) == 0);
	drop_folder("ports");
}

/* The race */

static struct {
	atomic_ulong flips;
	atomic_ulong caught; /* times that the victim was seen in the attacker's folder */
	atomic_bool served; /* the attacker's own name is there to be found */
} * race;

static char own[96], precious[96];

/* In one step, whatever the two are. Theirs need not be the attacker's: only the folder above them. */
static void
exchange(const char *a, const char *b)
{
	check(syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE) == 0);
}

/* A name in the attacker's own folder, where whoever is led astray would find it; then the changes of place. */
static void
flip(void *argument)
{
	struct transom_name *name;
	int receive, send;
	char links[2][112], prey[128];

	for (int i = 0; i < 2; i++)
		snprintf(links[i], sizeof(links[i]), "%s/link-%d", folder, i);
	become_user(ATTACKER);
	check(setenv("TRANSOM_RUNTIME_DIR", own, 1) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	check_eq(transom_name_check_in("here", send, &name), 0);
	check(chmod(own, 0777) == 0 && chmod(strcat(strcpy(prey, own), "/ports"), 0777) == 0);
	strcat(prey, "/victim");
	atomic_store(&race->served, true);
	check(symlink(own, links[0]) == 0 && symlink(precious, links[1]) == 0);
	for (;;) {
		for (int i = 0; i < 2; i++) {
			exchange(place, links[i]);
			exchange(place, links[i]);
		}
		exchange(place, own);
		exchange(place, own);
		atomic_fetch_add(&race->caught, access(prey, F_OK) == 0);
		atomic_fetch_add(&race->flips, 1);
	}
}

/* What is found is one's own. */
static void
check_own(int receive, int found)
{
	struct transom_message *message;

	check_eq(transom_port_send(found, "mine", 4, NULL, 0, 0), 0);
	check_eq(transom_message_create(&message), 0);
	check_eq(transom_port_receive(receive, message, 0), 0);
	transom_message_unref(message);
}

static bool
is_expected(int r)
{
	return r == 0 || r == -ENOENT || r == -ENOTDIR || r == -EPERM || r == -EACCES || r == -EADDRINUSE ||
	       r == -EEXIST;
}

static void
work_meanwhile(void *argument)
{
	unsigned long there = 0;
	int receive, send;

	become_user(VICTIM);
	check(setenv("TRANSOM_RUNTIME_DIR", place, 1) == 0);
	check_eq(transom_port_create(NULL, &receive, &send), 0);
	for (unsigned long i = 0; i < ROUNDS || !there || atomic_load(&race->flips) < FLIPS; i++) {
		struct transom_name *name = NULL;
		int found = -1, r;

		r = transom_name_check_in("victim", send, &name);
		check(is_expected(r));
		there += r == 0;
		r = transom_name_look_up(i % 2 ? "here" : "victim", -1, &found);
		check(is_expected(r));
		if (r == 0)
			check_own(receive, found);
		if (found >= 0)
			close(found);
		transom_name_unref(name);
	}
}

/* Removes what the two had when the one was killed, wherever it stands. */
static void
remove_word(const char *word)
{
	const char *left[] = { "ports/here", "ports/.here.lock", "ports" }; /* the victim's are gone */
	char path[160];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s/%s", folder, word, left[i]);
		remove(path);
	}
	snprintf(path, sizeof(path), "%s/%s", folder, word);
	check(unlink(path) == 0 || rmdir(path) == 0);
}

TEST_FOR(place_that_changes_leads_nowhere, 60)
{
	const char *words[] = { "run", "link-0", "link-1", "own", "precious" };
	pid_t attacker, victim;

	need_root();
	race = mmap(NULL, sizeof(*race), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	check(race != MAP_FAILED);
	use_folder();
	check(chmod(folder, 0777) == 0);
	snprintf(place, sizeof(place), "%s/run", folder);
	snprintf(own, sizeof(own), "%s/own", folder);
	snprintf(precious, sizeof(precious), "%s/precious", folder);
	make_folder(place, VICTIM, 0700);
	make_folder(own, ATTACKER, 0700);
	make_folder(precious, VICTIM, 0700);
	attacker = spawn(flip, NULL);
	while (!atomic_load(&race->served))
		usleep(1000);
	victim = spawn(work_meanwhile, NULL);
	check_eq(wait_for(victim), 0);
	check(kill(attacker, SIGKILL) == 0);
	check_eq(wait_for(attacker), -SIGKILL);
	check_eq(atomic_load(&race->caught), 0);
	/* Nobody was led there, by whatever of its two names it has now. */
	check_eq(count_entries(precious), 0);
	for (int i = 0; i < 5; i++)
		remove_word(words[i]);
	munmap(race, sizeof(*race));
	drop_folder("ports");
}
