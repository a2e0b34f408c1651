// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the kernel really does when it is read in batches: the facts that the
 * map source relies on. Where one of them fails, map_read.c has to change.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>

#include "base/cleanup.h"
#include "source/map_ops.h"
#include "support/maps.h"

#define CANARY 0xa5

/* A map of u32 keys and u64 values, and how often each key came. */
struct tally {
	uint32_t n_keys;
	uint32_t *n_seen;
};

static void tally_add(struct tally *t, const uint32_t *keys, uint32_t n, uint32_t stride)
{
	for (uint32_t i = 0; i < n; i++) {
		assert_true(keys[i * stride] < t->n_keys);
		t->n_seen[keys[i * stride]]++;
	}
}

static struct tally tally_new(uint32_t n_keys)
{
	return (struct tally){.n_keys = n_keys, .n_seen = calloc(n_keys, sizeof(uint32_t))};
}

static void tally_assert_all_once(struct tally *t)
{
	for (uint32_t i = 0; i < t->n_keys; i++)
		assert_int_equal(t->n_seen[i], 1);
	free(t->n_seen);
}

static void test_lookup_batch__enoent_comes_with_pairs(void **state)
{
	static const struct {
		uint32_t type, key_size;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, 4},	       {BPF_MAP_TYPE_LRU_HASH, 4},
		{BPF_MAP_TYPE_PERCPU_HASH, 4}, {BPF_MAP_TYPE_LRU_PERCPU_HASH, 4},
		{BPF_MAP_TYPE_ARRAY, 4},       {BPF_MAP_TYPE_PERCPU_ARRAY, 4},
		{BPF_MAP_TYPE_LPM_TRIE, 8},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(cases[i].type, cases[i].key_size, 8, 10, 0);
		struct map_info info = test_map_info(fd);
		_cleanup_(freep) char *values = calloc(64, (size_t)info.n_cpus * 8);
		char keys[64 * 8], token[8];
		uint32_t n = 64;

		test_map_fill(fd, 10);
		assert_int_equal(map_lookup_batch(fd, NULL, token, keys, values, &n), -ENOENT);
		assert_int_equal(n, 10);
	}
}

static void test_lookup_batch__last_of_several_calls(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 10, 0);
	uint32_t keys[4], in, out, n = 4;
	uint64_t values[4];

	(void)state;
	assert_int_equal(map_lookup_batch(fd, NULL, &out, keys, values, &n), 0);
	assert_int_equal(n, 4);
	in = out;
	assert_int_equal(map_lookup_batch(fd, &in, &out, keys, values, &n), 0);
	assert_int_equal(keys[3], 7);
	in = out;
	assert_int_equal(map_lookup_batch(fd, &in, &out, keys, values, &n), -ENOENT);
	assert_int_equal(n, 2);
	assert_int_equal(keys[1], 9);
}

/* Batches of one in a map with collisions: doubling and the same token lead through it. */
static void test_lookup_batch__enospc_and_the_same_token(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 1000, 0);
	struct tally tally = tally_new(1000);
	uint32_t keys[64], in, out, room = 1, n_refused = 0;
	uint64_t values[64];
	const void *token = NULL;
	int r = 0;

	(void)state;
	test_map_fill(fd, 1000);
	while (r != -ENOENT) {
		uint32_t n = room;

		r = map_lookup_batch(fd, token, &out, keys, values, &n);
		tally_add(&tally, keys, n, 1);
		if (r == -ENOSPC) {
			assert_int_equal(n, 0);
			room *= 2;
			n_refused++;
			assert_true(room <= 64);
			continue;
		}
		assert_true(r == 0 || r == -ENOENT);
		in = out;
		token = &in;
	}
	assert_true(n_refused >= 1);
	tally_assert_all_once(&tally);
}

static void test_lookup_batch__unsupported_leaves_count(void **state)
{
	static const struct {
		uint32_t type, key_size, value_size, max_entries;
	} cases[] = {
		{BPF_MAP_TYPE_QUEUE, 0, 8, 4},	      {BPF_MAP_TYPE_STACK, 0, 8, 4},
		{BPF_MAP_TYPE_BLOOM_FILTER, 0, 8, 4}, {BPF_MAP_TYPE_RINGBUF, 0, 0, 4096},
		{BPF_MAP_TYPE_STACK_TRACE, 4, 80, 4}, {BPF_MAP_TYPE_DEVMAP, 4, 4, 4},
		{BPF_MAP_TYPE_SOCKMAP, 4, 8, 4},      {BPF_MAP_TYPE_PROG_ARRAY, 4, 4, 4},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(cases[i].type, cases[i].key_size, cases[i].value_size,
					cases[i].max_entries, 0);
		char token[8], keys[32], values[1024];
		uint32_t n = 4;

		assert_int_equal(bpf_map_lookup_batch(fd, NULL, token, keys, values, &n, NULL),
				 -MAP_ENOTSUPP);
		assert_int_equal(n, 4); /* hence map_ops */
		assert_int_equal(map_lookup_batch(fd, NULL, token, keys, values, &n),
				 -MAP_ENOTSUPP);
		assert_int_equal(n, 0);
	}
}

static void test_lookup_and_delete_batch__only_hash_types(void **state)
{
	static const struct {
		uint32_t type, key_size;
		int expected;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, 4, -ENOENT},
		{BPF_MAP_TYPE_LRU_HASH, 4, -ENOENT},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, -ENOENT},
		{BPF_MAP_TYPE_LRU_PERCPU_HASH, 4, -ENOENT},
		{BPF_MAP_TYPE_ARRAY, 4, -MAP_ENOTSUPP},
		{BPF_MAP_TYPE_PERCPU_ARRAY, 4, -MAP_ENOTSUPP},
		{BPF_MAP_TYPE_LPM_TRIE, 8, -MAP_ENOTSUPP},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(cases[i].type, cases[i].key_size, 8, 10, 0);
		struct map_info info = test_map_info(fd);
		_cleanup_(freep) char *values = calloc(64, (size_t)info.n_cpus * 8);
		char token[8], keys[64 * 8];
		uint32_t n = 64;

		test_map_fill(fd, 10);
		assert_int_equal(map_lookup_and_delete_batch(fd, NULL, token, keys, values, &n),
				 cases[i].expected);
		assert_int_equal(n, cases[i].expected == -ENOENT ? 10 : 0);
		n = 64;
		map_lookup_batch(fd, NULL, token, keys, values, &n);
		assert_int_equal(n, cases[i].expected == -ENOENT ? 0 : 10);
	}
}

/* Partial drains: what was counted is gone, the rest is there. */
static void test_lookup_and_delete_batch__takes_what_it_returns(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 1000, 0);
	struct tally tally = tally_new(1000);
	uint32_t keys[1000], token, n = 100;
	uint64_t values[1000];

	(void)state;
	test_map_fill(fd, 1000);
	assert_int_equal(map_lookup_and_delete_batch(fd, NULL, &token, keys, values, &n), 0);
	assert_in_range(n, 1, 100);
	for (uint32_t i = 0; i < n; i++) {
		assert_int_equal(values[i], keys[i] * 1000);
		assert_int_equal(map_lookup(fd, &keys[i], &values[i]), -ENOENT);
	}
	tally_add(&tally, keys, n, 1);
	n = 1000;
	assert_int_equal(map_lookup_batch(fd, NULL, &token, keys, values, &n), -ENOENT);
	tally_add(&tally, keys, n, 1);
	tally_assert_all_once(&tally);
}

static void test_token__size(void **state)
{
	static const struct {
		uint32_t type, key_size, n_written;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, 4, 4},     {BPF_MAP_TYPE_HASH, 1, 4},
		{BPF_MAP_TYPE_HASH, 20, 4},    {BPF_MAP_TYPE_LRU_HASH, 20, 4},
		{BPF_MAP_TYPE_ARRAY, 4, 4},    {BPF_MAP_TYPE_PERCPU_ARRAY, 4, 4},
		{BPF_MAP_TYPE_LPM_TRIE, 8, 8}, {BPF_MAP_TYPE_LPM_TRIE, 20, 20},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(cases[i].type, cases[i].key_size, 8, 64, 0);
		struct map_info info = test_map_info(fd);
		_cleanup_(freep) char *values = calloc(64, (size_t)info.n_cpus * 8);
		unsigned char token[32], keys[64 * 20];
		uint32_t n = 32;

		memset(token, CANARY, sizeof(token));
		test_map_fill(fd, 64);
		assert_int_equal(map_lookup_batch(fd, NULL, token, keys, values, &n), 0);
		for (size_t j = cases[i].n_written; j < sizeof(token); j++)
			assert_int_equal(token[j], CANARY);
		if (cases[i].type == BPF_MAP_TYPE_LPM_TRIE) /* it is the last key */
			assert_memory_equal(token, keys + (n - 1) * info.key_size, info.key_size);
	}
}

static void test_token__zero_is_not_the_beginning(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 10, 0);
	uint32_t keys[16], zero = 0, out, n = 16;
	uint64_t values[16];

	(void)state;
	assert_int_equal(map_lookup_batch(fd, NULL, &out, keys, values, &n), -ENOENT);
	assert_int_equal(n, 10);
	assert_int_equal(keys[0], 0);
	n = 16;
	assert_int_equal(map_lookup_batch(fd, &zero, &out, keys, values, &n), -ENOENT);
	assert_int_equal(n, 9);
	assert_int_equal(keys[0], 1);
}

static void test_token__garbage_starts_over(void **state)
{
	static const struct {
		uint32_t type, key_size, n_expected;
	} cases[] = {
		{BPF_MAP_TYPE_ARRAY, 4, 10},
		{BPF_MAP_TYPE_LPM_TRIE, 8, 10},
		{BPF_MAP_TYPE_HASH, 4, 0}, /* a bucket that it does not have: the end */
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(cases[i].type, cases[i].key_size, 8, 10, 0);
		uint32_t keys[32], n = 16;
		uint64_t values[16], garbage = UINT64_C(0xeeeeeeee00000008), out;

		if (cases[i].type != BPF_MAP_TYPE_LPM_TRIE)
			garbage = UINT32_MAX;
		test_map_fill(fd, 10);
		assert_int_equal(map_lookup_batch(fd, &garbage, &out, keys, values, &n), -ENOENT);
		assert_int_equal(n, cases[i].n_expected);
	}
}

/* Hash tokens are buckets: they rise, and a read can begin at any of them. */
static void test_token__is_a_bucket(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4096, 0);
	struct tally tally = tally_new(4096);
	uint32_t keys[4096], middle = 2048, in, out, n = 256, last = 0, n_before = 0;
	uint64_t values[4096];
	const void *token = NULL;

	(void)state;
	test_map_fill(fd, 4096);
	for (last = 0; last < middle; last = out) {
		assert_int_equal(map_lookup_batch(fd, token, &out, keys, values, &n), 0);
		assert_true(out > last);
		assert_true(out < 4096);
		tally_add(&tally, keys, n, 1);
		n_before += n;
		n = 256;
		in = out;
		token = &in;
	}
	n = 4096;
	assert_int_equal(map_lookup_batch(fd, &in, &out, keys, values, &n), -ENOENT);
	assert_int_equal(n_before + n, 4096);
	tally_add(&tally, keys, n, 1);
	tally_assert_all_once(&tally);
}

static void test_value__per_cpu_size(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_PERCPU_HASH, BPF_MAP_TYPE_PERCPU_ARRAY,
					 BPF_MAP_TYPE_LRU_PERCPU_HASH};
	size_t n_cpus = (size_t)libbpf_num_possible_cpus(), size = n_cpus * 16;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(close_fdp) int fd = test_map_create(types[i], 4, 12, 2, 0);
		_cleanup_(freep) unsigned char *values = malloc(2 * size + 8);
		uint32_t keys[2], token, n = 2;
		uint64_t value;

		test_map_fill(fd, 2);
		memset(values, CANARY, 2 * size + 8);
		map_lookup_batch(fd, NULL, &token, keys, values, &n);
		assert_int_equal(n, 2);
		for (size_t j = 0; j < 2; j++) {
			for (size_t cpu = 0; cpu < n_cpus; cpu++) {
				memcpy(&value, values + j * size + cpu * 16, 8);
				assert_int_equal(value, keys[j] * 1000 + cpu);
			}
		}
		for (size_t j = 0; j < 8; j++)
			assert_int_equal(values[2 * size + j], CANARY);
	}
}

/* Each CPU sets free nodes aside by the dozen: what is left over at the end of a fill is lost. */
static void test_lru__holds_less_than_max_entries(void **state)
{
	enum { MAX = 100000 };
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_LRU_HASH, 4, 8, MAX, 0);
	_cleanup_(freep) uint32_t *keys = calloc(MAX, 4);
	_cleanup_(freep) uint64_t *values = calloc(MAX, 8);
	uint32_t token, n = MAX;

	(void)state;
	test_map_fill(fd, MAX);
	assert_int_equal(map_lookup_batch(fd, NULL, &token, keys, values, &n), -ENOENT);
	assert_in_range(n, MAX / 2, MAX - 1);
}

/* Others come and go between the calls; who stays is seen exactly once. */
static void test_hash__who_stays_is_seen_once(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 8192, 0);
	struct tally tally = tally_new(8192);
	uint32_t keys[64], in, out, passing = 4096;
	uint64_t values[64];
	const void *token = NULL;
	int r = 0;

	(void)state;
	test_map_fill(fd, 6144);
	while (r == 0) {
		uint32_t n = 64;

		r = map_lookup_batch(fd, token, &out, keys, values, &n);
		tally_add(&tally, keys, n, 1);
		in = out;
		token = &in;
		for (int i = 0; i < 16 && passing < 6144; i++, passing++) {
			uint32_t newcomer = passing + 2048;

			map_delete(fd, &passing);
			assert_int_equal(map_update(fd, &newcomer, values, BPF_ANY), 0);
		}
	}
	assert_int_equal(r, -ENOENT);
	tally.n_keys = 4096;
	tally_assert_all_once(&tally);
}

/* The token of a trie is a key: once that is deleted, the walk begins anew. */
static void test_trie__repeats_after_a_deletion(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 64, 0);
	uint64_t keys[64], values[64], in, out;
	uint32_t n = 16, n_repeated = 0;
	uint64_t first[16];

	(void)state;
	test_map_fill(fd, 64);
	assert_int_equal(map_lookup_batch(fd, NULL, &out, keys, values, &n), 0);
	memcpy(first, keys, sizeof(first));
	in = out;
	assert_int_equal(map_delete(fd, &in), 0);
	n = 64;
	assert_int_equal(map_lookup_batch(fd, &in, &out, keys, values, &n), -ENOENT);
	for (uint32_t i = 0; i < n; i++) {
		for (size_t j = 0; j < ARRAY_SIZE(first); j++)
			n_repeated += keys[i] == first[j];
	}
	assert_true(n_repeated > 0);
}

static void test_next_key__vanishing_keys(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 64, 0);
	uint32_t first, second, key;
	uint64_t value;

	(void)state;
	test_map_fill(fd, 64);
	assert_int_equal(map_next_key(fd, NULL, &first), 0);
	assert_int_equal(map_next_key(fd, &first, &second), 0);
	assert_int_equal(map_delete(fd, &second), 0);
	assert_int_equal(map_lookup(fd, &second, &value), -ENOENT); /* before its lookup */
	assert_int_equal(map_next_key(fd, &second, &key), 0);	    /* before the next step */
	assert_int_equal(key, first);
}

static void test_maps_of_maps__values_are_ids(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_ARRAY_OF_MAPS, BPF_MAP_TYPE_HASH_OF_MAPS};
	_cleanup_(close_fdp) int inner = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	uint32_t id = test_map_info(inner).id;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		struct map_create_opts opts = {.type = types[i],
					       .key_size = 4,
					       .value_size = 4,
					       .max_entries = 1,
					       .inner_map_fd = inner};
		_cleanup_(close_fdp) int fd = map_create(&opts);
		uint32_t key = 0, value, token, n = 1;

		assert_true(fd >= 0);
		assert_int_equal(map_update(fd, &key, &inner, BPF_ANY), 0);
		assert_int_equal(map_lookup(fd, &key, &value), 0);
		assert_int_equal(value, id);
		value = 0;
		map_lookup_batch(fd, NULL, &token, &key, &value, &n);
		assert_int_equal(n, 1);
		assert_int_equal(value, id);
	}
}

static void test_lookup_batch__efault(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_ARRAY};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(close_fdp) int fd = test_map_create(types[i], 4, 8, 4, 0);
		uint32_t keys[4], token, n = 4;
		uint64_t values[4];

		test_map_fill(fd, 4);
		assert_int_equal(map_lookup_batch(fd, NULL, &token, NULL, values, &n), -EFAULT);
		assert_int_equal(n, 0);
		n = 4;
		assert_int_equal(map_lookup_batch(fd, NULL, &token, keys, NULL, &n), -EFAULT);
		assert_int_equal(n, 0);
		n = 4;
		assert_int_equal(map_lookup_batch(fd, NULL, NULL, keys, values, &n), -EFAULT);
		assert_int_equal(n, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lookup_batch__enoent_comes_with_pairs),
		cmocka_unit_test(test_lookup_batch__last_of_several_calls),
		cmocka_unit_test(test_lookup_batch__enospc_and_the_same_token),
		cmocka_unit_test(test_lookup_batch__unsupported_leaves_count),
		cmocka_unit_test(test_lookup_and_delete_batch__only_hash_types),
		cmocka_unit_test(test_lookup_and_delete_batch__takes_what_it_returns),
		cmocka_unit_test(test_token__size),
		cmocka_unit_test(test_token__zero_is_not_the_beginning),
		cmocka_unit_test(test_token__garbage_starts_over),
		cmocka_unit_test(test_token__is_a_bucket),
		cmocka_unit_test(test_value__per_cpu_size),
		cmocka_unit_test(test_lru__holds_less_than_max_entries),
		cmocka_unit_test(test_hash__who_stays_is_seen_once),
		cmocka_unit_test(test_trie__repeats_after_a_deletion),
		cmocka_unit_test(test_next_key__vanishing_keys),
		cmocka_unit_test(test_maps_of_maps__values_are_ids),
		cmocka_unit_test(test_lookup_batch__efault),
	};

	return test_maps_run("batch_facts", tests);
}
