// SPDX-License-Identifier: GPL-2.0-only
/*
 * Keys and values lie in two arrays, in the order of their insertion; a set
 * numbers the keys alike. What leaves, leaves from the front or by closing the
 * gap, and the set is built anew: slow, but this is for tests. What has no
 * keys, a queue, has the numbers of its entries for them.
 */
#include "source/memory_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "key_set_internal.h"

#define DEFAULT_BATCH_PAIRS 256

struct memory_source {
	struct map_source base;
	struct key_set keys;
	char *values;
	uint32_t cap;	 /* entries that fit into values */
	uint32_t n_puts; /* so far: the key of a queue's next entry */
	struct layout *key_layout;
	struct layout *value_layout;
	struct memory_source_faults faults;
	uint64_t pinned_wall_ns;
};

static struct memory_source *memory(struct map_source *s)
{
	return (struct memory_source *)s; /* base is its first member */
}

static size_t entry_value_bytes(const struct memory_source *s)
{
	return (size_t)s->base.info.n_cpus * s->base.info.value_stride;
}

static int reserve(struct memory_source *s, uint32_t n)
{
	uint32_t cap = s->cap ? s->cap : 16;
	char *values;

	if (n <= s->cap)
		return 0;
	while (cap < n)
		cap *= 2;
	values = realloc(s->values, cap * entry_value_bytes(s));
	if (!values)
		return -ENOMEM;
	s->values = values;
	s->cap = cap;
	return 0;
}

int memory_source_put(struct map_source *source, const void *key, const void *values)
{
	struct memory_source *s = memory(source);
	uint32_t i;
	int r;

	if (map_type_is_queue(s->base.info.type))
		key = &s->n_puts;
	if (!key_set_find(&s->keys, key, &i)) {
		if (s->keys.n == s->base.info.max_entries)
			return -E2BIG;
		r = reserve(s, s->keys.n + 1);
		if (r == 0)
			r = key_set_add(&s->keys, key, &i);
		if (r < 0)
			return r;
	}
	memcpy(s->values + i * entry_value_bytes(s), values, entry_value_bytes(s));
	s->n_puts++;
	return 0;
}

/* Takes @n entries out from @first on. Needs no memory: the set only gets smaller. */
static void cut(struct memory_source *s, uint32_t first, uint32_t n)
{
	size_t key_size = s->keys.key_size, value_bytes = entry_value_bytes(s);
	uint32_t n_left = s->keys.n - n, n_behind = n_left - first;

	memmove(s->keys.keys + first * key_size, s->keys.keys + (first + n) * key_size,
		n_behind * key_size);
	memmove(s->values + first * value_bytes, s->values + (first + n) * value_bytes,
		n_behind * value_bytes);
	key_set_clear(&s->keys);
	for (uint32_t i = 0; i < n_left; i++)
		key_set_add(&s->keys, s->keys.keys + i * key_size, NULL);
}

int memory_source_remove(struct map_source *source, const void *key)
{
	struct memory_source *s = memory(source);
	uint32_t i;

	if (map_type_is_array(s->base.info.type) || map_type_is_queue(s->base.info.type))
		return -EINVAL;
	if (!key_set_find(&s->keys, key, &i))
		return -ENOENT;
	cut(s, i, 1);
	return 0;
}

static int memory_source_check(struct map_source *source, struct err *e)
{
	const struct memory_source *s = memory(source);

	if (s->faults.check)
		return err_set(e, s->faults.check, "memory: told to say %d", s->faults.check);
	source->info.pinned_wall_ns = s->pinned_wall_ns;
	return 0;
}

static int hand_over(const struct memory_source *s, const struct map_read *r, uint32_t first,
		     uint32_t n)
{
	struct map_batch batch = {
		.keys = s->keys.keys + (size_t)first * s->keys.key_size,
		.values = s->values + first * entry_value_bytes(s),
		.n = n,
	};

	return r->sink(r->ctx, &batch);
}

static bool is_late(uint64_t deadline_ns)
{
	return deadline_ns && clock_mono_ns() >= deadline_ns;
}

/* What may come before a batch: the end of the time, or the error it was told to give. */
static int interrupt(const struct memory_source *s, const struct map_read *r, uint32_t n_batches,
		     struct err *e)
{
	const struct memory_source_faults *f = &s->faults;

	if (is_late(r->deadline_ns))
		return err_set(e, -ETIMEDOUT, "memory: reading takes longer than it may");
	if (f->after_batches_err && n_batches >= f->n_batches)
		return err_set(e, f->after_batches_err, "memory: told to fail: %s",
			       err_name(f->after_batches_err));
	return 0;
}

static int walk(struct memory_source *s, const struct map_read *r, bool drains, struct err *e)
{
	uint32_t size = s->faults.batch_size ? s->faults.batch_size : DEFAULT_BATCH_PAIRS;
	uint32_t first = 0, n_batches = 0, left = s->base.info.max_entries;

	for (;;) {
		uint32_t n = s->keys.n - first < left ? s->keys.n - first : left;
		int q = interrupt(s, r, n_batches++, e);

		if (q || !n)
			return q;
		n = n < size ? n : size;
		left -= n;
		q = hand_over(s, r, first, n);
		if (drains)
			cut(s, 0, n);
		else
			first += n;
		if (q)
			return q;
	}
}

static bool has_method(const struct map_info *info, enum map_read_method method)
{
	if (!map_type_is_readable(info->type))
		return false;
	return method != MAP_READ_MAPPED ||
	       (info->type == BPF_MAP_TYPE_ARRAY && (info->flags & BPF_F_MMAPABLE));
}

static int memory_source_read(struct map_source *source, const struct map_read *r, struct err *e)
{
	if (!has_method(&source->info, r->method))
		return err_set(e, -EOPNOTSUPP, "memory: a map of type %s cannot be read so",
			       map_type_name(source->info.type));
	return walk(memory(source), r, false, e);
}

static int memory_source_drain(struct map_source *source, const struct map_read *r, struct err *e)
{
	if (!map_type_is_drainable(source->info.type))
		return err_set(e, -EOPNOTSUPP, "memory: a map of type %s cannot be drained",
			       map_type_name(source->info.type));
	return walk(memory(source), r, true, e);
}

static int memory_source_count(struct map_source *source, uint64_t deadline_ns, uint64_t *ret_n,
			       struct err *e)
{
	const struct memory_source *s = memory(source);

	if (s->faults.count)
		return err_set(e, s->faults.count, "memory: told not to count: %s",
			       err_name(s->faults.count));
	if (is_late(deadline_ns))
		return err_set(e, -ETIMEDOUT, "memory: counting takes longer than it may");
	if (map_type_is_queue(source->info.type) && s->keys.n)
		return err_set(e, -EOPNOTSUPP, "memory: a %s is not counted unless it is empty",
			       map_type_name(source->info.type));
	*ret_n = s->keys.n;
	return 0;
}

static int memory_source_take(struct map_source *source, const void *key, void *values,
			      struct err *e)
{
	struct memory_source *s = memory(source);
	uint32_t i;

	if (!map_type_is_hash(source->info.type))
		return err_set(e, -EOPNOTSUPP, "memory: nothing is taken from a map of type %s",
			       map_type_name(source->info.type));
	if (s->faults.take)
		return err_set(e, s->faults.take, "memory: told not to take: %s",
			       err_name(s->faults.take));
	if (!key_set_find(&s->keys, key, &i))
		return err_set(e, -ENOENT, "memory: the key is not there any more");
	memcpy(values, s->values + i * entry_value_bytes(s), entry_value_bytes(s));
	cut(s, i, 1);
	return 0;
}

static int memory_source_layouts(struct map_source *source, const char *state_dir,
				 struct layout **ret_key, struct layout **ret_value, struct err *e)
{
	const struct memory_source *s = memory(source);
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;

	(void)state_dir; /* what it has, it may read */
	if (!s->key_layout && !s->value_layout)
		return err_set(e, MAP_SOURCE_NO_BTF, "memory: the map has no BTF");
	if (layout_copy(s->key_layout, &key) < 0 || layout_copy(s->value_layout, &value) < 0)
		return err_set(e, -ENOMEM, "memory: no memory for the layouts");
	*ret_key = take_ptr(key);
	*ret_value = take_ptr(value);
	return 0;
}

void memory_source_set_layouts(struct map_source *source, struct layout *key, struct layout *value)
{
	struct memory_source *s = memory(source);

	layout_free(s->key_layout);
	layout_free(s->value_layout);
	s->key_layout = key;
	s->value_layout = value;
}

void memory_source_touch(struct map_source *source, uint64_t pinned_wall_ns)
{
	memory(source)->pinned_wall_ns = pinned_wall_ns;
}

void memory_source_set_faults(struct map_source *source, const struct memory_source_faults *faults)
{
	memory(source)->faults = *faults;
}

static void memory_source_close(struct map_source *source)
{
	struct memory_source *s = memory(source);

	key_set_done(&s->keys);
	free(s->values);
	layout_free(s->key_layout);
	layout_free(s->value_layout);
	free(s);
}

static const struct map_source_ops memory_source_ops = {
	.check = memory_source_check,
	.read = memory_source_read,
	.drain = memory_source_drain,
	.count = memory_source_count,
	.take = memory_source_take,
	.layouts = memory_source_layouts,
	.close = memory_source_close,
};

/* An array's entries are all there from the start, zeroed. */
static int fill_array(struct memory_source *s)
{
	int r = reserve(s, s->base.info.max_entries);

	for (uint32_t i = 0; r >= 0 && i < s->base.info.max_entries; i++)
		r = key_set_add(&s->keys, &i, NULL);
	if (r >= 0)
		memset(s->values, 0, s->base.info.max_entries * entry_value_bytes(s));
	return r < 0 ? r : 0;
}

struct map_source *memory_source_new(const struct map_info *info)
{
	_cleanup_(map_source_closep) struct map_source *source = NULL;
	struct memory_source *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->base = (struct map_source){.ops = &memory_source_ops, .info = *info};
	s->pinned_wall_ns = info->pinned_wall_ns;
	s->keys.key_size = map_type_is_queue(info->type) ? sizeof(s->n_puts) : info->key_size;
	source = &s->base;
	map_info_set_stride(&source->info, info->n_cpus ? info->n_cpus : 1);
	if (map_type_is_array(info->type) && fill_array(s) < 0)
		return NULL;
	return take_ptr(source);
}
