/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_GAUGE_WRITER_INTERNAL_H
#define COLLECT_GAUGE_WRITER_INTERNAL_H

/*
 * Writes a snapshot series by series, for metrics that are not columns of a
 * map. An error sticks: it is asked for once, at the end.
 */
#include "model/snapshot.h"

struct gauge_writer {
	struct snapshot *snapshot; /* with room for the families announced */
	size_t n_families;
	int error;
};

/* A label of a series; a list ends with a NULL name. */
struct gauge_label {
	const char *name;
	const char *value;
};

/* The scale of families in seconds whose values are nanoseconds. */
extern const struct scale gauge_ns_to_s;

void gauge_writer_init(struct gauge_writer *w, size_t n_families);

/* Begin a family; its series follow. @scale: NULL: 1. */
void gauge_writer_family(struct gauge_writer *w, const char *name, enum family_type type,
			 const char *help, const struct scale *scale);
void gauge_writer_series(struct gauge_writer *w, uint64_t value, const struct gauge_label *labels);

/* The snapshot, one reference; NULL without memory. @start_wall_ns: of its counters; 0: unknown. */
struct snapshot *gauge_writer_finish(struct gauge_writer *w, uint64_t start_wall_ns);

#endif
