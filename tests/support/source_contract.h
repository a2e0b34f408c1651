/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_SOURCE_CONTRACT_H
#define SUPPORT_SOURCE_CONTRACT_H

/*
 * What every map source must do, as one table of cases that runs over the
 * kernel's maps and over their twin in memory.
 */
#include "source/map_source.h"

/* How to make the sources that are tested. */
struct source_maker {
	/* An open source of a new map with these sizes, and the first @n of test_entry() in it. */
	struct map_source *(*make)(const struct map_info *info, uint32_t n);
	void (*touch)(struct map_source *s, uint64_t wall_ns); /* its pin */
	uint32_t n_cpus;				       /* of its per-CPU maps */
};

/* Runs them all; the first that fails, fails the test. */
void source_contract_run(const struct source_maker *maker);

/* source_of_pin() - pin a map in the test's folder, over what has this name, and open the pin. */
struct map_source *source_of_pin(int fd, const char *name, bool writable);

/* What a read gave: pairs of `pair_size` bytes, key first, sorted by source_pairs_sort(). */
struct source_pairs {
	const struct map_info *info;
	char *data;
	uint32_t n;
	uint32_t n_batches;
	int fail_after; /* batches, after which… */
	int fail_with;	/* … the sink returns this; 0: never */
};

int source_pairs_sink(void *ctx, const struct map_batch *batch);
void source_pairs_sort(struct source_pairs *p);
void source_pairs_done(struct source_pairs *p);

/* Asserts that these are the first @n of test_entry(), each once. Sorts them. */
void source_pairs_assert(struct source_pairs *p, uint32_t n);

#endif
