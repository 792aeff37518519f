/*
 * process.h - what a process is called: for people, from procfs.
 */
#ifndef CLI_PROCESS_H
#define CLI_PROCESS_H

#include <stddef.h>
#include <stdint.h>

/* Bytes that are enough for a command line as it is shown. */
#define PROCESS_COMMAND_SIZE 96

/*
 * The command line of a process, cut to fit, its program without the folder, and without anything that a terminal would
 * obey: it is the process's own word. Its short name if the command line cannot be read, "?" if there is no such process.
 */
void
process_get_command(int32_t pid, char *text, size_t size);

#endif /* CLI_PROCESS_H */
