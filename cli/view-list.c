/* view-list.c - the commands of `transom-view`, which are those that load SDL. */
#include <stddef.h>

#include "command-list.h"

const struct command *const commands[] = { &command_view, &command_complete, NULL };
