/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_MAP_FIND_H
#define SOURCE_MAP_FIND_H

/* Loaded maps, pinned or not, as locators "id:N" that map_source_open() takes. */
#include <stdint.h>

#include "base/err.h"
#include "source/pin_glob.h"

/*
 * map_find_name() - the loaded maps of this name, sorted as text ("id:10" before "id:9").
 * @name: what is longer than the kernel's 15 bytes counts as cut.
 *
 * Return: 0 (maybe no match), -EPERM (CAP_SYS_ADMIN is missing), -ENOMEM,
 *         another -errno of the kernel. There is a sentence in @e for each
 *         but 0.
 */
int map_find_name(const char *name, struct pin_matches *ret_matches, struct err *e);

/* map_find_id() - the id as the only match, whether it exists or not. Return: 0 or -ENOMEM. */
int map_find_id(uint32_t id, struct pin_matches *ret_matches, struct err *e);

#endif
