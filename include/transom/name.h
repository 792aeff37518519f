/*
 * name.h - names for ports, so that processes that share nothing find each other.
 */
#ifndef TRANSOM_NAME_H
#define TRANSOM_NAME_H

#include <stddef.h>
#include <stdint.h>

#include <transom/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/*
 * Names live in the folder "ports" of a directory of this user alone: $TRANSOM_RUNTIME_DIR, else
 * $XDG_RUNTIME_DIR/transom, else /tmp/transom-UID. It is made when it is missing, and refused
 * (-EPERM) if it belongs to another user or lets others in. There is no daemon: a name belongs to
 * the process that checked it in, a lock proves that this process lives, and a thread of the library
 * in it answers look-ups. A name whose owner died, kill -9 included, is free at once.
 *
 * A name has 1 to 80 bytes of UTF-8 without control characters, no "/", and no "." at its beginning.
 */

/** Bytes of the longest name. */
#define TRANSOM_NAME_MAX 80

/** Bytes of the longest description of what a name leads to. */
#define TRANSOM_NAME_MAX_DESCRIPTION 127

/**
 * A name that this process owns. Threads: shared.
 * Fork: the name stays the parent's; in the child the object can only be given up.
 */
struct transom_name;

/** The names at one moment. Threads: shared. Fork: the child has a copy. */
struct transom_name_list;

/** Tells what becomes of the names. Threads: owned. Fork: void in the child. */
struct transom_name_watch;

/** What became of a name. */
enum transom_name_change {
	TRANSOM_NAME_APPEARED = 1,
	TRANSOM_NAME_VANISHED = 2,
	TRANSOM_NAME_CHANGED = 3, /**< Its owner describes it otherwise. */
	/** Its owner has another name now. Told by transom_name_watch_next_with_renames() alone. */
	TRANSOM_NAME_RENAMED = 4,
};

/**
 * One change. A name that changed its owner vanishes and appears. So does, by transom_name_watch_next(), an owner
 * that changed its name: the old one vanishes, the new one appears.
 */
struct transom_name_event {
	uint32_t change;                 /**< One of enum transom_name_change. */
	int32_t pid;                     /**< The owner, by its own word; 0 if unknown. */
	char name[TRANSOM_NAME_MAX + 8]; /**< Ends with NUL. */
	/** As transom_name_list_get_description() gives it. */
	char description[TRANSOM_NAME_MAX_DESCRIPTION + 1];
};

/**
 * Give a port a name: from now on other processes of this user can look it up.
 *
 * @param name The name.
 * @param send A send right to the port; each who looks the name up gets a copy.
 * @param ret  The name; it is given up with the last reference.
 *
 * Owns:    the caller holds one reference. The name holds a copy of the send right: the port is not
 *          without senders while it has a name.
 * Errors:  -EADDRINUSE the name has a living owner, -EINVAL no name can be so, -ENAMETOOLONG, -EPERM or
 *          -ENOTDIR the runtime directory is not to be trusted, -EACCES, -EROFS, -ENOSPC, -EDQUOT,
 *          -EIO, -ENOLCK its file system does not take the name, -ENOENT its parent is missing,
 *          -ENXIO no runtime directory or no procfs, -EBADF @send is no send right, -EMFILE, -ENFILE,
 *          -ENOMEM, -EAGAIN no thread can be started.
 * Blocks:  no, but for the file system.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_name_check_in(const char *name, int send, struct transom_name **ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @name. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_name *
transom_name_ref(struct transom_name *name);

/**
 * Drop a reference; with the last one the name is free. Send rights that were handed out stay good.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  until a look-up that is being answered is done: moments.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_name *
transom_name_unref(struct transom_name *name);

/**
 * Get a send right to the port of that name.
 *
 * @param name       The name.
 * @param timeout_ms How long its owner may take to answer (it may be stopped): 0 only what is there
 *                   at once, which is nothing as a rule; negative for ever.
 * @param ret        The send right.
 *
 * Owns:    the right is the caller's.
 * Errors:  -ENOENT no living owner, -ETIMEDOUT the owner does not answer, -EAGAIN (time-out 0),
 *          -EPERM the runtime directory, or the owner's user, is not to be trusted, -EBADMSG the
 *          answer has no send right, -EPROTONOSUPPORT the owner speaks another version, -EINVAL,
 *          -ENAMETOOLONG, -ENOTDIR, -EACCES, -ENXIO, -EMFILE, -ENFILE, -ENOMEM.
 * Blocks:  up to the time-out.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_name_look_up(const char *name, int timeout_ms, int *ret);

/**
 * List the names that have a living owner, sorted by their bytes.
 *
 * @param ret The list.
 *
 * Owns:    the caller holds one reference.
 * Errors:  -EPERM, -ENOTDIR, -EACCES, -ENXIO, -EIO as for transom_name_check_in(), -EMFILE, -ENFILE,
 *          -ENOMEM, -EINVAL. No runtime directory yet is an empty list.
 * Blocks:  no, but for the file system.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_name_list_create(struct transom_name_list **ret);

/**
 * Take a reference.
 *
 * Owns:    the caller holds one more reference; returns @list. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_name_list *
transom_name_list_ref(struct transom_name_list *list);

/**
 * Drop a reference.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API struct transom_name_list *
transom_name_list_unref(struct transom_name_list *list);

/**
 * How many names there are in a list.
 *
 * Owns:    nothing.
 * Errors:  none; 0 for NULL.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API size_t
transom_name_list_get_count(const struct transom_name_list *list);

/**
 * A name of a list; NULL if there is no such one.
 *
 * Owns:    borrowed, as long as the list lives.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const char *
transom_name_list_get_name(const struct transom_name_list *list, size_t index);

/**
 * The process that owns a name, by its own word; 0 if unknown.
 *
 * Owns:    nothing.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API int32_t
transom_name_list_get_pid(const struct transom_name_list *list, size_t index);

/**
 * What the owner of a name says that it is: plain UTF-8 without control characters, whatever the owner
 * wrote; "" if it says nothing, or nothing that is good. Ports have none. NULL if there is no such name.
 *
 * Owns:    borrowed, as long as the list lives.
 * Errors:  none.
 * Blocks:  no.    Threads: any.    Since: 0.1
 */
TRANSOM_API const char *
transom_name_list_get_description(const struct transom_name_list *list, size_t index);

/**
 * Watch the names. The names that are there already are the first events.
 *
 * @param ret The watch.
 *
 * Owns:    the caller holds one reference.
 * Errors:  as transom_name_check_in(), and -EMFILE also if this user has too many inotify instances
 *          (fs.inotify.max_user_instances).
 * Blocks:  no, but for the file system.    Threads: any.    Since: 0.1
 */
TRANSOM_API int
transom_name_watch_create(struct transom_name_watch **ret);

/**
 * Drop the watch.
 *
 * Owns:    always returns NULL. NULL is accepted.
 * Errors:  none.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API struct transom_name_watch *
transom_name_watch_unref(struct transom_name_watch *watch);

/**
 * A descriptor to wait on: readable when transom_name_watch_next() should be called until it has
 * nothing more.
 *
 * Owns:    borrowed: do not read from it, do not close it.
 * Errors:  -EINVAL NULL, -ECHILD made before a fork.
 * Blocks:  no.    Since: 0.1
 */
TRANSOM_API int
transom_name_watch_get_fd(const struct transom_name_watch *watch);

/**
 * Get the next change. Changes that undo each other between two calls may not be seen. Of those that are seen at once,
 * names that vanished come first.
 *
 * @param watch      The watch.
 * @param timeout_ms How long to wait for one: 0 not at all, negative for ever.
 * @param ret        The change.
 *
 * Owns:    nothing.
 * Errors:  -EAGAIN nothing changed (time-out 0), -ETIMEDOUT, -EINVAL, -ECHILD, -EMFILE, -ENFILE,
 *          -ENOMEM.
 * Blocks:  up to the time-out.    Since: 0.1
 */
TRANSOM_API int
transom_name_watch_next(struct transom_name_watch *watch, int timeout_ms, struct transom_name_event *ret);

/**
 * The same for who knows of renaming: an owner that changed its name is one change, TRANSOM_NAME_RENAMED, with the new
 * name in @ret; its description may have changed as well. Publishers of streams can change theirs
 * (transom_publisher_set_name()). Where names were exchanged, or the new one was somebody else's when this watch
 * looked last, it is as by transom_name_watch_next(): one vanishes and one appears. Both calls may be made in turn.
 *
 * @param watch      The watch.
 * @param timeout_ms How long to wait for a change: 0 not at all, negative for ever.
 * @param ret        The change.
 * @param ret_before The name before, if the change is TRANSOM_NAME_RENAMED; else "".
 *
 * Owns:    nothing.
 * Errors:  as transom_name_watch_next().
 * Blocks:  up to the time-out.    Since: 0.1
 */
TRANSOM_API int
transom_name_watch_next_with_renames(struct transom_name_watch *watch, int timeout_ms,
                                     struct transom_name_event *ret,
                                     char ret_before[TRANSOM_NAME_MAX + 8]);

#ifdef __cplusplus
}
#endif

#endif /* TRANSOM_NAME_H */
