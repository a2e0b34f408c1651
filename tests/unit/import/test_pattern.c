// SPDX-License-Identifier: GPL-2.0-only
/* Regular expressions of Go: what ours, translated, make of texts, and those that have no
 * equivalent. */
#include <regex.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "import/import_internal.h"

static struct import im = {.prefix = ""};

static void replace(const struct pattern_part *part, const regex_t *re, const char *text,
		    const regmatch_t *groups, struct buf *out)
{
	const char *how = part->has_replace ? part->replace.data : re->re_nsub > 1 ? "\\1" : "\\0";

	assert_int_equal(buf_puts(out, ""), 0);
	for (; *how; how++) {
		const regmatch_t *g;

		if (*how != '\\') {
			assert_int_equal(buf_append(out, how, 1), 0);
			continue;
		}
		g = &groups[*++how - '0' + 1];
		if (g->rm_so >= 0)
			assert_int_equal(
				buf_append(out, text + g->rm_so, (size_t)(g->rm_eo - g->rm_so)), 0);
	}
}

/* Whether it matches, as our decoder does. */
static bool apply(const struct pattern_part *part, const char *text, struct buf *out)
{
	char anchored[512];
	regmatch_t groups[11];
	regex_t re;
	int r;

	snprintf(anchored, sizeof(anchored), "^(%s)$", part->match.data);
	assert_int_equal(regcomp(&re, anchored, REG_EXTENDED), 0);
	r = regexec(&re, text, ARRAY_SIZE(groups), groups, 0);
	if (r == 0)
		replace(part, &re, text, groups, out);
	regfree(&re);
	return r == 0;
}

/* NULL: it matches nothing. */
static const char *run(const char *pattern, const char *text, struct buf *out)
{
	struct pattern_text t = pattern_begin(pattern);
	bool found = false;

	while (t.p && !found) {
		struct pattern_part part = {0};
		const char *why = pattern_next(&im, &t, &part);

		if (why)
			fail_msg("%s: %s", pattern, why);
		assert_non_null(buf_string(&part.match));
		assert_non_null(buf_string(&part.replace));
		assert_true(regex_is_taken(part.match.data));
		found = apply(&part, text, out);
		pattern_part_done(&part);
	}
	return found ? buf_string(out) : NULL;
}

static const struct {
	const char *pattern, *text;
	const char *result; /* NULL: no match */
} cases[] = {
	{"^sshd$", "sshd", "sshd"},
	{"^sshd$", "sshd2", NULL},
	{"^sshd", "sshd2", "sshd"},
	{"ssh", "my sshd", "ssh"},
	{"d$", "sshd", "d"},
	{"", "any", ""},
	{"^", "any", ""},
	{"^$", "any", NULL},
	{"^$", "", ""},
	{".*", "any", "any"},
	{"^.*(system.slice/.*)$", "/a/system.slice/b", "system.slice/b"},
	{".*/(.*)", "/a/b/c", "c"},
	{"^(kswapd).*$", "kswapd0", "kswapd"},
	{"^(?:cpu|irq)/(\\d+)", "irq/17-x", "17"},
	{"^(?P<name>\\w+)-", "ab_1-x", "ab_1"},
	{"^(?<name>\\w+)-", "ab_1-x", "ab_1"},
	{"\\Aab\\z", "ab", "ab"},
	{"^a|^b", "bc", "b"},
	{"^(a)|^b", "bc", ""},
	{"^(a)|^b", "ac", "a"},
	{"^(?:foo|bar)$", "bar", "bar"},
	{"(?i)^web-[a-c]x$", "Web-BX", "Web-BX"},
	{"(?s)^a.b$", "a\nb", "a\nb"},
	{"^\\d{2,3}", "12345", "123"},
	{"^\\D\\S\\W", "a-- ", "a--"},
	{"^[^/\\d]+", "ab/1", "ab"},
	{"^[]a]+", "a]b", "a]"},
	{"^[\\]\\^-]+", "]^-x", "]^-"},
	{"^[\\^-]+", "^-x", "^-"},
	{"^[^^]+", "a^", "a"},
	{"^[[a]+", "[ax", "[a"},
	{"^[+--]+", "+,-.", "+,-"},
	{"^[\\t ]+", "\t a", "\t "},
	{"^\\bab\\b", "ab cd", "ab"},
	{"^a\\.b\\$", "a.b$", "a.b$"},
	{"^a\\.b\\$", "axb$", NULL},
	{"^a\\\\$", "a\\", "a\\"},
	{"^a{b}$", "a{b}", "a{b}"},
	{"^\xc3\xb6l$", "\xc3\xb6l", "\xc3\xb6l"},
};

static void test_pattern__matches_the_same(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_buf_ struct buf out = BUF_INIT;
		const char *result = run(cases[i].pattern, cases[i].text, &out);

		if (!result != !cases[i].result || (result && strcmp(result, cases[i].result) != 0))
			fail_msg("%s of '%s': '%s', not '%s'", cases[i].pattern, cases[i].text,
				 result ? result : "(none)",
				 cases[i].result ? cases[i].result : "(none)");
	}
}

static const struct {
	const char *pattern, *why;
} refused[] = {
	{"[0-9]+", "it matches anywhere"},
	{"a*b", "it matches anywhere"},
	{"^a*?", "lazy"},
	{"^a{2}?", "lazy"},
	{"^(a|ab)", "alternatives of a group begin the same"},
	{"(?i)^(a|AB)", "alternatives of a group begin the same"},
	{"^(|a)", "alternatives of a group begin the same"},
	{"^a(^b)", "an anchor inside"},
	{"^a$b", "an anchor inside"},
	{"^(?i:a)", "flags inside"},
	{"^(a", "a group is not closed"},
	{"^a)", "a group is closed that was not opened"},
	{"^[a", "a set is not closed"},
	{"^[b-a]", "a range of characters is empty"},
	{"^[[:alpha:]]", "[:alpha:]"},
	{"^[\\D]", "an escape in a set"},
	{"^[\xc3\xb6]", "beyond ASCII"},
	{"^\xc3\xb6+", "beyond ASCII"},
	{"^\\pL", "escapes"},
	{"^\\x41", "escapes"},
	{"^a\\", "escapes"},
	{"^*", "nothing to repeat"},
	{"^(?:(?:(?:(?:(?:(?:(?:(?:(?:(a))))))))))$", "too many groups"},
};

static void test_pattern__has_no_equivalent(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++) {
		struct pattern_text t = pattern_begin(refused[i].pattern);
		const char *why = NULL;

		while (t.p && !why) {
			struct pattern_part part = {0};

			why = pattern_next(&im, &t, &part);
			pattern_part_done(&part);
		}
		if (!why || !strstr(why, refused[i].why))
			fail_msg("%s: %s", refused[i].pattern, why ? why : "accepted");
	}
}

static void test_pattern__groups(void **state)
{
	static const struct {
		const char *pattern;
		size_t n;
	} counts[] = {
		{"^a", 0},  {"(a)", 1},	   {"(a)|(b)", 2}, {"((a)b)", 2},	 {"(?:a)", 0},
		{"\\(", 0}, {"[(](a)", 1}, {"[](](a)", 1}, {"(?P<x>a)(?:b)", 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(counts); i++)
		assert_int_equal(pattern_begin(counts[i].pattern).n_groups, counts[i].n);
}

/* Where several places could match, it says so; fixed texts are the same wherever they are. */
static void test_pattern__is_unsure(void **state)
{
	static const struct {
		const char *pattern;
		bool is_unsure;
	} patterns[] = {
		{"^a.", false}, {"abc", false}, {".*a", false},
		{"a.c", true},	{"a(b)", true}, {"a|b", true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		struct pattern_text t = pattern_begin(patterns[i].pattern);
		struct pattern_part part = {0};

		assert_null(pattern_next(&im, &t, &part));
		assert_int_equal(part.is_unsure, patterns[i].is_unsure);
		pattern_part_done(&part);
	}
}

/* What our configuration would refuse, for its length or its size. */
static void test_pattern__is_taken(void **state)
{
	char longest[257];

	(void)state;
	memset(longest, 'a', sizeof(longest));
	longest[255] = '\0';
	assert_true(regex_is_taken(longest));
	longest[255] = 'a';
	longest[256] = '\0';
	assert_false(regex_is_taken(longest));
	assert_true(regex_is_taken("'\"\\\\"));
	assert_false(regex_is_taken("((a{200}){200}){200}"));
	assert_false(regex_is_taken("("));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pattern__matches_the_same),
		cmocka_unit_test(test_pattern__has_no_equivalent),
		cmocka_unit_test(test_pattern__groups),
		cmocka_unit_test(test_pattern__is_unsure),
		cmocka_unit_test(test_pattern__is_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
