/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_CGROUP_PART_INTERNAL_H
#define DECODE_CGROUP_PART_INTERNAL_H

/* What decoders of cgroup paths have in common: an id or a path in, something that it holds out. */
#include "decoder_internal.h"

/* Where in a path's component it lies; n is 0 where it does not. */
typedef struct str (*cgroup_part_fn)(struct str component);

/* cgroup_part_init() - Return: as decoder_ops.init. */
int cgroup_part_init(struct decoder *d, const struct decoder_input *in);

/*
 * cgroup_part_decode() - append what @find finds in the last component that
 * holds it: with a container in a container, the inner one. Nothing where none
 * does, or the id is unknown.
 *
 * Return: 0 or -ENOMEM.
 */
int cgroup_part_decode(const struct datum *in, cgroup_part_fn find, struct buf *out);

/* is_lower_hex() - whether @s is @n digits. */
bool is_lower_hex(struct str s, size_t n);

#endif
