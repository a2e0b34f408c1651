/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_PIN_GLOB_H
#define SOURCE_PIN_GLOB_H

/*
 * The maps that an entry of a configuration means: the pins that a pattern
 * matches, with the text that each wildcard stood for.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"
#include "base/err.h"

struct pin_match {
	char *path;	 /* or "id:N" */
	char **captures; /* n_captures: one for each `*`, left to right */
	size_t n_captures;
};

struct pin_matches {
	struct pin_match *items; /* sorted by path, or by id */
	size_t n;
};

/* pin_match_done() - free what it holds; nothing of it may be used then. */
void pin_match_done(struct pin_match *m);

/* pin_pattern_is_glob() - whether it has a `*`, `?` or `[`. */
bool pin_pattern_is_glob(const char *pattern);

/*
 * pin_glob() - look for the matches now. A pattern without wildcards is its
 * own only match, whether it exists or not. `*`, `?` and `[` do not match `/`,
 * nor a dot at the start of a name; folders are no matches. A `*` takes as
 * little as it can, the last of a name the rest.
 *
 * Return: 0 (maybe no match), -EACCES where a folder cannot be listed (what
 *         could be is in @ret_matches all the same), -ENOMEM.
 */
int pin_glob(const char *pattern, struct pin_matches *ret_matches, struct err *e);

/* pin_matches_add() - one more at the end, without captures. Return: 0 or -ENOMEM. */
int pin_matches_add(struct pin_matches *m, const char *path);

/* pin_matches_sort() - by path, byte by byte: the order that struct pin_matches is in. */
void pin_matches_sort(struct pin_matches *m);

void pin_matches_done(struct pin_matches *m);

#endif
