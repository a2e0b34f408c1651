// SPDX-License-Identifier: GPL-2.0-only
/*
 * The three ways to read a kernel's map, the drain, and one pair taken out.
 *
 * - What a call returned is handed to the sink before its error is looked at:
 *   the last pairs of a walk come together with ENOENT, and drained ones exist
 *   nowhere else.
 * - A token belongs to one walk, whose first call has none. It moves on only
 *   when pairs came with it.
 * - A batch is bounded in pairs and in bytes. A bucket that does not fit makes
 *   the buffers grow, up to the whole map.
 * - The kernel gives each key of a hash once in batches and each index of an
 *   array once always. Everything else may start over when a key vanishes
 *   under it, so the keys that came are remembered and the steps counted.
 *   Worse, it may pass over keys that were there throughout: an update puts a
 *   hash's pair before the others of its bucket, behind a walk that is among
 *   them; a trie loses its way where the node it stands on is replaced or,
 *   before 6.13, gone. So the map is walked again until a pass finds nothing
 *   that the earlier ones missed.
 * - The clock is looked at between system calls.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "kernel_source_internal.h"
#include "passing_internal.h"
#include "source/map_ops.h"

#define BATCH_PAIRS 4096
#define BATCH_BYTES (UINT64_C(1) << 20)
#define MOST_PASSES 4 /* of a map that always has something new */

typedef int (*batch_op)(int fd, const void *in_token, void *out_token, void *keys, void *values,
			uint32_t *count);

/* The passes of one read. */
struct walk {
	const struct map_read *read;
	bool may_miss; /* one pass may not have found every key */
	unsigned int n_passes;
	uint64_t n_new;	      /* pairs that this pass found first */
	uint64_t n_steps;     /* of this pass */
	unsigned int n_tries; /* calls in a row that were in vain */
};

static size_t entry_value_bytes(const struct kernel_source *s)
{
	return (size_t)s->base.info.n_cpus * s->base.info.value_stride;
}

static int resize(struct kernel_source *s, uint32_t cap)
{
	/* Zeroed: what the kernel does not fill in must not be another time's. */
	_cleanup_(freep) char *keys = calloc(cap, s->base.info.key_size);
	_cleanup_(freep) char *values = calloc(cap, entry_value_bytes(s));

	if (!keys || !values)
		return -ENOMEM;
	free(s->keys);
	free(s->values);
	s->keys = take_ptr(keys);
	s->values = take_ptr(values);
	s->cap = cap;
	return 0;
}

static int grow(struct kernel_source *s)
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
	uint64_t n = BATCH_BYTES / (key_size + entry_value_bytes(s) + 1);

	key_set_clear(&s->seen);
	if (!s->token)
		s->token = calloc(1, token_bytes);
	if (!s->next_token)
		s->next_token = calloc(1, token_bytes);
	if (!s->token || !s->next_token)
		return -ENOMEM;
	if (s->cap)
		return 0;
	n = n > BATCH_PAIRS ? BATCH_PAIRS : n;
	n = n > s->base.info.max_entries ? s->base.info.max_entries : n;
	return resize(s, n ? (uint32_t)n : 1);
}

void kernel_source_read_done(struct kernel_source *s)
{
	free(s->keys);
	free(s->values);
	free(s->token);
	free(s->next_token);
	key_set_done(&s->seen);
	kernel_source_unmap(s);
}

void kernel_source_unmap(struct kernel_source *s)
{
	if (s->mapped)
		munmap((void *)s->mapped, s->mapped_bytes);
	s->mapped = NULL;
}

static void swap_tokens(struct kernel_source *s)
{
	char *token = s->token;

	s->token = s->next_token;
	s->next_token = token;
}

static int hand_over(const struct kernel_source *s, const struct map_read *r, uint32_t n)
{
	struct map_batch batch = {.keys = s->keys, .values = s->values, .n = n};

	return n ? r->sink(r->ctx, &batch) : 0;
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

/* More steps than a pass takes that does not start over and over; without max_entries it cannot. */
static bool goes_in_circles(const struct kernel_source *s, const struct walk *w)
{
	uint64_t max_entries = s->base.info.max_entries;

	return max_entries && w->n_steps > max_entries * 8 + 1024;
}

/* At the end of a pass: the first one is never the last, unless the map is empty. */
static bool needs_another_pass(struct walk *w)
{
	bool is_settled = w->n_passes ? !w->n_new : !w->n_steps;

	if (!w->may_miss || is_settled || ++w->n_passes == MOST_PASSES)
		return false;
	w->n_new = w->n_steps = 0;
	return true;
}

/* Moves the pairs whose keys are new to the front. Return: 0 or -ENOMEM. */
static int drop_repeated(struct kernel_source *s, uint32_t *n)
{
	size_t key_size = s->base.info.key_size, value_bytes = entry_value_bytes(s);
	uint32_t n_kept = 0;

	for (uint32_t i = 0; i < *n; i++) {
		int r = key_set_add(&s->seen, s->keys + i * key_size, NULL);

		if (r < 0)
			return r;
		if (!r)
			continue;
		if (n_kept != i) {
			memcpy(s->keys + n_kept * key_size, s->keys + i * key_size, key_size);
			memcpy(s->values + n_kept * value_bytes, s->values + i * value_bytes,
			       value_bytes);
		}
		n_kept++;
	}
	*n = n_kept;
	return 0;
}

/* What a call's result means. Return: 0 to go on, or why not; -ENOENT is the end. */
static int settle(struct kernel_source *s, struct walk *w, int result, uint32_t n)
{
	w->n_steps += n;
	if (n)
		w->n_tries = 0;
	if (result == -ENOSPC)
		return grow(s);
	if (result && !error_passes(result))
		return result;
	if (goes_in_circles(s, w))
		return -EBUSY;
	if (n && !result)
		return 0;
	if (++w->n_tries > PASSING_TRIES)
		return -EBUSY;
	sched_yield();
	return 0;
}

static int hand_over_new(struct kernel_source *s, struct walk *w, uint32_t n, struct err *e)
{
	if (w->may_miss) {
		int q = drop_repeated(s, &n);

		if (q < 0)
			return kernel_source_fail(s, q, e);
	}
	w->n_new += n;
	return hand_over(s, w->read, n);
}

/* *@ret_unsupported: the first call was refused as a whole; then there is no message. */
static int walk_batches(struct kernel_source *s, batch_op op, const struct map_read *r,
			bool *ret_unsupported, struct err *e)
{
	struct walk w = {.read = r, .may_miss = s->base.info.type == BPF_MAP_TYPE_LPM_TRIE};
	const void *in = NULL;

	for (;;) {
		uint32_t n = s->cap;
		int result, q;

		if (is_late(r->deadline_ns))
			return kernel_source_fail(s, -ETIMEDOUT, e);
		result = op(s->map.fd, in, s->next_token, s->keys, s->values, &n);
		if (!in && !w.n_passes && (result == -MAP_ENOTSUPP || result == -EINVAL)) {
			*ret_unsupported = true;
			return -EOPNOTSUPP;
		}
		if (n) {
			swap_tokens(s);
			in = s->token;
		}
		q = hand_over_new(s, &w, n, e);
		if (q)
			return q;
		q = settle(s, &w, result, n);
		if (q == -ENOENT && !needs_another_pass(&w))
			return 0;
		if (q == -ENOENT)
			in = NULL;
		else if (q < 0)
			return kernel_source_fail(s, q, e);
	}
}

/* Puts a key and its value at the end of the batch. Return: 1, 0 where it is not wanted, -errno. */
static int take_pair(struct kernel_source *s, const struct walk *w, bool with_values,
		     const void *key, uint32_t at)
{
	size_t key_size = s->base.info.key_size;
	int r = 0;

	if (w->may_miss && key_set_find(&s->seen, key, NULL))
		return 0;
	if (with_values)
		r = try_until_passed(
			map_lookup(s->map.fd, key, s->values + at * entry_value_bytes(s)));
	if (r == -ENOENT)
		return 0;
	if (r == 0 && w->may_miss)
		r = key_set_add(&s->seen, key, NULL);
	if (r < 0)
		return r;
	memcpy(s->keys + at * key_size, key, key_size);
	return 1;
}

/* Return: 0 with s->token, -ENOENT at the end of the last pass, another -errno. */
static int step(struct kernel_source *s, struct walk *w, const void **last)
{
	int q;

	do {
		q = try_until_passed(map_next_key(s->map.fd, *last, s->next_token));
		*last = NULL;
	} while (q == -ENOENT && needs_another_pass(w));
	if (q < 0)
		return q;
	swap_tokens(s);
	*last = s->token;
	w->n_steps++;
	return goes_in_circles(s, w) ? -EBUSY : 0;
}

int kernel_source_walk_keys(struct kernel_source *s, const struct map_read *r, bool with_values,
			    struct err *e)
{
	struct walk w = {.read = r, .may_miss = !map_type_is_array(s->base.info.type)};
	const void *last = NULL;
	uint32_t n = 0;
	int q;

	for (;;) {
		if (is_late(r->deadline_ns))
			return kernel_source_fail(s, -ETIMEDOUT, e);
		q = step(s, &w, &last);
		if (q == -ENOENT)
			return hand_over(s, r, n);
		if (q == 0)
			q = take_pair(s, &w, with_values, last, n);
		if (q < 0)
			return kernel_source_fail(s, q, e);
		n += (uint32_t)q;
		w.n_new += (uint32_t)q;
		if (n < s->cap)
			continue;
		q = hand_over(s, r, n);
		if (q)
			return q;
		n = 0;
	}
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
		q = hand_over(s, r, n);
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
		int q = walk_batches(s, map_lookup_batch, r, &s->lacks_batch, e);

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
		q = walk_batches(s, map_lookup_batch, r, &unsupported, e);
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
	q = walk_batches(s, map_lookup_and_delete_batch, r, &unsupported, e);
	return unsupported ? kernel_source_refuse(s, "drained by this kernel", e) : q;
}

/* Before LOOKUP_AND_DELETE_ELEM knew hash types. */
static int lookup_then_delete(int fd, const void *key, void *values)
{
	int r = try_until_passed(map_lookup(fd, key, values));

	return r < 0 ? r : try_until_passed(map_delete(fd, key));
}

static int take(struct kernel_source *s, const void *key, void *values)
{
	int r = -EOPNOTSUPP;

	if (!s->lacks_take)
		r = try_until_passed(map_lookup_and_delete(s->map.fd, key, values));
	if (r == -EINVAL || r == -MAP_ENOTSUPP)
		s->lacks_take = true;
	return s->lacks_take ? lookup_then_delete(s->map.fd, key, values) : r;
}

int kernel_source_take(struct kernel_source *s, const void *key, void *values, struct err *e)
{
	int r;

	if (!map_type_is_drainable(s->base.info.type))
		return kernel_source_refuse(s, "drained", e);
	r = take(s, key, values);
	if (r == -ENOENT)
		return err_set(e, r, "%s: the key is not there any more", s->map.locator);
	return r < 0 ? kernel_source_fail(s, r, e) : 0;
}
