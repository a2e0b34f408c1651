/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CTL_OPTIONS_H
#define CTL_OPTIONS_H

/* The options of commands: each is known once, and a command says which it takes. */
#include "ctl/commands.h"

enum {
	CTL_OPTION_GROUP = 1,
	CTL_OPTION_STATE_DIR = 2,
	CTL_OPTION_FORMAT = 4,
	CTL_OPTION_LIMIT = 8,
	CTL_OPTION_CPU = 16,
	CTL_OPTION_PREFIX = 32,
};

/* ctl_options_usage() - " [--limit N] …" to standard output. @options: flags of the above. */
void ctl_options_usage(unsigned int options);

/* ctl_options_help() - a paragraph each, to standard output. */
void ctl_options_help(unsigned int options);

/* ctl_arguments_init() - what holds without options. */
void ctl_arguments_init(struct ctl_arguments *args);

/*
 * ctl_options_parse() - `--name value` or `--name=value`, anywhere before `--`.
 * @argv: the operands are gathered at its front.
 *
 * Return: CTL_OK, or CTL_USAGE after saying what is wrong.
 */
int ctl_options_parse(unsigned int options, int argc, char **argv, struct ctl_arguments *args);

#endif
