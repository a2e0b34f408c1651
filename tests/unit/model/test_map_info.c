// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/cleanup.h"
#include "model/map_info.h"
#include "model/map_status.h"

static void test_map_info__traits(void **state)
{
	static const struct {
		uint32_t type;
		const char *name;
		bool per_cpu, readable, hash, array, queue;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, "hash", false, true, true, false, false},
		{BPF_MAP_TYPE_LRU_HASH, "lru_hash", false, true, true, false, false},
		{BPF_MAP_TYPE_PERCPU_HASH, "percpu_hash", true, true, true, false, false},
		{BPF_MAP_TYPE_LRU_PERCPU_HASH, "lru_percpu_hash", true, true, true, false, false},
		{BPF_MAP_TYPE_ARRAY, "array", false, true, false, true, false},
		{BPF_MAP_TYPE_PERCPU_ARRAY, "percpu_array", true, true, false, true, false},
		{BPF_MAP_TYPE_LPM_TRIE, "lpm_trie", false, true, false, false, false},
		{BPF_MAP_TYPE_QUEUE, "queue", false, false, false, false, true},
		{BPF_MAP_TYPE_STACK, "stack", false, false, false, false, true},
		{BPF_MAP_TYPE_RINGBUF, "ringbuf", false, false, false, false, false},
		{BPF_MAP_TYPE_BLOOM_FILTER, "bloom_filter", false, false, false, false, false},
		{BPF_MAP_TYPE_ARRAY_OF_MAPS, "array_of_maps", false, false, false, false, false},
		{BPF_MAP_TYPE_PERCPU_CGROUP_STORAGE, "percpu_cgroup_storage", true, false, false,
		 false, false},
		{0, "unspecified", false, false, false, false, false},
		{99, "type_99", false, false, false, false, false},
		{UINT32_MAX, "type_4294967295", false, false, false, false, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_string_equal(map_type_name(cases[i].type), cases[i].name);
		assert_int_equal(map_type_is_per_cpu(cases[i].type), cases[i].per_cpu);
		assert_int_equal(map_type_is_readable(cases[i].type), cases[i].readable);
		assert_int_equal(map_type_is_hash(cases[i].type), cases[i].hash);
		assert_int_equal(map_type_is_queue(cases[i].type), cases[i].queue);
		assert_int_equal(map_type_is_drainable(cases[i].type),
				 cases[i].hash || cases[i].queue);
		assert_int_equal(map_type_is_array(cases[i].type), cases[i].array);
	}
}

static void test_map_info__every_type_has_a_name(void **state)
{
	(void)state;
	for (uint32_t type = 0; type < 40; type++)
		assert_true(map_type_name(type) && *map_type_name(type));
}

static void test_map_info__stride(void **state)
{
	static const struct {
		uint32_t type, value_size, n_cpus, stride;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, 1, 1, 1},		{BPF_MAP_TYPE_HASH, 12, 1, 12},
		{BPF_MAP_TYPE_ARRAY, 4, 1, 4},		{BPF_MAP_TYPE_PERCPU_HASH, 1, 6, 8},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, 6, 8},	{BPF_MAP_TYPE_PERCPU_HASH, 8, 6, 8},
		{BPF_MAP_TYPE_PERCPU_ARRAY, 12, 6, 16}, {BPF_MAP_TYPE_LRU_PERCPU_HASH, 17, 6, 24},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct map_info info = {.type = cases[i].type, .value_size = cases[i].value_size};

		map_info_set_stride(&info, 6);
		assert_int_equal(info.n_cpus, cases[i].n_cpus);
		assert_int_equal(info.value_stride, cases[i].stride);
	}
}

static void test_map_info__has_btf(void **state)
{
	static const struct {
		uint32_t id, key, value;
		bool has;
	} cases[] = {
		{0, 0, 0, false}, {7, 0, 0, false}, {7, 1, 0, true},
		{7, 0, 2, true},  {7, 1, 2, true},  {0, 1, 2, false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct map_info info = {.btf_id = cases[i].id,
					.btf_key_type_id = cases[i].key,
					.btf_value_type_id = cases[i].value};

		assert_int_equal(map_info_has_btf(&info), cases[i].has);
	}
}

static void test_map_status__failure_names(void **state)
{
	static const char *const names[N_MAP_FAILURES] = {
		"missing", "permission", "type", "layout", "timeout", "memory", "evict", "read",
	};

	(void)state;
	for (int i = 0; i < N_MAP_FAILURES; i++)
		assert_string_equal(map_failure_name((enum map_failure)i), names[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_info__traits),
		cmocka_unit_test(test_map_info__every_type_has_a_name),
		cmocka_unit_test(test_map_info__stride),
		cmocka_unit_test(test_map_info__has_btf),
		cmocka_unit_test(test_map_status__failure_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
