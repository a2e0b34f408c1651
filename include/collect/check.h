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

/*
 * check_load() - read a configuration; what is wrong with it goes to standard
 * error, with what to do where the file cannot be read.
 *
 * Return: 0, -EINVAL (mistakes), -ENOMEM, another -errno of the file.
 */
int check_load(const char *path, struct config **ret_config);

/*
 * check_file() - check_load() and check_config(): what `bpfmap_exporter
 * --config.check` and `bpfmapctl check` do. That the file is valid is said on
 * standard output.
 *
 * Return: as check_load().
 */
int check_file(const char *path);

#endif
