/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_MAP_PASS_INTERNAL_H
#define COLLECT_MAP_PASS_INTERNAL_H

/* An entry of the configuration with its instances, and what a pass over them published. */
#include "base/cleanup.h"
#include "instance_internal.h"
#include "parking_internal.h"

/* What readers are given of an instance. */
struct published_instance {
	struct map_status status;  /* `pin` is owned */
	struct snapshot *snapshot; /* one reference, or NULL */
	bool duplicates_counted;
};

struct published {
	struct published_instance *instances;
	size_t n;
	size_t n_matches;     /* of the pin; an instance may outlive its match */
	uint64_t duration_ns; /* of the whole pass */
};

struct map_reader {
	struct instance_class class;
	struct instance **instances; /* in the order of their pins */
	size_t n_instances;
	size_t n_matches; /* of its pin, at the last pass */
	char *glob_complaint;
	struct snapshot *sum;	/* `instances: sum`: the last one, or NULL */
	struct parking parking; /* of instances that are gone */
};

/* map_reader_init() - references the @map->n_metrics families. Return: 0 or -ENOMEM. */
int map_reader_init(struct map_reader *r, const struct collector_options *options,
		    const struct config_map *map, struct family **families);
void map_reader_done(struct map_reader *r);

/* map_reader_pass() - look for pins, read each. NULL without memory. */
struct published *map_reader_pass(struct map_reader *r);

void published_free(struct published *p);
DEFINE_CLEANUP(published_free, struct published *)

#endif
