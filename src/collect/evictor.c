// SPDX-License-Identifier: GPL-2.0-only
/*
 * Of each key it is remembered what its value looked like, as a hash, and since
 * when. Keys are deleted after the read, which a deletion could make start over;
 * the value that comes with the deletion is the last one and is shown once more.
 * A program may have counted between the read and the deletion: that is in it.
 */
#include "evictor_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "base/buf.h"
#include "base/clock.h"
#include "totals_internal.h"

/* So many keys, and bytes of them and their values, wait at most; the rest does in later passes. */
#define MAX_WAITING	  65536
#define MAX_WAITING_BYTES ((size_t)64 << 20)

enum { VALUE_HASH, CHANGED_NS, PASS, N_NUMBERS };

struct evictor {
	uint64_t idle_ns;
	uint64_t now_ns, pass;
	size_t key_size, value_bytes;
	size_t max_keys; /* that are remembered while passes fail */
	struct totals *keys;
	struct buf waiting; /* keys and values */
	size_t n_waiting;
	void *values; /* room for those of one entry */
};

struct evictor *evictor_new(const struct map_info *info, uint64_t idle_ns)
{
	_cleanup_(evictor_freep) struct evictor *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	v->idle_ns = idle_ns;
	v->key_size = info->key_size;
	v->value_bytes = (size_t)info->n_cpus * info->value_stride;
	v->max_keys = 2 * (size_t)info->max_entries;
	v->keys = totals_new(info->key_size, N_NUMBERS);
	v->values = calloc(1, v->value_bytes + 1);
	return v->keys && v->values ? take_ptr(v) : NULL;
}

void evictor_free(struct evictor *v)
{
	if (!v)
		return;
	totals_free(v->keys);
	buf_done(&v->waiting);
	free(v->values);
	free(v);
}

static bool was_seen(void *ctx, const uint64_t *numbers)
{
	const struct evictor *v = ctx;

	return numbers[PASS] == v->pass;
}

void evictor_begin(struct evictor *v, uint64_t now_ns)
{
	/* Not all of them can be in the map: passes have failed, and keys have gone meanwhile. */
	if (totals_n(v->keys) > v->max_keys)
		totals_retain(v->keys, was_seen, v);
	v->now_ns = now_ns;
	v->pass++;
	v->waiting.len = 0;
	v->n_waiting = 0;
}

static int keep_waiting(struct evictor *v, const void *key, const void *values)
{
	if (v->n_waiting == MAX_WAITING ||
	    v->waiting.len + v->key_size + v->value_bytes > MAX_WAITING_BYTES)
		return 0;
	if (buf_append(&v->waiting, key, v->key_size) < 0 ||
	    buf_append(&v->waiting, values, v->value_bytes) < 0)
		return -ENOMEM;
	v->n_waiting++;
	return 1;
}

int evictor_see(struct evictor *v, const void *key, const void *values)
{
	uint64_t hash = XXH3_64bits(values, v->value_bytes);
	uint64_t *numbers = totals_find(v->keys, key);

	if (!numbers)
		return -ENOMEM;
	if (!numbers[PASS] || numbers[VALUE_HASH] != hash)
		numbers[CHANGED_NS] = v->now_ns;
	numbers[VALUE_HASH] = hash;
	numbers[PASS] = v->pass;
	if (v->now_ns - numbers[CHANGED_NS] < v->idle_ns)
		return 0;
	return keep_waiting(v, key, values);
}

static int hand_over(map_sink_fn sink, void *ctx, const void *key, const void *values)
{
	const struct map_batch batch = {.keys = key, .values = values, .n = 1};

	return sink(ctx, &batch);
}

/* Return: 0 where it was deleted, 1 where it was gone already, or why it could not be. */
static int take(struct evictor *v, struct map_source *source, const void *key, struct err *e)
{
	uint64_t *numbers = totals_find(v->keys, key);
	struct err why = {""};
	int r;

	if (!numbers)
		return -ENOMEM;
	r = map_source_take(source, key, v->values, &why);
	if (r < 0 && r != -ENOENT) {
		*e = why;
		return r;
	}
	/* It is another key should it come back. */
	numbers[PASS] = 0;
	return r < 0;
}

int evictor_run(struct evictor *v, struct map_source *source, const struct map_read *read,
		map_sink_fn gone, uint64_t *n_evicted, struct err *refusal)
{
	const char *next = v->waiting.data;
	bool goes_on = true;
	int r = 0;

	for (size_t i = 0; r == 0 && i < v->n_waiting; i++) {
		const void *key = next, *values = next + v->key_size;
		int taken;

		next += v->key_size + v->value_bytes;
		goes_on = goes_on && clock_mono_ns() < read->deadline_ns;
		taken = goes_on ? take(v, source, key, refusal) : -ETIMEDOUT;
		goes_on = taken >= 0;
		*n_evicted += taken == 0;
		if (taken == 0)
			r = hand_over(gone, read->ctx, key, v->values);
		else if (taken < 0)
			r = hand_over(read->sink, read->ctx, key, values);
	}
	totals_retain(v->keys, was_seen, v);
	return r;
}
