/* link-private.h - lists whose links are members of the objects: adding and removing takes no memory. */
#ifndef TRANSOM_LINK_PRIVATE_H
#define TRANSOM_LINK_PRIVATE_H

#include <stddef.h>

struct link {
	struct link *next, **previous; /* both NULL: in no list */
};

/* The object of that type whose member a link is. */
#define LINK_OBJECT(link, type, member) ((type *)(void *)((char *)(link)-offsetof(type, member)))

static inline void
link_add(struct link **first, struct link *link)
{
	link->next = *first;
	link->previous = first;
	if (link->next)
		link->next->previous = &link->next;
	*first = link;
}

/* One that is in no list is accepted. */
static inline void
link_remove(struct link *link)
{
	if (!link->previous)
		return;
	*link->previous = link->next;
	if (link->next)
		link->next->previous = link->previous;
	link->next = NULL;
	link->previous = NULL;
}

#endif /* TRANSOM_LINK_PRIVATE_H */
