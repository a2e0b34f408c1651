// SPDX-License-Identifier: GPL-2.0-only
/*
 * A table of fixed size, cut into sets of a few entries: the hash of a key
 * says in which set it may lie. A new entry takes the place of the one in its
 * set that would end first: an empty one, one that ended, an unknown one, the
 * oldest. So nothing has to be swept, and whoever picks keys to collide only
 * makes us ask more often.
 *
 * An entry is valid until `until_ns`; a zeroed one never is. Its key and text
 * lie one after the other in one allocation.
 */
#include "text_cache_internal.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define N_WAYS		    8
#define DEFAULT_ENTRY_BYTES 1024

struct entry {
	uint64_t hash;
	uint64_t until_ns;
	char *bytes; /* key_n + text_n */
	size_t key_n, text_n;
	bool is_unknown;
};

struct text_cache {
	struct text_cache_options options;
	size_t n_sets;
	struct entry *entries; /* n_sets * N_WAYS */
};

struct text_cache *text_cache_new(const struct text_cache_options *options)
{
	_cleanup_(text_cache_freep) struct text_cache *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->options = *options;
	if (!c->options.max_entry_bytes)
		c->options.max_entry_bytes = DEFAULT_ENTRY_BYTES;
	c->n_sets = (options->max_entries + N_WAYS - 1) / N_WAYS;
	c->entries = calloc(c->n_sets, N_WAYS * sizeof(*c->entries));
	return c->entries ? take_ptr(c) : NULL;
}

void text_cache_free(struct text_cache *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->entries && i < c->n_sets * N_WAYS; i++)
		free(c->entries[i].bytes);
	free(c->entries);
	free(c);
}

static struct str entry_key(const struct entry *e)
{
	return (struct str){.p = e->bytes, .n = e->key_n};
}

/* The entry of this key, or else the one that it may have. */
static struct entry *find_entry(struct entry *set, uint64_t hash, struct str key,
				bool *ret_is_known)
{
	struct entry *first = set;

	for (struct entry *e = set; e < set + N_WAYS; e++) {
		*ret_is_known = e->bytes && e->hash == hash && str_equal(entry_key(e), key);
		if (*ret_is_known)
			return e;
		if (e->until_ns < first->until_ns)
			first = e;
	}
	return first;
}

static int keep(struct entry *e, uint64_t hash, struct str key, struct str text)
{
	char *bytes = realloc(e->bytes, key.n + text.n + 1);

	if (!bytes)
		return -ENOMEM;
	memcpy(bytes, key.p, key.n);
	memcpy(bytes + key.n, text.p, text.n);
	e->hash = hash;
	e->bytes = bytes;
	e->key_n = key.n;
	e->text_n = text.n;
	return 0;
}

int text_cache_get(struct text_cache *c, struct str key, uint64_t now_ns, text_cache_fn find,
		   void *ctx, struct buf *out)
{
	uint64_t hash = XXH3_64bits(key.p, key.n);
	bool is_known = false;
	struct entry *e = find_entry(&c->entries[hash % c->n_sets * N_WAYS], hash, key, &is_known);
	struct str text;
	size_t start = out->len;
	int r, kept;

	if (is_known && now_ns < e->until_ns)
		return e->is_unknown ? TEXT_CACHE_UNKNOWN
				     : buf_append(out, e->bytes + e->key_n, e->text_n);
	r = find(ctx, key, out);
	if (r != 0)
		out->len = start;
	text = (struct str){.p = out->data ? out->data + start : "", .n = out->len - start};
	if (r < 0 || key.n + text.n > c->options.max_entry_bytes)
		return r;
	kept = keep(e, hash, key, text);
	if (kept < 0) {
		out->len = start;
		return kept;
	}
	e->is_unknown = r == TEXT_CACHE_UNKNOWN;
	e->until_ns = now_ns + (r == 0 ? c->options.keep_ns : c->options.keep_unknown_ns);
	return r;
}
