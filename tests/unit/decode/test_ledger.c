// SPDX-License-Identifier: GPL-2.0-only
/* Accounts of entries and their totals, without a builder. */
#include "decoded.h"

#include <math.h>

#include "decode/ledger_internal.h"
#include "support/alloc_fault.h"

static const struct decoded_case counter = {
	.yaml = "key: u32, value: u64, metrics: [{name: x_total, type: counter}]"};
static const struct decoded_case labelled = {
	.yaml = "key: u32, value: u64, metrics: [{name: x_total, type: counter, labels: {k: {field: key, "
		"shift: 8}}}]"};

/* A ledger of the plan's only group. */
struct ledger_bed {
	struct decoded d;
	struct ledger *ledger;
	struct rows rows;
};

static void bed_init(struct ledger_bed *b, const struct decoded_case *map)
{
	*b = (struct ledger_bed){.ledger = NULL};
	decoded_compile(&b->d, map);
	b->ledger = ledger_new(b->d.plan, 0);
	assert_non_null(b->ledger);
}

static void bed_done(struct ledger_bed *b)
{
	ledger_free(b->ledger);
	rows_done(&b->rows);
	decoded_done(&b->d);
}

#define _cleanup_bed_ _cleanup_(bed_done)

static void begin(struct ledger_bed *b, size_t n_slots)
{
	ledger_begin(b->ledger);
	if (ledger_state(b->ledger)->n < n_slots)
		ledger_state(b->ledger)->n = n_slots;
}

static int contribute(struct ledger_bed *b, uint32_t key, size_t slot, int128 v)
{
	union number *n = ledger_numbers(b->ledger, (const uint8_t *)&key, 0, slot);

	if (n)
		n->i += v;
	return n ? 0 : -ENOMEM;
}

static int commit(struct ledger_bed *b)
{
	rows_done(&b->rows);
	return ledger_commit(b->ledger, &b->rows);
}

static void assert_total(const struct ledger_bed *b, size_t slot, int128 expected)
{
	assert_true(column_int(&b->rows.values, slot) == expected);
}

static void test_ledger__numbers_start_at_zero(void **state)
{
	_cleanup_bed_ struct ledger_bed b;

	(void)state;
	bed_init(&b, &counter);
	for (int pass = 0; pass < 3; pass++) {
		begin(&b, 1);
		assert_int_equal(contribute(&b, 1, 0, 3), 0);
		assert_int_equal(contribute(&b, 1, 0, 4), 0); /* of the same entry */
		assert_int_equal(commit(&b), 0);
		assert_total(&b, 0, 7);
	}
}

static int contribute_element(struct ledger_bed *b, uint32_t key, uint32_t element, size_t slot,
			      int128 v)
{
	union number *n = ledger_numbers(b->ledger, (const uint8_t *)&key, element, slot);

	if (n)
		n->i += v;
	return n ? 0 : -ENOMEM;
}

/* An account goes from slot to slot with its element; others of its key are others. */
static void test_ledger__an_account_is_of_key_and_element(void **state)
{
	_cleanup_bed_ struct ledger_bed b;
	uint32_t one = 1, three = 3;

	(void)state;
	bed_init(&b, &counter);
	begin(&b, 2);
	contribute_element(&b, 1, 0, 0, 5);
	contribute_element(&b, 1, 1, 1, 6);
	contribute_element(&b, 2, 1, 1, 7);
	assert_int_equal(commit(&b), 0);
	assert_total(&b, 0, 5);
	assert_total(&b, 1, 13);
	begin(&b, 2);
	contribute_element(&b, 2, 1, 0, 8);
	contribute_element(&b, 1, 0, 1, 2);
	ledger_keep(b.ledger, (const uint8_t *)&one, 1);
	ledger_keep(b.ledger, (const uint8_t *)&three, 1);
	assert_int_equal(commit(&b), 0);
	assert_total(&b, 0, 6);
	assert_total(&b, 1, 15);
	begin(&b, 2);
	contribute_element(&b, 1, 1, 1, 9); /* it was kept */
	contribute_element(&b, 1, 0, 1, 4);
	assert_int_equal(commit(&b), 0);
	assert_total(&b, 0, 6);
	assert_total(&b, 1, 20);
	begin(&b, 2);
	contribute_element(&b, 2, 1, 1, 8); /* it was not, and is new */
	assert_int_equal(commit(&b), 0);
	assert_total(&b, 1, 28);
}

/* Many keys: tables grow, those in the middle go, others come. */
static void test_ledger__many(void **state)
{
	_cleanup_bed_ struct ledger_bed b;
	int128 expected = 0;

	(void)state;
	bed_init(&b, &counter);
	for (uint32_t pass = 1; pass <= 5; pass++) {
		begin(&b, 1);
		for (uint32_t key = pass * 500; key < pass * 500 + 3000; key++) {
			bool is_new = pass == 1 || key >= pass * 500 + 2500;

			assert_int_equal(contribute(&b, key, 0, pass), 0);
			expected += is_new ? pass : 1;
		}
		assert_int_equal(commit(&b), 0);
		assert_total(&b, 0, expected);
	}
	/* All gone; then one of them. */
	begin(&b, 1);
	assert_int_equal(commit(&b), 0);
	assert_total(&b, 0, expected);
	begin(&b, 1);
	contribute(&b, 2600, 0, 1);
	assert_int_equal(commit(&b), 0);
	assert_total(&b, 0, expected + 1);
}

/* What was begun and not committed is as if it had not been. */
static void test_ledger__begin_again(void **state)
{
	_cleanup_bed_ struct ledger_bed b;

	(void)state;
	bed_init(&b, &counter);
	begin(&b, 1);
	contribute(&b, 1, 0, 5);
	assert_int_equal(commit(&b), 0);
	begin(&b, 3);
	for (uint32_t key = 0; key < 1000; key++)
		contribute(&b, key, key % 3, 100);
	ledger_begin(b.ledger);
	assert_int_equal(ledger_state(b.ledger)->n, 1);
	contribute(&b, 1, 0, 6);
	assert_int_equal(commit(&b), 0);
	assert_total(&b, 0, 6);
}

static void test_ledger__no_slots(void **state)
{
	_cleanup_bed_ struct ledger_bed b;

	(void)state;
	bed_init(&b, &counter);
	begin(&b, 0);
	assert_int_equal(commit(&b), 0);
	assert_null(b.rows.values.low);
}

static void test_ledger__labels(void **state)
{
	_cleanup_(label_block_unrefp) struct label_block *first = NULL, *second = NULL;
	_cleanup_bed_ struct ledger_bed b;
	struct group_state *s;

	(void)state;
	bed_init(&b, &labelled);
	s = ledger_state(b.ledger);
	ledger_begin(b.ledger);
	assert_int_equal(buf_puts(&s->writer.text, "k=\"1\""), 0);
	assert_int_equal(label_writer_commit(&s->writer, NULL), 0);
	s->n = 1;
	assert_int_equal(commit(&b), 0);
	alloc_fault_arm(0);
	assert_null(ledger_labels(b.ledger));
	assert_true(alloc_fault_disarm());
	first = ledger_labels(b.ledger);
	assert_non_null(first);
	assert_int_equal(first->n, 1);
	assert_true(str_equal(label_block_text(first, 0), str_of("k=\"1\"")));
	second = ledger_labels(b.ledger);
	assert_ptr_equal(first, second);
}

/* An allocation that fails while entries come: the pass is given up. */
static void test_ledger_numbers__no_memory(void **state)
{
	bool struck = true;
	long nth = 0;

	(void)state;
	for (; struck; nth++) {
		_cleanup_bed_ struct ledger_bed b;
		int r = 0;

		bed_init(&b, &counter);
		begin(&b, 1);
		contribute(&b, 1, 0, 5);
		assert_int_equal(commit(&b), 0);
		alloc_fault_arm(nth);
		begin(&b, 1);
		for (uint32_t key = 0; r == 0 && key < 300; key++)
			r = contribute(&b, key, 0, 6);
		struck = alloc_fault_disarm();
		assert_int_equal(r, struck ? -ENOMEM : 0);
		begin(&b, 1);
		for (uint32_t key = 0; key < 300; key++)
			assert_int_equal(contribute(&b, key, 0, 7), 0);
		assert_int_equal(commit(&b), 0);
		assert_total(&b, 0, 300 * 7);
	}
	assert_true(nth >= 8);
}

/* One that fails at the end: what is missing is at most this pass's. */
static void test_ledger_commit__no_memory(void **state)
{
	bool struck = true;
	long nth = 0;

	(void)state;
	for (; struck; nth++) {
		_cleanup_bed_ struct ledger_bed b;
		int r;

		bed_init(&b, &counter);
		begin(&b, 1);
		contribute(&b, 1, 0, 5);
		contribute(&b, 2, 0, 5);
		assert_int_equal(commit(&b), 0);
		begin(&b, 4);
		contribute(&b, 2, 0, UINT64_MAX); /* the sum needs more than 64 bits */
		contribute(&b, 3, 3, 1);
		alloc_fault_arm(nth);
		r = commit(&b);
		struck = alloc_fault_disarm();
		assert_int_equal(r, struck ? -ENOMEM : 0);
		begin(&b, 4);
		contribute(&b, 2, 0, UINT64_MAX);
		contribute(&b, 3, 3, 2);
		assert_int_equal(commit(&b), 0);
		assert_true(column_int(&b.rows.values, 0) == (int128)UINT64_MAX + 5 ||
			    (struck && column_int(&b.rows.values, 0) == 10));
		assert_total(&b, 3, 2);
	}
	assert_true(nth >= 4);
}

/* A double's total does not follow what is no number. */
static void test_ledger__no_numbers(void **state)
{
	static const struct decoded_case map = {
		.yaml = "key: u32, value: f64, metrics: [{name: x_total, type: counter}]"};
	static const struct {
		double contributed, total;
	} passes[] = {
		{1, 1},
		{NAN, 1},
		{2, 2},
		{INFINITY, 2},
		{3, 3},
		{-INFINITY, 3},
		{3, 3},
		{-1, 3}, /* a counter that falls by itself */
		{1.5e308, 1.5e308},
	};
	_cleanup_bed_ struct ledger_bed b;
	uint32_t key = 1;
	double total;

	(void)state;
	bed_init(&b, &map);
	for (size_t i = 0; i < ARRAY_SIZE(passes); i++) {
		begin(&b, 1);
		ledger_numbers(b.ledger, (const uint8_t *)&key, 0, 0)->d += passes[i].contributed;
		assert_int_equal(commit(&b), 0);
		memcpy(&total, &b.rows.values.low[0], sizeof(total));
		assert_true(total == passes[i].total);
	}
}

static void test_ledger_move__same_map_or_not(void **state)
{
	(void)state;
	for (int same_map = 0; same_map < 2; same_map++) {
		_cleanup_(decoded_done) struct decoded other = {0};
		_cleanup_bed_ struct ledger_bed b;

		bed_init(&b, &counter);
		decoded_compile(&other, &counter);
		begin(&b, 1);
		contribute(&b, 1, 0, 5);
		assert_int_equal(commit(&b), 0);
		begin(&b, 2);
		contribute(&b, 1, 0, 7); /* abandoned */
		assert_true(ledger_fits(b.ledger, other.plan, same_map));
		ledger_move(b.ledger, other.plan, same_map);
		assert_int_equal(ledger_state(b.ledger)->n, 1);
		begin(&b, 1);
		contribute(&b, 1, 0, 6);
		assert_int_equal(commit(&b), 0);
		assert_total(&b, 0, same_map ? 6 : 11);
	}
}

static void test_ledger_fits__another_shape(void **state)
{
	_cleanup_(decoded_done) struct decoded other = {0};
	_cleanup_bed_ struct ledger_bed b;

	(void)state;
	bed_init(&b, &counter);
	decoded_compile(&other, &labelled);
	assert_false(ledger_fits(b.ledger, other.plan, true));
	assert_false(ledger_fits(b.ledger, other.plan, false));
}

static void test_ledger_new__no_memory(void **state)
{
	_cleanup_(decoded_done) struct decoded d = {0};

	(void)state;
	decoded_compile(&d, &counter);
	for (long nth = 0; nth < 2; nth++) {
		alloc_fault_arm(nth);
		assert_null(ledger_new(d.plan, 0));
		assert_true(alloc_fault_disarm());
	}
	ledger_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ledger__numbers_start_at_zero),
		cmocka_unit_test(test_ledger__an_account_is_of_key_and_element),
		cmocka_unit_test(test_ledger__many),
		cmocka_unit_test(test_ledger__begin_again),
		cmocka_unit_test(test_ledger__no_slots),
		cmocka_unit_test(test_ledger__labels),
		cmocka_unit_test(test_ledger_numbers__no_memory),
		cmocka_unit_test(test_ledger_commit__no_memory),
		cmocka_unit_test(test_ledger__no_numbers),
		cmocka_unit_test(test_ledger_move__same_map_or_not),
		cmocka_unit_test(test_ledger_fits__another_shape),
		cmocka_unit_test(test_ledger_new__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
