// SPDX-License-Identifier: GPL-2.0-only
/* What is asked how often, and what is forgotten when. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdio.h>

#include "decode/text_cache_internal.h"
#include "support/alloc_fault.h"

static const struct text_cache_options small = {
	.max_entries = 8, .max_entry_bytes = 32, .keep_ns = 100, .keep_unknown_ns = 10};

struct oracle {
	unsigned int n_asked;
	int answer;
	const char *text;
};

/* It appends something even where it has no answer. */
static int ask_oracle(void *ctx, struct str key, struct buf *out)
{
	struct oracle *o = ctx;
	int r = buf_puts(out, o->text);

	o->n_asked++;
	assert_true(key.n > 0);
	return r < 0 ? r : o->answer;
}

static int get(struct text_cache *c, struct oracle *o, const char *key, uint64_t now_ns,
	       struct buf *out)
{
	out->len = 0;
	return text_cache_get(c, str_of(key), now_ns, ask_oracle, o, out);
}

static void test_text_cache__answers_end(void **state)
{
	static const struct {
		int answer;
		uint64_t now_ns;
		unsigned int n_asked; /* until then, this time included */
	} steps[] = {
		{0, 1000, 1},
		{0, 1000, 1},
		{0, 1099, 1},
		{0, 1100, 2},
		{TEXT_CACHE_UNKNOWN, 1199, 2},
		{TEXT_CACHE_UNKNOWN, 1200, 3},
		{TEXT_CACHE_UNKNOWN, 1209, 3},
		{TEXT_CACHE_UNKNOWN, 1210, 4},
		{0, 1219, 4},
		{0, 1220, 5},
	};
	_cleanup_(text_cache_freep) struct text_cache *c = text_cache_new(&small);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct oracle o = {.text = "seven"};

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		int r;

		o.answer = steps[i].answer;
		r = get(c, &o, "7", steps[i].now_ns, &out);
		assert_int_equal(o.n_asked, steps[i].n_asked);
		assert_int_equal(r, i < 4 || i == 9 ? 0 : i == 4 ? 0 : TEXT_CACHE_UNKNOWN);
		if (r == 0)
			assert_string_equal(buf_string(&out), "seven");
		else
			assert_int_equal(out.len, 0);
	}
}

static void test_text_cache__keys_are_bytes(void **state)
{
	_cleanup_(text_cache_freep) struct text_cache *c = text_cache_new(&small);
	static const struct str keys[] = {{"a\0b", 3}, {"a\0c", 3}, {"a", 1}, {"a\0", 2}};
	static const char *const texts[] = {"1", "", "3", "4"};
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct oracle o = {0};

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < 2 * ARRAY_SIZE(keys); i++) {
		o.text = texts[i % ARRAY_SIZE(keys)];
		out.len = 0;
		assert_int_equal(buf_puts(&out, "kept "), 0);
		assert_int_equal(
			text_cache_get(c, keys[i % ARRAY_SIZE(keys)], 5, ask_oracle, &o, &out), 0);
		assert_memory_equal(buf_string(&out), "kept ", 5);
		assert_string_equal(buf_string(&out) + 5, o.text);
	}
	assert_int_equal(o.n_asked, ARRAY_SIZE(keys));
}

/* Eight entries are one set: the one that ends first goes. */
static void test_text_cache__a_new_one_takes_an_old_ones_place(void **state)
{
	_cleanup_(text_cache_freep) struct text_cache *c = text_cache_new(&small);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct oracle o = {.text = "t"};
	char key[8];

	(void)state;
	assert_non_null(c);
	for (unsigned int i = 0; i < 8; i++) {
		o.answer = i == 5 ? TEXT_CACHE_UNKNOWN : 0;
		(void)snprintf(key, sizeof(key), "k%u", i);
		get(c, &o, key, i, &out);
	}
	o.answer = 0;
	assert_int_equal(get(c, &o, "new", 8, &out), 0);   /* for k5 */
	assert_int_equal(get(c, &o, "newer", 9, &out), 0); /* for k0 */
	assert_int_equal(o.n_asked, 10);
	for (unsigned int i = 1; i < 8; i++) {
		(void)snprintf(key, sizeof(key), "k%u", i);
		if (i != 5)
			assert_int_equal(get(c, &o, key, 10, &out), 0);
	}
	assert_int_equal(get(c, &o, "new", 10, &out), 0);
	assert_int_equal(o.n_asked, 10);
	assert_int_equal(get(c, &o, "k0", 10, &out), 0);
	assert_int_equal(o.n_asked, 11);
	assert_int_equal(get(c, &o, "k5", 10, &out), 0);
	assert_int_equal(o.n_asked, 12);
}

static void test_text_cache__many_more_keys_than_room(void **state)
{
	static const struct text_cache_options options = {
		.max_entries = 1000, .keep_ns = 100, .keep_unknown_ns = 10};
	_cleanup_(text_cache_freep) struct text_cache *c = text_cache_new(&options);
	_cleanup_buf_ struct buf out = BUF_INIT;
	char text[16];
	struct oracle o = {.text = text};

	(void)state;
	assert_non_null(c);
	for (unsigned int i = 0; i < 100000; i++) {
		(void)snprintf(text, sizeof(text), "%u", i);
		assert_int_equal(get(c, &o, text, 1, &out), 0);
		assert_string_equal(buf_string(&out), text);
		assert_int_equal(get(c, &o, text, 1, &out), 0);
		assert_string_equal(buf_string(&out), text);
	}
	assert_int_equal(o.n_asked, 100000);
}

static void test_text_cache__long_ones_are_not_kept(void **state)
{
	_cleanup_(text_cache_freep) struct text_cache *c = text_cache_new(&small);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct oracle o = {.text = "0123456789012345678901234567890"}; /* 31 */

	(void)state;
	assert_non_null(c);
	assert_int_equal(get(c, &o, "k", 1, &out), 0);
	assert_int_equal(get(c, &o, "k", 1, &out), 0);
	assert_int_equal(o.n_asked, 1);
	assert_int_equal(get(c, &o, "kk", 1, &out), 0);
	assert_int_equal(get(c, &o, "kk", 1, &out), 0);
	assert_int_equal(o.n_asked, 3);
	assert_string_equal(buf_string(&out), o.text);
}

static void test_text_cache__errors_are_passed_up_and_forgotten(void **state)
{
	_cleanup_(text_cache_freep) struct text_cache *c = text_cache_new(&small);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct oracle o = {.text = "t", .answer = -EIO};

	(void)state;
	assert_non_null(c);
	assert_int_equal(get(c, &o, "k", 1, &out), -EIO);
	assert_int_equal(out.len, 0);
	o.answer = 0;
	assert_int_equal(get(c, &o, "k", 1, &out), 0);
	assert_int_equal(o.n_asked, 2);
}

static int make_and_ask(bool again)
{
	_cleanup_(text_cache_freep) struct text_cache *c = text_cache_new(&small);
	_cleanup_buf_ struct buf out = BUF_INIT;
	struct oracle o = {.text = "t"};
	int r;

	if (!c)
		return -ENOMEM;
	r = get(c, &o, "k", 1, &out);
	if (r < 0)
		assert_int_equal(out.len, 0);
	if (r == 0 && again) {
		alloc_fault_arm(0);
		r = get(c, &o, "k", 1, &out); /* what is known needs no memory */
		assert_false(alloc_fault_disarm());
	}
	return r;
}

static void test_text_cache__no_memory(void **state)
{
	long i = 0;

	(void)state;
	for (;; i++) {
		int r;

		alloc_fault_arm(i);
		r = make_and_ask(false);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			break;
		}
		assert_int_equal(r, -ENOMEM);
	}
	assert_true(i >= 4);
	assert_int_equal(make_and_ask(true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_cache__answers_end),
		cmocka_unit_test(test_text_cache__keys_are_bytes),
		cmocka_unit_test(test_text_cache__a_new_one_takes_an_old_ones_place),
		cmocka_unit_test(test_text_cache__many_more_keys_than_room),
		cmocka_unit_test(test_text_cache__long_ones_are_not_kept),
		cmocka_unit_test(test_text_cache__errors_are_passed_up_and_forgotten),
		cmocka_unit_test(test_text_cache__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
