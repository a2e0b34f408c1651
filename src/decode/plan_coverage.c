// SPDX-License-Identifier: GPL-2.0-only
/*
 * Which bits of the key a group's labels show, and what follows from it.
 *
 * Two elements cannot have the same text where labels without loss cover every
 * bit of the key, padding too: then no table of label sets is needed. Several
 * entries are meant to be one series where labels that do not merge on purpose
 * leave a bit of a field uncovered: then what an entry contributed stays when
 * it goes. Between the two (padding that differs, a name that two numbers
 * share) equal labels are added, but a series goes with its entry.
 */
#include "plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct bits {
	uint8_t *set; /* one byte a bit */
	size_t n;
};

static void mark(struct bits *b, size_t first, size_t n)
{
	if (first < b->n)
		memset(b->set + first, 1, n < b->n - first ? n : b->n - first);
}

/* Bits @first … of a number of @size bytes, as they lie in memory. */
static void mark_bits(struct bits *b, size_t offset, uint32_t size, bool big_endian, size_t first,
		      size_t n)
{
	for (size_t i = first; i < first + n; i++)
		mark(b, (offset + (big_endian ? size - 1 - i / 8 : i / 8)) * 8 + i % 8, 1);
}

/* The bits of a number that shift and mask let through. */
static void mark_computed(struct bits *b, const struct reader *r)
{
	uint64_t seen = r->mask << r->shift;

	if (r->divides || r->bit_size)
		return;
	for (unsigned int i = 0; i < 8U * r->size; i++)
		if (seen >> i & 1)
			mark_bits(b, r->offset, r->size, r->big_endian, i, 1);
}

static void mark_step(struct bits *b, const struct text_step *s)
{
	const struct reader *r = &s->operand.reader;

	if (s->operand.origin != ORIGIN_KEY || r->strides[0] || r->strides[1])
		return;
	if (s->is_computed)
		mark_computed(b, r);
	else if (r->bit_size)
		mark_bits(b, r->offset, r->size, r->big_endian, r->bit_offset, r->bit_size);
	else
		mark(b, (size_t)r->offset * 8, (size_t)s->n_bytes * 8);
	if (s->has_length && s->length.origin == ORIGIN_KEY)
		mark_computed(b, &s->length.reader);
}

/* Bits that no field of the layout is on are as good as shown. */
static void mark_padding(struct bits *fields, const struct field *f, size_t offset)
{
	offset += f->offset;
	if (f->kind == FIELD_PAD)
		return;
	if (f->kind == FIELD_STRUCT || f->kind == FIELD_UNION) {
		for (uint32_t i = 0; i < f->n_members; i++)
			mark_padding(fields, &f->members[i], offset);
	} else if (f->kind == FIELD_ARRAY && f->n_members) {
		for (uint32_t i = 0; i < f->n_elems; i++)
			mark_padding(fields, f->members, offset + (size_t)i * f->members->size);
	} else if (f->bit_size) {
		mark_bits(fields, offset, f->size, f->big_endian, f->bit_offset, f->bit_size);
	} else {
		mark(fields, offset * 8, (size_t)f->size * 8);
	}
}

static bool shows(const struct label_group *g, enum origin origin)
{
	for (size_t i = 0; i < g->n_steps; i++) {
		const struct text_step *s = &g->steps[i].text;

		if (s->operand.origin == origin && !decoder_chain_is_lossy(&s->chain) &&
		    !s->operand.reader.divides && !s->operand.reader.shift &&
		    s->operand.reader.mask == UINT64_MAX)
			return true;
	}
	return false;
}

static bool text_follows_from_key(const struct label_group *g)
{
	for (size_t i = 0; i < g->n_steps; i++)
		if (g->steps[i].text.operand.origin != ORIGIN_KEY ||
		    (g->steps[i].text.has_length && g->steps[i].text.length.origin != ORIGIN_KEY) ||
		    decoder_chain_is_changing(&g->steps[i].text.chain))
			return false;
	return true;
}

static void judge(struct label_group *g, const struct plan *p, const struct bits *lossless,
		  const struct bits *told, const struct bits *fields)
{
	g->is_unique = !memchr(lossless->set, 0, lossless->n);
	if ((g->each_cpu && !shows(g, ORIGIN_CPU)) ||
	    (g->domain.n[0] && !shows(g, ORIGIN_INDEX_0)) ||
	    (g->domain.n[1] && !shows(g, ORIGIN_INDEX_1)))
		g->is_unique = false;
	g->is_shareable = g->is_unique && text_follows_from_key(g);
	g->adds_entries = false;
	for (size_t i = 0; i < fields->n; i++)
		if (fields->set[i] && !told->set[i])
			g->adds_entries = true;
	if (p->is_drained)
		g->adds_entries = false; /* its totals stay whatever the map does */
}

int group_find_coverage(struct label_group *g, const struct plan *p, const struct resolver *r)
{
	size_t n = (size_t)p->key_size * 8;
	_cleanup_(freep) uint8_t *all = calloc(3, n + 1);
	struct bits lossless = {all, n}, told, fields;

	if (!all)
		return -ENOMEM;
	told = (struct bits){all + n, n};
	fields = (struct bits){all + 2 * n, n};
	for (size_t i = 0; i < g->n_steps; i++) {
		const struct text_step *s = &g->steps[i].text;

		if (!decoder_chain_is_lossy(&s->chain))
			mark_step(&lossless, s);
		if (!decoder_chain_is_merging(&s->chain))
			mark_step(&told, s);
	}
	if (r->key)
		mark_padding(&fields, &r->key->root, 0);
	judge(g, p, &lossless, &told, &fields);
	if (r->in->map->instances == CONFIG_INSTANCES_SUM && !p->is_drained)
		g->adds_entries = true;
	return 0;
}
