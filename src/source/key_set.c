// SPDX-License-Identifier: GPL-2.0-only
/*
 * Open addressing with linear probing, at most half full; the keys themselves
 * lie in one array in the order they came. Keys may come from the network, so
 * the hash starts from a secret of the set: nobody can aim at one slot.
 */
#include "key_set_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define MIN_SLOTS 64

static uint64_t fold(uint64_t a, uint64_t b)
{
	unsigned __int128 product = (unsigned __int128)a * b;

	return (uint64_t)product ^ (uint64_t)(product >> 64);
}

static uint64_t hash_key(const struct key_set *s, const void *key)
{
	const char *p = key;
	uint64_t h = s->seed, word;
	uint32_t i;

	for (i = 0; i + 8 <= s->key_size; i += 8) {
		memcpy(&word, p + i, 8);
		h = fold(h ^ word, UINT64_C(0x9e3779b97f4a7c15));
	}
	word = s->key_size;
	memcpy(&word, p + i, s->key_size - i);
	return fold(h ^ word, UINT64_C(0xd6e8feb86659fd93));
}

const char *key_set_key(const struct key_set *s, uint32_t number)
{
	return s->keys + (size_t)number * s->key_size;
}

/* The slot that holds the key, or the free one where it belongs. Never full, so it ends. */
static uint32_t *find_slot(const struct key_set *s, const void *key)
{
	uint32_t mask = s->cap - 1;

	for (uint32_t i = (uint32_t)hash_key(s, key) & mask;; i = (i + 1) & mask) {
		uint32_t *slot = &s->slots[i];

		if (!*slot || !memcmp(key_set_key(s, *slot - 1), key, s->key_size))
			return slot;
	}
}

static int grow(struct key_set *s)
{
	struct key_set bigger = *s;

	if (s->cap > UINT32_MAX / 2)
		return -ENOMEM;
	bigger.cap = s->cap ? s->cap * 2 : MIN_SLOTS;
	bigger.slots = calloc(bigger.cap, sizeof(*bigger.slots));
	if (!bigger.slots)
		return -ENOMEM;
	bigger.keys = realloc(s->keys, (size_t)(bigger.cap / 2) * s->key_size);
	if (!bigger.keys) {
		free(bigger.slots);
		return -ENOMEM;
	}
	if (!s->cap && getrandom(&bigger.seed, sizeof(bigger.seed), GRND_NONBLOCK) < 0)
		bigger.seed = (uintptr_t)bigger.slots; /* early at boot; still hard to know */
	for (uint32_t i = 0; i < bigger.n; i++)
		*find_slot(&bigger, key_set_key(&bigger, i)) = i + 1;
	free(s->slots);
	*s = bigger;
	return 0;
}

int key_set_add(struct key_set *s, const void *key, uint32_t *ret_number)
{
	uint32_t *slot;
	bool is_new;

	if (s->n == s->cap / 2) {
		int r = grow(s);

		if (r < 0)
			return r;
	}
	slot = find_slot(s, key);
	is_new = !*slot;
	if (is_new) {
		memcpy(s->keys + (size_t)s->n * s->key_size, key, s->key_size);
		*slot = ++s->n;
	}
	if (ret_number)
		*ret_number = *slot - 1;
	return is_new;
}

bool key_set_find(const struct key_set *s, const void *key, uint32_t *ret_number)
{
	uint32_t *slot = s->cap ? find_slot(s, key) : NULL;

	if (!slot || !*slot)
		return false;
	if (ret_number)
		*ret_number = *slot - 1;
	return true;
}

void key_set_clear(struct key_set *s)
{
	if (s->n)
		memset(s->slots, 0, s->cap * sizeof(*s->slots));
	s->n = 0;
}

void key_set_done(struct key_set *s)
{
	free(s->slots);
	free(s->keys);
	*s = (struct key_set){.key_size = s->key_size};
}
