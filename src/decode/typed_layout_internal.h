/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_TYPED_LAYOUT_INTERNAL_H
#define DECODE_TYPED_LAYOUT_INTERNAL_H

#include "config/config.h"
#include "model/layout.h"

/*
 * typed_layouts_new() - copies of the layouts of BTF, with the map's `types:`
 * put in.
 * @key, @value:         NULL stays NULL. A type of a field that might be in
 *                       such a part is passed over.
 * @ret_key, @ret_value: as they were, unless 0 is returned.
 *
 * Return: 0, -EINVAL with a message in @problems (no such field, sizes that
 *         differ), -ENOMEM.
 */
int typed_layouts_new(const struct config_map *map, const struct layout *key,
		      const struct layout *value, struct layout **ret_key,
		      struct layout **ret_value, struct problems *problems);

#endif
