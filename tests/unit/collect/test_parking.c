// SPDX-License-Identifier: GPL-2.0-only
/* Maps that go for a while and come back are counted once. */
#include "rig.h"

#define SUM                    \
	"maps:\n"              \
	"  - name: m\n"        \
	"    pin: /pins/*/m\n" \
	"    key: u32\n"       \
	"    value: u64\n"     \
	"    instances: sum\n" \
	"    metrics: [{name: x_total, type: counter}, {name: g, type: gauge}]\n"
#define EACH                    \
	"maps:\n"               \
	"  - name: m\n"         \
	"    pin: /pins/*/m\n"  \
	"    key: u32\n"        \
	"    value: u64\n"      \
	"    labels: {p: $1}\n" \
	"    metrics: [{name: x_total, type: counter}, {name: g, type: gauge}]\n"

/* What is pinned as @pin is the map with this id. */
static struct twin *add_same(const char *pin, uint32_t id, uint64_t value)
{
	struct map_info info = twin_info();
	struct twin *t;

	info.id = id;
	t = twins_add(pin, &info);
	twin_put(t, 1, value);
	return t;
}

static struct twin *add_id(const char *pin, uint64_t value, uint32_t *ret_id)
{
	struct map_info info = twin_info();

	*ret_id = info.id;
	return add_same(pin, info.id, value);
}

static void expect_parked(const struct bed *b, size_t n_parked, size_t n_shown)
{
	size_t n_accounts = 0;

	assert_int_equal(b->reader.parking.n, n_parked);
	for (size_t i = 0; i < n_parked; i++)
		n_accounts += carry_n_accounts(b->reader.parking.instances[i]->carry);
	assert_int_equal(b->reader.parking.n_accounts, n_accounts);
	assert_int_equal(b->published->n, n_shown);
}

static void test_parking__sum_same_pin(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, SUM);
	add("/pins/a/m", 1);
	t = add("/pins/b/m", 10);
	twin_put(t, 2, 20);
	bed_expect(&b, "x_total 31\ng 31\n");
	for (uint64_t i = 0; i < 3; i++) {
		twin_set_pinned(t, false);
		bed_expect(&b, i ? "x_total 33\ng 1\n" : "x_total 31\ng 1\n");
		expect_parked(&b, 1, 1);
		/* An entry goes meanwhile, another one counts on. */
		if (!i)
			twin_remove(t, 2);
		twin_put(t, 1, 12);
		twin_set_pinned(t, true);
		bed_expect(&b, "x_total 33\ng 13\n");
		expect_parked(&b, 0, 2);
	}
}

static void test_parking__sum_renamed(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t;
	uint32_t id;

	(void)state;
	bed_init(&b, SUM);
	add("/pins/b/m", 1);
	t = add_id("/pins/c/m", 10, &id);
	bed_expect(&b, "x_total 11\ng 11\n");
	/* At once, or after a pass without it. */
	twin_set_pinned(t, false);
	t = add_same("/pins/a/m", id, 12);
	bed_expect(&b, "x_total 13\ng 13\n");
	expect_parked(&b, 0, 2);
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total 13\ng 1\n");
	add_same("/pins/d/m", id, 13);
	bed_expect(&b, "x_total 14\ng 14\n");
	expect_parked(&b, 0, 2);
}

/* The pin of one map is moved onto that of another, whose counts stay; and that comes back. */
static void test_parking__sum_renamed_over_another(void **state)
{
	const struct memory_source_faults fails = {.after_batches_err = -EIO};
	_cleanup_bed_ struct bed b;
	struct map_info moved = twin_info();
	struct twin *t, *u;
	uint32_t id;

	(void)state;
	bed_init(&b, SUM);
	t = add_id("/pins/a/m", 1, &id);
	u = add_same("/pins/b/m", moved.id, 10);
	bed_expect(&b, "x_total 11\ng 11\n");
	twin_set_pinned(u, false);
	twin_replace(t, &moved);
	twin_put(t, 1, 12);
	/* Read or not, what both have counted is there. */
	twin_set_faults(t, &fails);
	bed_expect(&b, "x_total 11\n");
	expect_parked(&b, 1, 1);
	twin_set_faults(t, &(struct memory_source_faults){0});
	bed_expect(&b, "x_total 13\ng 12\n");
	expect_parked(&b, 1, 1);
	add_same("/pins/c/m", id, 3);
	bed_expect(&b, "x_total 15\ng 15\n");
	expect_parked(&b, 0, 2);
}

static void test_parking__sum_another_map(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info other = twin_info();
	struct twin *t;
	uint32_t id;

	(void)state;
	bed_init(&b, SUM);
	add("/pins/a/m", 1);
	t = add_id("/pins/b/m", 10, &id);
	bed_expect(&b, "x_total 11\ng 11\n");
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total 11\ng 1\n");
	twin_replace(t, &other);
	twin_put(t, 1, 5);
	twin_set_pinned(t, true);
	bed_expect(&b, "x_total 16\ng 6\n");
	expect_parked(&b, 1, 2);
	/* The first map comes back beside it. */
	add_same("/pins/c/m", id, 11);
	bed_expect(&b, "x_total 17\ng 17\n");
	expect_parked(&b, 0, 3);
}

/* @t has the map of this id from now on, with one entry. */
static void become(struct twin *t, uint32_t id, uint64_t value)
{
	struct map_info info = twin_info();

	info.id = id;
	twin_replace(t, &info);
	twin_put(t, 1, value);
}

/* A map is counted once, whichever pin names it: two that are exchanged, there and back. */
static void test_parking__sum_pins_exchanged(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *a, *c;
	uint32_t one, hundred;

	(void)state;
	bed_init(&b, SUM);
	a = add_id("/pins/a/m", 7, &one);
	c = add_id("/pins/c/m", 100, &hundred);
	bed_expect(&b, "x_total 107\ng 107\n");
	for (uint64_t i = 1; i < 3; i++) {
		char text[64];

		become(a, i % 2 ? hundred : one, i % 2 ? 100 + i : 7 + i);
		become(c, i % 2 ? one : hundred, i % 2 ? 7 + i : 100 + i);
		snprintf(text, sizeof(text), "x_total %u\ng %u\n", 107 + 2 * (unsigned int)i,
			 107 + 2 * (unsigned int)i);
		bed_expect(&b, text);
		expect_parked(&b, 0, 2);
	}
}

/* One pin that names one map, another, and the first again. */
static void test_parking__sum_there_and_back(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *a;
	uint32_t one, hundred = twin_info().id;

	(void)state;
	bed_init(&b, SUM);
	a = add_id("/pins/a/m", 7, &one);
	bed_expect(&b, "x_total 7\ng 7\n");
	become(a, hundred, 100);
	bed_expect(&b, "x_total 107\ng 100\n");
	expect_parked(&b, 1, 1);
	become(a, one, 8);
	bed_expect(&b, "x_total 108\ng 8\n");
	expect_parked(&b, 1, 1);
}

/* Two pins of one map for a while: as when it gets another name. */
static void test_parking__sum_pinned_twice(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *a;
	uint32_t id;

	(void)state;
	bed_init(&b, SUM);
	a = add_id("/pins/a/m", 7, &id);
	bed_expect(&b, "x_total 7\ng 7\n");
	add_same("/pins/b/m", id, 7);
	bed_expect(&b, "x_total 7\ng 7\n");
	bed_expect(&b, "x_total 7\ng 7\n");
	twin_set_pinned(a, false);
	bed_expect(&b, "x_total 7\ng 7\n");
	expect_parked(&b, 0, 1);
}

/* Until it is read again, the sum has what it had counted. */
static void test_parking__sum_back_but_unreadable(void **state)
{
	const struct memory_source_faults fails = {.after_batches_err = -EIO};
	_cleanup_bed_ struct bed b;
	struct twin *t;

	(void)state;
	bed_init(&b, SUM);
	add("/pins/a/m", 1);
	t = add("/pins/b/m", 10);
	bed_expect(&b, "x_total 11\ng 11\n");
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total 11\ng 1\n");
	twin_set_pinned(t, true);
	twin_set_open_error(t, -EACCES);
	bed_expect(&b, "x_total 11\ng 1\n");
	expect_parked(&b, 1, 2);
	/* Now an instance without a carry goes, too. */
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total 11\ng 1\n");
	expect_parked(&b, 1, 1);
	twin_set_pinned(t, true);
	twin_set_open_error(t, 0);
	twin_set_faults(t, &fails);
	bed_expect(&b, "x_total 11\ng 1\n");
	expect_parked(&b, 0, 2);
	twin_set_faults(t, &(struct memory_source_faults){0});
	bed_expect(&b, "x_total 11\ng 11\n");
}

static void test_parking__sum_limit(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t[4];

	(void)state;
	bed_init(&b, SUM);
	assert_int_equal(b.reader.parking.max, PARKING_MAX);
	b.reader.parking.max = 2;
	add("/pins/a/m", 1);
	t[0] = add("/pins/d/m", 10);
	t[1] = add("/pins/c/m", 100);
	t[2] = add("/pins/b/m", 1000);
	t[3] = add("/pins/e/m", 10000);
	bed_expect(&b, "x_total 11111\ng 11111\n");
	for (size_t i = 0; i < ARRAY_SIZE(t); i++) {
		twin_set_pinned(t[i], false);
		free(bed_samples(&b));
		expect_parked(&b, i ? 2 : 1, 4 - i);
	}
	bed_expect(&b, "x_total 11111\ng 1\n");
	/* The last two are known. */
	twin_set_pinned(t[2], true);
	twin_set_pinned(t[3], true);
	bed_expect(&b, "x_total 11111\ng 11001\n");
	expect_parked(&b, 0, 3);
	/* What made room is counted as a new one. */
	twin_set_pinned(t[0], true);
	bed_expect(&b, "x_total 11121\ng 11011\n");
}

static void test_parking__each(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info other = twin_info();
	struct twin *t;
	uint32_t id;

	(void)state;
	bed_init(&b, EACH);
	t = add_id("/pins/a/m", 10, &id);
	twin_put(t, 2, 20);
	bed_expect(&b, "x_total{p=\"a\"} 30\ng{p=\"a\"} 30\n");
	twin_set_pinned(t, false);
	bed_expect(&b, "");
	expect_parked(&b, 1, 0);
	assert_null(b.reader.parking.instances[0]->snapshot);
	assert_null(b.reader.parking.instances[0]->source);
	/* The same map again: an entry went, another one counted on. */
	twin_remove(t, 2);
	twin_put(t, 1, 12);
	twin_set_pinned(t, true);
	bed_expect(&b, "x_total{p=\"a\"} 32\ng{p=\"a\"} 12\n");
	expect_parked(&b, 0, 1);
	/* Under another name. */
	twin_set_pinned(t, false);
	add_same("/pins/b/m", id, 13);
	bed_expect(&b, "x_total{p=\"b\"} 33\ng{p=\"b\"} 13\n");
	expect_parked(&b, 0, 1);
	/* Another map under the old name is another story. */
	twin_replace(t, &other);
	twin_put(t, 1, 5);
	twin_set_pinned(t, true);
	bed_expect(&b, "x_total{p=\"a\"} 5\nx_total{p=\"b\"} 33\n"
		       "g{p=\"a\"} 5\ng{p=\"b\"} 13\n");
}

/* A series that is shown does not fall to what another map has counted. */
static void test_parking__each_renamed_over_another(void **state)
{
	_cleanup_bed_ struct bed b;
	struct map_info moved = twin_info();
	struct twin *t, *u;

	(void)state;
	bed_init(&b, EACH);
	t = add("/pins/a/m", 100);
	u = add_same("/pins/b/m", moved.id, 10);
	bed_expect(&b, "x_total{p=\"a\"} 100\nx_total{p=\"b\"} 10\n"
		       "g{p=\"a\"} 100\ng{p=\"b\"} 10\n");
	twin_set_pinned(u, false);
	twin_replace(t, &moved);
	twin_put(t, 1, 12);
	bed_expect(&b, "x_total{p=\"a\"} 112\ng{p=\"a\"} 12\n");
}

static void test_parking__each_limit(void **state)
{
	_cleanup_bed_ struct bed b;
	struct twin *t, *u;

	(void)state;
	bed_init(&b, EACH);
	b.reader.parking.max = 1;
	t = add("/pins/a/m", 10);
	u = add("/pins/b/m", 20);
	free(bed_samples(&b));
	twin_remove(t, 1);
	twin_remove(u, 1);
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total{p=\"b\"} 20\ng{p=\"b\"} 0\n");
	twin_set_pinned(u, false);
	bed_expect(&b, "");
	expect_parked(&b, 1, 0);
	assert_null(b.reader.parking.residue);
	twin_set_pinned(t, true);
	twin_set_pinned(u, true);
	bed_expect(&b, "x_total{p=\"a\"} 0\nx_total{p=\"b\"} 20\n"
		       "g{p=\"a\"} 0\ng{p=\"b\"} 0\n");
}

/* A map that another plan reads in another way begins anew; what it had counted stays in the sum.
 */
static void test_parking__other_shape(void **state)
{
	_cleanup_bed_ struct bed b;
	struct layout *l;
	struct twin *t;

	(void)state;
	bed_init(&b, "maps:\n"
		     "  - {name: m, pin: '/pins/*/m', key: u32, instances: sum,\n"
		     "     metrics: [{name: x_total, type: counter}]}\n");
	twin_set_layouts(add("/pins/a/m", 1), NULL, scalar(8));
	t = add("/pins/b/m", 10);
	twin_set_layouts(t, NULL, scalar(8));
	bed_expect(&b, "x_total 11\n");
	twin_set_pinned(t, false);
	bed_expect(&b, "x_total 11\n");
	l = scalar(8);
	l->root.kind = FIELD_SINT;
	twin_set_layouts(t, NULL, l);
	twin_set_pinned(t, true);
	bed_expect(&b, "x_total 21\n");
	expect_parked(&b, 1, 2);
}

/* What keeps nothing from pass to pass is not parked. */
static void test_parking__nothing_to_keep(void **state)
{
	static const char *const metrics[] = {
		"metrics: [{name: g, type: gauge}]",
		"metrics: [{name: x_total, type: counter}], read: drain",
		"metrics: []",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(metrics); i++) {
		_cleanup_buf_ struct buf yaml = BUF_INIT;
		_cleanup_bed_ struct bed b;
		struct twin *t;

		assert_int_equal(buf_printf(&yaml,
					    "maps: [{name: m, pin: '/pins/*/m', key: u32,\n"
					    "        value: u64, instances: sum, %s}]\n",
					    metrics[i]),
				 0);
		bed_init(&b, buf_string(&yaml));
		t = add("/pins/a/m", 1);
		twin_remove(t, 1);
		free(bed_samples(&b));
		twin_set_pinned(t, false);
		bed_expect(&b, "");
		expect_parked(&b, 0, 0);
	}
}

/*
 * Whatever fails while the second one goes and the first has to make room for
 * it, or while the second one comes back, the pass after that is right.
 */
static void without_memory(bool comes_back, const char *expected)
{
	bool struck = true;
	long nth = 0;

	for (; struck; nth++) {
		_cleanup_bed_ struct bed b;
		struct twin *t, *u;

		bed_init(&b, SUM);
		b.reader.parking.max = 1;
		add("/pins/a/m", 1);
		t = add("/pins/b/m", 10);
		u = add("/pins/c/m", 100);
		bed_expect(&b, "x_total 111\ng 111\n");
		twin_set_pinned(t, false);
		bed_expect(&b, "x_total 111\ng 101\n");
		twin_set_pinned(u, false);
		if (comes_back) {
			bed_expect(&b, "x_total 111\ng 1\n");
			twin_put(u, 1, 102);
			twin_set_pinned(u, true);
		}
		log_capture_begin();
		alloc_fault_arm(nth);
		published_free(map_reader_pass(&b.reader));
		struck = alloc_fault_disarm();
		free(log_capture_end());
		bed_expect(&b, expected);
		expect_parked(&b, !comes_back, 1 + comes_back);
	}
	assert_true(nth > 20);
}

static void test_parking__without_memory(void **state)
{
	(void)state;
	without_memory(false, "x_total 111\ng 1\n");
	without_memory(true, "x_total 113\ng 103\n");
}

/* Nothing but the sum tells of what is parked. */
static void test_parking__scraped(void **state)
{
	struct twin *t = add("/pins/b/m", 10);
	_cleanup_(freep) char *text = NULL;
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/a/m", 1);
	rig_init(&r, SUM "    at_scrape: always\n");
	assert_scraped(&r, "x_total 11");
	twin_set_pinned(t, false);
	text = scrape(&r);
	assert_line(text, "x_total 11");
	assert_line(text, "bpfmap_instances{map=\"m\"} 1");
	assert_line(text, "bpfmap_up{map=\"m\",pin=\"/pins/a/m\"} 1");
	assert_no_text(text, "/pins/b/m");
	twin_set_pinned(t, true);
	assert_scraped(&r, "x_total 11");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_parking__sum_same_pin),
		RIG_TEST(test_parking__sum_renamed),
		RIG_TEST(test_parking__sum_renamed_over_another),
		RIG_TEST(test_parking__sum_another_map),
		RIG_TEST(test_parking__sum_pins_exchanged),
		RIG_TEST(test_parking__sum_there_and_back),
		RIG_TEST(test_parking__sum_pinned_twice),
		RIG_TEST(test_parking__sum_back_but_unreadable),
		RIG_TEST(test_parking__sum_limit),
		RIG_TEST(test_parking__each),
		RIG_TEST(test_parking__each_renamed_over_another),
		RIG_TEST(test_parking__each_limit),
		RIG_TEST(test_parking__other_shape),
		RIG_TEST(test_parking__nothing_to_keep),
		RIG_TEST(test_parking__without_memory),
		RIG_TEST(test_parking__scraped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
