/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_PINNED_INTERNAL_H
#define SOURCE_PINNED_INTERNAL_H

#include <stdint.h>

#include "base/err.h"

/* What helps against EMFILE. */
#define PINNED_RAISE_LIMIT "raise the limit (LimitNOFILE=, ulimit -n)"

enum pinned_kind { PINNED_MAP, PINNED_PROGRAM };

/*
 * pinned_open() - open what is pinned, if it is of this kind.
 * @file_flags: as for map_get().
 *
 * Return: a descriptor, or -ENOENT (nothing is pinned there), -EMEDIUMTYPE
 *         (something of another kind is), -EINVAL (not on a bpf filesystem),
 *         -EISDIR, -EACCES, -EPERM, -EBUSY (again and again), another -errno
 *         of the kernel.
 */
int pinned_open(const char *pin, enum pinned_kind kind, uint32_t file_flags, struct err *e);

#endif
