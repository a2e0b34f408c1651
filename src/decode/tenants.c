// SPDX-License-Identifier: GPL-2.0-only
#include "tenants_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void tenants_init(struct tenants *t, size_t key_size, size_t n_numbers)
{
	*t = (struct tenants){.key_size = key_size, .n_numbers = n_numbers};
}

void tenants_done(struct tenants *t)
{
	free(t->items);
	free(t->keys);
	free(t->numbers);
	*t = (struct tenants){0};
}

static int grow(struct tenants *t)
{
	size_t cap = t->cap + t->cap / 2 + 64;

	if (array_grow(&t->items, cap, sizeof(*t->items)) < 0 ||
	    array_grow(&t->keys, cap, t->key_size) < 0 ||
	    array_grow(&t->numbers, cap, t->n_numbers * sizeof(*t->numbers)) < 0)
		return -ENOMEM;
	t->cap = cap;
	return 0;
}

union number *tenants_add(struct tenants *t, const uint8_t *key, uint32_t account, size_t slot)
{
	size_t i = t->n;

	if (i == t->cap && grow(t) < 0)
		return NULL;
	t->items[i] = (struct tenant){.account = account, .slot = (uint32_t)slot};
	memcpy(t->keys + i * t->key_size, key, t->key_size);
	t->n++;
	return t->numbers + i * t->n_numbers;
}

static void move_tenant(struct tenants *t, size_t from, size_t to)
{
	if (from == to)
		return;
	t->items[to] = t->items[from];
	memcpy(t->keys + to * t->key_size, tenants_key(t, from), t->key_size);
	memcpy(t->numbers + to * t->n_numbers, tenants_numbers(t, from),
	       t->n_numbers * sizeof(*t->numbers));
}

int tenants_keep(struct tenants *t, size_t n_slots, const bool *keep)
{
	_cleanup_(freep) uint32_t *slots = malloc((n_slots + 1) * sizeof(*slots));
	uint32_t n_kept = 0;
	size_t n = 0;

	if (!slots)
		return -ENOMEM;
	for (size_t i = 0; i < n_slots; i++) {
		slots[i] = n_kept;
		n_kept += keep[i];
	}
	for (size_t i = 0; i < t->n; i++) {
		if (!keep[t->items[i].slot])
			continue;
		move_tenant(t, i, n);
		t->items[n].slot = slots[t->items[n].slot];
		n++;
	}
	t->n = n;
	return 0;
}
