// SPDX-License-Identifier: GPL-2.0-only
#include "trie_order_internal.h"

#include <string.h>

static unsigned int bit_of(const uint8_t *prefix, uint32_t i)
{
	return prefix[i / 8] >> (7 - i % 8) & 1;
}

bool trie_comes_after(const void *key, const void *than, uint32_t key_size)
{
	const uint8_t *a = (const uint8_t *)key + 4, *b = (const uint8_t *)than + 4;
	uint32_t most = (key_size - 4) * 8, a_bits, b_bits, i = 0;

	memcpy(&a_bits, key, sizeof(a_bits));
	memcpy(&b_bits, than, sizeof(b_bits));
	a_bits = a_bits < most ? a_bits : most;
	b_bits = b_bits < most ? b_bits : most;
	while (i + 8 <= a_bits && i + 8 <= b_bits && a[i / 8] == b[i / 8])
		i += 8;
	while (i < a_bits && i < b_bits && bit_of(a, i) == bit_of(b, i))
		i++;
	if (i < a_bits && i < b_bits)
		return bit_of(a, i) > bit_of(b, i);
	return a_bits < b_bits;
}

void trie_prefix(void *to, const void *key, uint32_t key_size)
{
	uint8_t *prefix = (uint8_t *)to + 4;
	uint32_t n_bits, n_bytes = key_size - 4;

	memcpy(to, key, key_size);
	memcpy(&n_bits, key, sizeof(n_bits));
	if (n_bits / 8 >= n_bytes)
		return;
	prefix[n_bits / 8] &= (uint8_t)(0xff00 >> n_bits % 8);
	memset(prefix + n_bits / 8 + 1, 0, n_bytes - n_bits / 8 - 1);
}
