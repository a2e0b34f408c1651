// SPDX-License-Identifier: GPL-2.0-only
/*
 * `where:` of a map and of a metric. As with labels, those of the map are
 * parsed once for each metric, which owns its conditions.
 */
#include <errno.h>
#include <stdlib.h>

#include "schema_internal.h"

/* Numbers and ranges, where they are not quoted; else a text. */
static void parse_match(struct parser *p, const struct node *n, struct config_match *m)
{
	const char *text = text_of(p, n);
	int r = text && n->is_plain ? range_of(text, &m->first, &m->last) : -EINVAL;

	if (!text)
		return;
	if (r == -ERANGE)
		complain(p, &n->at, "%s is out of range: -2^63 to 2^64-1", text);
	else if (r == 0 && m->first > m->last)
		complain(p, &n->at, "the range %s is empty: write the smaller number first", text);
	else if (r < 0)
		parse_text(p, n, &m->text, NULL);
}

static void parse_matches(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config_condition *c = out;
	size_t n_matches = n->kind == NODE_LIST ? n->n_items : 1;

	(void)arg;
	if (!n_matches)
		complain(p, &n->at, "an empty list: a condition needs something to compare with");
	c->matches = array_new(p, n_matches, sizeof(*c->matches));
	for (; c->matches && c->n_matches < n_matches; c->n_matches++)
		parse_match(p, n->kind == NODE_LIST ? n->items[c->n_matches] : n,
			    &c->matches[c->n_matches]);
}

static const struct key not_keys[] = {
	{"not", parse_matches, .required = true},
};

static void parse_condition(struct parser *p, const struct node *field, const struct node *n,
			    struct config_condition *c)
{
	c->at = field->at;
	parse_field_path(p, field, &c->field, &schema_field_any);
	c->is_negated = n->kind == NODE_MAPPING;
	if (c->is_negated)
		parse_mapping(p, n, "a condition", not_keys, ARRAY_SIZE(not_keys), c);
	else
		parse_matches(p, n, c, NULL);
}

static bool where_is_usable(struct parser *p, const struct node *where)
{
	if (!where)
		return false;
	if (where->kind != NODE_MAPPING)
		complain(p, &where->at,
			 "where must be a mapping of fields to what they must be, found %s",
			 node_kind_name(where));
	else if (where->n_items / 2 > LABELS_MAX)
		complain(p, &where->at, "more than %d conditions", LABELS_MAX);
	else
		return true;
	return false;
}

void parse_conditions(struct parser *p, const struct node *own, struct config_metric *m)
{
	const struct node *all[] = {p->map_where, own};
	size_t n = 0;

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!where_is_usable(p, all[i]))
			all[i] = NULL;
		n += all[i] ? all[i]->n_items / 2 : 0;
	}
	m->conditions = array_new(p, n, sizeof(*m->conditions));
	for (size_t i = 0; m->conditions && i < ARRAY_SIZE(all); i++) {
		for (size_t k = 0; all[i] && k < all[i]->n_items; k += 2) {
			const struct node *field = all[i]->items[k], *what = all[i]->items[k + 1];

			if (!share(p, field, what))
				return;
			parse_condition(p, field, what, &m->conditions[m->n_conditions++]);
		}
	}
}
