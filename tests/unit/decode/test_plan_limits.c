// SPDX-License-Identifier: GPL-2.0-only
/* What just fits, and what just does not. */
#include "decoded.h"

struct limit_case {
	struct decoded_case c;
	const char *message; /* NULL: it fits */
};

static void assert_limit(const struct limit_case *l)
{
	_cleanup_(decoded_done) struct decoded d = {0};
	int r;

	decoded_prepare(&d, &l->c);
	r = plan_compile(&d.input, &d.plan, &d.problems);
	if (r != (l->message ? -EINVAL : 0))
		fail_msg("%s gives %d", l->c.yaml, r);
	if (l->message && !strstr(d.problems.items[0], l->message))
		fail_msg("%s\nsays\n%s", l->c.yaml, d.problems.items[0]);
}

static void test_plan_limits__slots(void **state)
{
#define ARRAY_OF(n, scheme)                                                               \
	"key: u8, value: [{name: s, type: u8, count: " n "}], metrics: [{name: x, type: " \
	"histogram, buckets: {field: s, scheme: " scheme ", edges: upper"
#define LINEAR "{linear: {width: 1}}"
	static const struct limit_case cases[] = {
		{{.yaml = ARRAY_OF("65", "exp2") "}}]"}, NULL},
		{{.yaml = ARRAY_OF("66", "exp2") "}}]"}, "66 slots: there must be 1 to 65"},
		{{.yaml = ARRAY_OF("66", "exp2") ", slot_offset: 1}}]"}, NULL},
		{{.yaml = ARRAY_OF("4096", LINEAR) "}}]"}, NULL},
		{{.yaml = ARRAY_OF("4097", LINEAR) "}}]"}, "4097 slots: there must be 1 to 4096"},
		{{.yaml = ARRAY_OF("1", "exp2") "}}]"}, NULL},
		{{.yaml = ARRAY_OF("1", "exp2") ", overflow: true}}]"}, "1 slots: there must be"},
		{{.yaml = ARRAY_OF("2", "exp2") ", overflow: true}}]"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_limit(&cases[i]);
}

static void test_plan_limits__times(void **state)
{
#define TIME(clock, more)                                                                        \
	"key: u8, value: u64, metrics: [{name: x, type: gauge, value: {field: value" clock "}, " \
	"labels: {k: key" more "}]"
#define MONOTONIC ", clock: monotonic"
#define PERCPU	  .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2
#define ADDED_UP  "times cannot be added up over CPUs"
	static const struct limit_case cases[] = {
		{{.yaml = TIME(MONOTONIC, "}, cpu: sum"), PERCPU}, ADDED_UP},
		{{.yaml = TIME(MONOTONIC, "}, cpu: avg"), PERCPU}, ADDED_UP},
		{{.yaml = TIME(MONOTONIC, "}, cpu: max"), PERCPU}, NULL},
		{{.yaml = TIME(MONOTONIC, "}, cpu: min"), PERCPU}, NULL},
		{{.yaml = TIME(MONOTONIC, ", c: $cpu}, cpu: each"), PERCPU}, NULL},
		{{.yaml = TIME("", "}, cpu: avg"), PERCPU}, NULL},
		{{.yaml = TIME(MONOTONIC, "}")}, NULL},
		{{.yaml = TIME(MONOTONIC ", scale: 1e-24", "}")}, NULL},
		{{.yaml = TIME(MONOTONIC ", scale: 9e-25", "}")}, "a unit of less than 1e-24 s"},
		{{.yaml = TIME(", scale: 9e-25", "}")}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_limit(&cases[i]);
}

/* However many there are, nine have names. */
static void test_plan_limits__captures(void **state)
{
	static const char *const captures[] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"};
	static const struct decoded_case c = {
		.yaml = "key: u8, value: u8, metrics: [{name: x, type: gauge, labels: {l: $1}}]",
		.pin = "/*/*/*/*/*/*/*/*/*/*"};
	static const struct {
		const char *field, *expected; /* NULL: there is none */
	} cases[] = {
		{"$1", "x{l=\"a\"} 7\n"},
		{"$9", "x{l=\"i\"} 7\n"},
		{"$0", NULL},
		{"$:", NULL},
		{"$10", NULL},
		{"$1x", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(decoded_done) struct decoded d = {0};
		_cleanup_(freep) char *text = NULL;
		struct builder_result result;
		struct config_label *l;

		decoded_prepare(&d, &c);
		l = d.config->maps[0].metrics[0].labels;
		free(l->expr.field);
		l->expr.field = strdup(cases[i].field);
		d.input.captures = captures;
		d.input.n_captures = ARRAY_SIZE(captures);
		if (plan_compile(&d.input, &d.plan, &d.problems) !=
		    (cases[i].expected ? 0 : -EINVAL))
			fail_msg("%s", cases[i].field);
		if (!cases[i].expected) {
			assert_non_null(strstr(d.problems.items[0], "there is no '$"));
			continue;
		}
		result = decoded_pass(&d, NULL, 0, "01", "07");
		text = decoded_text(result.snapshot);
		assert_string_equal(text, cases[i].expected);
		snapshot_unref(result.snapshot);
	}
}

/* The types from which a key can be deleted together with what it holds. */
static void test_plan_limits__evictions(void **state)
{
#define EVICT "evict_idle: 10m, key: u32, value: u32, metrics: [{name: x, type: gauge}]"
#define NOT   ", from which no key can be evicted: remove `evict_idle:`"
	static const struct limit_case cases[] = {
		{{.yaml = EVICT, .type = BPF_MAP_TYPE_HASH}, NULL},
		{{.yaml = EVICT, .type = BPF_MAP_TYPE_LRU_HASH}, NULL},
		{{.yaml = EVICT, .type = BPF_MAP_TYPE_PERCPU_HASH, .n_cpus = 2}, NULL},
		{{.yaml = EVICT, .type = BPF_MAP_TYPE_LRU_PERCPU_HASH, .n_cpus = 2}, NULL},
		{{.yaml = EVICT, .type = BPF_MAP_TYPE_ARRAY}, "map 'm' is of type array" NOT},
		{{.yaml = EVICT, .type = BPF_MAP_TYPE_PERCPU_ARRAY, .n_cpus = 2},
		 "map 'm' is of type percpu_array" NOT},
		{{.yaml = EVICT, .type = BPF_MAP_TYPE_LPM_TRIE}, "map 'm' is of type lpm_trie" NOT},
		{{.yaml = "evict_idle: off, key: u32, value: u32", .type = BPF_MAP_TYPE_ARRAY},
		 NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++)
		assert_limit(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plan_limits__slots),
		cmocka_unit_test(test_plan_limits__times),
		cmocka_unit_test(test_plan_limits__captures),
		cmocka_unit_test(test_plan_limits__evictions),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
