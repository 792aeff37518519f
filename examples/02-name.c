/*
 * 02-name.c - processes that share nothing meet by a name: one checks a port in, the other looks it up.
 *
 *   02-name               does both: checks a name in and starts itself once more as a stranger
 *   02-name NAME WORDS    is the stranger: sends the words to whoever owns the name
 */
#include <errno.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/transom.h>

extern char **environ;

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "02-name: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

static int
say(const char *name, const char *words)
{
	int send;

	must(transom_name_look_up(name, 1000, &send), "cannot look the name up");
	must(transom_port_send(send, words, strlen(words) + 1, NULL, 0, 1000), "cannot send");
	close(send);
	return 0;
}

/* Starts this program anew. It inherits no right (all are close-on-exec) and knows nothing but the name. */
static pid_t
start_stranger(char *program, char *name)
{
	char *arguments[] = { program, name, (char *)"a word from a stranger", NULL };
	pid_t pid;

	must(-posix_spawn(&pid, "/proc/self/exe", NULL, NULL, arguments, environ), "cannot start a stranger");
	return pid;
}

static void
list_names(void)
{
	struct transom_name_list *list;

	must(transom_name_list_create(&list), "cannot list the names");
	for (size_t i = 0; i < transom_name_list_get_count(list); i++)
		printf("%-32s process %d\n", transom_name_list_get_name(list, i),
		       transom_name_list_get_pid(list, i));
	transom_name_list_unref(list);
}

static int
listen_once(char *program)
{
	struct transom_message *message;
	struct transom_sender sender;
	struct transom_name *name;
	char text[TRANSOM_NAME_MAX + 1];
	int receive, send, error;

	must(transom_port_create(NULL, &receive, &send), "cannot make a port");
	snprintf(text, sizeof(text), "example.name.%d", getpid());
	must(transom_name_check_in(text, send, &name), "cannot check the name in");
	close(send); /* the name keeps a copy, and gives one to each who looks it up */
	list_names();

	start_stranger(program, text);
	must(transom_message_create(&message), "cannot make a message");
	must(transom_port_receive(receive, message, 5000), "cannot receive");
	must(transom_message_get_sender(message, &sender), "nobody sent it");
	printf("\"%s\" from process %d\n", (const char *)transom_message_get_bytes(message, NULL),
	       sender.pid);
	wait(NULL);

	/* The name held the last send right. */
	transom_name_unref(name);
	error = transom_port_receive(receive, message, 1000);
	printf("after the name is given up: %s\n", transom_error_describe(error));
	if (error == -ENOTCONN)
		error = transom_name_look_up(text, 1000, &send);
	printf("who looks it up now is told: %s\n", transom_error_describe(error));

	transom_message_unref(message);
	close(receive);
	return error == -ENOENT ? 0 : 1;
}

int
main(int count, char **arguments)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (count == 3)
		return say(arguments[1], arguments[2]);
	if (count == 1)
		return listen_once(arguments[0]);
	fprintf(stderr, "usage: 02-name [NAME WORDS]\n");
	return 2;
}
