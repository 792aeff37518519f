/*
 * 01-port.c - a port from its first message to its last: a child sends a message with a right in it, its
 * parent answers through that right, and the kernel tells each when the other is gone.
 *
 * A right is a file descriptor: dup(2) copies it, close(2) gives it up, and so does the death of the process.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <transom/transom.h>

static void
must(int error, const char *what)
{
	if (error >= 0)
		return;
	fprintf(stderr, "01-port: %s: %s\n", what, transom_error_describe(error));
	exit(1);
}

/* The child: sends a greeting and, with it, the right to answer. */
static void
greet(int send)
{
	struct transom_message *message;
	struct transom_right right = { .kind = TRANSOM_RIGHT_SEND };
	int answer_receive;

	must(transom_port_create(NULL, &answer_receive, &right.fd), "cannot make a port for the answer");
	must(transom_port_send(send, "hello", 6, &right, 1, 1000), "cannot send");
	close(right.fd); /* the message has a copy: that one is the parent's now */

	must(transom_message_create(&message), "cannot make a message");
	must(transom_port_receive(answer_receive, message, 1000), "no answer");
	printf("child:  the answer is \"%s\"\n", (const char *)transom_message_get_bytes(message, NULL));
	transom_message_unref(message);
}

int
main(void)
{
	struct transom_message *message;
	struct transom_sender sender;
	int receive, send, answer, error;
	pid_t child;

	setvbuf(stdout, NULL, _IOLBF, 0);
	must(transom_port_create(NULL, &receive, &send), "cannot make a port");
	child = fork();
	if (child < 0)
		must(-errno, "cannot fork");
	if (!child) {
		close(receive); /* fork copies descriptors, and a port has one receiver */
		greet(send);
		return 0;
	}
	close(send); /* now the child alone can send */

	must(transom_message_create(&message), "cannot make a message");
	must(transom_port_receive(receive, message, 1000), "cannot receive");
	must(transom_message_get_sender(message, &sender), "nobody sent it");
	printf("parent: \"%s\" from process %d, which is %s\n",
	       (const char *)transom_message_get_bytes(message, NULL), sender.pid,
	       sender.pid == child ? "my child" : "not my child");
	must(transom_message_take_right(message, 0, TRANSOM_RIGHT_SEND, &answer), "no right came with it");
	must(transom_port_send(answer, "welcome", 8, NULL, 0, 1000), "cannot answer");

	/* The child ends. It says nothing, and need not: its rights die with it. */
	error = transom_port_receive(receive, message, 5000);
	printf("parent: receive says %s: %s\n", transom_error_name(error), transom_error_describe(error));
	waitpid(child, NULL, 0);
	if (error == -ENOTCONN)
		error = transom_port_send(answer, "still there?", 13, NULL, 0, 0);
	printf("parent: send says %s: %s\n", transom_error_name(error), transom_error_describe(error));

	close(answer);
	close(receive);
	transom_message_unref(message);
	return error == -EPIPE && sender.pid == child ? 0 : 1;
}
