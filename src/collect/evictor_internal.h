/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_EVICTOR_INTERNAL_H
#define COLLECT_EVICTOR_INTERNAL_H

/* Deletes keys from a map whose values have not changed for long (`evict_idle`). */
#include "base/cleanup.h"
#include "source/map_source.h"

struct evictor;

/* evictor_new() - nothing is idle yet. NULL without memory. */
struct evictor *evictor_new(const struct map_info *info, uint64_t idle_ns);
void evictor_free(struct evictor *v);
DEFINE_CLEANUP(evictor_free, struct evictor *)

/*
 * evictor_begin() - a pass; one that was not run to its end tells of no key that it is gone, unless
 * there are more by now than the map has room for, twice.
 */
void evictor_begin(struct evictor *v, uint64_t now_ns);

/*
 * evictor_see() - an entry of the pass.
 *
 * Return: 1 where it is idle, and will be handed over by evictor_run(); 0, or
 *         -ENOMEM.
 */
int evictor_see(struct evictor *v, const void *key, const void *values);

/*
 * evictor_run() - the end of the pass: delete the idle keys.
 * @read:    its sink gets those that could not be deleted, as they were read,
 *           and those for which there was no time before its deadline: they are
 *           deleted in a later pass.
 * @gone:    gets those that were deleted, with the value that was found then.
 *           One that was gone already is not handed over.
 * @refusal: why keys could not be deleted; untouched otherwise.
 *
 * Return: 0, or what a sink returned.
 */
int evictor_run(struct evictor *v, struct map_source *source, const struct map_read *read,
		map_sink_fn gone, uint64_t *n_evicted, struct err *refusal);

#endif
