/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_MAP_STATUS_H
#define MODEL_MAP_STATUS_H

/* How one instance of a configured map is doing. Plain data; texts are borrowed. */
#include "model/map_info.h"

enum map_failure {
	MAP_FAILURE_MISSING,	/* nothing is pinned there */
	MAP_FAILURE_PERMISSION, /* it may not be opened, read or drained */
	MAP_FAILURE_TYPE,	/* no map, or not of a kind that can be read so */
	MAP_FAILURE_LAYOUT,	/* the configuration does not fit it */
	MAP_FAILURE_TIMEOUT,
	MAP_FAILURE_MEMORY,
	MAP_FAILURE_EVICT, /* it was read, but idle keys cannot be deleted from it */
	MAP_FAILURE_READ,  /* the kernel refused otherwise */
	N_MAP_FAILURES,
};

/* "missing", "permission", …: the values of the label `reason`. */
const char *map_failure_name(enum map_failure failure);

struct map_status {
	const char *map; /* as configured */
	const char *pin;
	const char *read; /* "snapshot", "drain" */
	bool is_up;	  /* the last read succeeded */
	bool is_open;	  /* `info` is known */
	bool is_counted;  /* `n_entries` is known */
	struct map_info info;
	uint64_t n_entries; /* in the last read */
	uint64_t n_series;
	uint64_t n_reads; /* tried */
	uint64_t n_failures[N_MAP_FAILURES];
	/* Series left out, summed over reads: */
	uint64_t n_dropped_limit;	/* over max_series */
	uint64_t n_dropped_label_bytes; /* over max_label_bytes */
	uint64_t n_dropped_other;	/* over either, counted in `other` */
	uint64_t n_dropped_duplicate;	/* with the labels of another one */
	uint64_t n_reopens;
	uint64_t n_drained; /* entries */
	uint64_t n_evicted; /* keys */
	uint64_t read_duration_ns;
	uint64_t last_read_wall_ns; /* of the last success; 0: none yet */
};

#endif
