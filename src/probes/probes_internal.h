/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef PROBES_INTERNAL_H
#define PROBES_INTERNAL_H

#include <sys/types.h>

#include "probes/probes.h"

/* The bundled probes, each in a file of its own. */
extern const struct probe probe_syscalls;

/*
 * Pins: paths, and a journal of what was made, so that a failure can take it
 * back. Paths are built from names of our own and always fit.
 */
#define PIN_PATH_SIZE 256
#define PIN_MAX_MADE  32

struct pin_path {
	char s[PIN_PATH_SIZE];
};

struct pin_journal {
	struct pin_path made[PIN_MAX_MADE];
	size_t n;
};

/* pin_path() - @folder of the probe ("" for the probe's own, else "links/", "programs/") and @name.
 */
struct pin_path pin_path(const struct probe *p, const char *folder, const char *name,
			 const char *suffix);

void pin_journal_add(struct pin_journal *j, const struct pin_path *made);
/* pin_journal_undo() - remove what was made, last first; a cleanup. */
void pin_journal_undo(struct pin_journal *j);
/* pin_journal_keep() - it stays. */
void pin_journal_keep(struct pin_journal *j);

/*
 * pin_root_lock() - keep other processes from changing the probes' pins.
 *
 * Return: a descriptor to close, -ENOENT where the folder does not exist,
 *         -EBUSY, another -errno.
 */
int pin_root_lock(struct err *e);

/* pin_check_filesystem() - Return: 0, or -ENOENT where there is no bpf filesystem. */
int pin_check_filesystem(struct err *e);

/* pin_make_*() - the folders not there yet. Return: 0, -EPERM (somebody else's), another -errno. */
int pin_make_root(struct pin_journal *j, struct err *e);
int pin_make_folders(const struct probe *p, gid_t group, struct pin_journal *j, struct err *e);

/*
 * pin_set_access() - root owns it, with @group; without one (-1) the group's
 * part of @mode is dropped.
 *
 * Return: 0 or -errno.
 */
int pin_set_access(const char *path, gid_t group, mode_t mode, struct err *e);

/* pin_open_bpffs() - let everybody traverse it. Return: 0, PROBE_OPENED_BPFFS or -errno. */
int pin_open_bpffs(struct err *e);

/* pin_remove() - unlink. Return: 0, also where there is nothing, or -errno. */
int pin_remove(const struct pin_path *path, struct err *e);

/* pin_remove_folders() - those that are empty. Return: 0, PROBE_LEFT_FILES or -errno. */
int pin_remove_folders(const struct probe *p, struct err *e);

/* libbpf_log_start() - libbpf's messages go to a buffer, emptied here, not to stderr. */
void libbpf_log_start(void);

/* libbpf_log_text() - its last lines, "" if there are none. */
const char *libbpf_log_text(void);

#endif
