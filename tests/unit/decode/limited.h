/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_LIMITED_H
#define UNIT_LIMITED_H

/* Passes under limits, and what of them is left out or counts in `other`. */
#include "carried.h"

#include <inttypes.h>

#define OTHER CONFIG_ON_LIMIT_OTHER

/* Two groups, one of them only of keys 1 and 2. */
#define TWO_WHERE                                                                                  \
	"key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {k: key}}, {name: y, type: " \
	"gauge, where: {key: [1, 2]}, labels: {y: key}}]"

/* A series for each key. */
#define EACH(type, more) \
	"key: u8, value: u8, metrics: [{name: x, type: " type ", labels: {k: key}" more "}]"
#define GAUGE EACH("gauge", "")

/* Entries that are added up, of gauges: what is there now. */
#define SUM(more)                                                                                \
	"key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: x, type: " \
	"gauge, labels: {a: a}" more "}]"

/* The same of counters, which stay when entries go. */
#define LEDGER                                                                                   \
	"key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: x_total, " \
	"type: counter, labels: {a: a}}]"

struct limited_pass {
	const char *keys, *values; /* NULL: not another pass */
	const char *shows;
	uint64_t n_dropped, n_folded, n_too_long;
};

struct limited_case {
	struct decoded_case map; /* with max_series */
	uint32_t max_label_bytes;
	enum config_on_limit on_limit;
	struct limited_pass passes[8];
};

/* What a pass of a case must show and count. */
static inline void limited_check(const struct carried *p, const struct limited_case *c, size_t pass)
{
	const struct limited_pass *expected = &c->passes[pass];
	_cleanup_(freep) char *text = decoded_text(p->last);
	size_t n_shown = 0;

	if (strcmp(text, expected->shows) != 0)
		fail_msg("%s\npass %zu gives\n%sinstead of\n%s", c->map.yaml, pass + 1, text,
			 expected->shows);
	if (p->result.n_dropped != expected->n_dropped ||
	    p->result.n_folded != expected->n_folded ||
	    p->result.n_too_long != expected->n_too_long)
		fail_msg("%s\npass %zu drops %" PRIu64 ", folds %" PRIu64 ", too long are %" PRIu64,
			 c->map.yaml, pass + 1, p->result.n_dropped, p->result.n_folded,
			 p->result.n_too_long);
	for (size_t j = 0; j < p->last->n_sets; j++)
		n_shown += p->last->sets[j].n_shown;
	assert_int_equal(p->result.n_series, n_shown);
}

/* The passes of a case, one after another; the same entries once more change nothing. */
static inline void limited_run(const struct limited_case *c)
{
	_cleanup_carried_ struct carried p;
	size_t i;

	carried_init(&p, &c->map);
	p.limits.max_label_bytes = c->max_label_bytes;
	p.limits.on_limit = c->on_limit;
	for (i = 0; i < ARRAY_SIZE(c->passes) && c->passes[i].keys; i++) {
		carried_pass(&p, c->passes[i].keys, c->passes[i].values);
		limited_check(&p, c, i);
	}
	carried_pass(&p, c->passes[i - 1].keys, c->passes[i - 1].values);
	limited_check(&p, c, i - 1);
}

static inline void limited_run_table(const struct limited_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		limited_run(&cases[i]);
}

#endif
