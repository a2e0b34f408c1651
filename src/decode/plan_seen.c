// SPDX-License-Identifier: GPL-2.0-only
/*
 * An event of a queue has no key by which totals could be kept. It gets one:
 * its value, in which every bit is 0 that no label, condition or slot looks at.
 * So events that differ only in what is added up, or in what nobody asks for,
 * are one total, and labels find their fields where they are in the value.
 *
 * The bits are the plan's, not a group's: metrics with other labels share the
 * totals, and what only tells some of them apart is added up by the builder.
 */
#include "plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The bits of a number, as it lies in memory, that its expression may depend on. */
static uint64_t bits_of(const struct reader *r)
{
	unsigned int n_bits = r->bit_size ? r->bit_size : 8U * r->size;
	uint64_t all = n_bits < 64 ? (UINT64_C(1) << n_bits) - 1 : UINT64_MAX;
	uint64_t bits = all;

	if (!r->is_signed) /* a sign is shifted in above */
		bits &= r->mask << r->shift;
	if (r->bit_size)
		bits <<= r->bit_offset;
	return r->big_endian ? __builtin_bswap64(bits) >> (64 - 8U * r->size) : bits;
}

/* Wherever the path of a field leads; @n_bytes: of it, whole; 0: the bits of its number. */
static void see(struct plan *p, const struct operand *o, uint32_t n_bytes, const struct domain *d)
{
	const struct reader *r = &o->reader;
	struct cursor at = {0};

	if (o->origin != ORIGIN_KEY)
		return;
	do {
		at.index[1] = 0;
		do {
			size_t offset = (size_t)(reader_place(r, p->seen, &at) - p->seen);

			if (n_bytes)
				memset(p->seen + offset, 0xff, n_bytes);
			for (uint32_t i = 0; !n_bytes && i < r->size; i++)
				p->seen[offset + i] |= (uint8_t)(bits_of(r) >> (8 * i));
		} while (r->strides[1] && ++at.index[1] < d->n[1]);
	} while (r->strides[0] && ++at.index[0] < d->n[0]);
}

static void see_step(struct plan *p, const struct text_step *s, const struct domain *d)
{
	bool is_whole = !s->is_computed && !s->operand.reader.bit_size;

	see(p, &s->operand, is_whole ? s->n_bytes : 0, d);
	if (s->has_length)
		see(p, &s->length, 0, d);
}

static void see_group(struct plan *p, const struct label_group *g)
{
	for (size_t i = 0; i < g->n_steps; i++)
		see_step(p, &g->steps[i].text, &g->domain);
	for (size_t i = 0; i < g->n_conditions; i++)
		if (!g->conditions[i].is_decided)
			see_step(p, &g->conditions[i].step, &g->domain);
	for (size_t i = 0; i < g->n_metrics; i++) {
		const struct plan_metric *m = &p->metrics[g->metrics[i]];

		if (m->type == CONFIG_HISTOGRAM && !m->slots.cells)
			see(p, &m->slots.slot, 0, &g->domain);
	}
}

int plan_find_seen(struct plan *p)
{
	if (!p->is_queue)
		return 0;
	p->seen = calloc(1, p->key_size);
	if (!p->seen)
		return -ENOMEM;
	for (size_t i = 0; i < p->n_groups; i++)
		see_group(p, &p->groups[i]);
	return 0;
}

const void *plan_totals_key(const struct plan *p, const void *key, const void *value, void *room)
{
	const uint8_t *from = value;
	uint8_t *to = room;

	if (!p->is_queue)
		return key;
	for (uint32_t i = 0; i < p->key_size; i++)
		to[i] = from[i] & p->seen[i];
	return room;
}
