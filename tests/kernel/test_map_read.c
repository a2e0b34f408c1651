// SPDX-License-Identifier: GPL-2.0-only
/* Reading and draining maps of the kernel, while they stay as they are and while they do not. */
#include "source/map_source.h"

#include <errno.h>
#include <linux/bpf.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "source/map_ops.h"
#include "support/maps.h"
#include "support/source_contract.h"

static int read_array(void *ctx)
{
	const char *path = ctx;
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	struct source_pairs p = {0};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	int q = map_source_open(path, false, &s, NULL);

	if (q)
		return q;
	p.info = &s->info;
	q = map_source_read(s, &r, NULL);
	if (q)
		return q;
	source_pairs_assert(&p, 6000);
	source_pairs_done(&p);
	r.method = MAP_READ_MAPPED;
	q = map_source_read(s, &r, NULL);
	source_pairs_done(&p);
	return q;
}

/* A read-only source maps the memory where the pin lets it; elsewhere batches do. */
static void test_map_source_read__mapped_read_only(void **state)
{
	_cleanup_(close_fdp) int fd =
		test_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 6000, BPF_F_MMAPABLE);
	struct test_pin pin = test_pin(fd, "mapped");

	(void)state;
	test_map_fill(fd, 6000);
	assert_int_equal(chmod(pin.path, 0644), 0);
	assert_int_equal(read_array(pin.path), 0);
	assert_int_equal(test_as_nobody(read_array, pin.path), -EOPNOTSUPP);
	assert_int_equal(map_freeze(fd), 0);
	assert_int_equal(read_array(pin.path), 0);
	test_unpin(&pin);
}

static unsigned int count_mappings(void)
{
	FILE *f = fopen("/proc/self/maps", "re");
	char line[512];
	unsigned int n = 0;

	assert_non_null(f);
	while (fgets(line, sizeof(line), f))
		n += strstr(line, "bpf-map") != NULL;
	fclose(f);
	return n;
}

/* The memory is mapped once, for as long as the source is open. */
static void test_map_source_read__mapped_once(void **state)
{
	_cleanup_(close_fdp) int fd =
		test_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 6000, BPF_F_MMAPABLE);
	unsigned int n_before = count_mappings();

	(void)state;
	test_map_fill(fd, 6000);
	for (int writable = 0; writable <= 1; writable++) {
		struct map_source *s = source_of_pin(fd, "mapped_once", writable);

		for (int i = 0; i < 5; i++) {
			struct source_pairs p = {.info = &s->info};
			struct map_read r = {
				.sink = source_pairs_sink, .ctx = &p, .method = MAP_READ_MAPPED};

			assert_int_equal(map_source_read(s, &r, NULL), 0);
			source_pairs_assert(&p, 6000);
			source_pairs_done(&p);
			assert_int_equal(count_mappings(), n_before + 1);
		}
		map_source_close(s);
		assert_int_equal(count_mappings(), n_before);
	}
}

/* Another map is pinned there before the memory was ever mapped: it is not taken for this one. */
static void test_map_source_read__mapped_not_by_another_pin(void **state)
{
	_cleanup_(close_fdp) int fd =
		test_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 100, BPF_F_MMAPABLE);
	_cleanup_(close_fdp) int other =
		test_map_create(BPF_MAP_TYPE_ARRAY, 4, 8, 100, BPF_F_MMAPABLE);
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	struct source_pairs p = {0};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};

	(void)state;
	test_map_fill(fd, 100);
	s = source_of_pin(fd, "mapped_late", false);
	test_pin(other, "mapped_late");
	p.info = &s->info;
	assert_int_equal(map_source_read(s, &r, NULL), 0);
	source_pairs_assert(&p, 100);
	source_pairs_done(&p);
	r.method = MAP_READ_MAPPED;
	assert_int_equal(map_source_read(s, &r, NULL), -EOPNOTSUPP);
}

/* The longest keys there are, in several batches. */
static void test_map_source_read__longest_keys(void **state)
{
	enum { N = 10000 };
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_LPM_TRIE, 260, 8, N, 0);
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "longest", false);
	static const enum map_read_method methods[] = {MAP_READ_BATCH, MAP_READ_NEXT_KEY};

	(void)state;
	test_map_fill(fd, N);
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		struct source_pairs p = {.info = &s->info};
		struct map_read r = {.sink = source_pairs_sink, .ctx = &p, .method = methods[i]};

		assert_int_equal(map_source_read(s, &r, NULL), 0);
		assert_true(p.n_batches >= 3);
		source_pairs_assert(&p, N);
		source_pairs_done(&p);
	}
}

static void test_map_source_drain__frozen(void **state)
{
	_cleanup_(close_fdp) int frozen = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	struct source_pairs p = {0};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};
	struct err e = {0};

	(void)state;
	test_map_fill(frozen, 4);
	assert_int_equal(map_freeze(frozen), 0);
	s = source_of_pin(frozen, "frozen", true);
	p.info = &s->info;
	assert_int_equal(map_source_drain(s, &r, &e), -EPERM);
	assert_non_null(strstr(e.text, "not permitted"));
	assert_int_equal(map_source_read(s, &r, &e), 0);
	source_pairs_assert(&p, 4);
	source_pairs_done(&p);
}

static int count_pairs(void *ctx, const struct map_batch *batch)
{
	*(uint32_t *)ctx += batch->n;
	return 0;
}

/* Deletes, from inside the sink, the key that the walk stands on; a few times. */
struct saboteur {
	struct source_pairs pairs;
	int fd;
	uint32_t n_made; /* the next key that replace() makes */
};

static int sabotage(void *ctx, const struct map_batch *batch)
{
	struct saboteur *s = ctx;
	uint32_t key_size = s->pairs.info->key_size;
	const char *last = (const char *)batch->keys + (size_t)(batch->n - 1) * key_size;

	if (s->pairs.n_batches < 3)
		assert_int_equal(map_delete(s->fd, last), 0);
	return source_pairs_sink(&s->pairs, batch);
}

static void test_map_source_read__keys_that_vanish(void **state)
{
	static const struct {
		uint32_t type, key_size;
		enum map_read_method method;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, 4, MAP_READ_BATCH},
		{BPF_MAP_TYPE_HASH, 4, MAP_READ_NEXT_KEY},
		{BPF_MAP_TYPE_PERCPU_HASH, 4, MAP_READ_NEXT_KEY},
		{BPF_MAP_TYPE_LPM_TRIE, 8, MAP_READ_BATCH},
		{BPF_MAP_TYPE_LPM_TRIE, 8, MAP_READ_NEXT_KEY},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(cases[i].type, cases[i].key_size, 8, 20000, 0);
		_cleanup_(map_source_closep) struct map_source *s = NULL;
		struct saboteur saboteur = {.fd = fd};
		struct map_read r = {.sink = sabotage, .ctx = &saboteur, .method = cases[i].method};

		test_map_fill(fd, 20000);
		s = source_of_pin(fd, "vanish", false);
		saboteur.pairs.info = &s->info;
		assert_int_equal(map_source_read(s, &r, NULL), 0);
		assert_true(saboteur.pairs.n_batches >= 4);
		source_pairs_assert(&saboteur.pairs, 20000); /* each was seen before it went */
		source_pairs_done(&saboteur.pairs);
	}
}

/* Deletes what it is given, and puts something new in for it. */
static int replace(void *ctx, const struct map_batch *batch)
{
	struct saboteur *s = ctx;
	const char *key = batch->keys;

	for (uint32_t i = 0; i < batch->n; i++, key += 8)
		map_delete(s->fd, key);
	for (uint32_t i = 0; i < batch->n; i++, s->n_made++) {
		uint64_t key_and_value[2];

		test_entry(s->pairs.info, s->n_made, &key_and_value[0], &key_and_value[1]);
		map_update(s->fd, &key_and_value[0], &key_and_value[1], BPF_ANY);
	}
	return 0;
}

static void test_map_source_read__ends_though_it_starts_over(void **state)
{
	static const enum map_read_method methods[] = {MAP_READ_BATCH, MAP_READ_NEXT_KEY};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		_cleanup_(close_fdp) int fd =
			test_map_create(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 20000, 0);
		_cleanup_(map_source_closep) struct map_source *s = NULL;
		struct saboteur saboteur = {.fd = fd, .n_made = 20000};
		struct map_read r = {.sink = replace, .ctx = &saboteur, .method = methods[i]};
		struct err e = {0};

		test_map_fill(fd, 20000);
		s = source_of_pin(fd, "restless", false);
		saboteur.pairs.info = &s->info;
		assert_int_equal(map_source_read(s, &r, &e), -EBUSY);
		assert_non_null(strstr(e.text, "faster"));
	}
}

struct churn {
	int fd;
	bool stop;
};

/* Keys from 1000 on come and go as fast as they can. */
static void *churn(void *ctx)
{
	struct churn *c = ctx;
	uint64_t value = 1;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		for (uint32_t key = 1000; key < 1500; key++)
			map_update(c->fd, &key, &value, BPF_ANY);
		for (uint32_t key = 1000; key < 1500; key++)
			map_delete(c->fd, &key);
	}
	return NULL;
}

/* Whoever is there throughout is read exactly once, whatever happens around it. */
static void test_map_source_read__under_churn(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 2000, 0);
	struct churn c = {.fd = fd};
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	pthread_t thread;

	(void)state;
	test_map_fill(fd, 1000);
	s = source_of_pin(fd, "churn", false);
	assert_int_equal(pthread_create(&thread, NULL, churn, &c), 0);
	for (int i = 0; i < 40; i++) {
		struct source_pairs p = {.info = &s->info};
		struct map_read r = {.sink = source_pairs_sink,
				     .ctx = &p,
				     .method = i % 2 ? MAP_READ_BATCH : MAP_READ_NEXT_KEY};
		unsigned char n_seen[1500] = {0};
		uint32_t key;

		assert_int_equal(map_source_read(s, &r, NULL), 0);
		for (uint32_t j = 0; j < p.n; j++) {
			memcpy(&key, p.data + j * 12, 4);
			assert_true(key < 1500);
			assert_int_equal(n_seen[key]++, 0);
		}
		for (key = 0; key < 1000; key++)
			assert_int_equal(n_seen[key], 1);
		source_pairs_done(&p);
	}
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

/* Updates everything but the key that the walk stands on, which puts it before that one. */
static int update_all(void *ctx, const struct map_batch *batch)
{
	struct saboteur *s = ctx;
	const struct map_info *info = s->pairs.info;
	const char *last = (const char *)batch->keys + (size_t)(batch->n - 1) * info->key_size;
	_cleanup_(freep) char *value = malloc(info->value_stride);

	for (uint32_t i = 0; i < info->max_entries; i++) {
		char key[8];

		test_entry(info, i, key, value);
		if (memcmp(key, last, info->key_size) != 0)
			assert_int_equal(map_update(s->fd, key, value, BPF_EXIST), 0);
	}
	return source_pairs_sink(&s->pairs, batch);
}

/* Large values, so that there are many batches, and someone behind the last of one of them. */
static void test_map_source_read__updates_move_nobody_away(void **state)
{
	enum { N = 500 };
	static const struct {
		uint32_t type, key_size;
		enum map_read_method method;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, 4, MAP_READ_NEXT_KEY},
		{BPF_MAP_TYPE_HASH, 4, MAP_READ_BATCH},
		{BPF_MAP_TYPE_LPM_TRIE, 8, MAP_READ_NEXT_KEY},
		{BPF_MAP_TYPE_LPM_TRIE, 8, MAP_READ_BATCH},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(close_fdp) int fd = test_map_create(cases[i].type, cases[i].key_size,
							      30000, N, BPF_F_NO_PREALLOC);
		_cleanup_(map_source_closep) struct map_source *s = NULL;
		struct saboteur saboteur = {.fd = fd};
		struct map_read r = {
			.sink = update_all, .ctx = &saboteur, .method = cases[i].method};

		test_map_fill(fd, N);
		s = source_of_pin(fd, "moves", false);
		saboteur.pairs.info = &s->info;
		assert_int_equal(map_source_read(s, &r, NULL), 0);
		assert_true(saboteur.pairs.n_batches >= 10);
		source_pairs_assert(&saboteur.pairs, N);
		source_pairs_done(&saboteur.pairs);
	}
}

/* The nodes of a trie are replaced under whoever walks it. */
static void *update_trie(void *ctx)
{
	struct churn *c = ctx;
	struct map_info info = test_map_info(c->fd);
	uint64_t key, value;

	while (!__atomic_load_n(&c->stop, __ATOMIC_RELAXED)) {
		for (uint32_t i = 0; i < 2000; i++) {
			test_entry(&info, i, &key, &value);
			map_update(c->fd, &key, &value, BPF_EXIST);
		}
	}
	return NULL;
}

static void test_map_source_read__trie_under_updates(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_LPM_TRIE, 8, 8, 4000, 0);
	struct churn c = {.fd = fd};
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	pthread_t thread;

	(void)state;
	test_map_fill(fd, 2000);
	s = source_of_pin(fd, "trie", false);
	assert_int_equal(pthread_create(&thread, NULL, update_trie, &c), 0);
	for (int i = 0; i < 1000; i++) {
		uint32_t n = 0;
		struct map_read r = {.sink = count_pairs, .ctx = &n, .method = MAP_READ_BATCH};

		assert_int_equal(map_source_read(s, &r, NULL), 0);
		assert_int_equal(n, 2000);
	}
	__atomic_store_n(&c.stop, true, __ATOMIC_RELAXED);
	pthread_join(thread, NULL);
}

static int sum_up(void *ctx, const struct map_batch *batch)
{
	uint64_t *total = ctx;

	for (uint32_t i = 0; i < batch->n; i++)
		*total += ((const uint64_t *)batch->values)[i];
	return 0;
}

struct counting {
	int fd;
	uint64_t n_counted;
};

/* Inserts only keys that are not there: nothing is lost between lookup and update. */
static void *count(void *ctx)
{
	struct counting *c = ctx;

	for (int round = 0; round < 200; round++) {
		for (uint32_t key = 0; key < 500; key++) {
			uint64_t one = 1;

			if (map_update(c->fd, &key, &one, BPF_NOEXIST) == 0)
				c->n_counted++;
		}
	}
	return NULL;
}

static void test_map_source_drain__loses_nothing(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 500, 0);
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "drain", true);
	struct counting c = {.fd = fd};
	uint64_t total = 0;
	struct map_read r = {.sink = sum_up, .ctx = &total};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, count, &c), 0);
	for (int i = 0; i < 200; i++)
		assert_int_equal(map_source_drain(s, &r, NULL), 0);
	pthread_join(thread, NULL);
	assert_int_equal(map_source_drain(s, &r, NULL), 0);
	assert_int_equal(total, c.n_counted);
}

/* What is taken one by one, while others put it in, is what was put in. */
static void test_map_source_take__loses_nothing(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 500, 0);
	_cleanup_(map_source_closep) struct map_source *s = source_of_pin(fd, "take", true);
	struct counting c = {.fd = fd};
	uint64_t total = 0, value;
	struct map_read r = {.sink = sum_up, .ctx = &total};
	pthread_t thread;

	(void)state;
	assert_int_equal(pthread_create(&thread, NULL, count, &c), 0);
	for (int i = 0; i < 100; i++) {
		for (uint32_t key = 0; key < 500; key++) {
			int q = map_source_take(s, &key, &value, NULL);

			assert_true(q == 0 || q == -ENOENT);
			total += q == 0 ? value : 0;
		}
	}
	pthread_join(thread, NULL);
	assert_int_equal(map_source_drain(s, &r, NULL), 0);
	assert_int_equal(total, c.n_counted);
}

static void test_map_source_take__not_permitted(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	uint32_t key = 2;
	uint64_t value;

	(void)state;
	test_map_fill(fd, 4);
	for (int writable = 0; writable <= 1; writable++) {
		_cleanup_(map_source_closep) struct map_source *s =
			source_of_pin(fd, "forbidden", writable);
		struct err e = {""};

		if (writable)
			assert_int_equal(map_freeze(fd), 0);
		assert_int_equal(map_source_take(s, &key, &value, &e), -EPERM);
		assert_non_null(strstr(e.text, "not permitted"));
		assert_int_equal(map_lookup(fd, &key, &value), 0);
	}
}

/* A map that is only known by its id: open for the call alone, and gone with its owner. */
static void test_map_source_take__by_id(void **state)
{
	int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 4, 0);
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	char locator[32];
	uint32_t key = 2;
	uint64_t value;
	struct err e = {""};

	(void)state;
	test_map_fill(fd, 4);
	snprintf(locator, sizeof(locator), "id:%u", test_map_info(fd).id);
	assert_int_equal(map_source_open(locator, true, &s, &e), 0);
	assert_int_equal(map_source_take(s, &key, &value, &e), 0);
	assert_int_equal(value, 2000);
	assert_int_equal(map_source_take(s, &key, &value, &e), -ENOENT);
	close(fd);
	for (int i = 0; i < 500 && map_source_check(s, NULL) == 0; i++)
		usleep(10000);
	key = 1;
	assert_int_equal(map_source_take(s, &key, &value, &e), -ENOENT);
	assert_non_null(strstr(e.text, "no map"));
}

/* Values so large that a batch begins with one pair; several share a bucket. */
static void test_map_source_read__grows(void **state)
{
	enum { VALUE_BYTES = 600000, N = 16 };
	_cleanup_(close_fdp) int fd =
		test_map_create(BPF_MAP_TYPE_HASH, 4, VALUE_BYTES, N, BPF_F_NO_PREALLOC);
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	struct source_pairs p = {0};
	struct map_read r = {.sink = source_pairs_sink, .ctx = &p};

	(void)state;
	test_map_fill(fd, N);
	s = source_of_pin(fd, "grows", true);
	p.info = &s->info;
	assert_int_equal(map_source_read(s, &r, NULL), 0);
	source_pairs_assert(&p, N);
	source_pairs_done(&p);
	assert_int_equal(map_source_drain(s, &r, NULL), 0);
	source_pairs_assert(&p, N);
	source_pairs_done(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_source_read__mapped_read_only),
		cmocka_unit_test(test_map_source_read__mapped_once),
		cmocka_unit_test(test_map_source_read__mapped_not_by_another_pin),
		cmocka_unit_test(test_map_source_read__longest_keys),
		cmocka_unit_test(test_map_source_drain__frozen),
		cmocka_unit_test(test_map_source_read__keys_that_vanish),
		cmocka_unit_test(test_map_source_read__ends_though_it_starts_over),
		cmocka_unit_test(test_map_source_read__under_churn),
		cmocka_unit_test(test_map_source_drain__loses_nothing),
		cmocka_unit_test(test_map_source_read__updates_move_nobody_away),
		cmocka_unit_test(test_map_source_read__trie_under_updates),
		cmocka_unit_test(test_map_source_take__loses_nothing),
		cmocka_unit_test(test_map_source_take__not_permitted),
		cmocka_unit_test(test_map_source_take__by_id),
		cmocka_unit_test(test_map_source_read__grows),
	};

	return test_maps_run("map_read", tests);
}
