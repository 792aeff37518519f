/* doctor.c - `transom doctor`: whether this machine, this user and this sandbox let Transom work, and what to do. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/error.h>

#include "command-list.h"
#include "complain.h"
#include "doctor.h"
#include "flag.h"
#include "json.h"
#include "memory.h"
#include "text.h"

enum { KEY_JSON = 256, SIGNALLED = 1000 };

struct finding {
	enum doctor_level level;
	const char *check, *advice;
	char text[512];
};

struct wish {
	bool json, quiet;
};

static struct finding *findings;
static size_t finding_count;

static const char *const level_names[] = { "ok", "warning", "error" };

void
doctor_find(enum doctor_level level, const char *check, const char *advice, const char *format, ...)
{
	struct finding *finding;
	va_list arguments;

	findings = memory_grow(findings, finding_count + 1, sizeof(*findings));
	finding = &findings[finding_count++];
	*finding = (struct finding){ .level = level, .check = check, .advice = advice };
	va_start(arguments, format);
	vsnprintf(finding->text, sizeof(finding->text), format, arguments);
	va_end(arguments);
	text_make_plain(finding->text);
}

int
doctor_try(int (*body)(void))
{
	int status = 0;
	pid_t child;

	fflush(NULL);
	child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGSYS, SIG_DFL);
		alarm(20); /* a check that hangs is a finding too */
		_exit(-body() & 0xff);
	}
	if (child < 0 || waitpid(child, &status, 0) < 0)
		return -EAGAIN;
	return WIFSIGNALED(status) ? -SIGNALLED - WTERMSIG(status) : -WEXITSTATUS(status);
}

const char *
doctor_describe(int result, char text[128])
{
	if (result <= -SIGNALLED)
		snprintf(text, 128, "whoever tries is ended by the signal %s",
			 sigabbrev_np(-result - SIGNALLED) != NULL ? sigabbrev_np(-result - SIGNALLED) : "?");
	else
		snprintf(text, 128, "%s", result == 0 ? "works" : transom_error_describe(result));
	return text;
}

bool
doctor_read(const char *path, char *text, int size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : read(fd, text, (size_t)size - 1);

	if (fd >= 0)
		close(fd);
	if (n < 0)
		return false;
	text[n] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return true;
}

static unsigned
count(enum doctor_level level)
{
	unsigned found = 0;

	for (size_t i = 0; i < finding_count; i++)
		found += findings[i].level == level;
	return found;
}

static void
print(const struct wish *wish)
{
	for (size_t i = 0; i < finding_count; i++) {
		const struct finding *f = &findings[i];

		if (wish->quiet && f->level == DOCTOR_OK)
			continue;
		printf("%-8s %-18s %s\n", level_names[f->level], f->check, f->text);
		if (f->advice != NULL)
			printf("%-27s -> %s\n", "", f->advice);
	}
	if (!wish->quiet)
		printf("\n%s: %u errors, %u warnings\n",
		       count(DOCTOR_ERROR) == 0 ? "All that is needed works"
						: "Something that is needed fails",
		       count(DOCTOR_ERROR), count(DOCTOR_WARNING));
}

static int
print_json(void)
{
	json_t *checks = json_array();

	for (size_t i = 0; i < finding_count; i++) {
		const struct finding *f = &findings[i];

		json_array_append_new(
			checks, json_pack("{s:s, s:s, s:o, s:o}", "check", f->check, "level",
					  level_names[f->level], "finding", json_text(f->text), "advice",
					  f->advice != NULL ? json_string(f->advice) : json_null()));
	}
	return json_print(json_pack("{s:b, s:i, s:i, s:o}", "works", count(DOCTOR_ERROR) == 0, "errors",
				    (int)count(DOCTOR_ERROR), "warnings", (int)count(DOCTOR_WARNING),
				    "checks", checks));
}

static const struct argp_option options[] = {
	{ "json", KEY_JSON, NULL, 0, "Print one JSON object.", 0 },
	{ "quiet", 'q', NULL, 0, "Print only what is not as it should be.", 0 },
	{ 0 },
};

static const struct flag flags[] = {
	{ KEY_JSON, offsetof(struct wish, json) },
	{ 'q', offsetof(struct wish, quiet) },
	{ 0 },
};

static error_t
parse(int key, char *argument, struct argp_state *state)
{
	struct wish *wish = state->input;

	if (flag_set(flags, key, wish))
		return 0;
	switch (key) {
	case ARGP_KEY_ARG:
		flag_refuse_word(state, argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = options,
	.parser = parse,
	.doc = "Tries whether this machine, this user and this sandbox let Transom work: the runtime "
	       "directory, limits, the kernel, "
	       "procfs. Each check is ok, a warning or an error, with what to do. Exits with 0 if all that "
	       "is needed works.",
};

static int
run(const struct command *command, int argc, char **argv)
{
	struct wish wish = { 0 };
	int code = EXIT_DONE;

	command_parse(command, argc, argv, &wish);
	doctor_check_names();
	doctor_check_kernel();
	doctor_check_limits();
	doctor_check_sandbox();
	if (wish.json)
		code = print_json();
	else
		print(&wish);
	if (count(DOCTOR_ERROR) > 0)
		code = EXIT_FAILED;
	free(findings);
	return code;
}

const struct command command_doctor = {
	.name = "doctor",
	.summary = "find out whether all that Transom needs works here",
	.argp = &argp,
	.run = run,
};
