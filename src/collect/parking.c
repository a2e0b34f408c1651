// SPDX-License-Identifier: GPL-2.0-only
/*
 * A map may come back, under its old name or another: to be counted once, it
 * must meet what was counted of its entries before. So an instance that goes
 * waits here, closed, for one that opens the map of the same id. One without a
 * carry has no counters that outlive their entries, and is let go of.
 *
 * Where instances are added up, one that waits has its last snapshot, whose
 * counters stay in the sum; elsewhere it has none. There, too, what a map
 * counted is with one instance at a time: when pins are exchanged, or a map has
 * two of them, it goes to the one that reads the map last. Of one that must make room
 * only these numbers stay, in the residue: should its map come back after all,
 * it is counted as a new one.
 */
#include "parking_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Of all that wait together: more accounts than this take too much memory. */
#define MAX_ACCOUNTS (1 << 20)

void parking_init(struct parking *p)
{
	*p = (struct parking){.max = PARKING_MAX};
}

void parking_done(struct parking *p)
{
	while (p->n)
		instance_free(p->instances[--p->n]);
	snapshot_unref(p->residue);
	plan_unref(p->residue_plan);
}

/* What an instance that goes has counted becomes part of what is left of those before it. */
static int keep_counts(struct parking *p, const struct instance *i)
{
	_cleanup_(merger_freep) struct merger *m = NULL;
	struct builder_result sum = {0};
	int code;

	if (!i->snapshot)
		return 0;
	m = merger_new(p->residue, &i->class->map->limits);
	code = m ? 0 : -ENOMEM;
	if (code == 0 && p->residue)
		code = merger_add(m, p->residue_plan, p->residue, true);
	if (code == 0)
		code = merger_add(m, i->snapshot_plan, i->snapshot, true);
	if (code == 0)
		code = merger_finish(m, &sum);
	if (code < 0)
		return code;
	if (!p->residue)
		p->residue_plan = plan_ref(i->snapshot_plan);
	p->n_dropped += sum.n_dropped;
	p->n_folded += sum.n_folded;
	snapshot_unref(p->residue);
	p->residue = sum.snapshot;
	return 0;
}

/* What it has changes no more while it waits. */
static void put(struct parking *p, struct instance *i)
{
	p->n_accounts += carry_n_accounts(i->carry);
	p->instances[p->n++] = i;
}

static void release(struct parking *p, size_t at, size_t n_accounts)
{
	p->n_accounts -= n_accounts;
	instance_free(p->instances[at]);
	p->n--;
	memmove(&p->instances[at], &p->instances[at + 1], (p->n - at) * sizeof(struct instance *));
}

static int make_room(struct parking *p)
{
	int code = 0;

	while (code == 0 && p->n && (p->n >= p->max || p->n_accounts > MAX_ACCOUNTS)) {
		code = keep_counts(p, p->instances[0]);
		if (code == 0)
			release(p, 0, carry_n_accounts(p->instances[0]->carry));
	}
	return code;
}

int parking_add(struct parking *p, struct instance *i)
{
	int code;

	if (!i->carry) {
		instance_free(i);
		return 0;
	}
	code = make_room(p);
	if (code < 0)
		return code;
	instance_close(i);
	put(p, i);
	return 0;
}

/* A snapshot goes with its carry: it is what the sum has until the next one. */
static void move_counts(struct instance *from, struct instance *to)
{
	snapshot_unref(to->snapshot);
	plan_unref(to->snapshot_plan);
	to->carry = take_ptr(from->carry);
	to->carry_map_id = from->carry_map_id;
	to->carry_wall_ns = from->carry_wall_ns;
	to->snapshot = take_ptr(from->snapshot);
	to->snapshot_plan = take_ptr(from->snapshot_plan);
}

int parking_leave(struct parking *p, struct instance *i)
{
	int code = make_room(p);
	struct instance *left;

	if (code < 0)
		return code;
	left = calloc(1, sizeof(*left));
	if (!left)
		return -ENOMEM;
	left->class = i->class;
	move_counts(i, left);
	put(p, left);
	return 0;
}

static bool has_counts_of(const struct instance *from, const struct instance *i)
{
	return from != i && from->carry && from->carry_map_id == i->source->info.id;
}

static bool take_counts(struct instance *from, struct instance *i)
{
	if (carry_move(from->carry, i->plan, true) < 0)
		return false;
	move_counts(from, i);
	return true;
}

void parking_adopt(struct parking *p, struct instance *i)
{
	const struct instance_class *class = i->class;

	for (size_t at = p->n; at--;) {
		struct instance *parked = p->instances[at];
		size_t n = has_counts_of(parked, i) ? carry_n_accounts(parked->carry) : 0;

		if (has_counts_of(parked, i) && take_counts(parked, i)) {
			release(p, at, n);
			return;
		}
	}
	for (size_t j = 0; class_is_summed(class) && j < class->n_instances; j++)
		if (has_counts_of(class->instances[j], i) && take_counts(class->instances[j], i))
			return;
}

int parking_merge(const struct parking *p, struct merger *m)
{
	int code = p->residue ? merger_add(m, p->residue_plan, p->residue, true) : 0;

	for (size_t i = 0; code == 0 && i < p->n; i++) {
		const struct instance *parked = p->instances[i];

		if (parked->snapshot)
			code = merger_add(m, parked->snapshot_plan, parked->snapshot, true);
	}
	return code;
}
