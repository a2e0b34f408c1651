/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_PATTERN_INTERNAL_H
#define DECODE_PATTERN_INTERNAL_H

/* Patterns of users: POSIX extended, of the whole text. For one thread at a time. */
#include <regex.h>

#include "base/problems.h"
#include "base/str.h"

/* A pattern's own groups; it is compiled as ^(…)$, whose own one comes before them. */
#define PATTERN_N_GROUPS 11

struct pattern {
	regex_t regex;
	char *text;		/* anchored; NULL: not compiled */
	unsigned int n_matched; /* texts since it was compiled */
};

/* pattern_compile() - Return: 0, -EINVAL with a message in the problems, -ENOMEM. */
int pattern_compile(struct pattern *p, const char *text, const struct place *at,
		    struct problems *problems);
void pattern_done(struct pattern *p);

/* pattern_has_groups() - whether it has groups of its own. */
bool pattern_has_groups(const struct pattern *p);

/*
 * pattern_match() - of any bytes, which a NUL follows.
 * @groups: PATTERN_N_GROUPS, group n of the pattern at n + 1.
 *
 * Return: 1, 0, or -ENOMEM.
 */
int pattern_match(struct pattern *p, struct str text, regmatch_t *groups);

#endif
