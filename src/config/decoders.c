// SPDX-License-Identifier: GPL-2.0-only
/*
 * `decode:`, one decoder or a list of them, each a name or a mapping.
 *
 * The entries of a map come out sorted, integers before texts, and integer
 * ranges never overlap: whoever looks one up may bisect.
 */
#include <errno.h>
#include <stdlib.h>

#include "schema_internal.h"

static const char *const decoder_names[] = {
	[CONFIG_DECODE_DEC] = "dec",	   [CONFIG_DECODE_HEX] = "hex",
	[CONFIG_DECODE_STRING] = "string", [CONFIG_DECODE_IP] = "ip",
	[CONFIG_DECODE_MAC] = "mac",	   [CONFIG_DECODE_PORT] = "port",
	[CONFIG_DECODE_IFNAME] = "ifname", [CONFIG_DECODE_MAP] = "map",
};
static const struct choices decoders = {"decoder", "", decoder_names, ARRAY_SIZE(decoder_names)};

/* An entry while its key's place is still of interest. */
struct placed_entry {
	struct config_map_entry entry;
	const struct node *key;
};

/* Of either sign. Return: 0, -EINVAL where it is no integer, -ERANGE outside of 64 bits. */
static int integer_of(struct str s, int64_t *ret_value)
{
	bool negative = s.n && *s.p == '-';
	unsigned long long v = 0;
	int r;

	if (negative)
		s = (struct str){.p = s.p + 1, .n = s.n - 1};
	r = str_parse_u64(s, &v);
	if (r < 0)
		return r;
	if (v > (unsigned long long)INT64_MAX + negative)
		return -ERANGE;
	*ret_value = (int64_t)(negative ? 0 - v : v);
	return 0;
}

/* "7", "-1", "0x10..0x1f". Return: as integer_of(). */
static int range_of(const char *s, struct config_map_entry *e)
{
	const char *dots = strstr(s, "..");
	int r, last;

	if (!dots) {
		r = integer_of(str_of(s), &e->first);
		e->last = e->first;
		return r;
	}
	r = integer_of((struct str){.p = s, .n = (size_t)(dots - s)}, &e->first);
	last = integer_of(str_of(dots + 2), &e->last);
	return r == -EINVAL || last == -EINVAL ? -EINVAL : r < 0 ? r : last;
}

static void parse_entry(struct parser *p, const struct node *key, const struct node *value,
			struct placed_entry *placed)
{
	struct config_map_entry *e = &placed->entry;
	int r = range_of(key->text, e);

	placed->key = key;
	if (r == -ERANGE)
		complain(p, &key->at, "%s is out of range: -2^63 to 2^63-1", key->text);
	else if (r == 0 && e->first > e->last)
		complain(p, &key->at, "the range %s is empty: write the smaller number first",
			 key->text);
	/* A wrong number goes with the texts, where it overlaps with nothing. */
	if (r < 0 || e->first > e->last)
		parse_text(p, key, &e->name, NULL);
	parse_text(p, value, &e->text, NULL);
}

static int entry_compare(const void *left, const void *right)
{
	const struct placed_entry *a = left, *b = right;

	if (!a->entry.name != !b->entry.name)
		return a->entry.name ? 1 : -1;
	if (a->entry.name)
		return strcmp(a->entry.name, b->entry.name);
	if (a->entry.first != b->entry.first)
		return a->entry.first < b->entry.first ? -1 : 1;
	if (a->key->at.line != b->key->at.line)
		return a->key->at.line < b->key->at.line ? -1 : 1;
	return a->key->at.column < b->key->at.column ? -1 : 1;
}

static void entries_check(struct parser *p, const struct placed_entry *placed, size_t n)
{
	const struct placed_entry *farthest = &placed[0];

	for (size_t i = 1; i < n && !placed[i].entry.name; i++) {
		if (placed[i].entry.first <= farthest->entry.last)
			complain(p, &placed[i].key->at, "%s is already in %s", placed[i].key->text,
				 farthest->key->text);
		if (placed[i].entry.last > farthest->entry.last)
			farthest = &placed[i];
	}
}

static void parse_entries(struct parser *p, const struct node *n, void *out, const void *arg)
{
	_cleanup_(freep) struct placed_entry *placed = NULL;
	struct config_decoder *d = out;
	size_t n_entries = n->n_items / 2;

	(void)arg;
	if (n->kind != NODE_MAPPING || !n_entries) {
		complain(p, &n->at, "map takes entries such as {0: off, 1..9: on}, found %s",
			 n->kind == NODE_MAPPING ? "none" : node_kind_name(n));
		return;
	}
	placed = array_new(p, n_entries, sizeof(*placed));
	d->entries = array_new(p, n_entries, sizeof(*d->entries));
	if (!placed || !d->entries)
		return;
	for (size_t i = 0; i < n_entries; i++)
		parse_entry(p, n->items[2 * i], n->items[2 * i + 1], &placed[i]);
	qsort(placed, n_entries, sizeof(*placed), entry_compare);
	entries_check(p, placed, n_entries);
	for (; d->n_entries < n_entries; d->n_entries++)
		d->entries[d->n_entries] = placed[d->n_entries].entry;
}

static const struct key map_keys[] = {
	{"map", parse_entries, .required = true},
	{"default", parse_text, INTO(config_decoder, fallback)},
};

static void parse_decoder(struct parser *p, const struct node *n, struct config_decoder *d)
{
	d->at = n->at;
	if (n->kind == NODE_MAPPING) {
		d->kind = CONFIG_DECODE_MAP;
		parse_mapping(p, n, "a decoder", map_keys, ARRAY_SIZE(map_keys), d);
		return;
	}
	parse_choice(p, n, &d->kind, &decoders);
	if (d->kind == CONFIG_DECODE_MAP)
		complain(p, &n->at, "map needs its entries: {map: {0: off, 1: on}}");
}

void parse_decoders(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_label *l = out;
	size_t n_decoders = n->kind == NODE_LIST ? n->n_items : 1;

	(void)arg;
	if (!n_decoders)
		complain(p, &n->at, "an empty list of decoders");
	l->decoders = array_new(p, n_decoders, sizeof(*l->decoders));
	for (; l->decoders && l->n_decoders < n_decoders; l->n_decoders++)
		parse_decoder(p, n->kind == NODE_LIST ? n->items[l->n_decoders] : n,
			      &l->decoders[l->n_decoders]);
}
