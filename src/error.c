/* error.c - names and meanings of the error codes; it makes no decision. */
#include <errno.h>
#include <limits.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <transom/error.h>

static const struct {
	int code;
	const char *meaning;
} meanings[] = {
	{ EINVAL, "an argument is not usable" },
	{ EBADF, "not an open descriptor, or not a right of the kind needed" },
	{ EOVERFLOW, "a size does not fit" },
	{ E2BIG, "more than the maximum, or than there is room for" },
	{ ERANGE, "a size, stride or offset contradicts the memory behind it" },
	{ ENOMEM, "no memory" },
	{ EMFILE, "no file descriptor left in this process" },
	{ ENFILE, "no file descriptor left in the system" },
	{ ETOOMANYREFS, "too many descriptors of this user are in flight" },
	{ EAGAIN, "not now" },
	{ ETIMEDOUT, "the time allowed for waiting is over" },
	{ EBUSY, "the surface is in use, being claimed, or its values are being written" },
	{ EPIPE, "dead name: the receiver is gone" },
	{ ECONNRESET, "shut out: the publisher gives this subscriber no more frames" },
	{ ENOTCONN, "no senders: the last send right is gone" },
	{ EMSGSIZE, "the message is too large" },
	{ EADDRINUSE, "the name has a living owner" },
	{ ENOENT, "nothing of that name" },
	{ ENAMETOOLONG, "the name is too long" },
	{ EPERM, "owner, mode or seals forbid to trust it" },
	{ EACCES, "only reading is allowed, or the kernel refuses access" },
	{ EROFS, "the runtime directory is on a read-only file system" },
	{ ENOSPC, "the file system of the runtime directory has no room" },
	{ EDQUOT, "this user's quota for the runtime directory is used up" },
	{ EIO, "the file system of the runtime directory is broken" },
	{ ENOLCK, "the file system of the runtime directory has no locks, or the kernel no memory for one" },
	{ ENOTDIR, "the runtime directory's path leads through something else than directories" },
	{ ENXIO, "no runtime directory or no procfs in this process" },
	{ EMEDIUMTYPE, "the descriptor received is not memory" },
	{ ENODATA, "what was received ends too early, or is not there yet" },
	{ EBADMSG, "what was received is not what it claims to be" },
	{ EPROTO, "what was received contradicts itself" },
	{ EPROTONOSUPPORT, "what was received is of an unknown version" },
	{ EOPNOTSUPP, "the kernel, or this kind of object, cannot do that" },
	{ ECHILD, "made before a fork: it lives on in the parent only" },
};

/* The positive twin of a negative errno; INT_MIN has none, and is no errno. */
static int
positive(int error)
{
	return error == INT_MIN ? -1 : abs(error);
}

const char *
transom_error_name(int error)
{
	const char *name = strerrorname_np(positive(error));

	return name ? name : "?";
}

const char *
transom_error_describe(int error)
{
	const char *text;

	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (meanings[i].code == positive(error))
			return meanings[i].meaning;
	text = strerrordesc_np(positive(error));
	return text ? text : "unknown error";
}

const char *
transom_version(void)
{
	return TRANSOM_VERSION;
}
