// SPDX-License-Identifier: GPL-2.0-only
/* What counters keep while a pin names one map, another, and the first again. */
#include "carried.h"

#define SUM                                                                                      \
	"key: [{name: a, type: u8}, {name: b, type: u8}], value: u8, metrics: [{name: x_total, " \
	"type: counter, labels: {a: a}}]"

static const struct decoded_case sum = {.yaml = SUM};

static void change_map(struct carried *c, uint32_t from, uint32_t to)
{
	struct plan *p = NULL;

	assert_int_equal(plan_compile(&c->d.input, &p, &c->d.problems), 0);
	assert_int_equal(carry_change_map(c->carry, p, from, to), 0);
	assert_true(carry_is_of(c->carry, p));
	plan_unref(c->d.plan);
	c->d.plan = p;
	snapshot_unref(c->last);
	c->last = NULL;
}

/* What was counted of the first map is not counted again, only what it has grown by. */
static void test_carry_change_map__there_and_back(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum);
	carried_pass(&c, "0101 0102", "05 07");
	change_map(&c, 1, 2);
	carried_pass(&c, "0101", "03");
	carried_expect(&c, "x_total{a=\"1\"} 15\n");
	change_map(&c, 2, 1);
	carried_pass(&c, "0101 0102", "06 07");
	carried_expect(&c, "x_total{a=\"1\"} 16\n");
	change_map(&c, 1, 2);
	carried_pass(&c, "0101 0201", "05 01");
	carried_expect(&c, "x_total{a=\"1\"} 18\nx_total{a=\"2\"} 1\n");
}

/* An entry made anew while another map was read counts whole. */
static void test_carry_change_map__entries_made_anew(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum);
	carried_pass(&c, "0101 0102", "05 07");
	change_map(&c, 1, 2);
	carried_pass(&c, "", "");
	change_map(&c, 2, 1);
	carried_pass(&c, "0101 0103", "02 04");
	carried_expect(&c, "x_total{a=\"1\"} 18\n");
}

/* A pass that was given up before the change has changed nothing. */
static void test_carry_change_map__after_an_abandoned_pass(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum);
	carried_pass(&c, "0101", "05");
	carried_abandon(&c, "0101 0301", "09 09");
	change_map(&c, 1, 2);
	carried_abandon(&c, "0401", "01");
	change_map(&c, 2, 1);
	carried_pass(&c, "0101", "06");
	carried_expect(&c, "x_total{a=\"1\"} 6\n");
}

/* The oldest of too many maps is counted as a new one. */
static void test_carry_change_map__more_than_are_kept(void **state)
{
	_cleanup_carried_ struct carried c;

	(void)state;
	carried_init(&c, &sum);
	for (uint32_t id = 1; id <= 65; id++) {
		carried_pass(&c, "0101", "01");
		change_map(&c, id, id + 1);
	}
	carried_pass(&c, "0101", "01");
	carried_expect(&c, "x_total{a=\"1\"} 66\n");
	change_map(&c, 66, 3);
	carried_pass(&c, "0101", "01");
	carried_expect(&c, "x_total{a=\"1\"} 66\n");
	change_map(&c, 3, 1);
	carried_pass(&c, "0101", "01");
	carried_expect(&c, "x_total{a=\"1\"} 67\n");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_carry_change_map__there_and_back),
		cmocka_unit_test(test_carry_change_map__entries_made_anew),
		cmocka_unit_test(test_carry_change_map__after_an_abandoned_pass),
		cmocka_unit_test(test_carry_change_map__more_than_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
