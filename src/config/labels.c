// SPDX-License-Identifier: GPL-2.0-only
/*
 * Labels: a field and how it becomes text.
 *
 * The labels of a map are merged with a metric's own on the tree, before they
 * are parsed, so each metric owns its labels and nothing is ever copied. A
 * wrong label of the map is found once for each metric; the mistakes have the
 * same place and text, and are told once.
 *
 * A label that is wrong keeps its name but has neither text nor field: later
 * checks take it for whatever would be right.
 */
#include <stdlib.h>

#include "schema_internal.h"

/* A label before it is known what it is. */
static const struct key label_keys[] = {
	EXPR_KEYS(config_label, expr, schema_field_any),
	{"const", parse_text, INTO(config_label, text)},
	{"decode", parse_decoders, .offset = 0},
	{"keep", parse_regex, INTO(config_label, keep)},
	{"drop", parse_regex, INTO(config_label, drop)},
	{"scale", .refused = "scale is for values: a label has none"},
	{"offset", .refused = "offset is for values: a label has none"},
	{"clock", .refused = "clock is for values: a label has none"},
};

static void label_check(struct parser *p, const struct node *n, struct config_label *l)
{
	bool constant = node_find(n, "const"), field = node_find(n, "field");

	expr_settle(p, n, &l->expr);
	if (constant && n->n_items > 2)
		complain(p, &n->at, "a label with 'const' has no other keys");
	else if (!constant && !field)
		complain(p, &n->at, "a label needs the key 'field' or 'const'");
}

static void parse_label(struct parser *p, const struct node *name, const struct node *n,
			struct config_label *l)
{
	*l = (struct config_label){.at = name->at, .expr = EXPR_INIT(n->at)};
	parse_text(p, name, &l->name, NULL);
	if (n->kind == NODE_SCALAR)
		parse_field_path(p, n, &l->expr.field, &schema_field_any);
	else if (parse_mapping(p, n, "a label", label_keys, ARRAY_SIZE(label_keys), l))
		label_check(p, n, l);
}
bool share(struct parser *p, const struct node *name, const struct node *n)
{
	p->shared_weight += n->weight;
	if (p->shared_weight <= TREE_MAX_NODES)
		return true;
	complain(p, &name->at, "the labels and conditions of all metrics together are too many");
	return false;
}

/* The names themselves, also of what is only removed; whether the list is usable. */
static bool labels_check(struct parser *p, const struct node *labels, bool of_map)
{
	static const struct reserved metric_name = {"__name__", "that is the metric's own name"};

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

		if (!name_check(p, name, "label"))
			continue;
		if (!strncmp(name->text, "__", 2))
			complain(p, &name->at, "the label '%s': names with __ are Prometheus' own",
				 name->text);
		else if (name_check_prefix(p, name, "label", &metric_name) && removes &&
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
		if (!share(p, name, n))
			return;
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
	check_label_names(p, m);
}

void label_done(struct config_label *l)
{
	for (size_t i = 0; i < l->n_decoders; i++)
		decoder_done(&l->decoders[i]);
	free(l->decoders);
	free(l->expr.field);
	free(l->text);
	free(l->name);
	free(l->keep);
	free(l->drop);
}
