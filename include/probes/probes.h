/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_PROBES_H
#define PROBES_PROBES_H

/*
 * The bundled eBPF probes: load, attach, pin, remove. What a probe pins lies
 * under PROBES_PIN_ROOT/<probe>/: its maps by name, links in links/, programs
 * in programs/.
 */
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"

#define PROBES_BPFFS	"/sys/fs/bpf"
#define PROBES_PIN_ROOT PROBES_BPFFS "/bpfmap_exporter"

/* Conditions, all > 0: it is done, and @e says what the user should know. */
enum {
	PROBE_OPENED_BPFFS = 1, /* probe_load(): everybody may now traverse PROBES_BPFFS */
	PROBE_LEFT_FILES, /* probe_unload(): something that is not the probe's was left alone */
};

/* A probe is one constant, in a file of its own, listed in probes.c. */
struct probe {
	const char *name;
	const char *summary; /* what it counts, one line */
	/* its compiled object, an ELF file in memory; maps and programs are pinned by their names
	 * in it */
	const void *(*object)(size_t *ret_size);
};

/* The bundled probes, in alphabetical order. */
extern const struct probe *const probes[];
extern const size_t n_probes;

/* probe_find() - by name, or NULL. */
const struct probe *probe_find(const char *name);

/* probe_is_loaded() - whether its links and maps are all pinned. */
bool probe_is_loaded(const struct probe *p);

/*
 * probe_check() - whether this kernel can run it: it is loaded and attached
 * for a moment, with maps of its own and without a pin.
 *
 * Return: 0, or -errno with the reason in @e: -EPERM without privilege,
 *         -ENOENT where the kernel lacks something it hooks, another -errno.
 */
int probe_check(const struct probe *p, struct err *e);

/*
 * probe_load() - load, attach and pin. Where it is loaded already, keeps the
 * maps with their counts and replaces the programs; for less than a
 * millisecond both the old and the new ones count.
 * @group: may read the maps and the programs' statistics; (gid_t)-1: nobody
 *         but root. Where PROBES_BPFFS cannot be traversed, it is opened.
 *
 * Return: 0, PROBE_OPENED_BPFFS, -EPERM, -ENOENT (no bpf filesystem, or the
 *         kernel lacks something it hooks), -EEXIST (a pinned map of another
 *         layout, or something else in a pin's place), -EBUSY (another
 *         process is at it), another -errno. On failure nothing new is left
 *         behind, and what was loaded before still runs.
 */
int probe_load(const struct probe *p, gid_t group, struct err *e);

/*
 * probe_save_btf() - save the BTF of its pinned maps, for processes that may
 * read the maps but not their BTF.
 *
 * Return: 0, or of the first one that failed what map_source_open() or
 *         btf_store_save() returned, with a sentence in @e; the others are
 *         saved.
 */
int probe_save_btf(const struct probe *p, const char *state_dir, struct err *e);

/*
 * probe_unload() - detach it, remove exactly its pins and the folders that
 * are empty then.
 *
 * Return: 0 (also where there is nothing), PROBE_LEFT_FILES, -EPERM, -EBUSY,
 *         another -errno.
 */
int probe_unload(const struct probe *p, struct err *e);

#endif
