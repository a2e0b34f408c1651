// SPDX-License-Identifier: GPL-2.0-only
/*
 * An entry's numbers, metric by metric:
 *
 *	[CPU, where they are told apart] [element of the first array]
 *	[element of the second] [input] [number of the input's row]
 *
 * What the configuration computes is computed for each CPU, before they are
 * reduced to one.
 */
#include "rows_internal.h"

#include "base/clock.h"

/* When the kernel's clock was 0, in the unit of its times. */
static int128 epoch_in_unit(const struct input *in)
{
	int128 epoch = clock_epoch_ns(in->clock == CONFIG_CLOCK_BOOTTIME ? CLOCK_BOOTTIME
									 : CLOCK_MONOTONIC);
	const struct scale *unit = &in->unit;

	if (unit->mantissa != 1 || unit->exp2)
		return (int128)((double)epoch / 1e9 / num_scale_double(unit));
	for (int e = -9; e < unit->exp10; e++)
		epoch /= 10;
	for (int e = -9; e > unit->exp10; e--)
		epoch *= 10;
	return epoch;
}

static union number transform(const struct input *in, union number n)
{
	if (in->operand.reader.is_float) {
		if (in->clock && n.d == 0)
			return n;
		n.d = n.d * (double)in->factor + (double)in->offset;
		n.d += in->clock ? (double)epoch_in_unit(in) : 0;
		return n;
	}
	if (in->clock && !n.i)
		return n; /* never */
	n.i = n.i * in->factor + in->offset;
	n.i += in->clock ? epoch_in_unit(in) : 0;
	return n;
}

static inline union number to_number(const struct input *in, uint64_t raw)
{
	const struct reader *r = &in->operand.reader;
	union number n;

	if (r->is_float)
		memcpy(&n.d, &raw, sizeof(n.d));
	else
		n.i = r->is_signed ? (int128)(int64_t)raw : (int128)raw;
	return in->is_transformed ? transform(in, n) : n;
}

static bool is_less(const struct input *in, union number a, union number b)
{
	return in->operand.reader.is_float ? a.d < b.d : a.i < b.i;
}

/* One CPU more into what the CPUs before it made. */
static void reduce(const struct input *in, enum config_cpu how, union number *into, union number v)
{
	if (how == CONFIG_CPU_MAX || how == CONFIG_CPU_MIN) {
		if (how == CONFIG_CPU_MAX ? is_less(in, *into, v) : is_less(in, v, *into))
			*into = v;
	} else if (in->operand.reader.is_float) {
		into->d += v.d;
	} else {
		into->i += v.i;
	}
}

/* The row of an input at one element; @first: of the CPUs that are reduced. */
static union number *read_input(const struct input *in, enum config_cpu how, bool first,
				const struct cursor *at, union number *out)
{
	const struct operand *o = &in->operand;
	const uint8_t *p =
		o->origin == ORIGIN_VALUE ? reader_place(&o->reader, at->value, at) : NULL;

	if (!p) { /* the same for all CPUs, and no row */
		if (first)
			*out = to_number(in, operand_load(o, at));
		return out + 1;
	}
	for (uint32_t k = 0; k < in->n; k++, p += in->stride, out++) {
		union number v = to_number(in, reader_load_at(&o->reader, p));

		if (first)
			*out = v;
		else
			reduce(in, how, out, v);
	}
	return out;
}

/* All elements of one CPU's value. */
static union number *read_elements(const struct plan_metric *m, bool first, struct cursor at,
				   union number *out)
{
	for (at.index[0] = 0; at.index[0] < m->n_index[0]; at.index[0]++)
		for (at.index[1] = 0; at.index[1] < m->n_index[1]; at.index[1]++)
			for (size_t i = 0; i < m->n_inputs; i++)
				out = read_input(&m->inputs[i], m->cpu, first, &at, out);
	return out;
}

static void divide(const struct plan *p, const struct plan_metric *m, union number *out)
{
	const struct input *in = &m->inputs[0]; /* the only one: gauges alone are averaged */

	if (in->operand.origin != ORIGIN_VALUE)
		return;
	for (size_t i = 0; i < m->n_elements; i++)
		out[i].d = (in->operand.reader.is_float ? out[i].d : (double)out[i].i) / p->n_cpus;
}

/* One number of one value: without the loops. */
static inline union number read_simple(const struct plan_metric *m, const uint8_t *key,
				       const uint8_t *value)
{
	const struct operand *o = &m->inputs[0].operand;

	if (o->origin == ORIGIN_VALUE)
		return to_number(&m->inputs[0],
				 reader_load_at(&o->reader, value + o->reader.offset));
	return to_number(&m->inputs[0],
			 operand_load(o, &(const struct cursor){.key = key, .value = value}));
}

static void read_cpus(const struct plan *p, const struct plan_metric *m, const uint8_t *key,
		      const uint8_t *values, union number *out)
{
	struct cursor at = {.key = key, .value = values};
	union number *next = read_elements(m, true, at, out);

	for (at.cpu = 1; at.cpu < p->n_cpus; at.cpu++) {
		at.value += p->value_stride;
		if (m->cpu == CONFIG_CPU_EACH)
			next = read_elements(m, true, at, next);
		else
			read_elements(m, false, at, out);
	}
	if (m->cpu == CONFIG_CPU_AVG && p->is_per_cpu)
		divide(p, m, out);
}

void numbers_read(const struct plan *p, const uint8_t *key, const uint8_t *values,
		  union number *numbers)
{
	for (size_t i = 0; i < p->n_metrics; i++) {
		const struct plan_metric *m = &p->metrics[i];

		if (m->is_simple && !p->is_per_cpu)
			numbers[m->first] = read_simple(m, key, values);
		else
			read_cpus(p, m, key, values, numbers + m->first);
	}
}

/* The same numbers of one CPU's value, as they are, for totals that wrap at 2^64. @first: as above.
 */
static uint64_t *add_elements(const struct plan_metric *m, bool first, const uint8_t *value,
			      uint64_t *totals)
{
	struct cursor at = {.value = value};

	for (at.index[0] = 0; at.index[0] < m->n_index[0]; at.index[0]++)
		for (at.index[1] = 0; at.index[1] < m->n_index[1]; at.index[1]++)
			for (size_t i = 0; i < m->n_inputs; i++) {
				const struct input *in = &m->inputs[i];
				const struct reader *r = &in->operand.reader;
				const uint8_t *p = reader_place(r, value, &at);

				if (in->operand.origin == ORIGIN_CONSTANT) {
					*totals++ += first ? in->operand.constant : 0;
					continue;
				}
				for (uint32_t k = 0; k < in->n; k++, p += in->stride)
					*totals++ += reader_load_at(r, p);
			}
	return totals;
}

void plan_add_totals(const struct plan *p, const void *values, uint64_t *totals)
{
	for (size_t i = 0; i < p->n_metrics; i++) {
		const struct plan_metric *m = &p->metrics[i];
		const uint8_t *value = values;
		uint64_t *next = totals + m->first;

		for (uint32_t cpu = 0; cpu < p->n_cpus; cpu++, value += p->value_stride) {
			if (m->cpu == CONFIG_CPU_EACH)
				next = add_elements(m, true, value, next);
			else
				add_elements(m, cpu == 0, value, next);
		}
	}
}

static bool is_zero(const struct input *in, union number v)
{
	return in->column == COLUMN_DOUBLE ? v.d == 0 : v.i == 0;
}

bool numbers_are_zero(const struct plan_metric *m, const union number *numbers)
{
	const struct input *in = &m->inputs[0];

	for (uint32_t k = 0; k < in->n; k++)
		if (!is_zero(in, numbers[k]) && (!m->slots.cells || m->slots.cells[k] != CELL_SUM))
			return false;
	return true;
}
