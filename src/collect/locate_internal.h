/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_LOCATE_INTERNAL_H
#define COLLECT_LOCATE_INTERNAL_H

/* Where the maps of a configured map are: pins, or ids ("id:N"). */
#include "collect/collector.h"
#include "decode/plan.h"

/* locate_maps() - look for them now; sorted by path. Return: as pin_glob() and map_find_name(). */
int locate_maps(const struct collector_options *options, const struct config_map *map,
		struct pin_matches *ret_matches, struct err *e);

/* What a map is looked for by, for messages. */
const char *locate_name(const struct config_map *map);

/* locate_stacks() - stack traces of other entries of the configuration; @options must outlive it.
 */
struct stack_provider locate_stacks(const struct collector_options *options);

#endif
