// SPDX-License-Identifier: GPL-2.0-only
#include "source/memory_source.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "support/alloc_fault.h"
#include "support/maps.h"
#include "support/source_contract.h"

static struct map_source *make_memory_source(const struct map_info *info, uint32_t n)
{
	struct map_source *s = memory_source_new(info);
	size_t bytes = (size_t)info->n_cpus * info->value_stride;
	_cleanup_(freep) char *key = malloc(info->key_size + 1);
	_cleanup_(freep) char *values = malloc(bytes);

	assert_non_null(s);
	for (uint32_t i = 0; i < n; i++) {
		test_entry(&s->info, i, key, values);
		assert_int_equal(memory_source_put(s, key, values), 0);
	}
	return s;
}

static void test_memory_source__contract(void **state)
{
	static const struct source_maker maker = {
		.make = make_memory_source, .touch = memory_source_touch, .n_cpus = 3};

	(void)state;
	source_contract_run(&maker);
}

static const struct map_info hash = {.type = BPF_MAP_TYPE_HASH,
				     .key_size = 4,
				     .value_size = 8,
				     .max_entries = 4,
				     .n_cpus = 1,
				     .value_stride = 8};
static const struct map_info array = {.type = BPF_MAP_TYPE_ARRAY,
				      .key_size = 4,
				      .value_size = 8,
				      .max_entries = 4,
				      .n_cpus = 1,
				      .value_stride = 8};

struct refill {
	struct map_source *s;
	unsigned int n;
};

static int push_again(void *ctx, const struct map_batch *batch)
{
	struct refill *r = ctx;
	uint64_t value = 2;

	r->n += batch->n;
	assert_int_equal(memory_source_put(r->s, NULL, &value), 0);
	return 0;
}

/* Full is full, also of equal ones; none of them has a key. */
static void test_memory_source_put__queue(void **state)
{
	struct map_info queue = hash;
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	uint64_t value = 1;
	uint32_t key = 0;

	(void)state;
	queue.type = BPF_MAP_TYPE_QUEUE;
	queue.key_size = 0;
	s = memory_source_new(&queue);
	for (int i = 0; i < 4; i++)
		assert_int_equal(memory_source_put(s, NULL, &value), 0);
	assert_int_equal(memory_source_put(s, NULL, &value), -E2BIG);
	assert_int_equal(memory_source_remove(s, &key), -EINVAL);
}

/* One that never gets empty: so many of a drain as it holds. */
static void test_memory_source__refilled(void **state)
{
	static const struct memory_source_faults one_by_one = {.batch_size = 1};
	struct map_info queue = hash;
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	struct refill refill = {.n = 0};
	struct map_read r = {.sink = push_again, .ctx = &refill};
	uint64_t value = 1;

	(void)state;
	queue.type = BPF_MAP_TYPE_STACK;
	queue.key_size = 0;
	refill.s = s = memory_source_new(&queue);
	memory_source_set_faults(s, &one_by_one);
	assert_int_equal(memory_source_put(s, NULL, &value), 0);
	assert_int_equal(map_source_drain(s, &r, NULL), 0);
	assert_int_equal(refill.n, 4);
}

static void test_memory_source_put__result(void **state)
{
	_cleanup_(map_source_closep) struct map_source *h = memory_source_new(&hash);
	_cleanup_(map_source_closep) struct map_source *a = memory_source_new(&array);
	uint64_t value = 1;
	uint32_t key;

	(void)state;
	for (key = 0; key < 4; key++)
		assert_int_equal(memory_source_put(h, &key, &value), 0);
	assert_int_equal(memory_source_put(h, &key, &value), -E2BIG);
	assert_int_equal(memory_source_put(a, &key, &value), -E2BIG);
	key = 3;
	assert_int_equal(memory_source_put(h, &key, &value), 0);
	assert_int_equal(memory_source_put(a, &key, &value), 0);
	assert_int_equal(memory_source_remove(a, &key), -EINVAL);
	assert_int_equal(memory_source_remove(h, &key), 0);
	assert_int_equal(memory_source_remove(h, &key), -ENOENT);
	key = 4;
	assert_int_equal(memory_source_put(h, &key, &value), 0);
}

static void test_memory_source__keeps_order(void **state)
{
	_cleanup_(map_source_closep) struct map_source *s = make_memory_source(&hash, 4);
	struct source_pairs p = {.info = &s->info};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	uint32_t gone = 1, keys[3];

	(void)state;
	assert_int_equal(memory_source_remove(s, &gone), 0);
	assert_int_equal(map_source_read(s, &r, NULL), 0);
	assert_int_equal(p.n, 3);
	for (size_t i = 0; i < 3; i++)
		memcpy(&keys[i], p.data + i * 12, 4);
	assert_int_equal(keys[0], 0);
	assert_int_equal(keys[1], 2);
	assert_int_equal(keys[2], 3);
	source_pairs_done(&p);
}

static void test_memory_source__faults(void **state)
{
	_cleanup_(map_source_closep) struct map_source *s = make_memory_source(&hash, 4);
	struct source_pairs p = {.info = &s->info};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	struct memory_source_faults faults = {
		.check = MAP_SOURCE_REPLACED,
		.count = -EPERM,
		.take = -EBUSY,
		.after_batches_err = -EBUSY,
		.n_batches = 1,
		.batch_size = 3,
	};
	struct err e = {0};
	uint32_t key = 0;
	uint64_t n, value;

	(void)state;
	memory_source_set_faults(s, &faults);
	assert_int_equal(map_source_check(s, &e), MAP_SOURCE_REPLACED);
	assert_string_not_equal(e.text, "");
	e.text[0] = '\0';
	assert_int_equal(map_source_count(s, 0, &n, &e), -EPERM);
	assert_string_not_equal(e.text, "");
	e.text[0] = '\0';
	assert_int_equal(map_source_take(s, &key, &value, &e), -EBUSY);
	assert_string_not_equal(e.text, "");
	assert_int_equal(map_source_read(s, &r, &e), -EBUSY);
	assert_int_equal(p.n, 3);
	p.n = 0;
	assert_int_equal(map_source_drain(s, &r, &e), -EBUSY);
	assert_int_equal(p.n, 3);
	memory_source_set_faults(s, &(struct memory_source_faults){0});
	assert_int_equal(map_source_check(s, NULL), 0);
	assert_int_equal(map_source_drain(s, &r, NULL), 0);
	source_pairs_assert(&p, 4); /* the one that was left came last */
	source_pairs_done(&p);
}

static struct layout *make_layout(void)
{
	struct layout *l = layout_new();
	struct field *f = field_add_member(&l->root);

	l->root.size = 8;
	l->root.type_name = strdup("struct pair");
	f->name = strdup("mode");
	f->kind = FIELD_ENUM;
	f->size = 4;
	f->n_enumerators = 1;
	f->enumerators = calloc(1, sizeof(*f->enumerators));
	f->enumerators[0] = (struct enumerator){.value = 7, .name = strdup("SEVEN")};
	f = field_add_member(&l->root);
	f->name = strdup("list");
	f->kind = FIELD_ARRAY;
	f->n_elems = 2;
	f->offset = 4;
	f->size = 4;
	f = field_add_member(f);
	f->kind = FIELD_UINT;
	f->size = 2;
	return l;
}

static void test_memory_source__layouts(void **state)
{
	_cleanup_(map_source_closep) struct map_source *s = memory_source_new(&hash);
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	uint32_t offset;
	long nth;

	(void)state;
	memory_source_set_layouts(s, NULL, make_layout());
	for (nth = 0;; nth++) {
		int r;

		alloc_fault_arm(nth);
		r = map_source_layouts(s, NULL, &key, &value, NULL);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(value);
	}
	assert_true(nth > 6);
	assert_null(key);
	memory_source_set_layouts(s, NULL, NULL); /* what was given is a copy */
	assert_string_equal(value->root.type_name, "struct pair");
	assert_string_equal(layout_find(value, STR("mode"), &offset)->enumerators[0].name, "SEVEN");
	assert_int_equal(layout_find(value, STR("list.1"), &offset)->size, 2);
	assert_int_equal(offset, 6);
}

static int use_everything(const struct map_info *info)
{
	_cleanup_(map_source_closep) struct map_source *s = memory_source_new(info);
	uint64_t value = 1;
	int r = s ? 0 : -ENOMEM;

	for (uint32_t key = 0; r == 0 && key < info->max_entries; key++)
		r = memory_source_put(s, &key, &value);
	return r;
}

static void test_memory_source__without_memory(void **state)
{
	struct map_info infos[] = {hash, array};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(infos); i++) {
		long nth;
		int r;

		infos[i].max_entries = 1000;
		for (nth = 0;; nth++) {
			alloc_fault_arm(nth);
			r = use_everything(&infos[i]);
			if (!alloc_fault_disarm())
				break;
			assert_int_equal(r, -ENOMEM);
		}
		assert_int_equal(r, 0);
		assert_true(nth > 3);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_source__contract),
		cmocka_unit_test(test_memory_source_put__result),
		cmocka_unit_test(test_memory_source_put__queue),
		cmocka_unit_test(test_memory_source__refilled),
		cmocka_unit_test(test_memory_source__keeps_order),
		cmocka_unit_test(test_memory_source__faults),
		cmocka_unit_test(test_memory_source__layouts),
		cmocka_unit_test(test_memory_source__without_memory),
	};

	return cmocka_run_group_tests_name("memory_source", tests, NULL, NULL);
}
