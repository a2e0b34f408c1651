// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels and the fields that they and the values come from.
 *
 * The labels of a map are merged with a metric's own on the tree, before they
 * are parsed, so each metric owns its labels and nothing is ever copied. A
 * wrong label of the map is found once for each metric; the mistakes have the
 * same place and text, and are told once.
 *
 * A label that is wrong keeps its name but has neither text nor field: later
 * checks take it for whatever would be right.
 */
#include <errno.h>
#include <stdlib.h>

#include "schema_internal.h"

/* Of a map, and of a metric: more is a mistake; it also bounds what a map's labels cost for all its
 * metrics. */
#define LABELS_MAX 64

static const char *const special_fields[] = {"$cpu", "$pin", "$id", "$map", "$1", "$2", "$3",
					     "$4",   "$5",   "$6",  "$7",   "$8", "$9"};

static const struct choices specials = {"field", "", special_fields, ARRAY_SIZE(special_fields)};

static bool path_is_valid(const char *s)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789.";
	size_t n = strlen(s);

	return n && s[0] != '.' && s[n - 1] != '.' && !strstr(s, "..") && !s[strspn(s, allowed)];
}

static bool special_is_known(const char *s)
{
	for (size_t i = 0; i < ARRAY_SIZE(special_fields); i++) {
		if (!strcmp(s, special_fields[i]))
			return true;
	}
	return false;
}

void parse_expr_field(struct parser *p, const struct node *n, void *out, const void *arg)
{
	const char *text = text_of(p, n);

	if (!text)
		return;
	if (*text == '$' && !special_is_known(text))
		complain_unknown(p, &n->at, text, &specials);
	else if (*text != '$' && !path_is_valid(text))
		complain(p, &n->at,
			 "'%s' is not a field: write names and element numbers joined by dots",
			 text);
	else
		parse_text(p, n, out, arg);
}

static const struct number_range shifts = {0, 63, sizeof(uint32_t)};
static const struct number_range masks = {1, UINT64_MAX, sizeof(uint64_t)};

/* A label before it is known what it is. */
static const struct key label_keys[] = {
	{"field", parse_expr_field, INTO(config_label, expr.field)},
	{"const", parse_text, INTO(config_label, text)},
	{"shift", parse_number, INTO(config_label, expr.shift), .arg = &shifts},
	{"mask", parse_number, INTO(config_label, expr.mask), .arg = &masks},
	{"decode", parse_decoders, .offset = 0},
	{"scale", .refused = "scale is for values: a label has none"},
};

static void label_check(struct parser *p, const struct node *n, struct config_label *l)
{
	bool constant = node_find(n, "const"), field = node_find(n, "field");

	l->expr.computed = node_find(n, "shift") || node_find(n, "mask");
	if (constant && (field || l->expr.computed || node_find(n, "decode")))
		complain(p, &n->at, "a label with 'const' has no other keys");
	else if (!constant && !field)
		complain(p, &n->at, "a label needs the key 'field' or 'const'");
	if (l->expr.computed && l->expr.field && *l->expr.field == '$')
		complain(p, &n->at, "shift and mask are for fields of the key or value, not %s",
			 l->expr.field);
}

static void parse_label(struct parser *p, const struct node *name, const struct node *n,
			struct config_label *l)
{
	*l = (struct config_label){.at = name->at, .expr = {.at = n->at, .mask = UINT64_MAX}};
	parse_text(p, name, &l->name, NULL);
	if (n->kind == NODE_SCALAR)
		parse_expr_field(p, n, &l->expr.field, NULL);
	else if (parse_mapping(p, n, "a label", label_keys, ARRAY_SIZE(label_keys), l))
		label_check(p, n, l);
}

/* The names themselves, also of what is only removed; whether the list is usable. */
static bool labels_check(struct parser *p, const struct node *labels, bool of_map)
{
	if (!labels)
		return true;
	if (labels->kind != NODE_MAPPING) {
		complain(p, &labels->at, "labels must be a mapping, found %s",
			 node_kind_name(labels));
		return false;
	}
	if (labels->n_items / 2 > LABELS_MAX) {
		complain(p, &labels->at, "more than %d labels", LABELS_MAX);
		return false;
	}
	for (size_t i = 0; i < labels->n_items; i += 2) {
		const struct node *name = labels->items[i];
		bool removes = node_is_null(labels->items[i + 1]);

		if (!name_is_valid(name->text))
			complain(p, &name->at,
				 "'%s' is not a label name: letters, digits and _, no digit first",
				 name->text);
		else if (!strncmp(name->text, "__", 2))
			complain(p, &name->at, "the label '%s': names with __ are Prometheus' own",
				 name->text);
		else if (removes &&
			 (of_map || !p->map_labels || !node_find(p->map_labels, name->text)))
			complain(p, &name->at,
				 "the label '%s' is null, but there is none to remove", name->text);
	}
	return true;
}

static void parse_labels_of(struct parser *p, const struct node *from, const struct node *over,
			    struct config_metric *m)
{
	for (size_t i = 0; i < from->n_items; i += 2) {
		const struct node *name = from->items[i], *n = from->items[i + 1];

		if (node_is_null(n) || (over && node_find(over, name->text)))
			continue;
		p->label_weight += n->weight;
		if (p->label_weight > TREE_MAX_NODES) {
			complain(p, &name->at, "the labels of all metrics together are too many");
			return;
		}
		parse_label(p, name, n, &m->labels[m->n_labels++]);
	}
}

static int label_compare(const void *left, const void *right)
{
	const struct config_label *a = left, *b = right;

	/* NULL: memory ran out, and nothing of this counts. */
	return strcmp(a->name ? a->name : "", b->name ? b->name : "");
}

void parse_labels(struct parser *p, const struct node *own, struct config_metric *m)
{
	const struct node *of_map = p->map_labels;
	size_t n;

	if (!labels_check(p, of_map, true))
		of_map = NULL;
	if (!labels_check(p, own, false))
		own = NULL;
	n = (of_map ? of_map->n_items / 2 : 0) + (own ? own->n_items / 2 : 0);
	m->labels = array_new(p, n, sizeof(*m->labels));
	if (!m->labels)
		return;
	if (of_map)
		parse_labels_of(p, of_map, own, m);
	if (own)
		parse_labels_of(p, own, NULL, m);
	if (m->n_labels)
		qsort(m->labels, m->n_labels, sizeof(*m->labels), label_compare);
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

static void parse_scale(struct parser *p, const struct node *n, void *out, const void *arg)
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

static const struct key value_keys[] = {
	{"field", parse_expr_field, INTO(config_value, expr.field)},
	{"shift", parse_number, INTO(config_value, expr.shift), .arg = &shifts},
	{"mask", parse_number, INTO(config_value, expr.mask), .arg = &masks},
	{"scale", parse_scale, INTO(config_value, scale)},
	{"decode", .refused = "decoders are for labels: a value has none"},
	{"const", .refused = "a constant value is written as a number: value: 1"},
};

void parse_value(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_value *v = out;

	(void)arg;
	v->at = v->expr.at = n->at;
	if (n->kind == NODE_MAPPING) {
		parse_mapping(p, n, "a value", value_keys, ARRAY_SIZE(value_keys), v);
		v->expr.computed = node_find(n, "shift") || node_find(n, "mask");
	} else if (n->kind == NODE_SCALAR && *n->text && strchr("+-0123456789", *n->text)) {
		parse_constant(p, n, v);
	} else {
		parse_expr_field(p, n, &v->expr.field, NULL);
	}
	if (v->expr.field && *v->expr.field == '$')
		complain(p, &n->at, "%s is for labels, not a value", v->expr.field);
}

void label_done(struct config_label *l)
{
	for (size_t i = 0; i < l->n_decoders; i++) {
		struct config_decoder *d = &l->decoders[i];

		for (size_t k = 0; k < d->n_entries; k++) {
			free(d->entries[k].name);
			free(d->entries[k].text);
		}
		free(d->entries);
		free(d->fallback);
	}
	free(l->decoders);
	free(l->expr.field);
	free(l->text);
	free(l->name);
}
