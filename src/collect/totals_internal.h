/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_TOTALS_INTERNAL_H
#define COLLECT_TOTALS_INTERNAL_H

/* What was drained so far: numbers by raw key, in the order in which the keys came. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cleanup.h"

struct totals;

/* totals_new() - @n_numbers a key. NULL without memory. */
struct totals *totals_new(uint32_t key_size, size_t n_numbers);
void totals_free(struct totals *t);
DEFINE_CLEANUP(totals_free, struct totals *)

/* totals_find() - the key's numbers, zero if it is new; valid until the next call. NULL without
 * memory. */
uint64_t *totals_find(struct totals *t, const void *key);

/* Whether it is of this shape. */
bool totals_fits(const struct totals *t, uint32_t key_size, size_t n_numbers);

/* totals_retain() - forget the keys for which @keep says no. */
void totals_retain(struct totals *t, bool (*keep)(void *ctx, const uint64_t *numbers), void *ctx);

size_t totals_n(const struct totals *t);
const void *totals_key(const struct totals *t, size_t i);
const uint64_t *totals_numbers(const struct totals *t, size_t i);

#endif
