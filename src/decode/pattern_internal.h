/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_PATTERN_INTERNAL_H
#define DECODE_PATTERN_INTERNAL_H

/* Patterns of users: POSIX extended, of the whole text. */
#include <regex.h>

#include "base/problems.h"
#include "base/str.h"

/* A pattern's own groups; it is compiled as ^(…)$, whose own one comes before them. */
#define PATTERN_N_GROUPS 11

/* pattern_compile() - Return: 0, -EINVAL with a message in the problems, -ENOMEM. */
int pattern_compile(regex_t *regex, const char *pattern, const struct place *at,
		    struct problems *problems);

/*
 * pattern_match() - of any bytes.
 * @groups: PATTERN_N_GROUPS, group n of the pattern at n + 1.
 *
 * Return: 1, 0, or -ENOMEM.
 */
int pattern_match(const regex_t *regex, struct str text, regmatch_t *groups);

#endif
