// SPDX-License-Identifier: GPL-2.0-only
/* Counters over maps of the kernel that forget by themselves. */
#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "collect/families_internal.h"
#include "collect/map_pass_internal.h"
#include "source/map_ops.h"
#include "source/map_source.h"
#include "support/maps.h"

#define N_KEYS	    20000
#define MAX_ENTRIES 1024

/* A map, its reader, and what the sum of its entries must be. */
struct bed {
	struct config *config;
	struct collector_options options;
	struct map_reader reader;
	int fd;
	uint64_t last[N_KEYS]; /* as they were when the pass before read them; 0: not there */
	uint64_t n_counted, total;
};

static void bed_init(struct bed *b, int fd, const char *metric)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_buf_ struct buf text = BUF_INIT;
	struct test_pin pin = test_pin(fd, "m");
	struct family ***families;

	*b = (struct bed){.fd = fd};
	buf_printf(&text, "maps: [{name: m, pin: %s, key: u32, value: u64, metrics: [%s]}]\n",
		   pin.path, metric);
	if (config_parse("f", (struct str){text.data, text.len}, &b->config, &problems) < 0)
		fail_msg("%s", problems.items[0]);
	b->options = (struct collector_options){
		.config = b->config, .open = map_source_open, .glob = pin_glob};
	assert_int_equal(families_new(b->config, &families), 0);
	assert_int_equal(map_reader_init(&b->reader, &b->options, &b->config->maps[0], families[0]),
			 0);
	families_free(b->config, families);
}

static void bed_done(struct bed *b)
{
	map_reader_done(&b->reader);
	config_free(b->config);
	close_fdp(&b->fd);
}

/* What a program does: more in the entry, or a new entry. */
static void count(struct bed *b, uint32_t key, uint64_t n)
{
	uint64_t now = 0;

	if (map_lookup(b->fd, &key, &now) < 0)
		now = 0;
	now += n;
	assert_int_equal(map_update(b->fd, &key, &now, BPF_ANY), 0);
	b->n_counted += n;
}

/* What a pass is going to see. */
static void look(struct bed *b)
{
	for (uint32_t key = 0; key < N_KEYS; key++) {
		uint64_t now;

		if (map_lookup(b->fd, &key, &now) < 0)
			now = 0;
		b->total += now >= b->last[key] ? now - b->last[key] : now;
		b->last[key] = now;
	}
}

/* A pass, and the sum of all series that it shows. */
static uint64_t pass(struct bed *b, size_t n_series)
{
	_cleanup_(published_freep) struct published *p = map_reader_pass(&b->reader);
	const struct series_set *set;
	uint64_t sum = 0;

	assert_non_null(p);
	assert_true(p->instances[0].status.is_up);
	assert_true(p->instances[0].status.n_entries <= MAX_ENTRIES);
	set = &p->instances[0].snapshot->sets[0];
	assert_int_equal(set->n_shown, n_series);
	for (size_t i = 0; i < set->n; i++)
		sum += set->values.low[i];
	return sum;
}

/* Far more keys than the map holds; what was counted between two passes is there at the second. */
static void test_never_falls__lru(void **state)
{
	int fd = test_map_create(BPF_MAP_TYPE_LRU_HASH, 4, 8, MAX_ENTRIES, 0);
	static struct bed b;
	uint64_t before = 0;
	size_t n_old = 0;

	(void)state;
	bed_init(&b, fd, "{name: x_total, type: counter, labels: {k: {field: key, mod: 8}}}");
	for (uint32_t round = 0; round < N_KEYS / 100; round++) {
		uint64_t sum;

		for (uint32_t i = 0; i < 100; i++)
			count(&b, round * 100 + i, i + 1);
		for (uint32_t i = 0; round && i < 20; i++) /* some of those that may be gone */
			count(&b, i * round * 5, 3);
		look(&b);
		sum = pass(&b, 8);
		assert_int_equal(sum, b.total);
		assert_true(sum >= before);
		before = sum;
	}
	for (size_t key = 0; key < N_KEYS; key++)
		n_old += b.last[key] != 0;
	assert_in_range(n_old, 1, MAX_ENTRIES);
	/* What was evicted before anybody saw it is lost; it is little. */
	assert_in_range(b.total, b.n_counted - b.n_counted / 100, b.n_counted);
	bed_done(&b);
}

/* Programs delete, too: everything, at last. */
static void test_never_falls__deleted(void **state)
{
	int fd = test_map_create(BPF_MAP_TYPE_HASH, 4, 8, MAX_ENTRIES, 0);
	static struct bed b;

	(void)state;
	bed_init(&b, fd, "{name: x_total, type: counter}");
	for (uint32_t round = 1; round <= 50; round++) {
		for (uint32_t key = 0; key < 500; key++) {
			if (key * round % 7 == 3)
				map_delete(fd, &key);
			else
				count(&b, key, round * key % 5);
		}
		look(&b);
		assert_int_equal(pass(&b, 1), b.total);
	}
	for (uint32_t key = 0; key < 500; key++)
		map_delete(fd, &key);
	look(&b);
	assert_int_equal(pass(&b, 1), b.total);
	bed_done(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_never_falls__lru),
		cmocka_unit_test(test_never_falls__deleted),
	};

	return test_maps_run("test_never_falls", tests);
}
