/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_PIN_GLOB_INTERNAL_H
#define SOURCE_PIN_GLOB_INTERNAL_H

#include <stdbool.h>

/*
 * pin_name_matches() - whether a part of a pattern, what is between two
 * slashes, means an entry of a folder. "." and ".." are never meant.
 */
bool pin_name_matches(const char *part, const char *name);

#endif
