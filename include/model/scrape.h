/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef MODEL_SCRAPE_H
#define MODEL_SCRAPE_H

/*
 * What the server needs of whoever reads the maps, so that neither knows the
 * other. The functions may be called from any thread.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/exposition.h"

/* Which maps a scrape wants: those named, all but those named, or all (n is 0). */
struct scrape_selection {
	const char *const *names;
	size_t n;
	bool exclude;
};

/*
 * scrape_ready_fn() - the exposition is there; called exactly once a
 * successful acquire, from any thread, maybe before acquire returns.
 * @x: one reference for the callee; NULL without memory.
 */
typedef void (*scrape_ready_fn)(void *ctx, struct exposition *x);

struct scrape_provider {
	void *self;
	/*
	 * Reads what is due, then calls back, at @deadline_ns (monotonic) at
	 * the latest, then with what was read before, which is counted. Where
	 * that is over the reads are asked for all the same. @selection is
	 * only looked at until it returns.
	 *
	 * Return: 0; -ENOENT where a name is no map's, -ENOMEM, -ESHUTDOWN:
	 * then there is no call back.
	 */
	int (*acquire)(void *self, const struct scrape_selection *selection, uint64_t deadline_ns,
		       scrape_ready_fn ready, void *ctx);
	bool (*is_ready)(void *self); /* whether every map was tried once */
	size_t (*n_maps)(void *self);
	const char *(*map_name)(void *self, size_t i); /* valid as long as the provider */
};

#endif
