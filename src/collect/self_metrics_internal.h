/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_SELF_METRICS_INTERNAL_H
#define COLLECT_SELF_METRICS_INTERNAL_H

/* The exporter's own metrics, as snapshots like any other. */
#include "config/config.h"
#include "map_pass_internal.h"
#include "model/snapshot.h"

/* A map and what its last pass published. */
struct map_view {
	const struct config_map *map;
	const struct published *published; /* NULL: no pass yet */
	uint64_t n_timeouts;		   /* of scrapes that waited for it */
};

/* Counters of the exporter itself. */
struct exporter_counters {
	uint64_t config_loaded_wall_ns;
	uint64_t n_scrapes_cut; /* sent too slowly, so that a snapshot could not be freed */
};

/* All of them have begun with the process, but for the programs'. NULL without memory. */

/* map_metrics_new() - bpfmap_*{map,pin} of these maps. */
struct snapshot *map_metrics_new(const struct map_view *views, size_t n);

/* process_metrics_new() - process_* and bpfmap_exporter_*. */
struct snapshot *process_metrics_new(const struct exporter_counters *counters);

/* program_metrics_new() - bpfmap_program_*; the kernel does not tell when they began. */
struct snapshot *program_metrics_new(const struct collector_options *options);

/* process_start_wall_ns() - when this process began; 0: unknown. */
uint64_t process_start_wall_ns(void);

#endif
