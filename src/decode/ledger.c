// SPDX-License-Identifier: GPL-2.0-only
/*
 * A slot's total is all that entries ever added to it. An account is one entry,
 * or one element of it, found by a table of (key, element):
 *
 *	last	what it contributed in the last committed pass
 *	now	what it contributes in this one, to the slot that it is in now
 *
 * At a commit the slot's total grows by what `now` is more than `last`, or by
 * all of `now` where a metric's numbers dropped since: its entry was made anew.
 * An element whose label changes, as its value or a decoder's answer does,
 * takes its account along: what it had counted stays where it was counted, and
 * nothing is counted twice. One that a condition leaves out for a while keeps
 * its account as it was; an account goes with its entry. Those of a map whose
 * place another one takes lie on a shelf, in case it comes back.
 *
 * What is only ever added to cannot fall, not even by the rounding of doubles
 * that come in another order. Numbers below 0 count as 0, but in a sum. Slots
 * are never given back: their label sets are shown as long as the plan lives.
 */
#include "ledger_internal.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct account {
	uint32_t element; /* of the entry; 0 where all of them share a slot */
	uint32_t slot;	  /* in the pass that added to it last */
	uint32_t pass;	  /* that one */
	uint32_t alive;	  /* that saw its entry last */
};

/* Accounts of a map that is not read at the moment. */
struct shelf {
	uint32_t map_id;
	uint32_t key_size;
	size_t n_numbers;
	size_t n, cap; /* accounts */
	uint8_t *keys;
	struct account *accounts;
	union number *numbers;
};

#define SHELVES_MAX 64
#define SHELVED_MAX (1 << 20) /* accounts, on all of them */

struct ledger {
	const struct plan *plan;
	size_t group;
	size_t n_numbers; /* of an element of all metrics */
	struct group_state state;
	size_t n_kept_slots, n_kept_accounts; /* when the last pass was committed */
	struct rows *totals;		      /* of each metric, totals_cap rows */
	size_t totals_cap;
	struct label_block *block; /* the label sets as they were last shown */
	uint32_t pass;
	bool is_last;  /* entries that come now are gone afterwards */
	size_t n, cap; /* accounts */
	uint8_t *keys;
	struct account *accounts;
	union number *numbers;		   /* 2 * n_numbers each: last, now */
	uint32_t *cells;		   /* account + 1; 0: empty */
	size_t n_cells;			   /* a power of two, or 0 */
	struct shelf shelves[SHELVES_MAX]; /* the oldest first */
	size_t n_shelves;
};

static const struct label_group *group_of(const struct ledger *l)
{
	return &l->plan->groups[l->group];
}

static const struct plan_metric *metric_of(const struct ledger *l, size_t i)
{
	return &l->plan->metrics[group_of(l)->metrics[i]];
}

static const uint8_t *key_of(const struct ledger *l, size_t account)
{
	return l->keys + account * l->plan->key_size;
}

static union number *last_of(const struct ledger *l, size_t account)
{
	return l->numbers + account * 2 * l->n_numbers;
}

static union number *now_of(const struct ledger *l, size_t account)
{
	return last_of(l, account) + l->n_numbers;
}

static void count_numbers(struct ledger *l)
{
	l->n_numbers = 0;
	for (size_t i = 0; i < group_of(l)->n_metrics; i++)
		l->n_numbers += metric_of(l, i)->n_numbers;
}

struct ledger *ledger_new(const struct plan *p, size_t group)
{
	struct ledger *l = calloc(1, sizeof(*l));

	if (!l)
		return NULL;
	l->plan = p;
	l->group = group;
	l->totals = calloc(group_of(l)->n_metrics, sizeof(*l->totals));
	if (!l->totals) {
		free(l);
		return NULL;
	}
	for (size_t i = 0; i < group_of(l)->n_metrics; i++)
		rows_init(&l->totals[i], metric_of(l, i));
	count_numbers(l);
	return l;
}

static void forget_account_arrays(struct ledger *l)
{
	free(take_ptr(l->keys));
	free(take_ptr(l->numbers));
	free(take_ptr(l->accounts));
	l->n = l->n_kept_accounts = l->cap = 0;
}

/* Keys and rows of numbers may have other sizes afterwards. */
static void forget_accounts(struct ledger *l)
{
	forget_account_arrays(l);
	free(take_ptr(l->cells));
	l->n_cells = 0;
}

static void drop_shelf(struct ledger *l, size_t i)
{
	free(l->shelves[i].keys);
	free(l->shelves[i].accounts);
	free(l->shelves[i].numbers);
	l->n_shelves--;
	memmove(&l->shelves[i], &l->shelves[i + 1], (l->n_shelves - i) * sizeof(l->shelves[i]));
}

void ledger_free(struct ledger *l)
{
	if (!l)
		return;
	while (l->n_shelves)
		drop_shelf(l, l->n_shelves - 1);
	for (size_t i = 0; i < group_of(l)->n_metrics; i++)
		rows_done(&l->totals[i]);
	forget_accounts(l);
	label_writer_done(&l->state.writer);
	label_table_done(&l->state.table);
	label_block_unref(l->block);
	free(l->totals);
	free(l);
}

size_t ledger_n_accounts(const struct ledger *l)
{
	return l->n;
}

struct group_state *ledger_state(struct ledger *l)
{
	return &l->state;
}

/* The cell of the account, or the empty one where it belongs. */
static size_t find_cell(const struct ledger *l, const uint8_t *key, uint32_t element)
{
	size_t key_size = l->plan->key_size;
	size_t i = XXH3_64bits_withSeed(key, key_size, element) & (l->n_cells - 1);

	for (; l->cells[i]; i = (i + 1) & (l->n_cells - 1))
		if (l->accounts[l->cells[i] - 1].element == element &&
		    !memcmp(key_of(l, l->cells[i] - 1), key, key_size))
			break;
	return i;
}

/* Puts all accounts into the table, and nothing else. */
static void fill_cells(struct ledger *l)
{
	if (!l->cells)
		return;
	memset(l->cells, 0, l->n_cells * sizeof(*l->cells));
	for (size_t i = 0; i < l->n; i++)
		l->cells[find_cell(l, key_of(l, i), l->accounts[i].element)] = (uint32_t)i + 1;
}

static int grow_cells(struct ledger *l)
{
	size_t n_cells = l->n_cells ? 2 * l->n_cells : 64;
	uint32_t *cells = malloc(n_cells * sizeof(*cells));

	if (!cells)
		return -ENOMEM;
	free(l->cells);
	l->cells = cells;
	l->n_cells = n_cells;
	fill_cells(l);
	return 0;
}

static int grow_accounts(struct ledger *l)
{
	size_t cap = l->cap + l->cap / 2 + 64;

	if (cap > UINT32_MAX || array_grow(&l->keys, cap, l->plan->key_size) < 0 ||
	    array_grow(&l->accounts, cap, sizeof(*l->accounts)) < 0 ||
	    array_grow(&l->numbers, cap, 2 * l->n_numbers * sizeof(*l->numbers)) < 0)
		return -ENOMEM;
	l->cap = cap;
	return 0;
}

/* The account, a new one where there is none. Return: its index, or -ENOMEM. */
static ssize_t find_account(struct ledger *l, const uint8_t *key, uint32_t element)
{
	size_t cell;

	if (2 * l->n >= l->n_cells && grow_cells(l) < 0)
		return -ENOMEM;
	cell = find_cell(l, key, element);
	if (l->cells[cell])
		return (ssize_t)l->cells[cell] - 1;
	if (l->n == l->cap && grow_accounts(l) < 0)
		return -ENOMEM;
	memcpy(l->keys + l->n * l->plan->key_size, key, l->plan->key_size);
	l->accounts[l->n] = (struct account){.element = element, .pass = l->pass - 1};
	memset(last_of(l, l->n), 0, 2 * l->n_numbers * sizeof(*l->numbers));
	l->cells[cell] = (uint32_t)++l->n;
	return (ssize_t)l->n - 1;
}

union number *ledger_numbers(struct ledger *l, const uint8_t *key, uint32_t element, size_t slot)
{
	ssize_t i = find_account(l, key, element);

	if (i < 0)
		return NULL;
	if (l->accounts[i].pass != l->pass) {
		l->accounts[i].pass = l->accounts[i].alive = l->pass;
		l->accounts[i].slot = (uint32_t)slot;
		memset(now_of(l, (size_t)i), 0, l->n_numbers * sizeof(*l->numbers));
	}
	if (l->is_last)
		l->accounts[i].alive = l->pass - 1;
	return now_of(l, (size_t)i);
}

void ledger_expect_last(struct ledger *l, bool is_last)
{
	l->is_last = is_last;
}

void ledger_keep(struct ledger *l, const uint8_t *key, uint32_t element)
{
	uint32_t account = l->n_cells ? l->cells[find_cell(l, key, element)] : 0;

	if (account)
		l->accounts[account - 1].alive = l->pass;
}

void ledger_begin(struct ledger *l)
{
	struct group_state *s = &l->state;

	/* Slots and accounts that a pass added which was not committed. */
	if (s->n != l->n_kept_slots && group_of(l)->n_steps) {
		label_writer_truncate(&s->writer, l->n_kept_slots);
		label_table_refill(&s->table, &s->writer);
	}
	s->n = l->n_kept_slots;
	if (l->n != l->n_kept_accounts) {
		l->n = l->n_kept_accounts;
		fill_cells(l);
	}
	l->pass++;
	l->is_last = false;
}

static int reserve_totals(struct ledger *l)
{
	size_t cap = l->totals_cap + l->totals_cap / 2;

	if (l->state.n <= l->totals_cap)
		return 0;
	cap = cap > l->state.n ? cap : l->state.n;
	for (size_t i = 0; i < group_of(l)->n_metrics; i++)
		if (rows_grow(&l->totals[i], metric_of(l, i), l->totals_cap, cap) < 0)
			return -ENOMEM;
	l->totals_cap = cap;
	return 0;
}

/* A sum that may be of negative numbers falls by itself, too, and tells nothing. */
static bool tells_drops(const struct plan_metric *m, size_t input)
{
	return !input || m->inputs[input].column == COLUMN_U64;
}

static bool has_dropped(const struct plan_metric *m, const union number *now,
			const union number *last)
{
	for (size_t i = 0; i < m->n_inputs; i++)
		for (uint32_t n = m->inputs[i].n; n--; now++, last++)
			if (tells_drops(m, i) &&
			    (m->inputs[i].column == COLUMN_DOUBLE ? now->d < last->d
								  : now->i < last->i))
				return true;
	return false;
}

/* What comes back from infinity, or was no number, is not added: a total could not come back. */
static void take_double(bool is_anew, double least, double *now, double *last)
{
	double more = fmax(*now, least) - (is_anew ? 0 : fmax(*last, least));

	if (!isfinite(*now) || !isfinite(more))
		more = 0;
	else
		*last = *now;
	*now = more;
}

static int128 at_least(bool is_count, int128 v)
{
	return is_count && v < 0 ? 0 : v;
}

/* What a metric contributes becomes how much more that is than last time. */
static void take_difference(const struct plan_metric *m, union number *now, union number *last)
{
	bool is_anew = has_dropped(m, now, last);

	for (size_t i = 0; i < m->n_inputs; i++)
		for (uint32_t n = m->inputs[i].n; n--; now++, last++) {
			int128 all = now->i;

			if (m->inputs[i].column == COLUMN_DOUBLE) {
				take_double(is_anew, i ? -INFINITY : 0, &now->d, &last->d);
				continue;
			}
			now->i = at_least(!i, all) - (is_anew ? 0 : at_least(!i, last->i));
			last->i = all;
		}
}

static int add_difference(struct ledger *l, size_t account)
{
	const struct cursor at = {.key = key_of(l, account)};
	union number *now = now_of(l, account), *last = last_of(l, account);
	int r = 0;

	for (size_t i = 0; i < group_of(l)->n_metrics; i++) {
		const struct plan_metric *m = metric_of(l, i);

		take_difference(m, now, last);
		if (rows_add(&l->totals[i], m, l->totals_cap, l->accounts[account].slot, false, &at,
			     now) < 0)
			r = -ENOMEM;
		now += m->n_numbers;
		last += m->n_numbers;
	}
	return r;
}

static void move_account(struct ledger *l, size_t from, size_t to)
{
	if (from == to)
		return;
	memcpy(l->keys + to * l->plan->key_size, key_of(l, from), l->plan->key_size);
	l->accounts[to] = l->accounts[from];
	memcpy(last_of(l, to), last_of(l, from), l->n_numbers * sizeof(*l->numbers));
}

/*
 * Totals and accounts are brought up to date. Without memory for a total it
 * misses what was to be added, and all is well again in the next pass.
 */
static int settle(struct ledger *l)
{
	size_t n = 0, n_before = l->n;
	int r = reserve_totals(l);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n_before; i++) {
		if (l->accounts[i].pass == l->pass && add_difference(l, i) < 0)
			r = -ENOMEM;
		if (l->accounts[i].alive != l->pass)
			continue;
		move_account(l, i, n++);
	}
	l->n = l->n_kept_accounts = n;
	l->n_kept_slots = l->state.n;
	if (n != n_before)
		fill_cells(l);
	return r;
}

int ledger_commit(struct ledger *l, struct rows *rows)
{
	int r = settle(l);

	for (size_t i = 0; r == 0 && i < group_of(l)->n_metrics; i++)
		r = rows_copy(&l->totals[i], metric_of(l, i), l->state.n, &rows[i]);
	return r;
}

struct label_block *ledger_labels(struct ledger *l)
{
	if (!l->block || l->block->n != l->state.n) {
		struct label_block *b = label_writer_copy(&l->state.writer);

		if (!b)
			return NULL;
		label_block_unref(l->block);
		l->block = b;
	}
	return label_block_ref(l->block);
}

static size_t n_shelved(const struct ledger *l)
{
	size_t n = 0;

	for (size_t i = 0; i < l->n_shelves; i++)
		n += l->shelves[i].n;
	return n;
}

void ledger_shelve(struct ledger *l, uint32_t map_id)
{
	ledger_begin(l);
	while (l->n_shelves && (l->n_shelves == SHELVES_MAX || n_shelved(l) + l->n > SHELVED_MAX))
		drop_shelf(l, 0);
	if (!l->n || l->n > SHELVED_MAX)
		return;
	l->shelves[l->n_shelves++] = (struct shelf){
		.map_id = map_id,
		.key_size = l->plan->key_size,
		.n_numbers = l->n_numbers,
		.n = l->n,
		.cap = l->cap,
		.keys = take_ptr(l->keys),
		.accounts = take_ptr(l->accounts),
		.numbers = take_ptr(l->numbers),
	};
	l->n = l->n_kept_accounts = l->cap = 0;
	fill_cells(l);
}

static int reserve_cells(struct ledger *l, size_t n)
{
	int r = 0;

	while (r == 0 && l->n_cells < 2 * n)
		r = grow_cells(l);
	return r;
}

/* Whether they can be this ledger's again. */
static bool shelf_fits(const struct ledger *l, const struct shelf *s)
{
	return !l->n && s->key_size == l->plan->key_size && s->n_numbers == l->n_numbers;
}

void ledger_unshelve(struct ledger *l, uint32_t map_id)
{
	size_t i = l->n_shelves;
	struct shelf *s;

	while (i && l->shelves[i - 1].map_id != map_id)
		i--;
	if (!i--)
		return;
	s = &l->shelves[i];
	if (shelf_fits(l, s) && reserve_cells(l, s->n) == 0) {
		forget_account_arrays(l);
		l->n = l->n_kept_accounts = s->n;
		l->cap = s->cap;
		l->keys = take_ptr(s->keys);
		l->accounts = take_ptr(s->accounts);
		l->numbers = take_ptr(s->numbers);
		fill_cells(l);
	}
	drop_shelf(l, i);
}

/* Whether the totals of the one plan can go on as the other's. */
static bool same_shape(const struct plan *a, const struct plan *b, size_t group)
{
	const struct label_group *g, *h;

	if (group >= b->n_groups)
		return false;
	g = &a->groups[group];
	h = &b->groups[group];
	if (g->n_metrics != h->n_metrics || g->n_steps != h->n_steps)
		return false;
	for (size_t i = 0; i < g->n_metrics; i++) {
		const struct plan_metric *m = &a->metrics[g->metrics[i]];
		const struct plan_metric *n = &b->metrics[h->metrics[i]];

		if (g->metrics[i] != h->metrics[i] || m->n_inputs != n->n_inputs ||
		    m->inputs[0].column != n->inputs[0].column ||
		    m->inputs[1].column != n->inputs[1].column ||
		    !bounds_equal(m->bounds, n->bounds))
			return false;
	}
	return true;
}

/* Whether an element has as many numbers, and keys are as long: accounts can stay as they are. */
static bool same_numbers(const struct plan *a, const struct plan *b, size_t group)
{
	const struct label_group *g = &a->groups[group];

	if (a->key_size != b->key_size)
		return false;
	for (size_t i = 0; i < g->n_metrics; i++)
		if (a->metrics[g->metrics[i]].n_numbers != b->metrics[g->metrics[i]].n_numbers)
			return false;
	return true;
}

bool ledger_fits(const struct ledger *l, const struct plan *p, bool same_map)
{
	return same_shape(l->plan, p, l->group) &&
	       (!same_map || same_numbers(l->plan, p, l->group));
}

void ledger_move(struct ledger *l, const struct plan *p, bool same_map)
{
	ledger_begin(l);
	if (!same_map)
		forget_accounts(l);
	l->plan = p;
	count_numbers(l);
}
