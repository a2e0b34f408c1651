/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef CONFIG_MISTAKES_H
#define CONFIG_MISTAKES_H

/*
 * What is wrong with a configuration, gathered while it is parsed and told
 * in the order of the files. Whoever finds something adds it and goes on.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/problems.h"

/* More than this many are not listed, but counted. */
#define MISTAKES_MAX 1000

struct mistake {
	struct place at;
	size_t file;   /* the number of its file */
	size_t number; /* in the order found */
	char *text;
};

struct mistakes {
	struct mistake *items;
	size_t n;
	size_t cap;
	size_t n_more;	/* over MISTAKES_MAX */
	bool no_memory; /* nothing that was parsed counts */
};

/* mistakes_add() - Return: -EINVAL, or -ENOMEM with no_memory set. */
int mistakes_add(struct mistakes *m, const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/*
 * mistakes_tell() - sorted by place, each once, to @problems.
 * @files: in their order; a place's file is one of these pointers.
 *
 * Return: 0 if there are none, -EINVAL, -ENOMEM.
 */
int mistakes_tell(struct mistakes *m, const char *const *files, size_t n_files,
		  struct problems *problems);

void mistakes_done(struct mistakes *m);

#endif
