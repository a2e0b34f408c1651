// SPDX-License-Identifier: GPL-2.0-only
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "base/cleanup.h"
#include "starter/words.h"

static void join(const struct words *w, char text[2 * WORDS_TEXT_MAX])
{
	char *p = text;

	*p = '\0';
	for (size_t i = 0; i < w->n; i++)
		p += sprintf(p, "%s%s", i ? " " : "", w->items[i]);
}

static void test_words_split__identifiers(void **state)
{
	static const struct {
		const char *name, *words;
	} cases[] = {
		{"packets", "packets"},
		{"rx_packets", "rx packets"},
		{"rxPackets_v4", "rx packets v4"},
		{"RXPackets", "rxpackets"},
		{"DROPS", "drops"},
		{"__private", "private"},
		{"a__b_", "a b"},
		{"tcp4_stats.bss", "tcp4 stats bss"},
		{"42_things", "42 things"},
		{"ns2us", "ns2us"},
		{"X", "x"},
		{"", ""},
		{"_", ""},
		{" \"\n#", ""},
		{"caf\xc3\xa9s", "caf s"},
		{"\xff\xfe", ""},
	};
	char text[2 * WORDS_TEXT_MAX];
	struct words w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		words_split(&w, cases[i].name);
		join(&w, text);
		assert_string_equal(text, cases[i].words);
	}
}

static void test_words_split__cuts_what_is_too_much(void **state)
{
	char many[4 * WORDS_MAX] = "", longest[500];
	struct words w;

	(void)state;
	for (size_t i = 0; i < WORDS_MAX + 3; i++)
		strcat(many, "a_");
	words_split(&w, many);
	assert_int_equal(w.n, WORDS_MAX);
	assert_string_equal(words_last(&w), "a");

	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	words_split(&w, longest);
	assert_int_equal(w.n, 1);
	assert_in_range(strlen(w.items[0]), WORDS_TEXT_MAX - 8, WORDS_TEXT_MAX - 1);

	/* A separator just where the text is full, at each place. */
	for (size_t at = WORDS_TEXT_MAX - 8; at < WORDS_TEXT_MAX + 2; at++) {
		longest[at] = '_';
		words_split(&w, longest);
		assert_in_range(w.n, 1, 2);
		for (size_t i = 0; i < w.n; i++) {
			assert_in_range(strlen(w.items[i]), 1, WORDS_TEXT_MAX - 1);
			assert_int_equal(strspn(w.items[i], "x"), strlen(w.items[i]));
		}
		longest[at] = 'x';
	}
}

static void test_words_trim_version__cases(void **state)
{
	static const struct {
		const char *name, *words;
	} cases[] = {
		{"saddr", "saddr"},    {"saddr4", "saddr"},
		{"daddrv6", "daddr"},  {"counters3", "counters"},
		{"ct_any4", "ct any"}, {"src_v6", "src v"},
		{"x_42", "x 42"},      {"v6", "v"},
		{"42", "42"},	       {"", ""},
		{"ipv", "ipv"},
	};
	char text[2 * WORDS_TEXT_MAX];
	struct words w;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		words_split(&w, cases[i].name);
		words_trim_version(&w);
		join(&w, text);
		assert_string_equal(text, cases[i].words);
	}
}

static void test_word_is_in__whole_words(void **state)
{
	static const struct {
		const char *word, *list;
		bool is_in;
	} cases[] = {
		{"bytes", "bytes", true},
		{"bytes", "packets bytes", true},
		{"bytes", "bytes packets", true},
		{"b", "a b c", true},
		{"byte", "bytes packets", false},
		{"bytes", "kbytes", false},
		{"in", "inuse min in", true},
		{"in", "inuse min", false},
		{"aa", "aaa aa", true},
		{"", "a b", false},
		{"a", "", false},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		if (word_is_in(cases[i].word, cases[i].list) != cases[i].is_in)
			fail_msg("'%s' in '%s'", cases[i].word, cases[i].list);
	}
}

static void test_words_any__one_of_them(void **state)
{
	struct words w;

	(void)state;
	words_split(&w, "max_rxBytes");
	assert_true(words_any(&w, "min max"));
	assert_true(words_any(&w, "bytes"));
	assert_false(words_any(&w, "maxrx byte"));
	words_split(&w, "");
	assert_false(words_any(&w, "a b"));
	assert_string_equal(words_last(&w), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_split__identifiers),
		cmocka_unit_test(test_words_split__cuts_what_is_too_much),
		cmocka_unit_test(test_words_trim_version__cases),
		cmocka_unit_test(test_word_is_in__whole_words),
		cmocka_unit_test(test_words_any__one_of_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
