/* complete.c - `transom complete`: what a shell may offer, made of the tables that the commands parse by. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <transom/name.h>
#include <transom/stream.h>

#include "command-list.h"
#include "complain.h"

/* Lines for the shells' scripts that stand for something the shell itself knows. */
#define ANY_FILE ":file"
#define ANY_DIRECTORY ":directory"
#define ANY_PROGRAM ":program"

static const char bash_script[] =
	"# Completion of transom for bash.\n"
	"_transom() {\n"
	"\tlocal cur=${COMP_WORDS[COMP_CWORD]} line\n"
	"\t[ \"$cur\" = = ] && cur=\n"
	"\tCOMPREPLY=()\n"
	"\twhile IFS= read -r line; do\n"
	"\t\tcase $line in\n"
	"\t\t:file) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -f -- "
	"\"$cur\") ;;\n"
	"\t\t:directory) compopt -o filenames; mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -d -- "
	"\"$cur\") ;;\n"
	"\t\t:program) mapfile -t -O ${#COMPREPLY[@]} COMPREPLY < <(compgen -c -- \"$cur\") ;;\n"
	"\t\t*) COMPREPLY+=(\"${line%%$'\\t'*}\") ;;\n"
	"\t\tesac\n"
	"\tdone < <(\"${COMP_WORDS[0]}\" complete -- \"${COMP_WORDS[@]:1:COMP_CWORD}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _transom transom\n";

static const char zsh_script[] =
	"#compdef transom\n"
	"# Completion of transom for zsh.\n"
	"_transom() {\n"
	"\tlocal line word\n"
	"\tlocal -a offers\n"
	"\tfor line in \"${(@f)$(${words[1]} complete -- \"${(@)words[2,CURRENT]}\" 2>/dev/null)}\"; do\n"
	"\t\tcase $line in\n"
	"\t\t'') ;;\n"
	"\t\t:file) _files ;;\n"
	"\t\t:directory) _files -/ ;;\n"
	"\t\t:program) _command_names -e ;;\n"
	"\t\t*) word=${line%%$'\\t'*}; offers+=(\"${word//:/\\\\:}:${line#*$'\\t'}\") ;;\n"
	"\t\tesac\n"
	"\tdone\n"
	"\t(( $#offers )) && _describe transom offers\n"
	"}\n"
	"if [ \"$funcstack[1]\" = _transom ]; then _transom \"$@\"; else compdef _transom transom; fi\n";

static const char fish_script[] = "# Completion of transom for fish.\n"
				  "function __transom_complete\n"
				  "\tset -l words (commandline -opc) (commandline -ct)\n"
				  "\tfor line in ($words[1] complete -- $words[2..-1] 2>/dev/null)\n"
				  "\t\tswitch $line\n"
				  "\t\t\tcase ':file'\n"
				  "\t\t\t\t__fish_complete_path (commandline -ct)\n"
				  "\t\t\tcase ':directory'\n"
				  "\t\t\t\t__fish_complete_directories (commandline -ct)\n"
				  "\t\t\tcase ':program'\n"
				  "\t\t\t\tcomplete -C (commandline -ct)\n"
				  "\t\t\tcase '*'\n"
				  "\t\t\t\techo $line\n"
				  "\t\tend\n"
				  "\tend\n"
				  "end\n"
				  "complete -c transom -f -a '(__transom_complete)'\n";

/* The word that is being typed, and what it may be. */
struct typed {
	const char *word;
};

static void
offer(const struct typed *typed, const char *word, const char *what)
{
	if (strncmp(word, typed->word, strlen(typed->word)) == 0)
		printf("%s\t%s\n", word, what != NULL ? what : "");
}

static void
offer_names(const struct typed *typed, int (*make)(struct transom_name_list **ret))
{
	struct transom_name_list *list;

	if (make(&list) < 0)
		return; /* a shell shows no errors */
	for (size_t i = 0; i < transom_name_list_get_count(list); i++)
		offer(typed, transom_name_list_get_name(list, i), transom_name_list_get_description(list, i));
	transom_name_list_unref(list);
}

static void
offer_choices(const struct typed *typed, const char *choices)
{
	char *copy = strdup(choices), *rest = copy, *word;

	while (copy != NULL && (word = strsep(&rest, "|")) != NULL)
		offer(typed, word, "");
	free(copy);
}

/* @kind is as command.h says; its first @length bytes count. */
static void
offer_value(const struct typed *typed, const char *text, size_t length)
{
	char kind[256];

	snprintf(kind, sizeof(kind), "%.*s", (int)length, text);
	kind[strcspn(kind, ".")] = '\0'; /* FILE... */
	if (strcmp(kind, "NAME") == 0)
		offer_names(typed, transom_stream_list_create);
	else if (strcmp(kind, "PORT") == 0)
		offer_names(typed, transom_name_list_create);
	else if (strcmp(kind, "FILE") == 0 || strcmp(kind, "INPUT") == 0)
		puts(ANY_FILE);
	else if (strcmp(kind, "DIRECTORY") == 0)
		puts(ANY_DIRECTORY);
	else if (strcmp(kind, "COMMAND") == 0)
		puts(ANY_PROGRAM);
	else if (strchr(kind, '|') != NULL)
		offer_choices(typed, kind);
}

/* The list ends with one that has nothing. */
static bool
is_option(const struct argp_option *option)
{
	return option != NULL && (option->name != NULL || option->key != 0 || option->doc != NULL);
}

static bool
is_shown(const struct argp_option *option)
{
	return (option->flags & (OPTION_HIDDEN | OPTION_DOC)) == 0 && option->name != NULL;
}

static void
offer_options(const struct typed *typed, const struct argp *argp)
{
	char word[128];

	for (const struct argp_option *o = argp->options; is_option(o); o++) {
		if (!is_shown(o))
			continue;
		snprintf(word, sizeof(word), "--%s", o->name);
		offer(typed, word, o->doc);
	}
	for (const struct argp_child *c = argp->children; c != NULL && c->argp != NULL; c++)
		offer_options(typed, c->argp);
}

/* The option that @word is; it may be cut short before '='. */
static const struct argp_option *
find_option(const struct argp *argp, const char *word)
{
	const struct argp_option *found = NULL;

	for (const struct argp_option *o = argp->options; is_option(o); o++) {
		if (strncmp(word, "--", 2) == 0 ? o->name != NULL && strcmp(o->name, word + 2) == 0
						: o->key == word[1] && word[2] == '\0')
			return o;
	}
	for (const struct argp_child *c = argp->children; found == NULL && c != NULL && c->argp != NULL; c++)
		found = find_option(c->argp, word);
	return found;
}

/* Whether the word after @word is its value. */
static const struct argp_option *
takes_next(const struct argp *argp, const char *word)
{
	const struct argp_option *option;

	if (word[0] != '-' || word[1] == '\0')
		return NULL;
	option = find_option(argp, word);
	if (option == NULL || option->arg == NULL || (option->flags & OPTION_ARG_OPTIONAL) != 0)
		return NULL;
	return option;
}

/* The words of "NAME [FILE] ARG..." one after the other; the last one again if it repeats. */
static void
offer_argument(const struct typed *typed, const struct argp *argp, int index)
{
	const char *at = argp->args_doc != NULL ? argp->args_doc : "";
	size_t length = 0;

	for (int i = 0;; i++) {
		at += strspn(at, " []");
		length = strcspn(at, " []");
		if (length == 0)
			return;
		if (i == index || (length > 3 && strncmp(at + length - 3, "...", 3) == 0))
			break;
		at += length;
	}
	offer_value(typed, at, length);
}

/* Bash has "--format=x" as three words. */
static int
skip_equals(char **words, int at, int end)
{
	return at + 1 < end && strcmp(words[at + 1], "=") == 0 ? at + 1 : at;
}

static void
complete_command(const struct argp *argp, int count, char **words)
{
	struct typed typed = { .word = words[count - 1] };
	const struct argp_option *option;
	int arguments = 0, before = count - 1;
	bool ended = false;

	if (strcmp(typed.word, "=") == 0)
		typed.word = "";
	for (int i = 0; i < before; i++) {
		option = ended ? NULL : takes_next(argp, words[i]);
		if (option != NULL) {
			i = skip_equals(words, i, before) + 1;
			if (i >= before) {
				offer_value(&typed, option->arg, strlen(option->arg));
				return;
			}
		} else if (!ended && strcmp(words[i], "--") == 0) {
			ended = true;
		} else if (ended || words[i][0] != '-') {
			arguments++;
		}
	}
	if (typed.word[0] == '-' && !ended) {
		offer_options(&typed, argp);
		offer(&typed, "--help", "tell what this does"); /* argp adds these two itself */
		offer(&typed, "--usage", "tell it in one line");
	} else {
		offer_argument(&typed, argp, arguments);
	}
}

static void
complete(int count, char **words)
{
	const struct command *command;
	const struct typed first = { .word = count > 0 ? words[0] : "" };

	if (count < 2) {
		for (size_t i = 0; commands[i] != NULL; i++)
			offer(&first, commands[i]->name, commands[i]->summary);
		offer(&first, "help", "tell what a command does");
		return;
	}
	command = command_find(words[0]);
	if (command != NULL && command->program != NULL) {
		words[-2] = (char *)"complete"; /* before "--" */
		command_hand_over(command, words - 2);
	} else if (command != NULL) {
		complete_command(command->argp, count - 1, words + 1);
	}
}

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	const char **shell = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*shell != NULL)
			argp_error(state, "one shell at a time");
		*shell = argument;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "which shell? bash, zsh or fish");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "bash|zsh|fish",
	.doc = "Prints a script that teaches the shell to complete transom's commands, options, streams and "
	       "files. "
	       "The packages install it; by hand: eval \"$(transom complete bash)\"."
	       "\vThe scripts ask `transom complete -- WORD...` what the last word may become.",
};

static int
run(const struct command *command, int argc, char **argv)
{
	const char *shell = NULL;

	if (argc > 1 && strcmp(argv[1], "--") == 0) {
		complete(argc - 2, argv + 2);
		return EXIT_DONE;
	}
	command_parse(command, argc, argv, &shell);
	if (strcmp(shell, "bash") == 0)
		fputs(bash_script, stdout);
	else if (strcmp(shell, "zsh") == 0)
		fputs(zsh_script, stdout);
	else if (strcmp(shell, "fish") == 0)
		fputs(fish_script, stdout);
	else
		return complain(EXIT_USAGE, "\"%s\" is not a shell that is known here: bash, zsh or fish",
				shell);
	return EXIT_DONE;
}

const struct command command_complete = {
	.name = "complete",
	.summary = "teach bash, zsh or fish to complete all this",
	.argp = &argp,
	.run = run,
};
