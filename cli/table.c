/* table.c - rows of words in columns. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "table.h"
#include "text.h"

struct table {
	size_t columns, rows, room;
	const char *const *heads;
	char **words; /* row by row */
};

struct table *
table_create(const char *const *heads)
{
	struct table *table = memory_get(1, sizeof(*table));

	table->heads = heads;
	while (heads[table->columns] != NULL)
		table->columns++;
	return table;
}

void
table_add(struct table *table, ...)
{
	va_list words;

	if (table->rows == table->room) {
		table->room = 2 * table->room + 8;
		table->words = memory_grow(table->words, table->room * table->columns, sizeof(char *));
	}
	va_start(words, table);
	for (size_t i = 0; i < table->columns; i++)
		table->words[table->rows * table->columns + i] = memory_copy(va_arg(words, const char *));
	va_end(words);
	table->rows++;
}

static const char *
get_head(const struct table *table, size_t column)
{
	return table->heads[column] + (table->heads[column][0] == '>');
}

static int
measure(const struct table *table, size_t column)
{
	int width = text_width(get_head(table, column));

	for (size_t i = 0; i < table->rows; i++) {
		const int here = text_width(table->words[i * table->columns + column]);

		width = here > width ? here : width;
	}
	return width;
}

static void
print_row(const struct table *table, const char *const *words, const int *widths, FILE *where)
{
	size_t last = table->columns - 1;

	while (last > 0 && (words != NULL ? words[last] : get_head(table, last))[0] == '\0')
		last--;
	for (size_t i = 0; i <= last; i++) {
		const char *word = words != NULL ? words[i] : get_head(table, i);
		const int gap = widths[i] - text_width(word);

		if (table->heads[i][0] == '>')
			fprintf(where, "%*s%s", gap, "", word);
		else
			fprintf(where, "%s%*s", word, i < last ? gap : 0, "");
		fputs(i < last ? "  " : "\n", where);
	}
}

void
table_print(struct table *table, FILE *where)
{
	int *widths = memory_get(table->columns, sizeof(*widths));

	for (size_t i = 0; i < table->columns; i++)
		widths[i] = measure(table, i);
	if (table->rows > 0)
		print_row(table, NULL, widths, where);
	for (size_t i = 0; i < table->rows; i++)
		print_row(table, (const char *const *)table->words + i * table->columns, widths, where);
	for (size_t i = 0; i < table->rows * table->columns; i++)
		free(table->words[i]);
	free(table->words);
	free(widths);
	free(table);
}
