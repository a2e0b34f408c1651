// SPDX-License-Identifier: GPL-2.0-only
#include "carry_internal.h"

#include <errno.h>
#include <stdlib.h>

static bool needs_ledger(const struct label_group *g)
{
	return g->has_ledger || g->has_book;
}

/* Those that are not there yet. */
static int open_ledgers(struct carry *c)
{
	for (size_t i = 0; i < c->plan->n_groups; i++) {
		if (c->ledgers[i] || !needs_ledger(&c->plan->groups[i]))
			continue;
		c->ledgers[i] = ledger_new(c->plan, i);
		if (!c->ledgers[i])
			return -ENOMEM;
	}
	return 0;
}

struct carry *carry_new(struct plan *plan)
{
	_cleanup_(carry_freep) struct carry *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->plan = plan_ref(plan);
	c->ledgers = calloc(plan->n_groups + 1, sizeof(*c->ledgers));
	if (!c->ledgers || open_ledgers(c) < 0)
		return NULL;
	return take_ptr(c);
}

int carry_begin(struct carry *c)
{
	int r = open_ledgers(c);

	for (size_t i = 0; r == 0 && i < c->plan->n_groups; i++)
		if (c->ledgers[i])
			ledger_begin(c->ledgers[i]);
	return r;
}

void carry_free(struct carry *c)
{
	if (!c)
		return;
	for (size_t i = 0; c->ledgers && i < c->plan->n_groups; i++)
		ledger_free(c->ledgers[i]);
	free(c->ledgers);
	plan_unref(c->plan);
	free(c);
}

size_t carry_n_accounts(const struct carry *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->plan->n_groups; i++)
		n += c->ledgers[i] ? ledger_n_accounts(c->ledgers[i]) : 0;
	return n;
}

bool carry_is_of(const struct carry *c, const struct plan *plan)
{
	return c->plan == plan;
}

/* Whether what the group's ledger keeps is right for the other plan's. */
static bool goes_on(const struct carry *c, const struct plan *plan, size_t i, bool same_map)
{
	const struct label_group *g = &c->plan->groups[i], *h = &plan->groups[i];

	return g->has_ledger == h->has_ledger && g->has_book == h->has_book &&
	       (!c->ledgers[i] || ledger_fits(c->ledgers[i], plan, same_map));
}

int carry_move(struct carry *c, struct plan *plan, bool same_map)
{
	if (plan->n_groups != c->plan->n_groups)
		return -EINVAL;
	for (size_t i = 0; i < plan->n_groups; i++)
		if ((c->plan->groups[i].has_ledger || plan->groups[i].has_ledger) &&
		    !goes_on(c, plan, i, same_map))
			return -EINVAL;
	for (size_t i = 0; i < plan->n_groups; i++) {
		/* Without its book, the series `other` of a group begins anew. */
		if (!goes_on(c, plan, i, same_map))
			ledger_free(take_ptr(c->ledgers[i]));
		if (c->ledgers[i])
			ledger_move(c->ledgers[i], plan, same_map);
	}
	plan_unref(c->plan);
	c->plan = plan_ref(plan);
	return 0;
}

int carry_change_map(struct carry *c, struct plan *plan, uint32_t from_id, uint32_t to_id)
{
	int r = 0;

	for (size_t i = 0; i < c->plan->n_groups; i++)
		if (c->ledgers[i])
			ledger_shelve(c->ledgers[i], from_id);
	r = carry_move(c, plan, false);
	for (size_t i = 0; r == 0 && i < plan->n_groups; i++)
		if (c->ledgers[i])
			ledger_unshelve(c->ledgers[i], to_id);
	return r;
}
