/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_PLAN_H
#define DECODE_PLAN_H

/*
 * A plan is what a map's configuration and its layout make together: a flat
 * list of steps with offsets and sizes, compiled once when the map is opened.
 * Running it interprets no name and reads only inside the sizes that it was
 * compiled for. Immutable, reference-counted.
 */
#include <stdbool.h>
#include <stdint.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/problems.h"
#include "config/config.h"
#include "model/family.h"
#include "model/layout.h"
#include "model/map_info.h"
#include "model/snapshot.h"

struct plan;

/* Stack traces by id, out of another map; whoever opens maps implements it. */
struct stack_map {
	/*
	 * Return: 0 with *@ret_n addresses, innermost first, at most @max; -ENOENT where there is
	 * no such trace, another -errno.
	 */
	int (*find)(struct stack_map *m, uint32_t id, uint64_t *addresses, size_t max,
		    size_t *ret_n);
	void (*close)(struct stack_map *m);
};

struct stack_provider {
	void *ctx;
	/* @map: the name of an entry of `maps`. Return: 0, or -errno with a sentence in @e. */
	int (*open)(void *ctx, const char *map, struct stack_map **ret_map, struct err *e);
};

/* What a plan is compiled from; nothing of it is needed afterwards. */
struct plan_input {
	const struct config_map *map;
	struct family *const *families; /* one for each of map->metrics */
	const struct map_info *info;
	const struct layout *key;   /* from BTF; NULL: none */
	const struct layout *value; /* the same */
	const char *no_btf;	    /* why there is none, for messages; NULL: not asked */
	const char *pin;
	const char *const *captures; /* $1 … */
	size_t n_captures;
	const struct stack_provider *stacks; /* NULL: stack traces of other maps cannot be had */
};

/*
 * plan_compile() - join configuration and layout.
 * @problems: what does not fit, with its place.
 *
 * A layout written in the configuration wins over BTF. A map without metrics
 * needs none.
 *
 * Return: one reference in @ret_plan and 0; -EINVAL with a message in
 *         @problems (an unknown field, a size that is not the kernel's, a map
 *         type that cannot be read so), -ENOMEM.
 */
int plan_compile(const struct plan_input *in, struct plan **ret_plan, struct problems *problems);
struct plan *plan_ref(struct plan *p);
void plan_unref(struct plan *p);
DEFINE_CLEANUP(plan_unref, struct plan *)

/*
 * plan_check() - compile against the layouts that the configuration gives,
 * for a map that cannot be opened here. Fields of a part that it leaves to BTF
 * are not checked.
 *
 * Return: 0 with one reference in @ret_plan, or NULL where too little is known
 *         for a plan; -EINVAL with messages in @problems, -ENOMEM.
 */
int plan_check(const struct config_map *map, struct family *const *families, struct plan **ret_plan,
	       struct problems *problems);

/* plan_bounds() - of a metric's histogram, as long as the plan; NULL: it is none. */
struct bounds *plan_bounds(const struct plan *p, size_t metric);

/*
 * plan_layout_hash() - of the layouts it was compiled for: totals that one plan
 * of a configured map began, another one may go on with where this is the same.
 */
uint64_t plan_layout_hash(const struct plan *p);

/* plan_n_metrics() - how many sets its snapshots have. */
size_t plan_n_metrics(const struct plan *p);

/* plan_n_totals() - how many numbers a drained entry keeps: those of all metrics, of each element
 * and CPU where they are told apart. */
size_t plan_n_totals(const struct plan *p);

/* plan_has_ledger() - whether its builders need a carry. */
bool plan_has_ledger(const struct plan *p);

/* plan_key_size() - bytes of the keys that totals are kept by. */
uint32_t plan_key_size(const struct plan *p);

/*
 * plan_totals_key() - by which key the totals of a drained entry are kept: its
 * own; or, of a queue's event, which has none, what labels and conditions see
 * of it: its value, in which all other bits are 0.
 * @room: plan_key_size() bytes, where that is written.
 */
const void *plan_totals_key(const struct plan *p, const void *key, const void *value, void *room);

/*
 * plan_add_totals() - add an entry's values to its totals.
 * @values: n_cpus * value_stride bytes.
 * @totals: plan_n_totals() numbers, wrapping at 2^64.
 */
void plan_add_totals(const struct plan *p, const void *values, uint64_t *totals);

#endif
