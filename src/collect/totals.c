// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys and numbers lie in two arrays, an entry at the same index in both; a
 * table of indexes, at most half full, finds a key by its hash.
 */
#include "totals_internal.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct totals {
	uint32_t key_size;
	size_t n_numbers;
	size_t n, cap;
	uint8_t *keys;
	uint64_t *numbers;
	uint32_t *cells; /* index + 1; 0: empty */
	size_t n_cells;	 /* a power of two, or 0 */
};

struct totals *totals_new(uint32_t key_size, size_t n_numbers)
{
	struct totals *t = calloc(1, sizeof(*t));

	if (t)
		*t = (struct totals){.key_size = key_size, .n_numbers = n_numbers};
	return t;
}

void totals_free(struct totals *t)
{
	if (!t)
		return;
	free(t->keys);
	free(t->numbers);
	free(t->cells);
	free(t);
}

bool totals_fits(const struct totals *t, uint32_t key_size, size_t n_numbers)
{
	return t->key_size == key_size && t->n_numbers == n_numbers;
}

size_t totals_n(const struct totals *t)
{
	return t->n;
}

const void *totals_key(const struct totals *t, size_t i)
{
	return t->keys + i * t->key_size;
}

const uint64_t *totals_numbers(const struct totals *t, size_t i)
{
	return t->numbers + i * t->n_numbers;
}

/* The cell of the key, or the empty one where it belongs. */
static size_t find_cell(const struct totals *t, const void *key)
{
	size_t i = XXH3_64bits(key, t->key_size) & (t->n_cells - 1);

	while (t->cells[i] && memcmp(totals_key(t, t->cells[i] - 1), key, t->key_size) != 0)
		i = (i + 1) & (t->n_cells - 1);
	return i;
}

static int grow_cells(struct totals *t)
{
	size_t n_cells = t->n_cells ? 2 * t->n_cells : 64;
	uint32_t *cells = calloc(n_cells, sizeof(*cells));

	if (!cells)
		return -1;
	free(t->cells);
	t->cells = cells;
	t->n_cells = n_cells;
	for (size_t i = 0; i < t->n; i++)
		cells[find_cell(t, totals_key(t, i))] = (uint32_t)i + 1;
	return 0;
}

static int grow_entries(struct totals *t)
{
	size_t cap = t->cap + t->cap / 2 + 64;
	uint64_t *numbers;
	uint8_t *keys;

	keys = realloc(t->keys, cap * t->key_size);
	if (!keys)
		return -1;
	t->keys = keys;
	numbers = realloc(t->numbers, cap * (t->n_numbers ? t->n_numbers : 1) * sizeof(*numbers));
	if (!numbers)
		return -1;
	t->numbers = numbers;
	t->cap = cap;
	return 0;
}

void totals_retain(struct totals *t, bool (*keep)(void *ctx, const uint64_t *numbers), void *ctx)
{
	size_t n = 0;

	for (size_t i = 0; i < t->n; i++) {
		if (!keep(ctx, totals_numbers(t, i)))
			continue;
		memmove(t->keys + n * t->key_size, totals_key(t, i), t->key_size);
		memmove(t->numbers + n * t->n_numbers, totals_numbers(t, i),
			t->n_numbers * sizeof(*t->numbers));
		n++;
	}
	if (n == t->n)
		return;
	t->n = n;
	memset(t->cells, 0, t->n_cells * sizeof(*t->cells));
	for (size_t i = 0; i < n; i++)
		t->cells[find_cell(t, totals_key(t, i))] = (uint32_t)i + 1;
}

uint64_t *totals_find(struct totals *t, const void *key)
{
	size_t cell, i;

	if (2 * t->n >= t->n_cells && grow_cells(t) < 0)
		return NULL;
	cell = find_cell(t, key);
	if (t->cells[cell])
		return t->numbers + (t->cells[cell] - 1) * t->n_numbers;
	if (t->n == t->cap && grow_entries(t) < 0)
		return NULL;
	i = t->n++;
	t->cells[cell] = (uint32_t)i + 1;
	memcpy(t->keys + i * t->key_size, key, t->key_size);
	memset(t->numbers + i * t->n_numbers, 0, t->n_numbers * sizeof(*t->numbers));
	return t->numbers + i * t->n_numbers;
}
