/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_PIN_WATCH_H
#define SOURCE_PIN_WATCH_H

/*
 * Tells which patterns may mean other maps than a moment ago: a pin has come,
 * gone, taken another's name or been given other permissions, or a folder on
 * the way to it has.
 *
 * It is a hint, and who relies on it must also look from time to time. Not told:
 * what happens in folders that are not on a bpf filesystem or that this user may
 * not list, a mount, the target of a symbolic link made anew, and what is beyond
 * PIN_WATCH_FOLDERS_MAX folders or fs.inotify.max_user_watches.
 *
 * Watch first and pin_glob() then, or what happens in between is missed.
 * For one thread at a time.
 */
#include <stddef.h>

#include "base/cleanup.h"
#include "base/err.h"

#define PIN_WATCH_FOLDERS_MAX 4096

struct pin_watch;

/*
 * pin_watch_new() - watch the folders of these patterns.
 * @patterns: as pin_glob() takes them, copied; NULL ones are never told of.
 *
 * Return: 0, -ENOMEM, -EMFILE, -ENFILE, or another -errno of inotify_init1()
 *         (-ENOSYS, -EPERM), with a sentence in @e.
 */
int pin_watch_new(const char *const *patterns, size_t n, struct pin_watch **ret_watch,
		  struct err *e);

void pin_watch_free(struct pin_watch *w);
DEFINE_CLEANUP(pin_watch_free, struct pin_watch *)

/* pin_watch_fd() - readable when pin_watch_read() has something to do, if only to drop it. */
int pin_watch_fd(const struct pin_watch *w);

/*
 * pin_watch_read() - what has happened since the last call, until this one. Never blocks.
 * @changed: called once for each pattern concerned, its index in @patterns; it
 *           must not use @w.
 *
 * Looks through all folders of those patterns: some microseconds for each, so
 * one who is woken all the time had better read less often. Short of memory or
 * descriptors it keeps to the folders it had, and tells of those patterns again
 * at the next call.
 */
void pin_watch_read(struct pin_watch *w, void (*changed)(void *ctx, size_t pattern), void *ctx);

/*
 * pin_watch_look() - look through the folders of all patterns, as at the
 * beginning, for those that nothing told of. For those who look from time to time.
 *
 * Return: 0, -ENOMEM, -EMFILE or -ENFILE (as it was before; all patterns are told
 *         of at the next read).
 */
int pin_watch_look(struct pin_watch *w);

#endif
