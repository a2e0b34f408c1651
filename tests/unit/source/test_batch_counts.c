// SPDX-License-Identifier: GPL-2.0-only
/*
 * How many pairs a batch call returned with an error, as the kernel leaves it:
 * written, or as the caller set it (--wrap of libbpf's calls).
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include <bpf/bpf.h>

#include "base/cleanup.h"
#include "source/map_ops.h"

#define ROOM 10

static struct {
	int result;
	uint32_t count;
	bool is_early; /* the call ends before it looks at the map */
} kernel;

int __wrap_bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *values,
				uint32_t *count, const struct bpf_map_batch_opts *opts);
int __wrap_bpf_map_lookup_and_delete_batch(int fd, void *in, void *out, void *keys, void *values,
					   uint32_t *count, const struct bpf_map_batch_opts *opts);

int __wrap_bpf_map_lookup_batch(int fd, void *in, void *out, void *keys, void *values,
				uint32_t *count, const struct bpf_map_batch_opts *opts)
{
	(void)fd, (void)in, (void)keys, (void)values, (void)opts;
	if (kernel.is_early)
		return kernel.result;
	*count = kernel.count;
	if (kernel.count)
		memcpy(out, &(uint32_t){7}, sizeof(uint32_t));
	return kernel.result;
}

int __wrap_bpf_map_lookup_and_delete_batch(int fd, void *in, void *out, void *keys, void *values,
					   uint32_t *count, const struct bpf_map_batch_opts *opts)
{
	return __wrap_bpf_map_lookup_batch(fd, in, out, keys, values, count, opts);
}

static void test_map_lookup_batch__count(void **state)
{
	static const struct {
		int result;
		uint32_t count, expected;
	} cases[] = {
		{0, ROOM, ROOM},
		{0, 3, 3},
		{-ENOENT, ROOM, ROOM},
		{-ENOENT, 0, 0},
		{-EBUSY, ROOM, ROOM}, /* after the last that fits, the next bucket was contended */
		{-EDEADLK, ROOM, ROOM},
		{-ETIMEDOUT, ROOM, ROOM},
		{-EINTR, ROOM, ROOM},
		{-EINTR, 3, 3},
		{-ENOSPC, 0, 0},
		{-ENOMEM, 3, 3}, /* for a bucket longer than those before: these are out */
		{-ENOMEM, 0, 0},
		{-ENOMEM, ROOM, 0}, /* not as far as to write it */
		{-EFAULT, ROOM, 0},
		{-EFAULT, 0, 0},
		{-EPERM, ROOM, 0},
		{-EINVAL, ROOM, 0},
		{-MAP_ENOTSUPP, ROOM, 0},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		uint32_t n = ROOM, n_drained = ROOM, token[2];

		kernel.result = cases[i].result;
		kernel.count = cases[i].count;
		kernel.is_early = false;
		assert_int_equal(map_lookup_batch(0, NULL, token, NULL, NULL, &n), cases[i].result);
		assert_int_equal(
			map_lookup_and_delete_batch(0, NULL, token, NULL, NULL, &n_drained),
			cases[i].result);
		assert_int_equal(n, cases[i].expected);
		assert_int_equal(n_drained, cases[i].expected);
	}
}

/* Whoever stands before the kernel, such as a security module, leaves the count as it was. */
static void test_map_lookup_batch__refused_early(void **state)
{
	static const int results[] = {-ENOENT, -EBUSY,	-EDEADLK, -ETIMEDOUT, -EINTR,
				      -ENOMEM, -ENOSPC, -EPERM,	  -EFAULT};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		uint32_t n = ROOM, n_drained = ROOM, token = 7;

		kernel.result = results[i];
		kernel.is_early = true;
		assert_int_equal(map_lookup_batch(0, NULL, &token, NULL, NULL, &n),
				 results[i] == -ENOENT ? -EIO : results[i]);
		assert_int_equal(n, 0);
		token = 7;
		map_lookup_and_delete_batch(0, NULL, &token, NULL, NULL, &n_drained);
		assert_int_equal(n_drained, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_lookup_batch__count),
		cmocka_unit_test(test_map_lookup_batch__refused_early),
	};

	return cmocka_run_group_tests_name("batch_counts", tests, NULL, NULL);
}
