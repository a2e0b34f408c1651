/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_PIN_WATCH_RIG_H
#define TEST_PIN_WATCH_RIG_H

/*
 * A pin_watch over a folder of its own, what can happen in there, and what must
 * be told of it. Included by the tests of this folder.
 */
#include "source/pin_watch.h"

#include "support/maps.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "source/map_ops.h"

#define PATTERNS_MAX  4

/* NULL ones at the end are left out. */
#define PATTERNS(...) ((const char *const[PATTERNS_MAX]){__VA_ARGS__})

/* Folders from the mount to the rig's: /sys/fs/bpf, the test's, the rig's. */
#define N_ABOVE	      3

struct rig {
	int map; /* what is pinned */
	struct test_pin base;
	char patterns[PATTERNS_MAX][256];
	const char *pointers[PATTERNS_MAX];
	size_t n;
	struct pin_watch *w;
};

static inline const char *path_of(const struct rig *rig, const char *name)
{
	static char paths[2][256];
	static unsigned int i;
	char *path = paths[++i % 2];

	snprintf(path, sizeof(paths[0]), "%s/%s", rig->base.path, name);
	return path;
}

static inline void add_pin(const struct rig *rig, const char *name)
{
	assert_int_equal(map_pin(rig->map, path_of(rig, name)), 0);
}

static inline void make_folder(const struct rig *rig, const char *name)
{
	assert_int_equal(mkdir(path_of(rig, name), 0755), 0);
}

static inline void make_link(const struct rig *rig, const char *target, const char *name)
{
	assert_int_equal(symlink(path_of(rig, target), path_of(rig, name)), 0);
}

static inline void move(const struct rig *rig, const char *from, const char *to)
{
	assert_int_equal(rename(path_of(rig, from), path_of(rig, to)), 0);
}

static inline void remove_entry(const struct rig *rig, const char *name)
{
	assert_int_equal(remove(path_of(rig, name)), 0);
}

static inline void set_mode(const struct rig *rig, const char *name, mode_t mode)
{
	assert_int_equal(chmod(path_of(rig, name), mode), 0);
}

/* @patterns: PATTERNS(…), relative to the folder of this @name. */
static inline void rig_init(struct rig *rig, const char *name, const char *const *patterns)
{
	memset(rig, 0, sizeof(*rig));
	rig->map = test_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 1, 0);
	rig->base = test_pin_path(name);
	assert_int_equal(mkdir(rig->base.path, 0755), 0);
	for (size_t i = 0; i < PATTERNS_MAX; i++) {
		if (!patterns[i])
			continue;
		snprintf(rig->patterns[i], sizeof(rig->patterns[i]), "%s",
			 path_of(rig, patterns[i]));
		rig->pointers[i] = rig->patterns[i];
		rig->n = i + 1;
	}
}

static inline void rig_watch(struct rig *rig)
{
	struct err e = {0};

	if (pin_watch_new(rig->pointers, rig->n, &rig->w, &e) < 0)
		fail_msg("%s", e.text);
}

static inline void rig_start(struct rig *rig, const char *name, const char *const *patterns)
{
	rig_init(rig, name, patterns);
	rig_watch(rig);
}

static inline void rig_done(struct rig *rig)
{
	pin_watch_free(rig->w);
	close(rig->map);
}

static inline void note(void *ctx, size_t pattern)
{
	char *text = ctx;

	assert_true(strlen(text) < 32);
	sprintf(text + strlen(text), "%zu", pattern);
}

static inline bool is_readable(const struct pin_watch *w)
{
	struct pollfd p = {.fd = pin_watch_fd(w), .events = POLLIN};

	return poll(&p, 1, 0) == 1;
}

/* @expected: the patterns told of, as digits: each once. The descriptor announces them. */
static inline void expect(const struct rig *rig, const char *expected)
{
	bool was_readable = is_readable(rig->w);
	char told[64] = "";

	pin_watch_read(rig->w, note, told);
	if (strcmp(told, expected) != 0)
		fail_msg("%s: told of '%s', not '%s'", rig->base.path, told, expected);
	if (*expected)
		assert_true(was_readable);
}

/* Folders that the kernel watches. */
static inline size_t n_watches(const struct pin_watch *w)
{
	char line[256];
	size_t n = 0;
	FILE *f;

	snprintf(line, sizeof(line), "/proc/self/fdinfo/%d", pin_watch_fd(w));
	f = fopen(line, "re");
	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += !strncmp(line, "inotify wd:", 11);
	fclose(f);
	return n;
}

static inline void make_interfaces(const struct rig *rig, unsigned int first, unsigned int end)
{
	char name[64];

	for (unsigned int i = first; i < end; i++) {
		snprintf(name, sizeof(name), "eth%u", i);
		make_folder(rig, name);
		snprintf(name, sizeof(name), "eth%u/stats", i);
		add_pin(rig, name);
	}
}

static inline void remove_interfaces(const struct rig *rig, unsigned int first, unsigned int end)
{
	char name[64];

	for (unsigned int i = first; i < end; i++) {
		snprintf(name, sizeof(name), "eth%u/stats", i);
		remove_entry(rig, name);
		snprintf(name, sizeof(name), "eth%u", i);
		remove_entry(rig, name);
	}
}

#endif
