// SPDX-License-Identifier: GPL-2.0-only
/* Stack traces that a real program took. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>

#include "source/map_ops.h"
#include "source/map_source.h"
#include "source/stack_source.h"
#include "support/alloc_fault.h"
#include "support/maps.h"

#define DEPTH 32

/* A map of traces that a program took. */
static int make_stacks(void)
{
	int map = test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, DEPTH * 8, 1024, 0);

	test_fill_stacks(map);
	return map;
}

static struct stack_source *open_stacks(int map)
{
	struct test_pin pin = test_pin(map, "stacks");
	struct stack_source *s = NULL;
	struct err e = {0};

	if (stack_source_open(pin.path, &s, &e))
		fail_msg("%s", e.text);
	return s;
}

static void test_stack_source__find(void **state)
{
	_cleanup_(close_fdp) int map = make_stacks();
	_cleanup_(stack_source_closep) struct stack_source *s = open_stacks(map);
	uint32_t id, n_traces = 0;
	const uint32_t *last = NULL;

	(void)state;
	for (; map_next_key(map, last, &id) == 0; last = &id, n_traces++) {
		uint64_t trace[DEPTH + 1], raw[DEPTH] = {0};
		size_t n = 999, n_two = 999;

		assert_int_equal(map_lookup(map, &id, raw), 0);
		assert_int_equal(stack_source_find(s, id, trace, ARRAY_SIZE(trace), &n), 0);
		assert_in_range(n, 1, DEPTH);
		assert_memory_equal(trace, raw, n * sizeof(*raw));
		assert_true(n == DEPTH || !raw[n]);
		assert_true(trace[n - 1] >> 63); /* of the kernel's half */
		assert_int_equal(stack_source_find(s, id, trace, 2, &n_two), 0);
		assert_int_equal(n_two, n < 2 ? n : 2);
		assert_int_equal(stack_source_find(s, id, trace, 0, &n_two), 0);
		assert_int_equal(n_two, 0);
	}
	assert_true(n_traces > 0);
}

static void test_stack_source__find_nothing(void **state)
{
	static const uint32_t ids[] = {0, 7, 1023, 1024, 0xfffffff2};
	_cleanup_(close_fdp) int map =
		test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, DEPTH * 8, 1024, 0);
	_cleanup_(stack_source_closep) struct stack_source *s = open_stacks(map);

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		uint64_t trace[DEPTH];
		size_t n = 999;

		assert_int_equal(stack_source_find(s, ids[i], trace, DEPTH, &n), -ENOENT);
		assert_int_equal(n, 999);
	}
}

/* By its id it is found as long as others keep it. */
static void test_stack_source__by_id(void **state)
{
	_cleanup_(close_fdp) int map = make_stacks();
	_cleanup_(stack_source_closep) struct stack_source *s = NULL;
	uint64_t trace[DEPTH];
	char locator[32];
	struct err e = {0};
	uint32_t id;
	size_t n = 0;
	int r = 0;

	(void)state;
	snprintf(locator, sizeof(locator), "id:%u", test_map_info(map).id);
	assert_int_equal(stack_source_open(locator, &s, &e), 0);
	assert_int_equal(map_next_key(map, NULL, &id), 0);
	assert_int_equal(stack_source_find(s, id, trace, DEPTH, &n), 0);
	assert_true(n > 0);
	close(take_fd(&map));
	for (int i = 0; i < 500 && r != -ENOENT; i++) {
		usleep(10000);
		r = stack_source_find(s, id, trace, DEPTH, &n);
	}
	assert_int_equal(r, -ENOENT);
}

static void test_stack_source__open_errors(void **state)
{
	_cleanup_(close_fdp) int hash = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(close_fdp) int build_ids =
		test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, 32 * DEPTH, 4, BPF_F_STACK_BUILD_ID);
	_cleanup_(close_fdp) int program = test_program_load();
	const struct {
		struct test_pin pin;
		int expected;
		const char *says;
	} cases[] = {
		{test_pin(hash, "hash"), -EOPNOTSUPP, "hash, not of stack traces"},
		{test_pin(build_ids, "build_ids"), -EOPNOTSUPP, "build ids"},
		{test_pin(program, "program"), -EMEDIUMTYPE, "bpf-prog"},
		{test_pin_path("nothing"), MAP_SOURCE_GONE, "nothing is pinned"},
		{{"id:2147483647"}, MAP_SOURCE_GONE, "no map of this id"},
		{{"id:none"}, -EINVAL, "no map's id"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct stack_source *s = NULL;
		struct err e = {0};

		assert_int_equal(stack_source_open(cases[i].pin.path, &s, &e), cases[i].expected);
		assert_null(s);
		assert_non_null(strstr(e.text, cases[i].says));
		assert_non_null(strstr(e.text, cases[i].pin.path));
	}
}

static void test_stack_source__without_memory(void **state)
{
	_cleanup_(close_fdp) int map =
		test_map_create(BPF_MAP_TYPE_STACK_TRACE, 4, DEPTH * 8, 16, 0);
	struct test_pin pin = test_pin(map, "stacks");
	long nth;

	(void)state;
	for (nth = 0;; nth++) {
		_cleanup_(stack_source_closep) struct stack_source *s = NULL;
		struct err e = {0};
		int r;

		alloc_fault_arm(nth);
		r = stack_source_open(pin.path, &s, &e);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(s);
		assert_non_null(strstr(e.text, pin.path));
	}
	assert_true(nth >= 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stack_source__find),
		cmocka_unit_test(test_stack_source__find_nothing),
		cmocka_unit_test(test_stack_source__by_id),
		cmocka_unit_test(test_stack_source__open_errors),
		cmocka_unit_test(test_stack_source__without_memory),
	};

	return test_maps_run("stack_source", tests);
}
