/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef DECODE_EXPLICIT_LAYOUT_INTERNAL_H
#define DECODE_EXPLICIT_LAYOUT_INTERNAL_H

#include "config/config.h"
#include "model/layout.h"

/*
 * explicit_layout_new() - the layout that a configuration writes down.
 * @packed: fields follow one another; else C's alignment.
 *
 * Return: NULL without memory.
 */
struct layout *explicit_layout_new(const struct config_field *fields, bool packed);

/* config_kind_size() - bytes of one; 0: as many as there are, as with char, bytes and pad. */
uint32_t config_kind_size(enum config_kind kind);

/* field_set_kind() - make @f one of the type, of @size bytes. Not for structs. */
void field_set_kind(struct field *f, enum config_kind kind, uint32_t size);

#endif
