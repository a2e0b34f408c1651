// SPDX-License-Identifier: GPL-2.0-only
#include "source/pin_glob.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/alloc_fault.h"

/* Each ends with a slash if it is a folder. */
static const char *const tree[] = {
	"xdp/",
	"xdp/eth0/",
	"xdp/eth0/stats",
	"xdp/eth1/",
	"xdp/eth1/stats",
	"xdp/eth10/",
	"xdp/eth10/others",
	"xdp/lo",
	"a_b_c",
	"a_c",
	".hidden",
	"shut/",
	"shut/pin",
	"plain[1]",
	"x-y",
};

static char base[64];

static int setup(void **state)
{
	(void)state;
	snprintf(base, sizeof(base), "/tmp/pin_glob_XXXXXX");
	if (!mkdtemp(base) || chdir(base) < 0 || chmod(base, 0755) < 0)
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(tree); i++) {
		const char *path = tree[i];
		int fd;

		if (path[strlen(path) - 1] == '/') {
			if (mkdir(path, 0755) < 0)
				return -1;
			continue;
		}
		fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0644);
		if (fd < 0)
			return -1;
		close(fd);
	}
	return symlink("/nowhere", "dangling");
}

static int teardown(void **state)
{
	(void)state;
	unlink("dangling");
	for (size_t i = ARRAY_SIZE(tree); i-- > 0;)
		remove(tree[i]);
	return chdir("/") < 0 || rmdir(base) < 0 ? -1 : 0;
}

/* "path=capture,capture path=…", sorted as it came. */
static void describe(const struct pin_matches *m, char *text, size_t size)
{
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < m->n; i++) {
		n += (size_t)snprintf(text + n, size - n, "%s%s", i ? " " : "", m->items[i].path);
		for (size_t j = 0; j < m->items[i].n_captures; j++)
			n += (size_t)snprintf(text + n, size - n, "%s%s", j ? "," : "=",
					      m->items[i].captures[j]);
	}
}

static void test_pin_glob__matches(void **state)
{
	static const struct {
		const char *pattern, *expected;
	} cases[] = {
		{"xdp/*/stats", "xdp/eth0/stats=eth0 xdp/eth1/stats=eth1"},
		{"xdp/*/*", "xdp/eth0/stats=eth0,stats xdp/eth1/stats=eth1,stats "
			    "xdp/eth10/others=eth10,others"},
		{"xdp/eth*/s*s", "xdp/eth0/stats=0,tat xdp/eth1/stats=1,tat"},
		{"xdp/*", "xdp/lo=lo"},
		{"xdp/eth?/stats", "xdp/eth0/stats xdp/eth1/stats"},
		{"xdp/eth[1-9]/stats", "xdp/eth1/stats"},
		{"xdp/eth[!1]/stats", "xdp/eth0/stats"},
		{"xdp/eth[01]*/stats", "xdp/eth0/stats= xdp/eth1/stats="},
		{"x[dp]p/l[]o]", "xdp/lo"},
		{"x[-]y", "x-y"},
		{"x[w-]y", "x-y"},
		{"*_c", "a_b_c=a_b a_c=a"},
		{"*_*", "a_b_c=a,b_c a_c=a,c"},
		{"**_c", "a_b_c=,a_b a_c=,a"},
		{"a*b*c", "a_b_c=_,_"},
		{".h*", ".hidden=idden"},
		{"*hidden", ""},
		{"plain[1", ""},
		{"*[1]", ""},
		{"plain[[]1]", "plain[1]"},
		{"./xdp//eth0/*", "./xdp//eth0/stats=stats"},
		{"dang*", ""},
		{"nowhere/*", ""},
		{"xdp/lo/*", ""},
		{"xdp/*/", ""},
		{"*/*/*/*/*", ""},
		/* Not patterns: taken as they are, there or not. */
		{"xdp/lo", "xdp/lo"},
		{"xdp/none", "xdp/none"},
		{"", ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct pin_matches m = {0};
		struct err e = {0};
		char text[512];

		assert_int_equal(pin_glob(cases[i].pattern, &m, &e), 0);
		describe(&m, text, sizeof(text));
		assert_string_equal(text, cases[i].expected);
		assert_string_equal(e.text, "");
		pin_matches_done(&m);
	}
}

static void test_pin_glob__absolute(void **state)
{
	struct pin_matches m = {0};
	char pattern[128], expected[128];

	(void)state;
	snprintf(pattern, sizeof(pattern), "%s/xdp/*/others", base);
	snprintf(expected, sizeof(expected), "%s/xdp/eth10/others", base);
	assert_int_equal(pin_glob(pattern, &m, NULL), 0);
	assert_int_equal(m.n, 1);
	assert_string_equal(m.items[0].path, expected);
	assert_string_equal(m.items[0].captures[0], "eth10");
	pin_matches_done(&m);
}

static void test_pin_pattern_is_glob__cases(void **state)
{
	(void)state;
	assert_true(pin_pattern_is_glob("/a/*"));
	assert_true(pin_pattern_is_glob("/a/?"));
	assert_true(pin_pattern_is_glob("/a/[b]"));
	assert_false(pin_pattern_is_glob("/a/b"));
	assert_false(pin_pattern_is_glob(""));
}

/* In a child, since root may list everything. Return: 0 if all was as expected. */
static int look_where_forbidden(void)
{
	struct pin_matches m = {0};
	struct err e = {0};
	char text[256];

	if (getuid() == 0 && (setgroups(0, NULL) || setgid(65534) || setuid(65534)))
		return 1;
	if (pin_glob("[xs]*/*", &m, &e) != -EACCES || !strstr(e.text, "shut"))
		return 2;
	describe(&m, text, sizeof(text));
	pin_matches_done(&m);
	return strcmp(text, "xdp/lo=dp,lo") ? 3 : 0;
}

static void test_pin_glob__forbidden_folder(void **state)
{
	int status;
	pid_t pid;

	(void)state;
	assert_int_equal(chmod("shut", 0), 0);
	pid = fork();
	if (!pid)
		_exit(look_where_forbidden());
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(chmod("shut", 0755), 0);
	assert_int_equal(status, 0);
}

static void test_pin_glob__without_memory(void **state)
{
	static const char *const patterns[] = {"xdp/*/s*", "xdp/lo"};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(patterns); i++) {
		for (long nth = 0;; nth++) {
			struct pin_matches m = {0};
			int r;

			alloc_fault_arm(nth);
			r = pin_glob(patterns[i], &m, NULL);
			if (!alloc_fault_disarm()) {
				assert_int_equal(r, 0);
				pin_matches_done(&m);
				break;
			}
			assert_int_equal(r, -ENOMEM);
			assert_null(m.items);
		}
	}
}

/* Ids, too, come in the order of their text: those who compare two lists rely on it. */
static void test_pin_matches_sort__ids(void **state)
{
	static const char *const names[] = {"id:9", "id:10", "id:100", "id:11"};
	static const char *const sorted[] = {"id:10", "id:100", "id:11", "id:9"};
	struct pin_matches m = {0};

	(void)state;
	pin_matches_sort(&m);
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		assert_int_equal(pin_matches_add(&m, names[i]), 0);
	pin_matches_sort(&m);
	for (size_t i = 0; i < ARRAY_SIZE(sorted); i++)
		assert_string_equal(m.items[i].path, sorted[i]);
	pin_matches_done(&m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pin_glob__matches),
		cmocka_unit_test(test_pin_glob__absolute),
		cmocka_unit_test(test_pin_pattern_is_glob__cases),
		cmocka_unit_test(test_pin_glob__forbidden_folder),
		cmocka_unit_test(test_pin_glob__without_memory),
		cmocka_unit_test(test_pin_matches_sort__ids),
	};

	return cmocka_run_group_tests_name("pin_glob", tests, setup, teardown);
}
