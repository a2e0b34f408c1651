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

#endif
