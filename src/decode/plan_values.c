// SPDX-License-Identifier: GPL-2.0-only
/* What numbers a metric takes out of each element of an entry. */
#include "plan_internal.h"

#include <errno.h>

/* Now is 2^31 s, and sums of times must fit 128 bits. */
#define FINEST_TIME 1e-24

static int check_number(const struct resolver *r, const struct config_expr *expr,
			const struct resolved *at)
{
	bool is_drained = r->in->map->read == CONFIG_READ_DRAIN;

	if (at->where == AT_TEXT)
		return problems_add(r->problems, &expr->at, "'%s' is a label, not a value",
				    expr->field);
	if (at->where != AT_VALUE && is_drained)
		return problems_add(r->problems, &expr->at,
				    "'%s' is not in the value: only values can be drained",
				    expr->field);
	if (at->where == AT_NUMBER)
		return 0;
	if (!field_fits_reader(at->field))
		return problems_add(r->problems, &expr->at,
				    "'%s' cannot be a metric's value: it is %s", expr->field,
				    field_refusal(at->field));
	if (at->field->kind == FIELD_FLOAT && (expr->computed || is_drained))
		return problems_add(
			r->problems, &expr->at,
			"'%s' is a floating-point number: it has no bits to shift, mask or divide, and no exact total to drain into",
			expr->field);
	return 0;
}

static int check_clock(const struct resolver *r, const struct config_value *value,
		       enum config_cpu cpu, bool is_per_cpu)
{
	if (value->clock == CONFIG_CLOCK_NONE)
		return 0;
	if (num_scale_double(&value->scale) < FINEST_TIME)
		return problems_add(r->problems, &value->at,
				    "a unit of less than 1e-24 s is too small for a time");
	if (!is_per_cpu || (cpu != CONFIG_CPU_SUM && cpu != CONFIG_CPU_AVG))
		return 0;
	return problems_add(r->problems, &value->at,
			    "times cannot be added up over CPUs: write 'cpu: max', min or each");
}

static enum column_kind column_of(const struct input *in)
{
	if (in->operand.reader.is_float)
		return COLUMN_DOUBLE;
	return in->operand.reader.is_signed || in->offset < 0 || in->factor < 0 || in->clock
		       ? COLUMN_S64
		       : COLUMN_U64;
}

static int input_init(struct input *in, const struct resolver *r, const struct config_value *value,
		      struct domain *domain)
{
	static char whole[] = "value";
	struct config_expr expr = value->expr;
	struct resolved at;
	int e;

	*in = (struct input){
		.n = 1,
		.factor = (value->factor ? (int64_t)value->factor : 1) *
			  (value->is_negative ? -1 : 1),
		.offset = value->offset,
		.clock = value->clock,
		.unit = value->scale,
	};
	in->is_transformed = in->factor != 1 || in->offset || in->clock;
	if (value->is_constant) {
		in->operand = (struct operand){.origin = ORIGIN_CONSTANT,
					       .constant = value->constant,
					       .reader = {.mask = UINT64_MAX, .div = 1}};
		in->column = COLUMN_U64;
		return 0;
	}
	if (!expr.field)
		expr.field = whole;
	if (!expr.at.line)
		expr.at = value->at;
	e = resolve_field(r, &expr, &at);
	if (e == 0)
		e = check_number(r, &expr, &at);
	if (e == 0)
		e = domain_join(domain, r, &expr, &at);
	if (e < 0)
		return e;
	operand_init(&in->operand, &at, &expr);
	in->column = column_of(in);
	return 0;
}

static int add_input(struct plan_metric *m, const struct resolver *r,
		     const struct config_value *value, struct domain *domain)
{
	return input_init(&m->inputs[m->n_inputs++], r, value, domain);
}

static int add_plain(struct plan_metric *m, const struct resolver *r, const struct config_metric *c,
		     struct domain *domain, bool is_per_cpu)
{
	static const struct config_value one = {.is_constant = true, .constant = 1};
	struct input *in = &m->inputs[0];
	int e = add_input(m, r, c->type == CONFIG_INFO ? &one : &c->value, domain);

	if (e == 0)
		e = check_clock(r, &c->value, c->cpu, is_per_cpu);
	m->scale = c->value.scale;
	m->aggregate = c->aggregate;
	if (m->cpu == CONFIG_CPU_AVG && is_per_cpu && in->operand.origin == ORIGIN_VALUE)
		in->column = COLUMN_DOUBLE;
	return e;
}

/* What fell into a slot, of whatever type: buckets below 0 would make the ones above them fall. */
static void count_unsigned(struct input *in)
{
	in->operand.reader.is_signed = false;
	if (in->column == COLUMN_S64)
		in->column = COLUMN_U64;
}

static int check_count(const struct input *in, const struct resolver *r, const struct place *at,
		       const char *what)
{
	if (in->column != COLUMN_DOUBLE)
		return 0;
	return problems_add(r->problems, at, "%s counts whole numbers, not floating-point ones",
			    what);
}

/* One that goes through fewer elements would be added once for each of the other's. */
static int check_elements(const struct plan_metric *m, const struct resolver *r,
			  const struct config_value *sum)
{
	const struct reader *a = &m->inputs[0].operand.reader, *b = &m->inputs[1].operand.reader;

	if (m->n_inputs < 2 ||
	    (!a->strides[0] == !b->strides[0] && !a->strides[1] == !b->strides[1]))
		return 0;
	return problems_add(
		r->problems, &sum->at,
		"the sum and what is counted must go through the same elements: both with '*', or neither");
}

static int add_histogram(struct plan_metric *m, const struct resolver *r,
			 const struct config_metric *c, struct domain *domain)
{
	int e = 0, e2 = 0;

	m->scale = c->sum.has_scale ? c->sum.scale : c->buckets.scale;
	m->has_sum = c->has_sum;
	if (c->buckets.slot.field)
		e = add_input(m, r, &c->value, domain);
	else
		m->n_inputs++; /* the row of slots */
	if (e != -ENOMEM)
		e2 = plan_add_slots(m, r, c, domain);
	e = plan_worse(e, e2);
	if (e == 0) {
		count_unsigned(&m->inputs[0]);
		e = check_count(&m->inputs[0], r, &c->buckets.at, "a histogram");
	}
	if (e != -ENOMEM && c->has_sum && !c->sum_is_slot) {
		e2 = add_input(m, r, &c->sum, domain);
		e = plan_worse(e, e2);
	}
	return e ? e : check_elements(m, r, &c->sum);
}

static int add_summary(struct plan_metric *m, const struct resolver *r,
		       const struct config_metric *c, struct domain *domain)
{
	int e = add_input(m, r, &c->count, domain), e2;

	m->scale = c->sum.scale;
	m->has_sum = true;
	if (e == 0)
		e = check_count(&m->inputs[0], r, &c->count.at, "a summary");
	if (e == -ENOMEM)
		return e;
	e2 = add_input(m, r, &c->sum, domain);
	e = plan_worse(e, e2);
	return e ? e : check_elements(m, r, &c->sum);
}

int plan_add_values(struct plan *p, const struct resolver *r, size_t metric_index,
		    struct domain *domain)
{
	const struct config_metric *c = &r->in->map->metrics[metric_index];
	struct plan_metric *m = &p->metrics[metric_index];
	int e;

	m->width = 1;
	if (c->type == CONFIG_HISTOGRAM)
		e = add_histogram(m, r, c, domain);
	else if (c->type == CONFIG_SUMMARY)
		e = add_summary(m, r, c, domain);
	else
		e = add_plain(m, r, c, domain, p->is_per_cpu);
	if (!m->scale.mantissa)
		m->scale = SCALE_ONE;
	for (size_t i = 0; i < m->n_inputs; i++)
		m->n_numbers += m->inputs[i].n;
	return e;
}
