/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_CHECK_H
#define COLLECT_CHECK_H

#include "base/problems.h"
#include "config/config.h"

/*
 * check_config() - compile the plan of every map that can be opened here, or
 * whose layout the configuration gives whole.
 * @notes: which maps could not be opened, and why; NULL: not wanted.
 *
 * What only layouts tell, such as the buckets that an array makes, is compared
 * over all maps that could be planned.
 *
 * Of a pattern, the first 64 matches are opened, up to the first that is wrong.
 *
 * Return: 0, -EINVAL with messages in @problems, -ENOMEM.
 */
int check_config(const struct config *config, struct problems *problems, struct problems *notes);

#endif
