/* doctor-names.c - whether names work: the runtime directory, and then a port and a stream of our own in it. */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <transom/name.h>
#include <transom/port.h>
#include <transom/stream.h>

#include "doctor.h"
#include "runtime-directory.h"

#define CHECK "runtime directory"

enum { TIMEOUT_MS = 5000 };

static const char advice[] = "set TRANSOM_RUNTIME_DIR to a folder of yours with mode 0700 on a local file "
			     "system, or log in so that "
			     "XDG_RUNTIME_DIR is set";

/* Locks and sockets are the kernel's own on local file systems only. */
static const char *
get_remote_file_system(const char *path)
{
	struct statfs file_system;

	if (statfs(path, &file_system) < 0)
		return NULL;
	switch ((unsigned long)file_system.f_type) {
	case 0x6969:
		return "NFS";
	case 0xff534d42:
	case 0xfe534d42:
		return "SMB";
	case 0x01021997:
		return "9p";
	case 0x65735546:
		return "FUSE";
	default:
		return NULL;
	}
}

static void
check_folder(const char *path, const char *source)
{
	const char *remote = get_remote_file_system(path);
	struct stat st;

	if (lstat(path, &st) < 0 && errno == ENOENT)
		doctor_find(DOCTOR_OK, CHECK, NULL, "%s (%s) is not there yet; the first name makes it", path,
			    source);
	else if (lstat(path, &st) < 0)
		doctor_find(DOCTOR_ERROR, CHECK, advice, "%s (%s): %s", path, source, strerror(errno));
	else if (S_ISLNK(st.st_mode))
		doctor_find(DOCTOR_ERROR, CHECK, advice, "%s (%s) is a symbolic link, which is not followed",
			    path, source);
	else if (!S_ISDIR(st.st_mode))
		doctor_find(DOCTOR_ERROR, CHECK, advice, "%s (%s) is not a folder", path, source);
	else if (st.st_uid != geteuid())
		doctor_find(DOCTOR_ERROR, CHECK, advice, "%s (%s) belongs to user %u and not to you, user %u",
			    path, source, (unsigned)st.st_uid, (unsigned)geteuid());
	else if ((st.st_mode & 077) != 0)
		doctor_find(DOCTOR_ERROR, CHECK, "chmod 700 it, once you know why others could get in",
			    "%s (%s) lets others in: mode %04o", path, source, st.st_mode & 07777);
	else if (remote != NULL)
		doctor_find(DOCTOR_WARNING, CHECK, advice, "%s (%s) is on %s", path, source, remote);
	else
		doctor_find(DOCTOR_OK, CHECK, NULL, "%s (%s): yours alone, mode %04o", path, source,
			    st.st_mode & 07777);
}

static void
check_directory(void)
{
	const char *source = runtime_directory_get_source();
	char path[PATH_MAX];

	if (!runtime_directory_find(path, sizeof(path)))
		doctor_find(DOCTOR_ERROR, CHECK, advice, "%s is no absolute path, or too long",
			    source != NULL ? source : "the path");
	else
		check_folder(path, source != NULL ? source : "no variable names one");
}

static void
make_name(char name[TRANSOM_NAME_MAX])
{
	snprintf(name, TRANSOM_NAME_MAX, "transom-doctor-%d", (int)getpid());
}

static int
receive(int port)
{
	struct transom_message *message;
	int r = transom_message_create(&message);

	if (r < 0)
		return r;
	r = transom_port_receive(port, message, TIMEOUT_MS);
	transom_message_unref(message);
	return r;
}

static int
try_port(void)
{
	int port, send, found, r = transom_port_create(NULL, &port, &send);
	char name[TRANSOM_NAME_MAX];
	struct transom_name *claim = NULL;

	if (r < 0)
		return r;
	make_name(name);
	r = transom_name_check_in(name, send, &claim);
	if (r == 0)
		r = transom_name_look_up(name, TIMEOUT_MS, &found);
	if (r == 0)
		r = transom_port_send(found, "hello", 5, NULL, 0, TIMEOUT_MS);
	if (r == 0)
		r = receive(port);
	transom_name_unref(claim);
	return r;
}

static int
see_frame(struct transom_publisher *publisher, const char *name)
{
	struct transom_subscriber_options options = { .size = sizeof(options), .name = name };
	struct transom_subscriber *subscriber = NULL;
	struct transom_frame *frame;
	int r = transom_publisher_acquire(publisher, TIMEOUT_MS, &frame);

	if (r == 0)
		r = transom_publisher_publish(publisher, frame, NULL, NULL);
	if (r == 0)
		r = transom_subscriber_create(&options, &subscriber);
	if (r == 0)
		r = transom_subscriber_acquire(subscriber, TIMEOUT_MS, &frame);
	if (r == 0)
		transom_frame_release(frame);
	transom_subscriber_unref(subscriber);
	return r;
}

static int
try_stream(void)
{
	char name[TRANSOM_NAME_MAX];
	struct transom_publisher_options options = {
		.size = sizeof(options),
		.name = name,
		.buffer = { .size = sizeof(options.buffer),
			    .format = TRANSOM_FORMAT_BGRA8,
			    .width = 64,
			    .height = 64 },
	};
	struct transom_publisher *publisher;
	int r;

	make_name(name);
	r = transom_publisher_create(&options, &publisher);
	if (r < 0)
		return r;
	r = see_frame(publisher, name);
	transom_publisher_unref(publisher);
	return r;
}

static void
check_trial(const char *check, int (*body)(void), const char *what)
{
	char text[128];
	const int r = doctor_try(body);

	doctor_find(r == 0 ? DOCTOR_OK : DOCTOR_ERROR, check,
		    r == 0 ? NULL : "see the other errors and warnings here for the cause", "%s: %s", what,
		    doctor_describe(r, text));
}

void
doctor_check_names(void)
{
	check_directory();
	check_trial("port", try_port, "a name, looked up, and a message");
	check_trial("stream", try_stream, "a publisher, a subscriber and a frame");
}
