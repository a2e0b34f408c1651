// SPDX-License-Identifier: GPL-2.0-only
/*
 * What the results of the kernel's calls lead to: retried, given up, grown,
 * read in another way. The calls are replaced by a script (--wrap).
 */
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "source/kernel_source_internal.h"
#include "source/map_ops.h"

#define MANY 1000

/* What @n_times calls in a row return; with pairs, of keys nobody had before. */
struct step {
	int result;
	uint32_t n_times;
	uint32_t n_pairs;
};

static struct {
	const struct kernel_source *source;
	const struct step *steps;
	uint32_t n_in_step;
	unsigned int n_batches, n_next_keys;
	uint32_t last_cap;
} script;

int __wrap_map_lookup_batch(int fd, const void *in_token, void *out_token, void *keys, void *values,
			    uint32_t *count);
int __wrap_map_lookup_and_delete_batch(int fd, const void *in_token, void *out_token, void *keys,
				       void *values, uint32_t *count);
int __wrap_map_next_key(int fd, const void *key, void *next_key);

/* Whoever wrote a whole token, and @count pairs, would not write past the buffers. */
int __wrap_map_lookup_batch(int fd, const void *in_token, void *out_token, void *keys, void *values,
			    uint32_t *count)
{
	const struct map_info *info = &script.source->base.info;
	uint32_t token_bytes = info->key_size > 4 ? info->key_size : 4;
	const struct step *step = script.steps;

	(void)fd;
	assert_true(malloc_usable_size(out_token) >= token_bytes);
	assert_true(!in_token || malloc_usable_size((void *)in_token) >= token_bytes);
	assert_ptr_not_equal(in_token, out_token);
	assert_true(malloc_usable_size(keys) >= (size_t)*count * info->key_size);
	assert_true(malloc_usable_size(values) >= (size_t)*count * info->value_stride);
	script.n_batches++;
	script.last_cap = *count;
	*count = step->n_pairs;
	for (uint32_t i = 0; i < step->n_pairs; i++)
		memset((char *)keys + i * info->key_size, (int)(script.n_batches + i),
		       info->key_size);
	if (step->n_pairs)
		memset(out_token, 1, token_bytes);
	if (++script.n_in_step == step->n_times) {
		script.steps++;
		script.n_in_step = 0;
	}
	return step->result;
}

int __wrap_map_lookup_and_delete_batch(int fd, const void *in_token, void *out_token, void *keys,
				       void *values, uint32_t *count)
{
	return __wrap_map_lookup_batch(fd, in_token, out_token, keys, values, count);
}

int __wrap_map_next_key(int fd, const void *key, void *next_key)
{
	(void)fd, (void)key, (void)next_key;
	script.n_next_keys++;
	return -ENOENT;
}

static int count_pairs(void *ctx, const struct map_batch *batch)
{
	*(uint32_t *)ctx += batch->n;
	return 0;
}

static struct kernel_source source_of(uint32_t type, uint32_t key_size, uint32_t value_size,
				      uint32_t max_entries)
{
	return (struct kernel_source){
		.base.info = {.type = type,
			      .key_size = key_size,
			      .value_size = value_size,
			      .value_stride = value_size,
			      .max_entries = max_entries,
			      .n_cpus = 1},
		.map = {.locator = (char *)"/pins/m", .fd = -1},
		.seen.key_size = key_size,
	};
}

static void follow(const struct kernel_source *s, const struct step *steps)
{
	memset(&script, 0, sizeof(script));
	script.source = s;
	script.steps = steps;
}

static void test_map_read__results(void **state)
{
	static const struct {
		const char *name;
		struct step steps[6];
		int result;
		unsigned int n_calls;
		uint32_t n_pairs;
	} cases[] = {
		{"empty", {{-ENOENT, 1, 0}}, 0, 1, 0},
		{"last pairs with the end", {{0, 2, 3}, {-ENOENT, 1, 2}}, 0, 3, 8},
		{"busy", {{-EBUSY, 1, 0}, {-ENOENT, 1, 1}}, 0, 2, 1},
		{"deadlock", {{-EDEADLK, 1, 0}, {-ENOENT, 1, 1}}, 0, 2, 1},
		{"timeout", {{-ETIMEDOUT, 1, 0}, {-ENOENT, 1, 1}}, 0, 2, 1},
		{"interrupted", {{-EINTR, 1, 0}, {-ENOENT, 1, 1}}, 0, 2, 1},
		{"as busy as may be", {{-EBUSY, 100, 0}, {-ENOENT, 1, 1}}, 0, 101, 1},
		{"too busy", {{-EBUSY, MANY, 0}}, -EBUSY, 101, 0},
		{"too often interrupted", {{-EINTR, MANY, 0}}, -EBUSY, 101, 0},
		{"busy, but it moves",
		 {{-EBUSY, 100, 0}, {-EBUSY, 1, 1}, {-EBUSY, 99, 0}, {-ENOENT, 1, 0}},
		 0,
		 201,
		 1},
		{"refused", {{-EINVAL, MANY, 0}}, -EOPNOTSUPP, 1, 0},
		{"not implemented", {{-MAP_ENOTSUPP, MANY, 0}}, -EOPNOTSUPP, 1, 0},
		{"invalid half-way", {{0, 1, 2}, {-EINVAL, MANY, 0}}, -EINVAL, 2, 2},
		{"broken", {{-EIO, MANY, 0}}, -EIO, 1, 0},
		{"broken with pairs", {{0, 1, 2}, {-EFAULT, MANY, 1}}, -EFAULT, 2, 3},
	};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(cases); i++) {
		size_t at = i / 2;
		struct kernel_source s = source_of(BPF_MAP_TYPE_HASH, 4, 8, 100);
		uint32_t n = 0;
		struct map_read r = {.sink = count_pairs, .ctx = &n, .method = MAP_READ_BATCH};
		struct err e = {""};
		int result;

		follow(&s, cases[at].steps);
		result = i % 2 ? kernel_source_drain(&s.base, &r, &e)
			       : kernel_source_read(&s.base, &r, &e);
		kernel_source_read_done(&s);
		if (result != cases[at].result || script.n_batches != cases[at].n_calls)
			fail_msg("%s: %d after %u calls", cases[at].name, result, script.n_batches);
		assert_int_equal(n, cases[at].n_pairs);
		assert_int_equal(e.text[0] != '\0', result < 0);
	}
}

/* A bucket that does not fit: doubled up to the whole map and one more, then given up. */
static void test_map_read__grows(void **state)
{
	static const struct {
		uint32_t max_entries, n_too_small;
		int result;
		uint32_t last_cap;
	} cases[] = {
		{2, 0, 0, 1}, {2, 1, 0, 2},	     {2, 2, 0, 3}, {2, MANY, -ENOSPC, 3},
		{7, 3, 0, 8}, {7, MANY, -ENOSPC, 8}, {8, 4, 0, 9}, {8, MANY, -ENOSPC, 9},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct step steps[] = {{-ENOSPC, cases[i].n_too_small, 0}, {-ENOENT, 1, 1}};
		struct kernel_source s =
			source_of(BPF_MAP_TYPE_HASH, 4, 600000, cases[i].max_entries);
		uint32_t n = 0;
		struct map_read r = {.sink = count_pairs, .ctx = &n, .method = MAP_READ_BATCH};

		follow(&s, cases[i].n_too_small ? steps : steps + 1);
		assert_int_equal(kernel_source_read(&s.base, &r, NULL), cases[i].result);
		kernel_source_read_done(&s);
		assert_int_equal(script.last_cap, cases[i].last_cap);
		assert_int_equal(n, cases[i].result == 0);
	}
}

/* Tokens are as long as keys, and at least four bytes. */
static void test_map_read__tokens(void **state)
{
	static const struct step steps[] = {{0, 3, 2}, {-ENOENT, 1, 0}};
	static const uint32_t key_sizes[] = {1, 4, 8, 100, 260};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(key_sizes); i++) {
		struct kernel_source s = source_of(BPF_MAP_TYPE_HASH, key_sizes[i], 8, 100);
		uint32_t n = 0;
		struct map_read r = {.sink = count_pairs, .ctx = &n, .method = MAP_READ_BATCH};

		follow(&s, steps);
		assert_int_equal(kernel_source_read(&s.base, &r, NULL), 0);
		kernel_source_read_done(&s);
		assert_int_equal(n, 6);
	}
}

/* Where batches are refused they are not tried again. */
static void test_map_read__without_batches(void **state)
{
	static const int codes[] = {-EINVAL, -MAP_ENOTSUPP};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		const struct step steps[] = {{codes[i], MANY, 0}};
		struct kernel_source s = source_of(BPF_MAP_TYPE_HASH, 4, 8, 100);
		uint32_t n = 0;
		struct map_read r = {.sink = count_pairs, .ctx = &n};

		follow(&s, steps);
		for (unsigned int pass = 1; pass <= 2; pass++) {
			assert_int_equal(kernel_source_read(&s.base, &r, NULL), 0);
			assert_int_equal(script.n_batches, 1);
			assert_int_equal(script.n_next_keys, pass);
		}
		kernel_source_read_done(&s);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_read__results),
		cmocka_unit_test(test_map_read__grows),
		cmocka_unit_test(test_map_read__tokens),
		cmocka_unit_test(test_map_read__without_batches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
