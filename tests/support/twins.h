/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SUPPORT_TWINS_H
#define SUPPORT_TWINS_H

/*
 * A world of pins without a kernel: each is an in-memory map that a test may
 * change while a collector on other threads reads it. twins_open() and
 * twins_glob() are the hooks of struct collector_options.
 */
#include <stdbool.h>
#include <stdint.h>

#include "collect/collector.h"
#include "source/memory_source.h"

struct twin;

/* A hash of 100 u32 keys and u64 values, the id, and so on: what tests change parts of. */
struct map_info twin_info(void);

/* twins_add() - pin a map. What goes wrong fails the test. */
struct twin *twins_add(const char *pin, const struct map_info *info);
void twins_done(void);

/* twin_release() of all. */
void twins_release(void);

int twins_open(const char *pin, bool writable, struct map_source **ret_source, struct err *e);

/* At most one `*` in a pattern; there are no folders. */
int twins_glob(const char *pattern, struct pin_matches *ret_matches, struct err *e);

/* What pins there are; a pattern's search fails with @code from now on. */
void twins_set_glob_error(int code);

void twin_put(struct twin *t, uint32_t key, uint64_t value);

/* twin_put_pair() - for other sizes. @key: key_size bytes, @values: n_cpus * value_stride bytes. */
void twin_put_pair(struct twin *t, const void *key, const void *values);
void twin_remove(struct twin *t, uint32_t key);
void twin_set_pinned(struct twin *t, bool pinned);
void twin_set_open_error(struct twin *t, int code);
void twin_set_faults(struct twin *t, const struct memory_source_faults *faults);

/* What map_source_check() finds from now on. */
void twin_touch(struct twin *t, uint64_t pinned_wall_ns);
void twin_set_memory_bytes(struct twin *t, uint64_t bytes);
void twin_set_layouts(struct twin *t, struct layout *key, struct layout *value);

/* Another map is pinned in its place. */
void twin_replace(struct twin *t, const struct map_info *info);

/* Reads that begin stay until twin_release(). */
void twin_hold(struct twin *t);
void twin_wait_held(struct twin *t);
void twin_release(struct twin *t);

unsigned int twin_n_entries(struct twin *t);
unsigned int twin_n_reads(struct twin *t);
bool twin_was_opened_writable(struct twin *t);

/* What is logged between begin and end; the text is the caller's. */
void log_capture_begin(void);
char *log_capture_end(void);

/* log_capture_drop() - where a failed test may have left one open: what was logged is shown. */
void log_capture_drop(void);

/* How often @part is in @text. */
unsigned int text_count(const char *text, const char *part);

#endif
