/*
 * command-list.h - the commands by name; command-list.c has them in order.
 */
#ifndef CLI_COMMAND_LIST_H
#define CLI_COMMAND_LIST_H

#include "command.h"

extern const struct command command_bench;
extern const struct command command_complete;
extern const struct command command_demo;
extern const struct command command_doctor;
extern const struct command command_exec;
extern const struct command command_inspect;
extern const struct command command_ls;
extern const struct command command_pipe;
extern const struct command command_ps;
extern const struct command command_publish;
extern const struct command command_record;
extern const struct command command_snap;
extern const struct command command_top;
extern const struct command command_view;

#endif /* CLI_COMMAND_LIST_H */
