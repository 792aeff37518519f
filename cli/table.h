/*
 * table.h - rows of words in columns that are as wide as they must be, for a terminal or a pipe.
 */
#ifndef CLI_TABLE_H
#define CLI_TABLE_H

#include <stdio.h>

struct table;

/* The heads of the columns, NULL at the end; one that begins with '>' is aligned to the right, without the '>'. */
struct table *
table_create(const char *const *heads);

/* A row; as many words as there are heads. */
void
table_add(struct table *table, ...);

/* Prints it, without spaces at line ends, and frees it. Nothing if there are no rows. */
void
table_print(struct table *table, FILE *where);

#endif /* CLI_TABLE_H */
