/* mach-bootstrap.c - names of ports for unrelated tasks: Transom's names, in its runtime directory. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <servers/bootstrap.h>
#include <transom/name.h>

#include "fd-private.h"
#include "mach-private.h"

enum { LOOK_UP_MS = 10000 };

/* A name that this task has made known. It is free when its port is dead. */
struct service {
	struct service *next;
	char name[BOOTSTRAP_MAX_NAME_LEN];
	struct transom_name *known;
	struct watch *watch;
	int fd; /* a send right to its port */
};

static struct service *services;

/* Two numbers that differ for names that differ; nobody but this user could wish them not to. */
static void
hash(const char *name, uint64_t ret[2])
{
	ret[0] = 0xcbf29ce484222325u;
	ret[1] = 0x84222325cbf29ce4u;
	for (; *name; name++) {
		ret[0] = (ret[0] ^ (unsigned char)*name) * 0x100000001b3u;
		ret[1] = (ret[1] + (unsigned char)*name) * 0x9e3779b97f4a7c15u;
		ret[1] ^= ret[1] >> 29;
	}
}

static bool
is_plain(const char *name, size_t length)
{
	if (length > TRANSOM_NAME_MAX || name[0] == '.' || !strncmp(name, "mach~", 5))
		return false;
	for (size_t i = 0; i < length; i++)
		if (name[i] < 0x21 || name[i] > 0x7e || name[i] == '/')
			return false;
	return true;
}

/* Transom's name for a name of bootstrap: the same, or a number where its rules do not allow that. */
static bool
to_transom(const char *name, char ret[TRANSOM_NAME_MAX + 1])
{
	size_t length = name ? strnlen(name, BOOTSTRAP_MAX_NAME_LEN) : 0;
	uint64_t number[2];

	if (length == 0 || length >= BOOTSTRAP_MAX_NAME_LEN)
		return false;
	if (is_plain(name, length)) {
		memcpy(ret, name, length + 1);
		return true;
	}
	hash(name, number);
	snprintf(ret, TRANSOM_NAME_MAX + 1, "mach~%016llx%016llx", (unsigned long long)number[0],
		 (unsigned long long)number[1]);
	return true;
}

/* Whether @bp is the port of the names. Any other answers no such calls. */
static kern_return_t
check_port(mach_port_t bp)
{
	struct entry *entry;
	kern_return_t kr;

	space_lock();
	entry = MACH_PORT_VALID(bp) ? space_find(bp) : NULL;
	if (entry)
		entry_refresh(entry);
	if (!entry || entry->kind == ENTRY_DEAD)
		kr = MACH_SEND_INVALID_DEST;
	else
		kr = entry->kind == ENTRY_BOOTSTRAP ? KERN_SUCCESS : BOOTSTRAP_NOT_PRIVILEGED;
	space_unlock();
	return kr;
}

/* How each call begins: whether @bp has names, and which of Transom's @name is; @bad is the answer where it is none. */
static kern_return_t
begin(mach_port_t bp, const char *name, kern_return_t bad, char ret_known[TRANSOM_NAME_MAX + 1])
{
	kern_return_t kr = check_port(bp);

	if (kr == KERN_SUCCESS && !to_transom(name, ret_known))
		kr = bad;
	return kr;
}

static kern_return_t
error_of(int r, kern_return_t in_use)
{
	switch (r) {
	case 0:
		return KERN_SUCCESS;
	case -EADDRINUSE:
		return in_use;
	case -ENOMEM:
	case -EMFILE:
	case -ENFILE:
	case -EAGAIN:
	case -ENOSPC:
	case -EDQUOT:
		return BOOTSTRAP_NO_MEMORY;
	case -ENOENT:
	case -ETIMEDOUT:
		return BOOTSTRAP_UNKNOWN_SERVICE;
	default:
		return BOOTSTRAP_NOT_PRIVILEGED;
	}
}

static struct service *
take_out(struct service *service)
{
	struct service **at = &services;

	while (*at && *at != service)
		at = &(*at)->next;
	if (!*at)
		return NULL;
	*at = service->next;
	service->watch = watch_cancel(service->watch);
	return service;
}

static void
free_service(struct service *service)
{
	transom_name_unref(service->known);
	fd_close(service->fd);
	free(service);
}

/* With the lock held, in the library's thread. */
static void
port_has_died(void *owner)
{
	struct service *service = owner;

	service->watch = NULL;
	free_service(take_out(service));
}

static struct service *
find_service(const char *name)
{
	struct service *service = services;

	while (service && strcmp(service->name, name))
		service = service->next;
	return service;
}

/* A name whose port has died is free, also before the watch has said so. With the lock held. */
static void
forget_dead(const char *name)
{
	struct service *service = find_service(name);

	if (service && transom_port_is_dead_name(service->fd))
		free_service(take_out(service));
}

/* Makes the port behind @fd known under @known, Transom's name for @name; takes @fd, also on failure. */
static kern_return_t
make_known(const char *name, const char *known, int fd, kern_return_t in_use)
{
	struct service *service = calloc(1, sizeof(*service));
	int r;

	if (!service) {
		fd_close(fd);
		return BOOTSTRAP_NO_MEMORY;
	}
	strcpy(service->name, name);
	service->fd = fd;
	space_lock();
	forget_dead(name);
	r = transom_name_check_in(known, fd, &service->known);
	if (r == 0)
		r = watch_create(fd, 0, port_has_died, service, &service->watch);
	if (r == 0) {
		service->next = services;
		services = service;
	}
	space_unlock();
	if (r < 0)
		free_service(service);
	return error_of(r, in_use);
}

kern_return_t
bootstrap_check_in(mach_port_t bp, const char *service_name, mach_port_t *sp)
{
	char known[TRANSOM_NAME_MAX + 1];
	struct entry *entry;
	kern_return_t kr;
	mach_port_t name;
	int fd;

	if (!sp)
		return KERN_INVALID_ARGUMENT;
	kr = begin(bp, service_name, BOOTSTRAP_NOT_PRIVILEGED, known);
	if (kr != KERN_SUCCESS)
		return kr;
	space_lock();
	kr = entry_create_port(MACH_PORT_NULL, &entry);
	name = kr == KERN_SUCCESS ? entry->name : MACH_PORT_NULL;
	if (kr != KERN_SUCCESS || fd_dup(entry->send->fd, &fd) < 0)
		kr = BOOTSTRAP_NO_MEMORY;
	else
		entry->receive->mscount++; /* the one that the name has */
	space_unlock();
	if (kr == KERN_SUCCESS)
		kr = make_known(service_name, known, fd, BOOTSTRAP_SERVICE_ACTIVE);
	if (kr == KERN_SUCCESS)
		*sp = name;
	else if (name)
		mach_port_destroy(mach_task_self_, name);
	return kr;
}

/* Gives up a name of this task. */
static kern_return_t
unregister(const char *name)
{
	struct service *service;

	space_lock();
	service = find_service(name);
	if (service)
		free_service(take_out(service));
	space_unlock();
	return service ? KERN_SUCCESS : BOOTSTRAP_UNKNOWN_SERVICE;
}

kern_return_t
bootstrap_register(mach_port_t bp, const char *service_name, mach_port_t sp)
{
	char known[TRANSOM_NAME_MAX + 1];
	kern_return_t kr = begin(bp, service_name, BOOTSTRAP_NOT_PRIVILEGED, known);
	struct entry *entry;
	int fd = -1;

	if (kr != KERN_SUCCESS)
		return kr;
	if (sp == MACH_PORT_NULL)
		return unregister(service_name);
	space_lock();
	entry = space_find(sp);
	if (entry)
		entry_refresh(entry);
	if (!entry)
		kr = KERN_INVALID_NAME;
	else if (entry->kind != ENTRY_PORT || entry->urefs == 0)
		kr = KERN_INVALID_RIGHT;
	else if (fd_dup(entry->send->fd, &fd) < 0)
		kr = BOOTSTRAP_NO_MEMORY;
	space_unlock();
	return kr == KERN_SUCCESS ? make_known(service_name, known, fd, BOOTSTRAP_NAME_IN_USE) : kr;
}

kern_return_t
bootstrap_look_up(mach_port_t bp, const char *service_name, mach_port_t *sp)
{
	char known[TRANSOM_NAME_MAX + 1];
	struct entry *entry;
	kern_return_t kr;
	int fd;

	if (!sp)
		return KERN_INVALID_ARGUMENT;
	kr = begin(bp, service_name, BOOTSTRAP_UNKNOWN_SERVICE, known);
	if (kr != KERN_SUCCESS)
		return kr;
	space_lock();
	forget_dead(service_name);
	space_unlock();
	kr = error_of(transom_name_look_up(known, LOOK_UP_MS, &fd), BOOTSTRAP_NAME_IN_USE);
	if (kr != KERN_SUCCESS)
		return kr;
	if (transom_port_is_dead_name(fd)) {
		fd_close(fd);
		return BOOTSTRAP_UNKNOWN_SERVICE;
	}
	space_lock();
	kr = entry_for_send(fd, &entry) == KERN_SUCCESS ? KERN_SUCCESS : BOOTSTRAP_NO_MEMORY;
	if (kr == KERN_SUCCESS)
		*sp = entry->name;
	space_unlock();
	return kr;
}

kern_return_t
bootstrap_parent(mach_port_t bp, mach_port_t *parent_port)
{
	kern_return_t kr;

	if (!parent_port)
		return KERN_INVALID_ARGUMENT;
	kr = check_port(bp);
	if (kr == KERN_SUCCESS)
		*parent_port = BOOTSTRAP_NAME;
	return kr;
}

const char *
bootstrap_strerror(kern_return_t r)
{
	switch (r) {
	case BOOTSTRAP_SUCCESS:
		return "Success";
	case BOOTSTRAP_NOT_PRIVILEGED:
		return "Permission denied";
	case BOOTSTRAP_NAME_IN_USE:
		return "The name is in use already";
	case BOOTSTRAP_UNKNOWN_SERVICE:
		return "Unknown service name";
	case BOOTSTRAP_SERVICE_ACTIVE:
		return "The service is active already";
	case BOOTSTRAP_BAD_COUNT:
		return "Bad number of names";
	case BOOTSTRAP_NO_MEMORY:
		return "Out of memory or descriptors";
	case BOOTSTRAP_NO_CHILDREN:
		return "No children";
	default:
		return mach_error_string(r);
	}
}

/* In the child of a fork: the names are the parent's. */
void
bootstrap_forget(void)
{
	while (services)
		free_service(take_out(services));
}
