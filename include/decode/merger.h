/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_MERGER_H
#define DECODE_MERGER_H

/* Adds up the snapshots of several instances of one configured map (`instances: sum`). */
#include <stdint.h>

#include "base/cleanup.h"
#include "decode/builder.h"

struct merger;

/*
 * merger_new() - NULL without memory.
 * @before: the last sum of the same map, whose series keep their places under the limit; or NULL.
 * @limits: of the sums.
 */
struct merger *merger_new(struct snapshot *before, const struct config_limits *limits);
void merger_free(struct merger *m);
DEFINE_CLEANUP(merger_free, struct merger *)

/*
 * merger_add() - a snapshot of an instance's plan, or what a merger made.
 * @plan:          of this instance; all of them are of the same configured map.
 * @only_counters: what never falls: the instance is not there any more.
 *
 * A histogram whose bounds are others than those of the first is left out, and
 * counts as dropped.
 *
 * Return: 0 or -ENOMEM.
 */
int merger_add(struct merger *m, struct plan *plan, struct snapshot *s, bool only_counters);

/*
 * merger_finish() - the sums, a set for each metric; call once. They began
 * with the first of what was added, and no later than those before.
 *
 * Return: 0; -ENOENT where nothing was added; -ENOMEM.
 */
int merger_finish(struct merger *m, struct builder_result *ret_result);

#endif
