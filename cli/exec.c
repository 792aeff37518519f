/* exec.c - `transom exec`: runs a program that inherits a way into a stream, and so needs no runtime directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <transom/stream.h>

#include "command-list.h"
#include "complain.h"
#include "number.h"
#include "stream-name.h"

enum {
	PATIENCE_MS = 5000, /* for the publisher to accept */
	RETRY_NS = 50000000,
	/* What shells say of a program that is there and cannot be run, and of one that is not there. */
	EXIT_CANNOT_RUN = 126,
	EXIT_NO_PROGRAM = 127,
};

struct exec_options {
	const char *name;
	char **words; /* of the program, NULL at the end */
	int64_t wait_ns;
};

static const struct argp_option options[] = {
	{ "wait", 'w', "SECONDS", 0, "wait so long for the stream if it is not there yet", 0 },
	{ 0 },
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct exec_options *input = state->input;

	switch (key) {
	case 'w':
		input->wait_ns = number_parse_time(state, "--wait", argument);
		return 0;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0) {
			input->name = argument;
			return 0;
		}
		/* What follows is the program's, options too. */
		input->words = &state->argv[state->next - 1];
		state->next = state->argc;
		return 0;
	case ARGP_KEY_END:
		if (input->words == NULL)
			argp_error(state, "which stream (- for the only one), and which program?");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.args_doc = "NAME COMMAND [ARG...]",
	.doc = "Runs a program that inherits a connection to the stream NAME: the number of the descriptor "
	       "is in "
	       "TRANSOM_STREAM_FD, and transom_subscriber_create_from_fd() joins by it. So the program may "
	       "be in a sandbox, or belong to another user. - stands for the only stream that there is."
	       "\vThe program takes this one's place; its exit code is its own, or 126 if it cannot be run, "
	       "and 127 "
	       "if it is not there.",
};

static int64_t
now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000000000 + now.tv_nsec;
}

static int
connect_until(const struct stream_name *name, int64_t until, int *ret)
{
	const struct timespec pause = { .tv_nsec = RETRY_NS };
	int r;

	while ((r = transom_stream_connect(name->name, PATIENCE_MS, ret)) == -ENOENT && now_ns() < until)
		nanosleep(&pause, NULL);
	return r;
}

static int
get_descriptor(const struct exec_options *input, int *ret)
{
	struct stream_name name;
	int r = stream_name_choose(input->name, &name);

	if (r != 0)
		return r;
	if (name.fd >= 0) {
		*ret = name.fd;
		return EXIT_DONE;
	}
	r = connect_until(&name, now_ns() + input->wait_ns, ret);
	return r < 0 ? stream_name_complain(&name, r) : EXIT_DONE;
}

static int
run(const struct command *command, int argc, char **argv)
{
	struct exec_options input = { 0 };
	char number[16];
	int fd = -1, r;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(command->argp, argc, argv, ARGP_IN_ORDER, NULL, &input);
	r = get_descriptor(&input, &fd);
	if (r != 0)
		return r;
	snprintf(number, sizeof(number), "%d", fd);
	if (fcntl(fd, F_SETFD, 0) < 0 || setenv(STREAM_NAME_VARIABLE, number, 1) < 0)
		return complain(EXIT_FAILED, "the connection cannot be handed on: %s", strerror(errno));
	execvp(input.words[0], input.words);
	r = errno == ENOENT ? EXIT_NO_PROGRAM : EXIT_CANNOT_RUN;
	complain(EXIT_FAILED, "\"%s\" cannot be run: %s", input.words[0], strerror(errno));
	return r;
}

const struct command command_exec = {
	.name = "exec",
	.summary = "run a program with a stream as inherited descriptor",
	.argp = &argp,
	.run = run,
};
