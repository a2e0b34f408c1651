// SPDX-License-Identifier: GPL-2.0-only
/*
 * A histogram's slots, as programs count them, and its buckets, as Prometheus
 * wants them: which bucket a slot counts in, and the upper bound of each
 * bucket as exact text.
 *
 *	cell    0 … n - 1                    n
 *	slot    (-1 if has_zero,) 0, 1, …    what has no upper bound
 *
 * A slot below the first counts in cell 0, one above the last in cell n.
 */
#include "plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

/* What a scheme may have: 2^64 is the largest bound of exp2. */
#define MAX_EXP2_SLOTS 65
#define MAX_SLOTS      4096

uint32_t slots_cell(const struct slots *s, int128 slot)
{
	if (s->has_sum && slot == s->sum)
		return CELL_SUM;
	slot -= s->offset;
	if (s->keys) {
		for (uint32_t i = 0; i < s->n; i++)
			if (s->keys[i] == slot)
				return i;
		return s->n;
	}
	slot += s->has_zero;
	if (slot < 0)
		return 0;
	return slot < s->n ? (uint32_t)slot : s->n;
}

/* The upper bound of slot @i, before its scale. */
static int128 upper_bound(const struct config_buckets *c, uint32_t i)
{
	bool lower = c->edges == CONFIG_EDGES_LOWER;

	if (c->scheme == CONFIG_EXP2)
		return lower ? ((int128)1 << (i + 1)) - 1 : (int128)1 << i;
	return (int128)c->start + ((int128)i + lower) * c->width - lower;
}

static size_t write_bound(char *dst, const struct config_buckets *c, const struct slots *s,
			  uint32_t cell)
{
	struct scale scale = c->scale.mantissa ? c->scale : SCALE_ONE;

	if (s->has_zero && !cell)
		return num_write_u64(dst, 0);
	if (c->scheme != CONFIG_EXPLICIT)
		return num_write_scaled(dst, upper_bound(c, cell - s->has_zero), &scale);
	scale.exp10 += c->bounds[cell].exp10;
	return num_write_scaled(dst, c->bounds[cell].mantissa, &scale);
}

static int make_bounds(struct plan_metric *m, const struct config_buckets *c)
{
	char text[NUM_TEXT_MAX], **le = calloc(m->slots.n + 1, sizeof(*le));
	bool no_memory = !le;

	for (uint32_t i = 0; !no_memory && i < m->slots.n; i++) {
		le[i] = strndup(text, write_bound(text, c, &m->slots, i));
		no_memory = !le[i];
	}
	if (!no_memory) {
		m->bounds = bounds_new(le, m->slots.n, c->is_native);
		return m->bounds ? 0 : -ENOMEM;
	}
	for (uint32_t i = 0; le && i < m->slots.n; i++)
		free(le[i]);
	free(le);
	return -ENOMEM;
}

/* How many cells have an upper bound, of @n_slots slots from slot 0 on. */
static int set_n_cells(struct slots *s, const struct resolver *r, const struct config_buckets *c,
		       int64_t n_slots)
{
	int64_t most = c->scheme == CONFIG_EXP2 ? MAX_EXP2_SLOTS : MAX_SLOTS;

	if (c->scheme == CONFIG_EXPLICIT) {
		/* An array that is longer has its overflow after the last bound. */
		s->n = (uint32_t)(c->n_bounds -
				  (c->has_overflow && n_slots <= (int64_t)c->n_bounds));
		return 0;
	}
	if (n_slots < 1 || n_slots > most || (c->has_overflow && n_slots < 2))
		return problems_add(
			r->problems, &c->at,
			"%lld slots: there must be 1 to %lld, or 2 with 'overflow'; write 'slots'",
			(long long)n_slots, (long long)most);
	if (c->has_zero && upper_bound(c, 0) <= 0)
		return problems_add(
			r->problems, &c->at,
			"slot 0 ends at 0 or below: there is none of exactly 0 before it, remove 'zero'");
	s->n = (uint32_t)(n_slots - c->has_overflow + c->has_zero);
	return 0;
}

static int copy_keys(struct slots *s, const struct config_buckets *c)
{
	if (!c->keys)
		return 0;
	s->keys = malloc(c->n_bounds * sizeof(*s->keys));
	if (!s->keys)
		return -ENOMEM;
	memcpy(s->keys, c->keys, c->n_bounds * sizeof(*s->keys));
	return 0;
}

/* Slots in the key, or in a queue's event: each entry is one. */
static int add_key_slot(struct plan_metric *m, const struct resolver *r,
			const struct config_metric *c, struct domain *domain)
{
	const struct config_buckets *b = &c->buckets;
	struct resolved at;
	int e = resolve_selector(r, &b->slot, &at);

	if (e < 0)
		return e;
	if (at.where != AT_KEY || !field_fits_reader(at.field) || at.field->kind == FIELD_FLOAT)
		return problems_add(r->problems, &b->slot.at,
				    "'%s' cannot be a slot: it must be a whole number in the key",
				    b->slot.field);
	e = domain_join(domain, r, &b->slot, &at);
	if (e < 0)
		return e;
	operand_init(&m->slots.slot, &at, &b->slot);
	return set_n_cells(&m->slots, r, b, b->n_slots);
}

/* As many as there are in the array, less a sum at its end. */
static int64_t default_slots(const struct config_metric *c, uint32_t n_elems)
{
	bool ends_in_sum = c->sum_is_slot && c->sum_slot + 1 == n_elems;

	return (int64_t)n_elems - ends_in_sum - c->buckets.slot_offset;
}

static int check_array(const struct resolver *r, const struct config_metric *c, uint32_t n_elems)
{
	const struct config_buckets *b = &c->buckets;

	if (b->n_slots && b->n_slots + b->slot_offset > n_elems)
		return problems_add(r->problems, &b->at,
				    "'%s' has %u elements: too few for %u slots%s", b->array.field,
				    n_elems, b->n_slots, b->slot_offset ? " after the offset" : "");
	if (c->sum_is_slot && c->sum_slot >= n_elems)
		return problems_add(r->problems, &c->sum.at, "'%s' has %u elements: none is %u",
				    b->array.field, n_elems, c->sum_slot);
	return 0;
}

static int set_cells(struct slots *s, uint32_t n_elems)
{
	s->cells = malloc(n_elems * sizeof(*s->cells));
	if (!s->cells)
		return -ENOMEM;
	for (uint32_t i = 0; i < n_elems; i++)
		s->cells[i] = slots_cell(s, i);
	return 0;
}

/* Slots in an array: a row of numbers. */
static int add_array(struct plan_metric *m, const struct resolver *r, const struct config_metric *c,
		     struct domain *domain)
{
	const struct config_buckets *b = &c->buckets;
	struct input *in = &m->inputs[0];
	const struct field *element;
	struct resolved at;
	uint32_t n_elems;
	int e = resolve_field(r, &b->array, &at);

	if (e < 0)
		return e;
	element = at.where == AT_VALUE ? field_element(at.field, &n_elems) : NULL;
	if (!element || !field_fits_reader(element) || !n_elems)
		return problems_add(
			r->problems, &b->array.at,
			"'%s' cannot hold slots: it must be an array of numbers in the value",
			b->array.field);
	e = domain_join(domain, r, &b->array, &at);
	if (e == 0)
		e = check_array(r, c, n_elems);
	if (e == 0)
		e = set_n_cells(&m->slots, r, b,
				b->n_slots && b->scheme != CONFIG_EXPLICIT
					? b->n_slots
					: default_slots(c, n_elems));
	if (e < 0)
		return e;
	at.field = element;
	*in = (struct input){.n = n_elems, .stride = element->size, .factor = 1};
	operand_init(&in->operand, &at, &b->array);
	in->column = in->operand.reader.is_float ? COLUMN_DOUBLE : COLUMN_U64;
	return set_cells(&m->slots, n_elems);
}

int plan_add_slots(struct plan_metric *m, const struct resolver *r, const struct config_metric *c,
		   struct domain *domain)
{
	const struct config_buckets *b = &c->buckets;
	int e;

	m->slots.offset = b->slot_offset;
	m->slots.has_zero = b->has_zero;
	m->slots.has_sum = c->sum_is_slot;
	m->slots.sum = c->sum_slot;
	e = copy_keys(&m->slots, b);
	if (e < 0)
		return e;
	e = b->slot.field ? add_key_slot(m, r, c, domain) : add_array(m, r, c, domain);
	if (e < 0)
		return e;
	m->width = m->slots.n + 1;
	return make_bounds(m, b);
}
