// SPDX-License-Identifier: GPL-2.0-only
/*
 * config_verdicts: what the parser says of many configurations.
 *
 * Each on the standard input ends with a NUL byte. Of each is written one line
 * a mistake, none if it is good, and an empty line.
 */
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"

static void verdict_write(struct str text)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *config = NULL;

	config_parse("f", text, &config, &problems);
	for (size_t i = 0; i < problems.n; i++)
		printf("%s\n", problems.items[i]);
	if (problems.incomplete)
		printf("out of memory\n");
	printf("\n");
}

int main(void)
{
	_cleanup_(freep) char *text = NULL;
	size_t size = 0;
	ssize_t n;

	while ((n = getdelim(&text, &size, '\0', stdin)) > 0)
		verdict_write((struct str){.p = text, .n = (size_t)n - 1});
	return ferror(stdin) || fflush(stdout) != 0;
}
