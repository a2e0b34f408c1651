// SPDX-License-Identifier: GPL-2.0-only
/* Draining queues and stacks of the kernel, beside what every source does
 * (support/source_contract.h). */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "source/map_ops.h"
#include "source/map_source.h"
#include "support/maps.h"
#include "support/source_contract.h"

static void test_map_pop__not_permitted(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK};

	(void)state;
	for (size_t i = 0; i < 2 * ARRAY_SIZE(types); i++) {
		_cleanup_(close_fdp) int fd = test_map_create(types[i / 2], 0, 8, 4, 0);
		_cleanup_(map_source_closep) struct map_source *s = NULL;
		struct source_pairs p = {0};
		struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
		struct err e = {0};
		uint64_t value;

		test_map_fill(fd, 4);
		if (i % 2)
			assert_int_equal(map_freeze(fd), 0);
		s = source_of_pin(fd, "frozen", i % 2);
		assert_int_equal(map_source_drain(s, &r, &e), -EPERM);
		assert_non_null(strstr(e.text, "not permitted"));
		assert_int_equal(p.n, 0);
		assert_int_equal(map_lookup(fd, NULL, &value), 0);
	}
}

/* A program that pushes as fast as is popped does not keep the drain for ever. */
struct pusher {
	int fd;
	uint64_t n_popped, next;
};

static int push_again(void *ctx, const struct map_batch *batch)
{
	struct pusher *p = ctx;

	for (uint32_t i = 0; i < batch->n; i++, p->next++)
		assert_int_equal(map_update(p->fd, NULL, &p->next, BPF_ANY), 0);
	p->n_popped += batch->n;
	return 0;
}

static void test_map_pop__refilled(void **state)
{
	static const uint32_t sizes[] = {1, 7, 4096, 10000};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(sizes); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(BPF_MAP_TYPE_QUEUE, 0, 8, sizes[i], 0);
		_cleanup_(map_source_closep) struct map_source *s =
			source_of_pin(fd, "refilled", true);
		struct pusher p = {.fd = fd};
		struct map_read r = {.sink = push_again, .ctx = &p};

		test_map_fill(fd, sizes[i]);
		assert_int_equal(map_source_drain(s, &r, NULL), 0);
		assert_int_equal(p.n_popped, sizes[i]);
		assert_int_equal(map_source_drain(s, &r, NULL), 0);
		assert_int_equal(p.n_popped, 2 * sizes[i]);
	}
}

struct pushing {
	int fd;
	uint64_t n, sum;
};

/* Each number once, where there is room. */
static void *push(void *ctx)
{
	struct pushing *p = ctx;

	for (uint64_t value = 1; value <= 100000; value++) {
		if (map_update(p->fd, NULL, &value, BPF_ANY) == 0) {
			p->n++;
			p->sum += value;
		}
	}
	return NULL;
}

static int sum_up_events(void *ctx, const struct map_batch *batch)
{
	struct pushing *p = ctx;

	for (uint32_t i = 0; i < batch->n; i++)
		p->sum += ((const uint64_t *)batch->values)[i];
	p->n += batch->n;
	return 0;
}

static void test_map_pop__loses_nothing(void **state)
{
	static const uint32_t types[] = {BPF_MAP_TYPE_QUEUE, BPF_MAP_TYPE_STACK};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(types); i++) {
		_cleanup_(close_fdp) int fd = test_map_create(types[i], 0, 8, 500, 0);
		_cleanup_(map_source_closep) struct map_source *s =
			source_of_pin(fd, "events", true);
		struct pushing p = {.fd = fd}, popped = {.n = 0};
		struct map_read r = {.sink = sum_up_events, .ctx = &popped};
		pthread_t thread;

		assert_int_equal(pthread_create(&thread, NULL, push, &p), 0);
		while (pthread_tryjoin_np(thread, NULL))
			assert_int_equal(map_source_drain(s, &r, NULL), 0);
		assert_int_equal(map_source_drain(s, &r, NULL), 0);
		assert_int_equal(popped.n, p.n);
		assert_int_equal(popped.sum, p.sum);
		assert_true(p.n > 500);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_pop__not_permitted),
		cmocka_unit_test(test_map_pop__refilled),
		cmocka_unit_test(test_map_pop__loses_nothing),
	};

	return test_maps_run("test_map_pop", tests);
}
