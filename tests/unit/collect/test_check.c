// SPDX-License-Identifier: GPL-2.0-only
/* What can be checked where no map can be opened; tests/e2e does it with live ones. */
#include "bed.h"

#include "collect/check.h"

static void test_check_config__without_maps(void **state)
{
	static const struct {
		const char *text;
		int expected;
		const char *says; /* the problem */
		const char *notes;
	} cases[] = {
		{"maps: []\n", 0, NULL, NULL},
		{"maps: [{name: m, pin: /no/such/pin}]\n", 0, NULL,
		 "map 'm' is not checked against the kernel: /no/such/pin: nothing is pinned"},
		{"maps: [{name: m, pin: /tmp}]\n", -EINVAL, "/tmp: is not on a bpf", NULL},
		{"maps:\n"
		 "  - {name: m, pin: /no/such/pin, key: u32, value: u64,\n"
		 "     metrics: [{name: x_total, type: counter, labels: {k: key}}]}\n",
		 0, NULL, "test.yml:2:"},
		{"maps:\n"
		 "  - {name: m, pin: /no/such/pin, key: u32, value: [{name: packets, type: u64}],\n"
		 "     metrics: [{name: x_total, type: counter, value: packet, labels: {k: key}}]}\n",
		 -EINVAL, "test.yml:3:", "test.yml:2:"},
		{"maps:\n"
		 "  - {name: m, pin: '/no/*/pin', key: u32, value: [{name: packets, type: u64}],\n"
		 "     labels: {where: $1},\n"
		 "     metrics: [{name: x_total, type: counter, value: packets, labels: {k: key}}]}\n",
		 0, NULL, "/no/*/pin: no pin matches"},
		{"maps:\n"
		 "  - {name: m, pin: '/no/*/pin', key: u32, value: [{name: packets, type: u64}],\n"
		 "     labels: {where: $1},\n"
		 "     metrics: [{name: x_total, type: counter, value: packet, labels: {k: key}}]}\n",
		 -EINVAL, "test.yml:4:", "no pin matches"},
		/* one family, but the arrays have other lengths */
		{"maps:\n"
		 "  - &m {name: a, pin: /no/a, key: u32, value: [{name: s, type: u64, count: 4}], metrics: [\n"
		 "     {name: x, type: histogram, labels: {k: key}, buckets: {field: s, scheme: exp2, edges: upper}}]}\n"
		 "  - {<<: *m, name: b, pin: /no/b,\n"
		 "     value: [{name: s, type: u64, count: 5}]}\n",
		 -EINVAL, "the histogram 'x' has 5 bounds in map 'b'", "test.yml:2:"},
		{"maps:\n"
		 "  - &m {name: a, pin: /no/a, key: u32, value: [{name: s, type: u64, count: 4}], metrics: [\n"
		 "     {name: x, type: histogram, labels: {k: key}, buckets: {field: s, scheme: exp2, edges: upper, slots: 4}}]}\n"
		 "  - {<<: *m, name: b, pin: /no/b,\n"
		 "     value: [{name: s, type: u64, count: 5}]}\n",
		 0, NULL, "test.yml:2:"},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_problems_ struct problems problems = PROBLEMS_INIT, notes = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = config_of(cases[i].text);

		assert_int_equal(check_config(c, &problems, &notes), cases[i].expected);
		assert_int_equal(problems.n, cases[i].says != NULL);
		assert_int_equal(notes.n != 0, cases[i].notes != NULL);
		if (cases[i].says)
			assert_non_null(strstr(problems.items[0], cases[i].says));
		if (cases[i].notes)
			assert_non_null(strstr(notes.items[0], cases[i].notes));
	}
}

/* Both maps are wrong, and both are said in one run. */
static void test_check_config__all_in_one_run(void **state)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c =
		config_of("maps:\n"
			  "  - {name: a, pin: /no/a, key: u32, value: u64,\n"
			  "     metrics: [{name: a_total, type: counter, labels: {k: kay}}]}\n"
			  "  - {name: b, pin: /no/b, key: u32, value: u64,\n"
			  "     metrics: [{name: b_total, type: counter, labels: {k: key.x}}]}\n");

	(void)state;
	assert_int_equal(check_config(c, &problems, NULL), -EINVAL);
	assert_int_equal(problems.n, 2);
	assert_non_null(strstr(problems.items[0], "test.yml:3:"));
	assert_non_null(strstr(problems.items[1], "test.yml:5:"));
}

static void test_check_config__no_memory(void **state)
{
	_cleanup_(config_freep) struct config *c =
		config_of("maps:\n"
			  "  - {name: m, pin: /no/such/pin, key: u32, value: u64,\n"
			  "     metrics: [{name: x_total, type: counter, labels: {k: key}}]}\n");

	(void)state;
	for (long nth = 0;; nth++) {
		_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
		int r;

		alloc_fault_arm(nth);
		r = check_config(c, &problems, NULL);
		if (!alloc_fault_disarm()) {
			assert_int_equal(r, 0);
			assert_true(nth > 10);
			break;
		}
		assert_true(r == -ENOMEM || r == 0);
		assert_int_equal(problems.n, 0);
	}
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	assert_int_equal(fclose(file), 0);
}

static void test_check_file__results(void **state)
{
	static const struct {
		const char *text; /* NULL: no file */
		int expected, loaded;
	} cases[] = {
		{"maps: []\n", 0, 0},
		{"maps: [{name: m, pin: /no/such/pin}]\n", 0, 0},
		{"maps: [{name: m, pin: /tmp}]\n", -EINVAL, 0},
		{"maps: [{name: m}]\n", -EINVAL, -EINVAL},
		{NULL, -ENOENT, -ENOENT},
	};
	char path[] = "/tmp/test_check.XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(config_freep) struct config *c = NULL;

		if (cases[i].text)
			write_file(path, cases[i].text);
		else
			unlink(path);
		assert_int_equal(check_file(path), cases[i].expected);
		assert_int_equal(check_load(path, &c), cases[i].loaded);
		assert_int_equal(c != NULL, !cases[i].loaded);
	}
}

static void test_check_file__no_memory(void **state)
{
	char path[] = "/tmp/test_check.XXXXXX";
	int fd = mkstemp(path), r;

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	write_file(path, "maps: [{name: m, pin: /no/such/pin}]\n");
	for (long nth = 0;; nth++) {
		alloc_fault_arm(nth);
		r = check_file(path);
		if (!alloc_fault_disarm())
			break;
		assert_true(r == -ENOMEM || r == 0); /* a note may be lost */
	}
	assert_int_equal(r, 0);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_check_config__without_maps),
		cmocka_unit_test(test_check_config__all_in_one_run),
		cmocka_unit_test(test_check_config__no_memory),
		cmocka_unit_test(test_check_file__results),
		cmocka_unit_test(test_check_file__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
