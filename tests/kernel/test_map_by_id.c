// SPDX-License-Identifier: GPL-2.0-only
/* Maps that nobody pinned: found by name, opened by id, and not kept alive. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <bpf/btf.h>

#include "source/map_find.h"
#include "source/map_ops.h"
#include "source/map_source.h"
#include "support/alloc_fault.h"
#include "support/maps.h"
#include "support/source_contract.h"

struct locator {
	char text[32];
};

static struct locator locator_of(uint32_t id)
{
	struct locator l;

	snprintf(l.text, sizeof(l.text), "id:%u", id);
	return l;
}

static int create_named(const char *name)
{
	const struct map_create_opts opts = {.type = BPF_MAP_TYPE_HASH,
					     .name = name,
					     .key_size = 4,
					     .value_size = 8,
					     .max_entries = 100};
	int fd = map_create(&opts);

	if (fd < 0)
		fail_msg("map_create(%s): %s", name, err_name(fd));
	return fd;
}

static struct map_source *open_id(int fd, bool writable)
{
	struct locator l = locator_of(test_map_info(fd).id);
	struct map_source *s = NULL;
	struct err e = {0};

	if (map_source_open(l.text, writable, &s, &e))
		fail_msg("%s", e.text);
	return s;
}

/* The kernel frees a map a moment after its last user is gone. */
static bool is_gone_soon(uint32_t id)
{
	const struct timespec moment = {.tv_nsec = 10000000};

	for (int i = 0; i < 500; i++) {
		_cleanup_(close_fdp) int fd = map_get_by_id(id, 0);

		if (fd == -ENOENT)
			return true;
		close_fdp(&fd);
		fd = -1;
		nanosleep(&moment, NULL);
	}
	return false;
}

static void test_map_by_id__get(void **state)
{
	_cleanup_(close_fdp) int fd = create_named("xq_get");
	_cleanup_(close_fdp) int again = map_get_by_id(test_map_info(fd).id, BPF_F_RDONLY);
	uint32_t key = 1;
	uint64_t value = 2;

	(void)state;
	assert_int_equal(test_map_info(again).id, test_map_info(fd).id);
	assert_int_equal(map_update(fd, &key, &value, 0), 0);
	assert_int_equal(map_lookup(again, &key, &value), 0);
	assert_int_equal(map_delete(again, &key), -EPERM);
	assert_int_equal(map_get_by_id(0x7ffffffe, 0), -ENOENT);
	assert_int_equal(map_get_by_id(0, 0), -ENOENT);
	assert_int_equal(map_get_by_id(test_map_info(fd).id, 1u << 31), -EINVAL);
}

static void test_map_by_id__next(void **state)
{
	_cleanup_(close_fdp) int fd = create_named("xq_next");
	uint32_t id = 0, last = 0, mine = test_map_info(fd).id;
	bool found = false;
	int r;

	(void)state;
	while ((r = map_next_id(last, &id)) == 0) {
		assert_true(id > last);
		found |= id == mine;
		last = id;
	}
	assert_int_equal(r, -ENOENT);
	assert_true(found);
	assert_int_equal(map_next_id(mine - 1, &id), 0);
	assert_int_equal(id, mine);
	assert_int_equal(map_next_id(0x7fffffff, &id), -EINVAL);
}

static int next_id(void *ctx)
{
	return map_next_id(0, ctx);
}

static int get_by_id(void *ctx)
{
	return map_get_by_id(*(uint32_t *)ctx, BPF_F_RDONLY);
}

static void test_map_by_id__ops_without_privilege(void **state)
{
	_cleanup_(close_fdp) int fd = create_named("xq_ops");
	uint32_t id = test_map_info(fd).id;

	(void)state;
	assert_int_equal(test_as_nobody(get_by_id, &id), -EPERM);
	assert_int_equal(test_as_nobody(next_id, &id), -EPERM);
}

static void assert_found(const char *name, const uint32_t *ids, size_t n)
{
	_cleanup_(pin_matches_done) struct pin_matches found = {0};
	struct err e = {0};

	if (map_find_name(name, &found, &e))
		fail_msg("%s", e.text);
	assert_int_equal(found.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_string_equal(found.items[i].path, locator_of(ids[i]).text);
		assert_int_equal(found.items[i].n_captures, 0);
	}
}

static void test_map_find__name(void **state)
{
	static const char *const others[] = {"xq.bs", "xq.bsss", "xq", "xq.bss "};
	_cleanup_(close_fdp) int a = create_named("xq.bss"), b = create_named("xq.bss");
	_cleanup_(close_fdp) int c = create_named("xq_long_name_15");
	uint32_t ids[] = {test_map_info(a).id, test_map_info(b).id}, id = test_map_info(c).id;

	(void)state;
	assert_true(ids[0] < ids[1]);
	assert_found("xq.bss", ids, 2);
	assert_found("xq_long_name_15", &id, 1);
	assert_found("xq_long_name_15_and_more", &id, 1);
	assert_found("xq_long_name_1", NULL, 0);
	for (size_t i = 0; i < ARRAY_SIZE(others); i++)
		assert_found(others[i], NULL, 0);
	close(take_fd(&a));
	assert_true(is_gone_soon(ids[0]));
	assert_found("xq.bss", &ids[1], 1);
	close(take_fd(&b));
	assert_true(is_gone_soon(ids[1]));
	assert_found("xq.bss", NULL, 0);
}

static void test_map_find__id(void **state)
{
	static const uint32_t ids[] = {1, 42, 4294967295};
	static const char *const locators[] = {"id:1", "id:42", "id:4294967295"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(ids); i++) {
		_cleanup_(pin_matches_done) struct pin_matches found = {0};
		struct err e = {0};

		assert_int_equal(map_find_id(ids[i], &found, &e), 0);
		assert_int_equal(found.n, 1);
		assert_string_equal(found.items[0].path, locators[i]);
		assert_int_equal(found.items[0].n_captures, 0);
	}
}

static void test_map_find__without_memory(void **state)
{
	_cleanup_(close_fdp) int a = create_named("xq_memory"), b = create_named("xq_memory");

	(void)state;
	for (int by_id = 0; by_id <= 1; by_id++) {
		for (long nth = 0;; nth++) {
			_cleanup_(pin_matches_done) struct pin_matches found = {0};
			struct err e = {0};
			int r;

			alloc_fault_arm(nth);
			r = by_id ? map_find_id(7, &found, &e)
				  : map_find_name("xq_memory", &found, &e);
			if (!alloc_fault_disarm()) {
				assert_int_equal(r, 0);
				assert_int_equal(found.n, by_id ? 1 : 2);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_int_equal(found.n, 0);
			assert_string_not_equal(e.text, "");
		}
	}
	assert_true(a >= 0 && b >= 0);
}

struct attempt {
	char locator[32];
	struct map_source *source; /* opened with privilege */
	struct err *e;
};

static int find_name(void *ctx)
{
	struct attempt *a = ctx;
	struct pin_matches found = {0};
	int r = map_find_name("xq", &found, a->e);

	return strstr(a->e->text, "'xq' needs CAP_SYS_ADMIN") ? r : -1000;
}

static int open_by_id(void *ctx)
{
	struct attempt *a = ctx;
	struct map_source *s = NULL;
	int r = map_source_open(a->locator, false, &s, a->e);

	return strstr(a->e->text, "needs CAP_SYS_ADMIN") ? r : -1000;
}

static int check_later(void *ctx)
{
	struct attempt *a = ctx;
	int r = map_source_check(a->source, a->e);

	return strstr(a->e->text, "needs CAP_SYS_ADMIN") ? r : -1000;
}

static int read_later(void *ctx)
{
	struct attempt *a = ctx;
	struct source_pairs pairs = {.info = &a->source->info};
	const struct map_read read = {.sink = source_pairs_sink, .ctx = &pairs};
	int r = map_source_read(a->source, &read, a->e);

	return strstr(a->e->text, "needs CAP_SYS_ADMIN") ? r : -1000;
}

static void test_map_by_id__without_privilege(void **state)
{
	static int (*const tries[])(void *) = {find_name, open_by_id, check_later, read_later};
	_cleanup_(close_fdp) int fd = create_named("xq");
	_cleanup_(map_source_closep) struct map_source *s = open_id(fd, false);
	struct err e = {0};
	struct attempt a = {.source = s, .e = &e};

	(void)state;
	snprintf(a.locator, sizeof(a.locator), "%s", locator_of(s->info.id).text);
	for (size_t i = 0; i < ARRAY_SIZE(tries); i++)
		if (test_as_nobody(tries[i], &a) != -EPERM)
			fail_msg("case %zu", i);
}

static void test_map_by_id__open_errors(void **state)
{
	static const struct {
		const char *locator;
		int expected;
		const char *says;
	} cases[] = {
		{"id:", -EINVAL, "id:: is no map's id"},
		{"id:x", -EINVAL, "id:x: is no map's id"},
		{"id:0", -EINVAL, "id:0: is no map's id"},
		{"id:-1", -EINVAL, "id:-1: is no map's id"},
		{"id:7 ", -EINVAL, "is no map's id"},
		{"id:2147483648", -EINVAL, "is no map's id"},
		{"id:99999999999999999999", -EINVAL, "is no map's id"},
		{"id:2147483647", MAP_SOURCE_GONE, "id:2147483647: there is no map of this id"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct map_source *s = NULL;
		struct err e = {0};

		assert_int_equal(map_source_open(cases[i].locator, false, &s, &e),
				 cases[i].expected);
		assert_null(s);
		if (!strstr(e.text, cases[i].says))
			fail_msg("'%s' does not say '%s'", e.text, cases[i].says);
	}
}

static void assert_reads(struct map_source *s, uint32_t n)
{
	struct source_pairs pairs = {.info = &s->info};
	const struct map_read read = {.sink = source_pairs_sink, .ctx = &pairs};
	struct err e = {0};

	if (map_source_read(s, &read, &e))
		fail_msg("%s", e.text);
	source_pairs_assert(&pairs, n);
	source_pairs_done(&pairs);
}

static void assert_gone(struct map_source *s)
{
	struct source_pairs pairs = {.info = &s->info};
	const struct map_read read = {.sink = source_pairs_sink, .ctx = &pairs};
	struct err e = {0};

	assert_int_equal(map_source_check(s, &e), MAP_SOURCE_GONE);
	assert_int_equal(map_source_read(s, &read, &e), -ENOENT);
	assert_non_null(strstr(e.text, "there is no map of this id"));
	assert_int_equal(map_source_drain(s, &read, &e), -ENOENT);
	assert_int_equal(pairs.n, 0);
}

/* By every method; a mapping, too, is given back after a read. */
static void test_map_by_id__is_not_kept_alive(void **state)
{
	static const struct {
		uint32_t type, flags;
	} cases[] = {
		{BPF_MAP_TYPE_HASH, 0},	    {BPF_MAP_TYPE_PERCPU_HASH, 0},
		{BPF_MAP_TYPE_ARRAY, 0},    {BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE},
		{BPF_MAP_TYPE_LPM_TRIE, 0},
	};

	(void)state;
	for (size_t n = 0; n < 2 * ARRAY_SIZE(cases); n++) {
		size_t i = n / 2;
		uint32_t key_size = cases[i].type == BPF_MAP_TYPE_LPM_TRIE ? 8 : 4;
		_cleanup_(close_fdp) int fd =
			test_map_create(cases[i].type, key_size, 8, 20, cases[i].flags);
		_cleanup_(map_source_closep) struct map_source *s = open_id(fd, n % 2);
		struct err e = {0};

		test_map_fill(fd, 20);
		assert_int_equal(map_source_check(s, &e), 0);
		assert_reads(s, 20);
		assert_reads(s, 20);
		close(take_fd(&fd));
		if (!is_gone_soon(s->info.id))
			fail_msg("case %zu: the map lives on", i);
		assert_gone(s);
	}
}

/* During a read it is: the last descriptor goes in the middle of it. */
static int close_it(void *ctx, const struct map_batch *batch)
{
	int *fd = ctx;

	if (*fd >= 0)
		close(take_fd(fd));
	return batch->n ? 0 : -EIO;
}

static void test_map_by_id__lives_through_a_read(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 20000, 0);
	_cleanup_(map_source_closep) struct map_source *s = open_id(fd, false);
	const struct map_read read = {.sink = close_it, .ctx = &fd};
	struct err e = {0};

	(void)state;
	test_map_fill(fd, 20000);
	assert_int_equal(map_source_read(s, &read, &e), 0);
	assert_int_equal(fd, -1);
	assert_true(is_gone_soon(s->info.id));
	assert_gone(s);
}

static void test_map_by_id__drain(void **state)
{
	_cleanup_(close_fdp) int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, 20, 0);
	_cleanup_(map_source_closep) struct map_source *s = open_id(fd, true);
	_cleanup_(map_source_closep) struct map_source *read_only = open_id(fd, false);
	struct source_pairs pairs = {.info = &s->info};
	const struct map_read read = {.sink = source_pairs_sink, .ctx = &pairs};
	struct err e = {0};

	(void)state;
	test_map_fill(fd, 20);
	assert_int_equal(map_source_drain(read_only, &read, &e), -EPERM);
	assert_int_equal(map_source_drain(s, &read, &e), 0);
	source_pairs_assert(&pairs, 20);
	source_pairs_done(&pairs);
	assert_reads(s, 0);
}

static void test_map_by_id__layouts(void **state)
{
	int key_type, value_type;
	struct btf *btf = test_btf_flows(&key_type, &value_type);
	_cleanup_(close_fdp) int fd =
		test_map_create_btf(btf, BPF_MAP_TYPE_HASH, key_type, value_type, 4);
	_cleanup_(map_source_closep) struct map_source *s = open_id(fd, false);
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	struct err e = {0};
	int r = 0;

	(void)state;
	btf__free(btf);
	assert_int_equal(map_source_layouts(s, NULL, &key, &value, &e), 0);
	assert_int_equal(key->root.size, 8);
	close(take_fd(&fd));
	assert_true(is_gone_soon(s->info.id));
	for (int i = 0; i < 500 && r == 0; i++) { /* the BTF goes a moment after the map */
		_cleanup_(layout_freep) struct layout *late_key = NULL, *late_value = NULL;

		usleep(10000);
		r = map_source_layouts(s, NULL, &late_key, &late_value, &e);
	}
	assert_int_equal(r, MAP_SOURCE_NO_BTF);
}

static void test_map_by_id__without_memory(void **state)
{
	_cleanup_(close_fdp) int fd = create_named("xq_open");
	struct locator l = locator_of(test_map_info(fd).id);
	long nth;

	(void)state;
	for (nth = 0;; nth++) {
		_cleanup_(map_source_closep) struct map_source *s = NULL;
		struct err e = {0};
		int r;

		alloc_fault_arm(nth);
		r = map_source_open(l.text, false, &s, &e);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(s);
		assert_non_null(strstr(e.text, l.text));
	}
	assert_true(nth >= 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_map_by_id__get),
		cmocka_unit_test(test_map_by_id__next),
		cmocka_unit_test(test_map_by_id__ops_without_privilege),
		cmocka_unit_test(test_map_find__name),
		cmocka_unit_test(test_map_find__id),
		cmocka_unit_test(test_map_find__without_memory),
		cmocka_unit_test(test_map_by_id__without_privilege),
		cmocka_unit_test(test_map_by_id__open_errors),
		cmocka_unit_test(test_map_by_id__is_not_kept_alive),
		cmocka_unit_test(test_map_by_id__lives_through_a_read),
		cmocka_unit_test(test_map_by_id__drain),
		cmocka_unit_test(test_map_by_id__layouts),
		cmocka_unit_test(test_map_by_id__without_memory),
	};

	return test_maps_run("map_by_id", tests);
}
