/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_MAP_HANDLE_INTERNAL_H
#define SOURCE_MAP_HANDLE_INTERNAL_H

#include <stdint.h>

#include "base/err.h"
#include "model/map_info.h"

/* A map by its locator: a pin's path, or "id:N". Zeroed but for fd, which is -1, it is none. */
struct map_handle {
	char *locator;
	uint32_t file_flags; /* as for map_get() */
	int fd;		     /* -1: not open at the moment */
	struct map_info info;
};

/*
 * map_locator_open() - open what the locator names now.
 * @file_flags: as for map_get().
 *
 * Return: a descriptor, or -ENOENT (there is nothing), -EMEDIUMTYPE (it is no
 *         map), -EINVAL (no locator, not on a bpf filesystem), -EISDIR,
 *         -EACCES, -EPERM (by id, without CAP_SYS_ADMIN), -EBUSY (again and
 *         again), another -errno.
 */
int map_locator_open(const char *locator, uint32_t file_flags, struct map_info *ret_info,
		     struct err *e);

/*
 * map_handle_open() - open a map, for long if it is a pin.
 *
 * Return: 0, -ENOMEM, -EMFILE (also for a pin whose descriptor would be one of
 *         the last 128 within the limit, or of its last quarter if it is less
 *         than 512), or as map_locator_open().
 */
int map_handle_open(struct map_handle *h, const char *locator, uint32_t file_flags, struct err *e);

/*
 * map_handle_hold() - have the descriptor open until map_handle_release().
 *
 * Return: 0, -ENOENT (it is gone, also where the id is another map's by now),
 *         or as map_locator_open().
 */
int map_handle_hold(struct map_handle *h, struct err *e);
void map_handle_release(struct map_handle *h);

/* map_handle_check() - refreshes what map_source_check() does. Return: as that. */
int map_handle_check(struct map_handle *h, struct err *e);

void map_handle_close(struct map_handle *h);

#endif
