/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_STACK_SOURCE_H
#define SOURCE_STACK_SOURCE_H

/* A map of stack traces, whose keys are ids that programs store elsewhere. For one thread. */
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"

struct stack_source;

/*
 * stack_source_open() - open a map of stack traces to read it.
 * @locator: as for map_source_open(); a map opened by its id is not kept alive.
 *
 * Return: 0, or MAP_SOURCE_GONE (> 0), -EOPNOTSUPP (a map of another type, or
 *         traces without addresses), or as map_source_open(). There is a
 *         sentence in @e for each but 0.
 */
int stack_source_open(const char *locator, struct stack_source **ret_source, struct err *e);

/*
 * stack_source_find() - the addresses of a trace, innermost first.
 * @addresses: room for @max; what is longer is cut at its outer end.
 * @ret_n:     up to the first address that is 0.
 *
 * Return: 0, or -ENOENT (there is no such trace, or the map is gone),
 *         another -errno.
 */
int stack_source_find(struct stack_source *s, uint32_t id, uint64_t *addresses, size_t max,
		      size_t *ret_n);

void stack_source_close(struct stack_source *s);
DEFINE_CLEANUP(stack_source_close, struct stack_source *)

#endif
