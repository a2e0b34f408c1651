/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_FAMILIES_INTERNAL_H
#define COLLECT_FAMILIES_INTERNAL_H

#include "config/config.h"
#include "model/family.h"

/*
 * families_new() - a family for each metric of each map: the same object for
 * the same name.
 * @ret_families: one array a map, with references to unref and free.
 *
 * Return: 0 or -ENOMEM.
 */
int families_new(const struct config *config, struct family ****ret_families);
void families_free(const struct config *config, struct family ***families);

#endif
