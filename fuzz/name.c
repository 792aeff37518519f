/* name.c - whatever lies in the folder of names, and whatever an owner answers, names are text and what is looked up is a right. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <transom/name.h>
#include <transom/port.h>

#include "fuzz.h"
#include "message-private.h"
#include "still.h"
#include "utf8-private.h"

/* Input: actions, one after the other; while a look-up waits, those of the owner of the name. */
enum action {
	/* of the owner */
	ANSWER, /* a message with a right, spoiled or not */
	NOISE,
	HANG_UP,
	/* of whoever may write into the folder */
	WRITE_LOCK_FILE,
	OWNER_ACTIONS = WRITE_LOCK_FILE,
	OWN, /* holds the lock, and listens */
	MAKE_OTHER, /* anything else in a name's place */
	REMOVE,
	/* of the program */
	LIST,
	WATCH,
	LOOK_UP,
	CHECK_IN,
	ACTIONS,
};

enum { NAMES = 4, NAME_SIZE = 96, WAIT_MS = 3, TEXT_SIZE = 256, EVENTS = 64 };

struct owner {
	char name[NAME_SIZE];
	int lock, listener; /* or -1 */
};

static struct {
	struct script script;
	int folder;
	struct owner owners[NAMES];
	int listener, socket; /* of the owner that is asked, and the asker's end */
	struct transom_name_watch *watch;
} world;

static void
print_lock_path(const struct owner *owner, char ret[NAME_SIZE + 8])
{
	snprintf(ret, NAME_SIZE + 8, ".%s.lock", owner->name);
}

/* The owner's answers */

static bool
answer(void)
{
	struct {
		struct message_header header;
		uint8_t kinds[8];
	} packet = { { MESSAGE_MAGIC, MESSAGE_VERSION, 1 }, { TRANSOM_RIGHT_SEND } };
	uint8_t choice = script_byte(&world.script);
	int receive = -1, send = -1, fd;

	if (choice & 7) {
		insist(transom_port_create(NULL, &receive, &send) == 0);
		fd = choice & 8 ? receive : send;
	} else {
		fd = send = make_any_descriptor(choice >> 4);
	}
	script_spoil(&world.script, &packet, sizeof(packet));
	send_packet(world.socket, &packet, sizeof(packet), &fd, choice != 255);
	if (receive >= 0)
		close(receive);
	close(send);
	return true;
}

static void
hang_up(void)
{
	if (world.socket >= 0)
		close(world.socket);
	world.socket = -1;
}

static bool
take_turn(void)
{
	const uint8_t *bytes;
	size_t size;

	if (!world.script.left)
		return false;
	if (world.socket < 0 && world.listener >= 0)
		world.socket = accept4(world.listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	switch ((enum action)script_choose(&world.script, OWNER_ACTIONS)) {
	case ANSWER:
		answer();
		break;
	case NOISE:
		size = script_take(&world.script, &bytes);
		send_packet(world.socket, bytes, size, NULL, 0);
		break;
	default:
		hang_up();
	}
	return true;
}

/* The folder */

static void
disown(struct owner *owner)
{
	if (owner->lock >= 0)
		close(owner->lock);
	if (owner->listener >= 0)
		close(owner->listener);
	if (world.listener == owner->listener)
		world.listener = -1;
	owner->lock = owner->listener = -1;
}

/* A good file's sum is right whatever its lines say, or it would be a riddle. */
static void
write_lock_file(const struct owner *owner)
{
	uint8_t choice = script_byte(&world.script);
	char path[NAME_SIZE + 8], text[TEXT_SIZE + 32];
	const uint8_t *description;
	size_t size = script_take(&world.script, &description);
	uint32_t sum = 0x811c9dc5;
	int fd, length;

	length = snprintf(text, sizeof(text), "%lld\n", (long long)script_number(&world.script));
	size = size < 200 ? size : 200;
	memcpy(text + length, description, size);
	length += (int)size;
	text[length++] = '\n';
	for (int i = 0; i < length; i++)
		sum = (sum ^ (unsigned char)text[i]) * 0x01000193;
	length += snprintf(text + length, sizeof(text) - (size_t)length, "%08x\n", sum);
	if (choice & 1)
		script_spoil(&world.script, text, (size_t)length);
	if (choice & 2)
		length = (int)(script_byte(&world.script) % (unsigned)(length + 1));
	print_lock_path(owner, path);
	fd = openat(world.folder, path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC | O_NONBLOCK, 0600);
	if (fd < 0)
		return;
	insist(write(fd, text, (size_t)length) == length);
	close(fd);
}

static void
own(struct owner *owner)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1 };
	char path[NAME_SIZE + 8];

	disown(owner);
	print_lock_path(owner, path);
	owner->lock = openat(world.folder, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
	if (owner->lock >= 0)
		fcntl(owner->lock, F_OFD_SETLK, &lock);
	snprintf(path, sizeof(path), "ports/%s", owner->name);
	owner->listener = listen_at(path);
}

static void
make_other(const struct owner *owner)
{
	uint8_t choice = script_byte(&world.script);
	char path[NAME_SIZE + 8];
	int fd;

	snprintf(path, sizeof(path), choice & 1 ? ".%s.lock" : choice & 2 ? ".%s.new" : "%s", owner->name);
	switch (choice >> 2 & 3) {
	case 0:
		fd = openat(world.folder, path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
		if (fd >= 0)
			close(fd);
		break;
	case 1:
		mkdirat(world.folder, path, 0700);
		break;
	case 2:
		mkfifoat(world.folder, path, 0600);
		break;
	default:
		(void)!symlinkat(choice & 16 ? path : "/dev/null", world.folder, path);
	}
}

static void
remove_all(const struct owner *owner)
{
	char path[NAME_SIZE + 8];

	print_lock_path(owner, path);
	unlinkat(world.folder, path, 0);
	unlinkat(world.folder, owner->name, 0);
}

/* Names that are not all names: bytes of the script. */
static void
choose_names(void)
{
	static const char *const usual[NAMES] = { "fuzz", "two", "\xc3\xbc", "z" };

	for (int i = 0; i < NAMES; i++) {
		struct owner *owner = &world.owners[i];
		const uint8_t *bytes;
		size_t size = script_take(&world.script, &bytes);

		size = size < NAME_SIZE - 1 ? size : NAME_SIZE - 1;
		memset(owner, 0, sizeof(*owner));
		memcpy(owner->name, bytes, size);
		if (!owner->name[0] || strchr(owner->name, '/') || !strcmp(owner->name, ".") ||
		    !strcmp(owner->name, ".."))
			strcpy(owner->name, usual[i]);
		owner->lock = owner->listener = -1;
	}
}

/* The program */

static void
look_at_text(const char *text, size_t most)
{
	insist(text && strlen(text) <= most && utf8_is_printable(text, strlen(text)));
}

static void
list(void)
{
	struct transom_name_list *names = NULL;

	insist(transom_name_list_create(&names) == 0);
	for (size_t i = 0; i < transom_name_list_get_count(names); i++) {
		const char *name = transom_name_list_get_name(names, i);

		look_at_text(name, TRANSOM_NAME_MAX);
		insist(name[0] && name[0] != '.' && !strchr(name, '/'));
		insist(!i || strcmp(transom_name_list_get_name(names, i - 1), name) < 0);
		look_at_text(transom_name_list_get_description(names, i), TRANSOM_NAME_MAX_DESCRIPTION);
		insist(transom_name_list_get_pid(names, i) >= 0);
	}
	transom_name_list_unref(names);
}

static void
watch(void)
{
	struct transom_name_event event;
	int r = 0;

	if (!world.watch)
		insist(transom_name_watch_create(&world.watch) == 0);
	for (int i = 0; i < EVENTS && r == 0; i++) {
		r = transom_name_watch_next(world.watch, 0, &event);
		insist(r == 0 || r == -EAGAIN);
		if (r < 0)
			break;
		look_at_text(event.name, TRANSOM_NAME_MAX);
		look_at_text(event.description, TRANSOM_NAME_MAX_DESCRIPTION);
	}
}

static void
look_up(const struct owner *owner)
{
	int fd = -1, r;

	world.listener = owner->listener;
	still_set_others(take_turn);
	r = transom_name_look_up(owner->name, WAIT_MS, &fd);
	still_set_others(NULL);
	hang_up();
	insist_listed(r);
	insist((r == 0) == (fd >= 0));
	if (r == 0) {
		insist(transom_port_check_right(fd, TRANSOM_RIGHT_SEND) == 0);
		close(fd);
	}
}

/* Over whatever is there. Who has the name can be looked up. */
static void
check_in(const struct owner *owner)
{
	struct transom_name *name = NULL;
	int receive, send, found = -1, r;

	insist(transom_port_create(NULL, &receive, &send) == 0);
	r = transom_name_check_in(owner->name, send, &name);
	insist_listed(r);
	if (r == 0) {
		insist(transom_name_look_up(owner->name, WAIT_MS, &found) == 0);
		insist(transom_port_send(found, "x", 1, NULL, 0, 0) == 0);
		close(found);
	}
	transom_name_unref(name);
	close(receive);
	close(send);
}

static void
act(void)
{
	enum action action = script_choose(&world.script, ACTIONS);
	struct owner *owner = &world.owners[script_choose(&world.script, NAMES)];

	switch (action) {
	case WRITE_LOCK_FILE:
		write_lock_file(owner);
		break;
	case OWN:
		own(owner);
		break;
	case MAKE_OTHER:
		make_other(owner);
		break;
	case LIST:
		list();
		break;
	case WATCH:
		watch();
		break;
	case LOOK_UP:
		look_up(owner);
		break;
	case CHECK_IN:
		check_in(owner);
		break;
	default:
		disown(owner);
		remove_all(owner);
	}
}

static void
empty_folder(void)
{
	DIR *all = fdopendir(dup(world.folder));
	const struct dirent *found;

	insist(all);
	rewinddir(all);
	while ((found = readdir(all)))
		if (unlinkat(world.folder, found->d_name, 0) < 0)
			unlinkat(world.folder, found->d_name, AT_REMOVEDIR);
	closedir(all);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[256];
	struct possessions before;

	snprintf(path, sizeof(path), "%s/ports", use_own_runtime_directory());
	before = count_possessions();
	world.script = (struct script){ data, size };
	world.folder = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	insist(world.folder >= 0);
	world.listener = world.socket = -1;
	choose_names();
	while (world.script.left)
		act();
	world.watch = transom_name_watch_unref(world.watch);
	for (int i = 0; i < NAMES; i++)
		disown(&world.owners[i]);
	empty_folder();
	close(world.folder);
	insist_on_same(before);
	return 0;
}
