/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_TENANTS_INTERNAL_H
#define DECODE_TENANTS_INTERNAL_H

/*
 * Who is in the slots of a group, for one pass: should a slot be taken away at
 * its end, each element has to be accounted for by itself.
 */
#include "series_internal.h"

struct tenant {
	uint32_t account; /* of the entry */
	uint32_t slot;
};

struct tenants {
	size_t key_size, n_numbers;
	size_t n_safe; /* the first slots, which nobody takes away: who is in them is not here */
	size_t n, cap;
	struct tenant *items;
	uint8_t *keys;
	union number *numbers;
};

/* tenants_init() - @n_numbers: of an element. */
void tenants_init(struct tenants *t, size_t key_size, size_t n_numbers);
void tenants_done(struct tenants *t);

/* tenants_add() - one more. Its numbers, to be filled in, valid until the next call. NULL without
 * memory. */
union number *tenants_add(struct tenants *t, const uint8_t *key, uint32_t account, size_t slot);

/* tenants_keep() - of @n_slots slots only those that @keep says remain, and move together. Return:
 * 0 or -ENOMEM. */
int tenants_keep(struct tenants *t, size_t n_slots, const bool *keep);

static inline const uint8_t *tenants_key(const struct tenants *t, size_t i)
{
	return t->keys + i * t->key_size;
}

static inline const union number *tenants_numbers(const struct tenants *t, size_t i)
{
	return t->numbers + i * t->n_numbers;
}

#endif
