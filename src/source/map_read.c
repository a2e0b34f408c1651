// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three ways to read a kernel's map, and the drain of hashes.
 *
 * - What a call returned is handed to the sink before its error is looked at:
 *   the last pairs of a walk come together with ENOENT, and drained ones exist
 *   nowhere else.
 * - A batch is bounded in pairs and in bytes. A bucket that does not fit makes
 *   the buffers grow, up to the whole map.
 * - The clock is looked at between system calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel_source_internal.h"
#include "map_walk_internal.h"
#include "source/map_ops.h"

#define BATCH_PAIRS 4096
#define BATCH_BYTES (UINT64_C(1) << 20)

static int resize(struct kernel_source *s, uint32_t cap)
{
	/* Zeroed: what the kernel does not fill in must not be another time's. */
	_cleanup_(freep) char *keys = calloc(cap, s->base.info.key_size);
	_cleanup_(freep) char *values = calloc(cap, kernel_source_value_bytes(s));

	if (!keys || !values)
		return -ENOMEM;
	free(s->keys);
	free(s->values);
	s->keys = take_ptr(keys);
	s->values = take_ptr(values);
	s->cap = cap;
	return 0;
}

int kernel_source_grow(struct kernel_source *s)
{
	uint64_t most = (uint64_t)s->base.info.max_entries + 1;
	uint64_t cap = (uint64_t)s->cap * 2;

	if (s->cap >= most || most > UINT32_MAX)
		return -ENOSPC;
	return resize(s, (uint32_t)(cap < most ? cap : most));
}

int kernel_source_prepare(struct kernel_source *s)
{
	uint32_t key_size = s->base.info.key_size;
	size_t token_bytes = key_size > 4 ? key_size : 4;
	uint64_t n = BATCH_BYTES / (key_size + kernel_source_value_bytes(s) + 1);

	key_set_clear(&s->seen);
	s->handed.len = s->raw_keys.len = 0;
	if (!s->token)
		s->token = calloc(1, token_bytes);
	if (!s->next_token)
		s->next_token = calloc(1, token_bytes);
	if (!s->furthest)
		s->furthest = calloc(1, token_bytes);
	if (!s->prefix)
		s->prefix = calloc(1, token_bytes);
	if (!s->token || !s->next_token || !s->furthest || !s->prefix)
		return -ENOMEM;
	if (s->cap)
		return 0;
	n = n > BATCH_PAIRS ? BATCH_PAIRS : n;
	n = n > s->base.info.max_entries ? s->base.info.max_entries : n;
	n = n ? n : 1;
	/* A trie's pair that waits for the next one. */
	return resize(s, (uint32_t)n + (s->base.info.type == BPF_MAP_TYPE_LPM_TRIE));
}

void kernel_source_read_done(struct kernel_source *s)
{
	free(s->keys);
	free(s->values);
	free(s->token);
	free(s->next_token);
	key_set_done(&s->seen);
	buf_done(&s->handed);
	buf_done(&s->raw_keys);
	free(s->furthest);
	free(s->prefix);
	kernel_source_unmap(s);
}

void kernel_source_unmap(struct kernel_source *s)
{
	if (s->mapped)
		munmap((void *)s->mapped, s->mapped_bytes);
	s->mapped = NULL;
}

int kernel_source_fail(const struct kernel_source *s, int r, struct err *e)
{
	switch (r) {
	case -ETIMEDOUT:
		return err_set(e, r, "%s: reading the map takes longer than it may",
			       s->map.locator);
	case -EBUSY:
		return err_set(e, r, "%s: the map changes faster than it can be read",
			       s->map.locator);
	case -ENOMEM:
		return err_set(e, r, "%s: no memory to read the map", s->map.locator);
	case -EPERM:
		return err_set(e, r,
			       "%s: not permitted: it was opened without the right for this, or "
			       "the map is frozen",
			       s->map.locator);
	case -EFAULT:
		return err_set(e, r,
			       "%s: the kernel could not write to the buffers; of a drain, entries "
			       "may be lost",
			       s->map.locator);
	default:
		return err_set(e, r, "%s: reading the map: %s", s->map.locator, err_name(r));
	}
}

int kernel_source_refuse(const struct kernel_source *s, const char *what, struct err *e)
{
	return err_set(e, -EOPNOTSUPP, "%s: a map of type %s cannot be %s", s->map.locator,
		       map_type_name(s->base.info.type), what);
}

static size_t mapped_words(const struct kernel_source *s)
{
	return ((size_t)s->base.info.value_size + 7) / 8;
}

/*
 * mmap() turns a shared mapping of a read-only descriptor into a private one,
 * which the kernel refuses for maps. So one that may write is opened for the
 * call alone; the mapping itself is for reading and does not hinder a freeze.
 */
int kernel_source_open_to_map(const struct kernel_source *s)
{
	struct map_info info = {0};
	_cleanup_(close_fdp) int fd = map_locator_open(s->map.locator, 0, &info, NULL);

	if (fd < 0 || info.id != s->base.info.id)
		return -EOPNOTSUPP;
	return take_fd(&fd);
}

static bool is_writable(const struct kernel_source *s)
{
	return !(s->map.file_flags & BPF_F_RDONLY);
}

static int map_memory(struct kernel_source *s)
{
	const struct map_info *info = &s->base.info;
	size_t bytes = info->max_entries * mapped_words(s) * 8;
	_cleanup_(close_fdp) int fd = -1;
	void *p;

	if (s->mapped)
		return 0;
	if (s->lacks_mapping || info->type != BPF_MAP_TYPE_ARRAY || !(info->flags & BPF_F_MMAPABLE))
		return -EOPNOTSUPP;
	s->lacks_mapping = true; /* until it is seen to work */
	if (!is_writable(s)) {
		fd = kernel_source_open_to_map(s);
		if (fd < 0)
			return fd;
	}
	p = mmap(NULL, bytes, PROT_READ, MAP_SHARED, is_writable(s) ? s->map.fd : fd, 0);
	if (p == MAP_FAILED)
		return errno == ENOMEM ? -ENOMEM : -EOPNOTSUPP;
	s->mapped = p;
	s->mapped_bytes = bytes;
	s->lacks_mapping = false;
	return 0;
}

/* By whole words, so that a counter which is written meanwhile is not torn. */
static void copy_mapped(struct kernel_source *s, uint32_t first, uint32_t n)
{
	const uint64_t *from = s->mapped + first * mapped_words(s);
	char *to = s->values;

	for (uint32_t i = 0; i < n; i++) {
		uint32_t key = first + i;

		memcpy(s->keys + i * sizeof(key), &key, sizeof(key));
		for (size_t left = s->base.info.value_size; left;) {
			uint64_t word = __atomic_load_n(from++, __ATOMIC_RELAXED);
			size_t step = left < 8 ? left : 8;

			memcpy(to, &word, step);
			to += step;
			left -= step;
		}
	}
}

static int walk_mapped(struct kernel_source *s, const struct map_read *r, struct err *e)
{
	uint32_t max = s->base.info.max_entries;

	for (uint32_t first = 0, n; first < max; first += n) {
		int q;

		if (is_late(r->deadline_ns))
			return kernel_source_fail(s, -ETIMEDOUT, e);
		n = max - first < s->cap ? max - first : s->cap;
		copy_mapped(s, first, n);
		q = walk_hand_over(s, r, n);
		if (q)
			return q;
	}
	return 0;
}

int kernel_source_walk(struct kernel_source *s, const struct map_read *r, struct err *e)
{
	if (map_memory(s) == 0)
		return walk_mapped(s, r, e);
	if (!s->lacks_batch) {
		int q = kernel_source_walk_batches(s, map_lookup_batch, r, &s->lacks_batch, e);

		if (!s->lacks_batch)
			return q;
	}
	return kernel_source_walk_keys(s, r, true, e);
}

int kernel_source_read(struct map_source *source, const struct map_read *r, struct err *e)
{
	struct kernel_source *s = (struct kernel_source *)source;
	bool unsupported = false;
	int q;

	if (!map_type_is_readable(s->base.info.type))
		return kernel_source_refuse(s, "read", e);
	q = kernel_source_prepare(s);
	if (q < 0)
		return kernel_source_fail(s, q, e);
	switch (r->method) {
	case MAP_READ_AUTO:
		return kernel_source_walk(s, r, e);
	case MAP_READ_BATCH:
		q = kernel_source_walk_batches(s, map_lookup_batch, r, &unsupported, e);
		return unsupported ? kernel_source_refuse(s, "read in batches", e) : q;
	case MAP_READ_NEXT_KEY:
		return kernel_source_walk_keys(s, r, true, e);
	case MAP_READ_MAPPED:
		q = map_memory(s);
		if (q == -EOPNOTSUPP)
			return kernel_source_refuse(
				s,
				"mapped unless it is an mmapable array that this user may write to",
				e);
		return q < 0 ? kernel_source_fail(s, q, e) : walk_mapped(s, r, e);
	}
	return -EINVAL;
}

int kernel_source_drain(struct map_source *source, const struct map_read *r, struct err *e)
{
	struct kernel_source *s = (struct kernel_source *)source;
	bool unsupported = false;
	int q;

	if (!map_type_is_drainable(s->base.info.type))
		return kernel_source_refuse(s, "drained", e);
	q = kernel_source_prepare(s);
	if (q < 0)
		return kernel_source_fail(s, q, e);
	if (map_type_is_queue(s->base.info.type))
		return kernel_source_pop_all(s, r, e);
	q = kernel_source_walk_batches(s, map_lookup_and_delete_batch, r, &unsupported, e);
	return unsupported ? kernel_source_refuse(s, "drained by this kernel", e) : q;
}
