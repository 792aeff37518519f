/* main.c - `transom` and the programs that it hands over to: finds the command that was asked for and runs it; it does nothing itself. */
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "command.h"
#include "command-list.h"
#include "complain.h"

const struct command *
command_find(const char *name)
{
	for (size_t i = 0; commands[i] != NULL; i++) {
		if (strcmp(commands[i]->name, name) == 0)
			return commands[i];
	}
	return NULL;
}

void
command_parse(const struct command *command, int argc, char **argv, void *input)
{
	argp_err_exit_status = EXIT_USAGE;
	argp_parse(command->argp, argc, argv, 0, NULL, input);
}

static void
print_help(FILE *where)
{
	fputs("usage: transom COMMAND [ARGUMENT...]\n\n"
	      "Live pixels between processes, without a copy and without a daemon.\n\n",
	      where);
	for (size_t i = 0; commands[i] != NULL; i++)
		fprintf(where, "  %-11s %s\n", commands[i]->name,
			commands[i]->summary != NULL ? commands[i]->summary : "");
	fputs("\n`transom COMMAND --help` tells more, and so does `man transom-COMMAND`.\n", where);
}

/* `transom help publish` is `transom publish --help`. */
static int
help(int argc, char **argv)
{
	if (argc < 2) {
		print_help(stdout);
		return EXIT_DONE;
	}
	if (command_find(argv[1]) == NULL)
		return complain(EXIT_USAGE, "there is no command \"%s\"; `transom help` lists them", argv[1]);
	argv[0] = argv[1];
	argv[1] = (char *)"--help";
	return -1;
}

static int
run(const struct command *command, int argc, char **argv)
{
	static char name[64];

	if (command->program != NULL)
		return command_hand_over(command, argv);
	snprintf(name, sizeof(name), "transom %s", command->name);
	argv[0] = name;
	complain_as(name);
	return command->run(command, argc, argv);
}

/* What was printed must have arrived: a full disk is a failure. */
static int
flush(int code)
{
	if (fflush(stdout) != 0 || ferror(stdout))
		return code == EXIT_DONE ? complain(EXIT_FAILED, "the output could not be written") : code;
	return code;
}

/* Names are UTF-8, whatever the locale. Numbers stay as programs write them. */
static void
set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		setlocale(LC_CTYPE, "C.UTF-8");
}

int
main(int argc, char **argv)
{
	const struct command *command;
	int r;

	set_locale();
	prctl(PR_SET_NAME, "transom"); /* whichever of its programs this is */
	if (argc < 2) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	argc--, argv++;
	if (strcmp(argv[0], "--version") == 0 || strcmp(argv[0], "-V") == 0) {
		puts("transom " TRANSOM_VERSION);
		return flush(EXIT_DONE);
	}
	if (strcmp(argv[0], "help") == 0 || strcmp(argv[0], "--help") == 0 || strcmp(argv[0], "-h") == 0) {
		r = help(argc, argv);
		if (r >= 0)
			return flush(r);
		argc = 2;
		argv[2] = NULL;
	}
	command = command_find(argv[0]);
	if (command == NULL)
		return complain(EXIT_USAGE, "there is no command \"%s\"; `transom help` lists them", argv[0]);
	return flush(run(command, argc, argv));
}
