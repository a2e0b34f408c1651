// SPDX-License-Identifier: GPL-2.0-only
#include "carry_internal.h"

#include <errno.h>
#include <stdlib.h>

struct carry *carry_new(struct plan *plan)
{
	_cleanup_(carry_freep) struct carry *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->plan = plan_ref(plan);
	c->ledgers = calloc(plan->n_groups + 1, sizeof(*c->ledgers));
	if (!c->ledgers)
		return NULL;
	for (size_t i = 0; i < plan->n_groups; i++) {
		if (!plan->groups[i].has_ledger)
			continue;
		c->ledgers[i] = ledger_new(plan, i);
		if (!c->ledgers[i])
			return NULL;
	}
	return take_ptr(c);
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

int carry_move(struct carry *c, struct plan *plan, bool same_map)
{
	if (plan->n_groups != c->plan->n_groups)
		return -EINVAL;
	for (size_t i = 0; i < plan->n_groups; i++)
		if (!c->ledgers[i] != !plan->groups[i].has_ledger ||
		    (c->ledgers[i] && !ledger_fits(c->ledgers[i], plan, same_map)))
			return -EINVAL;
	for (size_t i = 0; i < plan->n_groups; i++)
		if (c->ledgers[i])
			ledger_move(c->ledgers[i], plan, same_map);
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
