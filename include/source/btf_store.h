/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_BTF_STORE_H
#define SOURCE_BTF_STORE_H

/*
 * Copies of maps' BTF, saved by somebody with privilege for a process without
 * it. Reading a pinned map needs none, but BTF by its id CAP_SYS_ADMIN.
 *
 *	<state_dir>/btf/<boot id>/<BTF id>	the raw BTF
 *
 * An id means the same BTF as long as the kernel runs, and nothing after that.
 */
#include <stdint.h>

#include "base/err.h"
#include "model/map_info.h"

struct btf;

/*
 * btf_store_save() - save the BTF of a map, over an older copy; remove those
 * of other boots. Makes the folders that are missing, but not the parent of
 * @state_dir. Everybody may read what is saved.
 *
 * Return: 0, or MAP_SOURCE_NO_BTF (> 0: the map has none), -EPERM
 *         (CAP_SYS_ADMIN is missing; a folder in it that is not to be trusted),
 *         -EOPNOTSUPP (BTF of the kernel itself or of a module, which is not
 *         whole), -ENOENT (no such BTF any more; @state_dir's parent is not
 *         there), -ENOMEM, another -errno. There is a sentence in @e for each
 *         but 0.
 */
int btf_store_save(const char *state_dir, const struct map_info *info, struct err *e);

/*
 * btf_store_load() - the copy of a BTF.
 * @ret_btf: to be freed with btf__free().
 *
 * Each folder below @state_dir and the file must be root's or this process's
 * user's, and not writable for others; nothing is followed out of it.
 *
 * Return: 0, or -ENOENT (there is no copy), -EPERM (one that is not to be
 *         trusted), -EINVAL (it is no BTF), -ENOMEM, another -errno. There is
 *         a sentence in @e for each but 0.
 */
int btf_store_load(const char *state_dir, uint32_t btf_id, struct btf **ret_btf, struct err *e);

#endif
