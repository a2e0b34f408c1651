// SPDX-License-Identifier: GPL-2.0-only
/*
 * Values and sums: a field, what is computed from it, and its unit.
 *
 * An offset is added after the scale, both exact decimals; they are joined
 * into one unit here, in which the offset is a whole number.
 */
#include <errno.h>

#include "schema_internal.h"

#define SCALE_NS ((struct scale){.mantissa = 1, .exp10 = -9})

static const char *const clock_names[] = {[CONFIG_CLOCK_NONE] = NULL,
					  [CONFIG_CLOCK_MONOTONIC] = "monotonic",
					  [CONFIG_CLOCK_BOOTTIME] = "boottime"};
static const struct choices clocks = {"clock", "", clock_names, ARRAY_SIZE(clock_names)};

void parse_scale(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const char *text = text_of(p, n);
	int r = text ? num_parse_scale(str_of(text), out) : 0;

	(void)arg;
	if (r == -ERANGE)
		complain(p, &n->at,
			 "the scale %s is out of range: 0 is none, exponents go to 10^30 and 2^64",
			 text);
	else if (r < 0)
		complain(
			p, &n->at,
			"'%s' is not a scale: write a number (1e-9), a power of two (2^-30), or a unit "
			"(ns us ms KiB MiB pages bits)",
			text);
}

/* One that may turn numbers round. */
static void parse_signed_scale(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_value *v = out;
	struct node magnitude = *n;

	v->is_negative = n->kind == NODE_SCALAR && *n->text == '-';
	if (v->is_negative)
		magnitude.text++;
	parse_scale(p, v->is_negative && *magnitude.text != '-' ? &magnitude : n, &v->scale, arg);
}

/* After the scale, which it changes. */
static void parse_offset(struct parser *p, const struct node *n, struct config_value *v)
{
	const char *text = text_of(p, n);
	int64_t mantissa;
	int exp10, r;

	if (!text)
		return;
	r = num_parse_decimal(str_of(text), &mantissa, &exp10);
	if (r == -EINVAL) {
		complain(p, &n->at, "'%s' is not a number: write it like -273.15", text);
		return;
	}
	if (r == 0)
		r = num_join_offset(&v->scale, mantissa, exp10, &v->scale, &v->factor, &v->offset);
	if (r < 0)
		complain(p, &n->at,
			 "the offset %s and the scale are too far apart to be added exactly", text);
}

/* Constants begin like a number, names of fields do not. */
static void parse_constant(struct parser *p, const struct node *n, struct config_value *v)
{
	unsigned long long constant;

	if (str_parse_u64(str_of(n->text), &constant) < 0) {
		complain(p, &n->at, "'%s' is neither a field nor a whole number up to 2^64-1",
			 n->text);
		return;
	}
	v->is_constant = true;
	v->constant = constant;
}

static const struct key value_keys[] = {
	EXPR_KEYS(config_value, expr, schema_field_of_number),
	{"scale", parse_signed_scale, .offset = 0},
	{"offset", .parse = NULL},
	{"clock", parse_choice, INTO(config_value, clock), .arg = &clocks},
	{"decode", .refused = "decoders are for labels: a value has none"},
	{"const", .refused = "a constant value is written as a number: value: 1"},
};

static void value_settle(struct parser *p, const struct node *n, struct config_value *v)
{
	const struct node *offset = node_find(n, "offset");

	v->has_scale = node_find(n, "scale");
	if (v->clock != CONFIG_CLOCK_NONE && !v->has_scale)
		v->scale = SCALE_NS;
	if (offset)
		parse_offset(p, offset, v);
	expr_settle(p, n, &v->expr);
}

void parse_value(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_value *v = out;

	(void)arg;
	v->at = v->expr.at = n->at;
	if (n->kind == NODE_MAPPING) {
		parse_mapping(p, n, "a value", value_keys, ARRAY_SIZE(value_keys), v);
		value_settle(p, n, v);
	} else if (n->kind == NODE_SCALAR && *n->text && strchr("+-0123456789", *n->text)) {
		parse_constant(p, n, v);
	} else {
		parse_field_path(p, n, &v->expr.field, &schema_field_of_number);
	}
}

static const struct number_range slots = {0, UINT32_MAX, sizeof(uint32_t)};

static const struct key sum_keys[] = {
	EXPR_KEYS(config_metric, sum.expr, schema_field_of_number),
	{"slot", parse_number, INTO(config_metric, sum_slot), .arg = &slots},
	{"scale", parse_scale, INTO(config_metric, sum.scale)},
	{"offset", .refused = "a sum takes no offset: it would be added for each entry"},
	{"clock", .refused = "a sum is no point in time: it takes no clock"},
};

void parse_sum(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_metric *m = out;
	bool slot = node_find(n, "slot");

	(void)arg;
	m->has_sum = true;
	m->sum.at = m->sum.expr.at = n->at;
	if (n->kind != NODE_MAPPING) {
		parse_field_path(p, n, &m->sum.expr.field, &schema_field_of_number);
		return;
	}
	parse_mapping(p, n, "a sum", sum_keys, ARRAY_SIZE(sum_keys), m);
	m->sum_is_slot = slot;
	m->sum.has_scale = node_find(n, "scale");
	expr_settle(p, n, &m->sum.expr);
	if (slot == !!node_find(n, "field"))
		complain(p, &n->at, "a sum needs the key 'field', or else 'slot'");
	else if (slot && m->sum.expr.computed)
		complain(p, &n->at, "a sum in a slot takes nothing but 'scale'");
}
