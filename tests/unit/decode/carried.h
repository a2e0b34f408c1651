/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef UNIT_CARRIED_H
#define UNIT_CARRIED_H

/* Passes that carry counts from one to the next. Bytes are written as in decoded.h. */
#include "decoded.h"

#include "support/alloc_fault.h"

struct carried {
	struct decoded d;
	struct carry *carry;
	struct snapshot *last;
	struct builder_result result; /* of the last pass; its snapshot is `last` */
	struct config_limits limits;
	bool arms; /* the nth allocation of the next pass fails */
	long nth;
};

struct carried_pass {
	const char *keys, *values;
	const char *expected; /* NULL: not another pass */
};

struct carried_case {
	struct decoded_case map;
	struct carried_pass passes[8];
};

static inline void carried_init(struct carried *c, const struct decoded_case *map)
{
	*c = (struct carried){.limits.max_series = map->max_series ? map->max_series : 100000};
	decoded_compile(&c->d, map);
	c->carry = carry_new(c->d.plan);
	assert_non_null(c->carry);
}

static inline void carried_done(struct carried *c)
{
	carry_free(c->carry);
	snapshot_unref(c->last);
	decoded_done(&c->d);
}

#define _cleanup_carried_ _cleanup_(carried_done)

/* A pass that is begun and given its entries. NULL: a failed allocation. */
static inline struct builder *carried_begin(struct carried *c, const char *keys, const char *values)
{
	_cleanup_(builder_freep) struct builder *b = NULL;
	size_t n_key_bytes, n_value_bytes;
	uint8_t *k = decoded_bytes(keys, &n_key_bytes);
	uint8_t *v = decoded_bytes(values, &n_value_bytes);
	size_t n = n_key_bytes / c->d.info.key_size;
	int r = -ENOMEM;

	assert_int_equal(n_value_bytes, n * c->d.info.n_cpus * c->d.info.value_stride);
	if (c->arms)
		alloc_fault_arm(c->nth);
	b = builder_new(c->d.plan, c->last, c->carry, &c->limits);
	if (b)
		r = builder_add(b, k, v, (uint32_t)n);
	assert_true(r == 0 || r == -ENOMEM);
	free(k);
	free(v);
	return r < 0 ? NULL : take_ptr(b);
}

static inline int carried_finish(struct carried *c, struct builder *b)
{
	int r = builder_finish(b, &c->result);

	if (r == 0) {
		snapshot_unref(c->last);
		c->last = c->result.snapshot;
	}
	return r;
}

static inline void carried_pass(struct carried *c, const char *keys, const char *values)
{
	_cleanup_(builder_freep) struct builder *b = carried_begin(c, keys, values);

	assert_non_null(b);
	assert_int_equal(carried_finish(c, b), 0);
}

/* A pass that is given up. */
static inline void carried_abandon(struct carried *c, const char *keys, const char *values)
{
	struct builder *b = carried_begin(c, keys, values);

	assert_non_null(b);
	builder_free(b);
}

static inline void carried_expect(const struct carried *c, const char *expected)
{
	_cleanup_(freep) char *text = decoded_text(c->last);

	if (strcmp(text, expected) != 0)
		fail_msg("%s\ngives\n%sinstead of\n%s", c->d.map->metrics[0].name, text, expected);
}

static inline void carried_run(const struct carried_case *c)
{
	_cleanup_carried_ struct carried p;

	carried_init(&p, &c->map);
	for (size_t i = 0; i < ARRAY_SIZE(c->passes) && c->passes[i].expected; i++) {
		const struct carried_pass *pass = &c->passes[i];
		_cleanup_(freep) char *text = NULL;
		size_t n_shown = 0;

		carried_pass(&p, pass->keys, pass->values);
		text = decoded_text(p.last);
		if (strcmp(text, pass->expected) != 0)
			fail_msg("%s\npass %zu gives\n%sinstead of\n%s", c->map.yaml, i + 1, text,
				 pass->expected);
		for (size_t j = 0; j < p.last->n_sets; j++)
			n_shown += p.last->sets[j].n_shown;
		assert_int_equal(p.result.n_series, n_shown);
	}
}

#endif
