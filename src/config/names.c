// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of metrics and labels: any text, since there are scrapers that
 * take it. Others see it escaped, so what would break a scrape must not come of
 * a name in any scheme, and no two labels of a metric may become one.
 */
#include <stdlib.h>

#include "clashes_internal.h"

bool name_check(struct parser *p, const struct node *n, const char *what)
{
	const char *name = n->text, *c = name;

	while (*c && (unsigned char)*c >= 0x20 && *c != 0x7f)
		c++;
	if (!*name)
		complain(p, &n->at, "the name of a %s cannot be empty", what);
	else if (*c)
		complain(p, &n->at,
			 "the name of a %s cannot have control characters: '%s' has U+%04X", what,
			 name, (unsigned int)*c);
	else if (strlen(name) > CONFIG_NAME_MAX_BYTES)
		complain(p, &n->at, "the name of a %s has at most %d bytes, this one has %zu", what,
			 CONFIG_NAME_MAX_BYTES, strlen(name));
	else
		return true;
	return false;
}

bool name_check_prefix(struct parser *p, const struct node *n, const char *what,
		       const struct reserved *reserved)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	enum escaping scheme;

	if (!name_begins(p, n->text, reserved->prefix, &b, &scheme))
		return true;
	if (scheme == ESCAPING_UTF8)
		complain(p, &n->at, "the %s '%s': %s", what, n->text, reserved->why);
	else
		complain(p, &n->at, "the %s '%s' is %s where names are escaped with %s: %s", what,
			 n->text, b.data, escaping_name(scheme), reserved->why);
	return false;
}

/* The labels of a metric, as they come in the file. */
struct labels {
	struct parser *p;
	const struct config_label **items;
};

static int place_compare(const void *left, const void *right)
{
	const struct config_label *a = *(const struct config_label *const *)left;
	const struct config_label *b = *(const struct config_label *const *)right;

	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	return a->at.column < b->at.column ? -1 : a->at.column > b->at.column;
}

static const char *label_name(const void *arg, size_t i)
{
	return ((const struct labels *)arg)->items[i]->name;
}

static void claim_label(const void *arg, size_t i, struct str name, struct claims *c)
{
	(void)arg;
	claims_add(c, i, CLAIM_NAME, name, "");
}

static void tell_labels(void *arg, const struct clash *c)
{
	const struct labels *l = arg;
	const struct config_label *later = l->items[c->later], *first = l->items[c->first];

	complain(l->p, &later->at,
		 "the labels '%s' and '%s' in " LINE
		 " are both %s where names are escaped with %s: rename one",
		 later->name, first->name, LINE_OF(first->at, later->at), c->text,
		 escaping_name(c->scheme));
}

void check_label_names(struct parser *p, const struct config_metric *m)
{
	_cleanup_(freep) const struct config_label **items = NULL;
	struct labels labels = {.p = p};
	bool all_are_plain = true;
	size_t n = 0;

	for (size_t i = 0; i < m->n_labels; i++) {
		const char *name = m->labels[i].name;

		all_are_plain = all_are_plain && (!name || str_is_name(str_of(name)));
	}
	if (all_are_plain)
		return;
	labels.items = items = array_new(p, m->n_labels, sizeof(*items));
	for (size_t i = 0; items && i < m->n_labels; i++)
		if (m->labels[i].name)
			items[n++] = &m->labels[i];
	if (n)
		qsort(items, n, sizeof(*items), place_compare);
	clashes_tell(p, &(struct claimants){.n = n,
					    .name = label_name,
					    .claim = claim_label,
					    .tell = tell_labels,
					    .arg = &labels});
}
