/*
 * command.h - what a subcommand of `transom` is, and the list of them.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include <argp.h>

/*
 * The options and arguments of a command are data: argp makes the help text of them, and completion.c the words that
 * a shell offers. What a value is, its name says, in @arg of an option and in each word of @args_doc:
 *
 *   NAME     a stream's name          FILE, INPUT    a file
 *   PORT     a port's name            DIRECTORY      a folder
 *   a|b|c    one of these words       COMMAND        a program
 *
 * Anything else is not completed. An argument that may be left out is in [brackets].
 */
struct command {
	const char *name;
	const char *summary; /* one line: what it does; told by `transom` alone */
	/* The program that has the command, for one whose libraries take long to load; NULL: this one. */
	const char *program;
	/* The rest is there where the command is. */
	const struct argp *argp;
	/* Does it all. argv[0] is "transom NAME". Returns an exit code of exit-code.h. */
	int (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command *const commands[]; /* ends with NULL */

/* NULL if there is no such command. */
const struct command *
command_find(const char *name);

/*
 * Reads the arguments of a command into @input, which the command's parser knows. Does not come back from bad ones, nor from
 * --help: nothing may be open yet.
 */
void
command_parse(const struct command *command, int argc, char **argv, void *input);

/*
 * Becomes the program that has the command, with the words after "transom", which end with NULL. Comes back only if there is no such
 * program, with an exit code.
 */
int
command_hand_over(const struct command *command, char **words);

#endif /* CLI_COMMAND_H */
