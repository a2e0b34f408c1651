/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_PROBLEMS_H
#define BASE_PROBLEMS_H

/*
 * A list of messages about something that a user wrote, so that all of them
 * appear in one run. A place is where in a file it stands.
 */
#include <stdbool.h>
#include <stddef.h>

#include "base/cleanup.h"

struct place {
	const char *file;    /* borrowed from whoever parsed it */
	unsigned int line;   /* from 1; 0: no place */
	unsigned int column; /* from 1 */
};

struct problems {
	char **items; /* n messages, "file:line:column: text", in the order found */
	size_t n;
	bool incomplete; /* memory ran out: there were more */
};

#define PROBLEMS_INIT \
	{             \
		0     \
	}

/* problems_add() - append a message. Return: -EINVAL, or -ENOMEM where it could not be kept. */
int problems_add(struct problems *p, const struct place *at, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* problems_any() - whether there is one, also one that could not be kept. */
bool problems_any(const struct problems *p);

void problems_done(struct problems *p);

#define _cleanup_problems_ _cleanup_(problems_done)

#endif
