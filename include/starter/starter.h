/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_STARTER_H
#define STARTER_STARTER_H

/*
 * The configuration that somebody who knows the map would begin with: which
 * fields are labels and which are numbers, of what type, unit and name. What
 * only names suggest is marked as a guess in a comment.
 */
#include <stddef.h>

#include "base/buf.h"
#include "model/layout.h"
#include "model/map_info.h"

struct starter_map {
	const char *locator; /* a pin, a pattern of pins, or id:N */
	const struct map_info *info;
	const struct layout *key;   /* NULL: unknown, or the map's keys say nothing */
	const struct layout *value; /* NULL: unknown */
	const char *no_btf;	    /* why they are unknown; NULL: they are known */
};

/*
 * starter_write() - append a configuration for these maps, as YAML. It passes
 * the check, and shows right numbers as it is.
 *
 * Return: 0, or -ENOMEM with @out as it was.
 */
int starter_write(const struct starter_map *maps, size_t n_maps, struct buf *out);

#endif
