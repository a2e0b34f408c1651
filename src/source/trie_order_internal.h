/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_TRIE_ORDER_INTERNAL_H
#define SOURCE_TRIE_ORDER_INTERNAL_H

#include <stdbool.h>
#include <stdint.h>

/*
 * trie_comes_after() - whether an LPM trie that does not change lists this key
 * after that one: prefixes in the order of their bits, longer ones before those
 * that they are within.
 * @key_size: 4 bytes of prefix length, then the prefix, most significant bit first.
 *
 * Source: kernel/bpf/lpm_trie.c, trie_get_next_key().
 */
bool trie_comes_after(const void *key, const void *than, uint32_t key_size);

/*
 * trie_prefix() - a key without the bits behind its prefix, which a trie keeps but
 * does not look at.
 * @to: key_size bytes.
 */
void trie_prefix(void *to, const void *key, uint32_t key_size);

#endif
