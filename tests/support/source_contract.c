// SPDX-License-Identifier: GPL-2.0-only
#include "support/source_contract.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "support/maps.h"

static size_t value_bytes(const struct map_info *info)
{
	return (size_t)info->n_cpus * info->value_stride;
}

static size_t pair_bytes(const struct map_info *info)
{
	return info->key_size + value_bytes(info);
}

struct map_source *source_of_pin(int fd, const char *name, bool writable)
{
	struct test_pin pin = test_pin(fd, name);
	struct map_source *s = NULL;
	struct err e = {0};
	int r = map_source_open(pin.path, writable, &s, &e);

	if (r)
		fail_msg("map_source_open(): %d, %s", r, e.text);
	return s;
}

int source_pairs_sink(void *ctx, const struct map_batch *batch)
{
	struct source_pairs *p = ctx;
	size_t key = p->info->key_size, value = value_bytes(p->info);
	char *to;

	assert_true(batch->n >= 1);
	p->data = realloc(p->data, (p->n + batch->n) * (key + value));
	assert_non_null(p->data);
	to = p->data + p->n * (key + value);
	for (uint32_t i = 0; i < batch->n; i++, to += key + value) {
		memcpy(to, (const char *)batch->keys + i * key, key);
		memcpy(to + key, (const char *)batch->values + i * value, value);
	}
	p->n += batch->n;
	p->n_batches++;
	return (int)p->n_batches > p->fail_after ? p->fail_with : 0;
}

void source_pairs_done(struct source_pairs *p)
{
	free(p->data);
	p->data = NULL;
	p->n = p->n_batches = 0;
}

static int compare_pairs(const void *a, const void *b, void *bytes)
{
	return memcmp(a, b, *(size_t *)bytes);
}

void source_pairs_sort(struct source_pairs *p)
{
	size_t bytes = pair_bytes(p->info);

	if (p->n)
		qsort_r(p->data, p->n, bytes, compare_pairs, &bytes);
}

void source_pairs_assert(struct source_pairs *p, uint32_t n)
{
	struct source_pairs expected = {.info = p->info};
	size_t bytes = pair_bytes(p->info);

	assert_int_equal(p->n, n);
	expected.n = n;
	expected.data = calloc(n ? n : 1, bytes);
	for (uint32_t i = 0; i < n; i++)
		test_entry(p->info, i, expected.data + i * bytes,
			   expected.data + i * bytes + p->info->key_size);
	source_pairs_sort(&expected);
	source_pairs_sort(p);
	if (n)
		assert_memory_equal(p->data, expected.data, n * bytes);
	free(expected.data);
}

/* Every readable type, with sizes that are no multiples of 8 and more than one batch. */
static const struct map_info readable[] = {
	{.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 8, .max_entries = 10000},
	{.type = BPF_MAP_TYPE_HASH, .key_size = 5, .value_size = 12, .max_entries = 300},
	{.type = BPF_MAP_TYPE_HASH, .key_size = 4, .value_size = 9000, .max_entries = 300},
	{.type = BPF_MAP_TYPE_LRU_HASH, .key_size = 8, .value_size = 8, .max_entries = 10000},
	{.type = BPF_MAP_TYPE_PERCPU_HASH, .key_size = 4, .value_size = 12, .max_entries = 6000},
	{.type = BPF_MAP_TYPE_LRU_PERCPU_HASH, .key_size = 4, .value_size = 8, .max_entries = 6000},
	{.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 12, .max_entries = 6000},
	{.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1},
	{.type = BPF_MAP_TYPE_ARRAY,
	 .key_size = 4,
	 .value_size = 12,
	 .max_entries = 6000,
	 .flags = BPF_F_MMAPABLE},
	{.type = BPF_MAP_TYPE_ARRAY,
	 .key_size = 4,
	 .value_size = 8,
	 .max_entries = 6000,
	 .flags = BPF_F_MMAPABLE},
	{.type = BPF_MAP_TYPE_PERCPU_ARRAY, .key_size = 4, .value_size = 12, .max_entries = 6000},
	{.type = BPF_MAP_TYPE_LPM_TRIE, .key_size = 8, .value_size = 8, .max_entries = 6000},
	{.type = BPF_MAP_TYPE_LPM_TRIE, .key_size = 20, .value_size = 4, .max_entries = 300},
};

static uint32_t fill_of(const struct map_info *info)
{
	return info->type == BPF_MAP_TYPE_LRU_HASH || info->type == BPF_MAP_TYPE_LRU_PERCPU_HASH
		       ? info->max_entries / 4 /* an LRU map evicts before it is full */
		       : info->max_entries;
}

static struct map_source *make(const struct source_maker *maker, const struct map_info *wanted,
			       uint32_t n)
{
	struct map_info info = *wanted;
	struct map_source *s;

	map_info_set_stride(&info, maker->n_cpus);
	s = maker->make(&info, n);
	assert_non_null(s);
	assert_int_equal(s->info.type, info.type);
	assert_int_equal(s->info.n_cpus, info.n_cpus);
	assert_int_equal(s->info.value_stride, info.value_stride);
	return s;
}

static int read_into(struct map_source *s, enum map_read_method method, struct source_pairs *p)
{
	struct map_read r = {.sink = source_pairs_sink, .ctx = p, .method = method};

	p->info = &s->info;
	return map_source_read(s, &r, NULL);
}

/* All methods give the same; a source can be read as often as one likes. */
static void case_read(const struct source_maker *maker, const struct map_info *info)
{
	struct map_source *s = make(maker, info, fill_of(info));
	bool can_map = info->flags & BPF_F_MMAPABLE;
	struct source_pairs p = {0};

	for (int method = MAP_READ_AUTO; method <= MAP_READ_MAPPED; method++) {
		int expected = method == MAP_READ_MAPPED && !can_map ? -EOPNOTSUPP : 0;

		assert_int_equal(read_into(s, (enum map_read_method)method, &p), expected);
		if (expected == 0)
			source_pairs_assert(&p, fill_of(info));
		else
			assert_int_equal(p.n, 0);
		source_pairs_done(&p);
	}
	map_source_close(s);
}

static void case_empty(const struct source_maker *maker, const struct map_info *info)
{
	struct map_source *s = make(maker, info, 0);
	struct source_pairs p = {0};

	assert_int_equal(read_into(s, MAP_READ_AUTO, &p), 0);
	assert_int_equal(p.n, map_type_is_array(info->type) ? info->max_entries : 0);
	for (size_t i = 0; i < p.n; i++)
		assert_int_equal(p.data[i * pair_bytes(&s->info) + info->key_size], 0);
	source_pairs_done(&p);
	map_source_close(s);
}

/* Count says what a read would give. */
static void case_count(const struct source_maker *maker, const struct map_info *info)
{
	const uint32_t fills[] = {0, fill_of(info) / 2, fill_of(info)};

	for (size_t i = 0; i < ARRAY_SIZE(fills); i++) {
		struct map_source *s = make(maker, info, fills[i]);
		uint64_t n = 77;
		struct err e = {0};

		assert_int_equal(map_source_count(s, 1, &n, &e), -ETIMEDOUT);
		assert_int_equal(n, 77);
		assert_string_not_equal(e.text, "");
		assert_int_equal(map_source_count(s, 0, &n, &e), 0);
		assert_int_equal(n, map_type_is_array(info->type) ? info->max_entries : fills[i]);
		map_source_close(s);
	}
}

static void take_all(struct map_source *s, uint32_t n)
{
	size_t bytes = value_bytes(&s->info);
	char *key = malloc(s->info.key_size), *values = malloc(bytes), *expected = malloc(bytes);

	for (uint32_t i = 0; i < n; i++) {
		struct err e = {0};

		test_entry(&s->info, i, key, expected);
		memset(values, 0x5a, bytes);
		assert_int_equal(map_source_take(s, key, values, &e), 0);
		for (uint32_t cpu = 0; cpu < s->info.n_cpus; cpu++)
			assert_memory_equal(values + cpu * s->info.value_stride,
					    expected + cpu * s->info.value_stride,
					    s->info.value_size);
		assert_string_equal(e.text, "");
		assert_int_equal(map_source_take(s, key, values, &e), -ENOENT);
		assert_string_not_equal(e.text, "");
	}
	free(key);
	free(values);
	free(expected);
}

/* One by one until half are left, which are as they were. */
static void case_take(const struct source_maker *maker, const struct map_info *info)
{
	uint32_t n = fill_of(info) < 100 ? fill_of(info) : 100;
	struct map_source *s = make(maker, info, n);
	uint64_t n_left;
	char key[32] = {0};
	struct err e = {0};

	if (map_type_is_hash(info->type)) {
		take_all(s, n / 2);
		assert_int_equal(map_source_count(s, 0, &n_left, &e), 0);
		assert_int_equal(n_left, n - n / 2);
	} else {
		assert_int_equal(map_source_take(s, key, key, &e), -EOPNOTSUPP);
		assert_string_not_equal(e.text, "");
	}
	map_source_close(s);
}

static void case_sink_fails(const struct source_maker *maker, const struct map_info *info)
{
	static const int results[] = {-ENOSPC, -ENOENT, -EOPNOTSUPP, -ETIMEDOUT, 7};
	struct map_source *s = make(maker, info, fill_of(info));

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		for (int method = MAP_READ_AUTO; method <= MAP_READ_NEXT_KEY; method++) {
			struct source_pairs p = {.fail_with = results[i]};

			assert_int_equal(read_into(s, (enum map_read_method)method, &p),
					 results[i]);
			assert_int_equal(p.n_batches, 1);
			source_pairs_done(&p);
		}
	}
	map_source_close(s);
}

static void case_deadline(const struct source_maker *maker, const struct map_info *info)
{
	struct map_source *s = make(maker, info, fill_of(info));
	struct source_pairs p = {.info = &s->info};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p, .deadline_ns = 1};
	struct err e = {0};

	for (int method = MAP_READ_AUTO; method <= MAP_READ_NEXT_KEY; method++) {
		r.method = (enum map_read_method)method;
		assert_int_equal(map_source_read(s, &r, &e), -ETIMEDOUT);
		assert_string_not_equal(e.text, "");
	}
	if (map_type_is_drainable(info->type))
		assert_int_equal(map_source_drain(s, &r, &e), -ETIMEDOUT);
	assert_int_equal(p.n, 0);
	r.deadline_ns = clock_mono_ns() + 60 * NS_PER_S;
	assert_int_equal(map_source_read(s, &r, &e), 0);
	source_pairs_done(&p);
	map_source_close(s);
}

static void case_drain(const struct source_maker *maker, const struct map_info *info)
{
	struct map_source *s = make(maker, info, fill_of(info));
	struct source_pairs p = {.info = &s->info};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	struct err e = {0};

	if (map_type_is_drainable(info->type)) {
		assert_int_equal(map_source_drain(s, &r, &e), 0);
		source_pairs_assert(&p, fill_of(info));
		source_pairs_done(&p);
		assert_int_equal(map_source_drain(s, &r, &e), 0);
		assert_int_equal(p.n, 0);
	} else {
		assert_int_equal(map_source_drain(s, &r, &e), -EOPNOTSUPP);
		assert_string_not_equal(e.text, "");
		assert_int_equal(p.n, 0);
	}
	source_pairs_done(&p);
	map_source_close(s);
}

/* What was taken out was offered; what was not is still there. */
static void case_drain_sink_fails(const struct source_maker *maker, const struct map_info *info)
{
	struct map_source *s = make(maker, info, fill_of(info));
	struct source_pairs p = {.info = &s->info, .fail_with = -ENOMEM};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	uint32_t n_taken;

	if (map_type_is_drainable(info->type)) {
		assert_int_equal(map_source_drain(s, &r, NULL), -ENOMEM);
		n_taken = p.n;
		assert_true(n_taken > 0);
		p.fail_with = 0;
		assert_int_equal(map_source_read(s, &r, NULL), 0);
		source_pairs_assert(&p, fill_of(info));
		assert_true(n_taken <= p.n);
	}
	source_pairs_done(&p);
	map_source_close(s);
}

static void case_unreadable(const struct source_maker *maker)
{
	static const struct map_info traces = {
		.type = BPF_MAP_TYPE_STACK_TRACE,
		.key_size = 4,
		.value_size = 80,
		.max_entries = 8,
	};
	struct map_source *s = make(maker, &traces, 0);
	struct map_read r = {.sink = source_pairs_sink};
	struct err e = {0};
	uint64_t n = 77;

	for (int method = MAP_READ_AUTO; method <= MAP_READ_MAPPED; method++) {
		r.method = (enum map_read_method)method;
		assert_int_equal(map_source_read(s, &r, &e), -EOPNOTSUPP);
		assert_string_not_equal(e.text, "");
	}
	assert_int_equal(map_source_drain(s, &r, &e), -EOPNOTSUPP);
	assert_int_equal(map_source_take(s, NULL, NULL, &e), -EOPNOTSUPP);
	assert_int_equal(map_source_count(s, 0, &n, &e), 0);
	assert_int_equal(n, 0);
	map_source_close(s);
}

static const struct map_info queues[] = {
	{.type = BPF_MAP_TYPE_QUEUE, .value_size = 8, .max_entries = 1},
	{.type = BPF_MAP_TYPE_QUEUE, .value_size = 12, .max_entries = 10000},
	{.type = BPF_MAP_TYPE_QUEUE, .value_size = 9000, .max_entries = 300},
	{.type = BPF_MAP_TYPE_STACK, .value_size = 8, .max_entries = 1},
	{.type = BPF_MAP_TYPE_STACK, .value_size = 12, .max_entries = 10000},
};

static void case_pop(const struct source_maker *maker, const struct map_info *info)
{
	const uint32_t fills[] = {0, info->max_entries / 2, info->max_entries};

	for (size_t i = 0; i < ARRAY_SIZE(fills); i++) {
		struct map_source *s = make(maker, info, fills[i]);
		struct source_pairs p = {.info = &s->info};
		struct map_read r = {.sink = source_pairs_sink, .ctx = &p};

		assert_int_equal(map_source_drain(s, &r, NULL), 0);
		source_pairs_assert(&p, fills[i]);
		source_pairs_done(&p);
		assert_int_equal(map_source_drain(s, &r, NULL), 0);
		assert_int_equal(p.n, 0);
		map_source_close(s);
	}
}

/* Equal ones are as many as were pushed. */
static void case_pop_equal(const struct source_maker *maker, const struct map_info *info)
{
	struct map_info narrow = *info;
	struct map_source *s;
	struct source_pairs p = {0};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};

	narrow.value_size = 1; /* of i * 1000 */
	s = make(maker, &narrow, info->max_entries);
	p.info = &s->info;
	assert_int_equal(map_source_drain(s, &r, NULL), 0);
	source_pairs_assert(&p, info->max_entries);
	source_pairs_done(&p);
	map_source_close(s);
}

static void case_pop_unkeyed(const struct source_maker *maker, const struct map_info *info)
{
	struct map_source *s = make(maker, info, info->max_entries);
	struct source_pairs p = {.info = &s->info};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	struct err e = {0};
	uint64_t n = 77;

	for (int method = MAP_READ_AUTO; method <= MAP_READ_MAPPED; method++) {
		r.method = (enum map_read_method)method;
		assert_int_equal(map_source_read(s, &r, &e), -EOPNOTSUPP);
		assert_string_not_equal(e.text, "");
	}
	e = (struct err){0};
	assert_int_equal(map_source_take(s, NULL, NULL, &e), -EOPNOTSUPP);
	assert_string_not_equal(e.text, "");
	assert_int_equal(map_source_count(s, 0, &n, &e), -EOPNOTSUPP);
	assert_int_equal(n, 77);
	assert_int_equal(map_source_drain(s, &r, NULL), 0);
	source_pairs_assert(&p, info->max_entries);
	source_pairs_done(&p);
	assert_int_equal(map_source_count(s, 0, &n, &e), 0);
	assert_int_equal(n, 0);
	map_source_close(s);
}

/* What was popped was offered, also when the sink or the time ends it; the rest comes later. */
static void case_pop_ends(const struct source_maker *maker, const struct map_info *info)
{
	static const int results[] = {-ENOMEM, -ENOENT, -ETIMEDOUT, 7};

	for (size_t i = 0; i < ARRAY_SIZE(results); i++) {
		struct map_source *s = make(maker, info, info->max_entries);
		struct source_pairs p = {.info = &s->info, .fail_with = results[i]};
		struct map_read r = {.sink = source_pairs_sink, .ctx = &p, .deadline_ns = 1};
		struct err e = {0};

		assert_int_equal(map_source_drain(s, &r, &e), -ETIMEDOUT);
		assert_string_not_equal(e.text, "");
		assert_int_equal(p.n, 0);
		r.deadline_ns = clock_mono_ns() + 60 * NS_PER_S;
		assert_int_equal(map_source_drain(s, &r, NULL), results[i]);
		assert_int_equal(p.n_batches, 1);
		p.fail_with = 0;
		assert_int_equal(map_source_drain(s, &r, NULL), 0);
		source_pairs_assert(&p, info->max_entries);
		source_pairs_done(&p);
		map_source_close(s);
	}
}

static void case_no_btf(const struct source_maker *maker, const struct map_info *info)
{
	struct map_source *s = make(maker, info, 0);
	struct layout *key = NULL, *value = NULL;
	struct err e = {0};

	assert_int_equal(map_source_check(s, &e), 0);
	assert_string_equal(e.text, "");
	assert_int_equal(map_source_layouts(s, NULL, &key, &value, &e), MAP_SOURCE_NO_BTF);
	assert_string_not_equal(e.text, "");
	assert_null(key);
	assert_null(value);
	map_source_close(s);
}

/* Who asks whether it is there gets to know when it was pinned. */
static void case_touched(const struct source_maker *maker, const struct map_info *info)
{
	static const uint64_t times[] = {UINT64_C(1234567890123456789), 1, 0,
					 UINT64_C(2345678901000000007)};
	struct map_source *s = make(maker, info, 0);

	for (size_t i = 0; i < ARRAY_SIZE(times); i++) {
		uint64_t before = s->info.pinned_wall_ns;

		maker->touch(s, times[i]);
		assert_int_equal(s->info.pinned_wall_ns, before);
		assert_int_equal(map_source_check(s, NULL), 0);
		assert_int_equal(s->info.pinned_wall_ns, times[i]);
	}
	map_source_close(s);
}

void source_contract_run(const struct source_maker *maker)
{
	static void (*const cases[])(const struct source_maker *, const struct map_info *) = {
		case_read,     case_empty, case_sink_fails,
		case_deadline, case_drain, case_drain_sink_fails,
		case_no_btf,   case_count, case_take,
		case_touched,
	};
	static void (*const queue_cases[])(const struct source_maker *, const struct map_info *) = {
		case_pop,      case_pop_equal, case_pop_unkeyed,
		case_pop_ends, case_no_btf,    case_touched,
	};

	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(readable); j++)
			cases[i](maker, &readable[j]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(queue_cases); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(queues); j++)
			queue_cases[i](maker, &queues[j]);
	}
	case_unreadable(maker);
}
