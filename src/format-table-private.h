/* format-table-private.h - the table behind format.c; in an order that format-table.c explains. */
#ifndef TRANSOM_FORMAT_TABLE_PRIVATE_H
#define TRANSOM_FORMAT_TABLE_PRIVATE_H

#include <stddef.h>

#include <transom/format.h>

extern const struct transom_format format_table[];
extern const size_t format_table_length;

#endif /* TRANSOM_FORMAT_TABLE_PRIVATE_H */
