/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_CGROUP_TREE_INTERNAL_H
#define DECODE_CGROUP_TREE_INTERNAL_H

/* The paths of all cgroups by id, of the process: any thread may ask. */
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"

enum { CGROUP_UNKNOWN = 1 };

/*
 * cgroup_tree_find() - append a cgroup's path below the cgroup2 mount, "/" for
 * the mount itself.
 * @low_half: @id is only the lower 32 bits.
 * @now_ns:   monotonic.
 *
 * Return: 0, CGROUP_UNKNOWN with nothing appended, -ENOMEM.
 */
int cgroup_tree_find(uint64_t id, bool low_half, uint64_t now_ns, struct buf *out);

/* For tests: how often the folders were walked, and to begin as if nothing had been asked yet. */
uint64_t cgroup_tree_n_walks(void);
void cgroup_tree_forget(void);

#endif
