/* note.c - what the processes of the demo write to each other, and how they find each other. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <transom/name.h>

#include "../cli/complain.h"
#include "note.h"

int
note_send(int send, const struct note *note, int right, uint32_t kind)
{
	struct transom_right rights = { .fd = right, .kind = kind };

	return transom_port_send(send, note, sizeof(*note), &rights, kind ? 1 : 0, 5000);
}

int
note_receive(int receive, struct transom_message *message, int timeout_ms, struct note *ret)
{
	int error = transom_port_receive(receive, message, timeout_ms);
	const void *bytes;
	size_t size;

	if (error < 0)
		return error;
	bytes = transom_message_get_bytes(message, &size);
	if (size != sizeof(*ret))
		return -EBADMSG;
	memcpy(ret, bytes, size);
	return 0;
}

bool
note_find_director(int *ret_director, int *ret_receive, int *ret_hello)
{
	int error = transom_name_look_up(NOTE_DIRECTOR, 5000, ret_director);

	if (error < 0) {
		complain_of(error, "cannot find the director");
		return false;
	}
	error = transom_port_create(NULL, ret_receive, ret_hello);
	if (error < 0) {
		complain_of(error, "cannot make a port");
		close(*ret_director);
		return false;
	}
	return true;
}
