/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_KEY_SET_INTERNAL_H
#define SOURCE_KEY_SET_INTERNAL_H

/*
 * The set of keys already seen, numbered from 0 in the order they came. Keys
 * are of one size. Zeroed but for key_size it is empty.
 */
#include <stdbool.h>
#include <stdint.h>

struct key_set {
	uint32_t key_size; /* bytes, at least 1 */
	uint32_t n;
	uint32_t cap;	 /* slots, a power of two, or 0 */
	uint64_t seed;	 /* of the hash */
	uint32_t *slots; /* number + 1 of a key, 0: free */
	char *keys;	 /* room for cap / 2 */
};

/*
 * key_set_add() - add a key unless it is there.
 * @ret_number: of the key; may be NULL.
 *
 * Return: 1 where it is new, 0 where it was there, or -ENOMEM (all as before).
 */
int key_set_add(struct key_set *s, const void *key, uint32_t *ret_number);

/* key_set_find() - Return: whether it is there. @ret_number may be NULL. */
bool key_set_find(const struct key_set *s, const void *key, uint32_t *ret_number);

/* key_set_key() - the key of this number. */
const char *key_set_key(const struct key_set *s, uint32_t number);

/* key_set_clear() - forget the keys, keep the memory. */
void key_set_clear(struct key_set *s);

void key_set_done(struct key_set *s);

#endif
