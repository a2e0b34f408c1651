/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_INSTANCE_INTERNAL_H
#define COLLECT_INSTANCE_INTERNAL_H

/*
 * One pinned map that an entry of the configuration reads: its source, plan,
 * totals and last snapshot. Belongs to the thread that makes the pass.
 */
#include "base/cleanup.h"
#include "collect/collector.h"
#include "decode/builder.h"
#include "decode/plan.h"
#include "evictor_internal.h"
#include "model/map_status.h"
#include "model/snapshot.h"
#include "source/map_source.h"
#include "source/pin_glob.h"
#include "totals_internal.h"

/* What all instances of a map share. */
struct instance_class {
	const struct collector_options *options;
	const struct config_map *map;
	struct family **families; /* map->n_metrics */
	struct stack_provider stacks;
	struct instance **instances; /* all of them; of the map's reader */
	size_t n_instances;
	struct parking *parking; /* of the map's reader */
};

static inline bool class_is_summed(const struct instance_class *c)
{
	return c->map->instances == CONFIG_INSTANCES_SUM;
}

struct instance {
	const struct instance_class *class;
	struct pin_match pin; /* owned */
	struct map_source *source;
	struct evictor *evictor; /* of `source`; NULL: nothing is deleted from it */
	struct plan *plan;	 /* NULL: the layout does not fit, as `complaint` says */
	struct totals *totals;	 /* drained */
	uint64_t totals_layout_hash;
	uint64_t totals_wall_ns;    /* when they began */
	struct snapshot *snapshot;  /* NULL: the last read failed; where instances are added, the
				       last  good one */
	struct plan *snapshot_plan; /* that made `snapshot`: one reference */
	struct carry *carry;	    /* of sums that outlive their entries; NULL: none */
	uint32_t carry_map_id;
	uint64_t carry_wall_ns;	  /* when the maps before that one began; 0: there are none */
	struct map_status status; /* `pin` is pin.path */
	uint32_t map_id;	  /* that was open last; 0: none yet */
	uint64_t start_wall_ns;	  /* when that began which the carry holds; 0: unknown */
	char *complaint;	  /* the failure that was logged; NULL: it is well */
	char *refusal;		  /* the same of keys that could not be evicted */
	uint64_t n_lost;	  /* drained entries that no memory was left to keep */
};

/* instance_new() - takes the contents of @pin. NULL without memory. */
struct instance *instance_new(const struct instance_class *class, struct pin_match *pin);
void instance_free(struct instance *i);
DEFINE_CLEANUP(instance_free, struct instance *)

/* instance_close() - as when its pin is gone: what it has counted stays. */
void instance_close(struct instance *i);

/* instance_read() - one pass: open or check, read, decode. What fails is in the status and, once,
 * in the log. */
void instance_read(struct instance *i);

#endif
