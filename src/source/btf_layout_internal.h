/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_BTF_LAYOUT_INTERNAL_H
#define SOURCE_BTF_LAYOUT_INTERNAL_H

#include <stdint.h>

#include "base/err.h"
#include "model/layout.h"

struct btf;

/*
 * layout_from_btf() - the layout of a type.
 * @size: bytes that the map has for it.
 * @e: what is wrong with it, without a place.
 *
 * Return: 0, -EINVAL (a type that has no layout, or contradicts itself or
 *         @size, or is beyond any reason), -ENOMEM.
 */
int layout_from_btf(const struct btf *btf, uint32_t type_id, uint32_t size,
		    struct layout **ret_layout, struct err *e);

#endif
