// SPDX-License-Identifier: GPL-2.0-only
/* What a map may cost, what is deleted from it, and where the state lies. */
#include "bad_config.h"

#include "base/clock.h"

/* The second map; `global:` is before it or after it, all the same. */
#define MAPS(keys) "maps: [{name: first, pin: /f}, {name: m, pin: /p" keys "}]\n"
#define GAUGES	   ", metrics: [{name: x, type: gauge, labels: {k: key}}]"

#define DEFAULTS                                 \
	.max_series = CONFIG_DEFAULT_MAX_SERIES, \
	.max_label_bytes = CONFIG_DEFAULT_MAX_LABEL_BYTES, .state_dir = CONFIG_DEFAULT_STATE_DIR

static const struct good_case {
	const char *yaml;
	uint64_t max_series;
	uint32_t max_label_bytes;
	enum config_on_limit on_limit;
	uint64_t evict_idle_ns;
	const char *state_dir;
} good[] = {
	{MAPS(""), DEFAULTS},
	{"global: {}\n" MAPS(""), DEFAULTS},
	{MAPS(", max_series: 1, max_label_bytes: 64"), 1, 64,
	 .state_dir = CONFIG_DEFAULT_STATE_DIR},
	{MAPS(", max_series: 0xffffffffffffffff, max_label_bytes: 1048576"), UINT64_MAX, 1 << 20,
	 .state_dir = CONFIG_DEFAULT_STATE_DIR},
	/* what is global is inherited, what is the map's own wins */
	{"global: {max_series: 7, max_label_bytes: 0x80, state_dir: /s}\n" MAPS(""), 7, 128,
	 .state_dir = "/s"},
	{MAPS(", max_series: 9") "global: {max_series: 7, max_label_bytes: 100}\n", 9, 100,
	 .state_dir = CONFIG_DEFAULT_STATE_DIR},
	{MAPS(", max_label_bytes: 99") "global: {max_series: 7, max_label_bytes: 100}\n", 7, 99,
	 .state_dir = CONFIG_DEFAULT_STATE_DIR},
	{"global: {state_dir: '/var/lib/a folder/é'}\n" MAPS(""), CONFIG_DEFAULT_MAX_SERIES,
	 CONFIG_DEFAULT_MAX_LABEL_BYTES, .state_dir = "/var/lib/a folder/é"},
	{"global: {state_dir: /}\n" MAPS(""), CONFIG_DEFAULT_MAX_SERIES,
	 CONFIG_DEFAULT_MAX_LABEL_BYTES, .state_dir = "/"},
	/* the rest */
	{MAPS(", on_limit: drop"), DEFAULTS},
	{MAPS(", on_limit: drop, metrics: []"), DEFAULTS},
	{MAPS(", on_limit: other" GAUGES), DEFAULTS, .on_limit = CONFIG_ON_LIMIT_OTHER},
	{MAPS(", on_limit: other, metrics: [{name: x, type: gauge}]"), DEFAULTS,
	 .on_limit = CONFIG_ON_LIMIT_OTHER},
	{MAPS(", on_limit: other, read: drain, metrics: [{name: x_total, type: counter}]"),
	 DEFAULTS, .on_limit = CONFIG_ON_LIMIT_OTHER},
	/* keys that nobody needs any more */
	{MAPS(", evict_idle: off"), DEFAULTS},
	{MAPS(", evict_idle: off, read: drain"), DEFAULTS},
	{MAPS(", evict_idle: 1s"), DEFAULTS, .evict_idle_ns = NS_PER_S},
	{MAPS(", evict_idle: 10m" GAUGES), DEFAULTS, .evict_idle_ns = 600 * NS_PER_S},
	{MAPS(", evict_idle: 365d"), DEFAULTS, .evict_idle_ns = 8760 * 3600 * NS_PER_S},
	{MAPS(", evict_idle: 8760h, read: snapshot"), DEFAULTS,
	 .evict_idle_ns = 8760 * 3600 * NS_PER_S},
	{"maps: [{name: a, pin: /a}, {name: m, map_name: n, evict_idle: 1h30m}]\n", DEFAULTS,
	 .evict_idle_ns = 5400 * NS_PER_S},
	{"maps: [{name: a, pin: /a}, {name: m, map_id: 7, evict_idle: 1s500ms}]\n", DEFAULTS,
	 .evict_idle_ns = 1500 * NS_PER_MS},
};

static void test_config__limits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		const struct good_case *g = &good[i];
		_cleanup_problems_ struct problems p = PROBLEMS_INIT;
		_cleanup_(config_freep) struct config *c = NULL;
		const struct config_limits *limits;

		if (config_parse("f", str_of(g->yaml), &c, &p) != 0)
			fail_msg("%s", p.n ? p.items[0] : g->yaml);
		assert_int_equal(c->n_maps, 2);
		limits = &c->maps[1].limits;
		assert_true(limits->max_series == g->max_series);
		assert_int_equal(limits->max_label_bytes, g->max_label_bytes);
		assert_int_equal(limits->on_limit, g->on_limit);
		assert_true(c->maps[1].evict_idle_ns == g->evict_idle_ns);
		assert_string_equal(c->state_dir, g->state_dir);
	}
}

/* One map's own are not another one's. */
static void test_config__limits_of_each_map(void **state)
{
	static const char yaml[] = "global: {max_series: 5}\n" MAPS(
		", max_series: 6, max_label_bytes: 70, on_limit: other, evict_idle: 2s" GAUGES);
	_cleanup_problems_ struct problems p = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *c = NULL;

	(void)state;
	assert_int_equal(config_parse("f", STR(yaml), &c, &p), 0);
	assert_int_equal(c->maps[0].limits.max_series, 5);
	assert_int_equal(c->maps[0].limits.max_label_bytes, CONFIG_DEFAULT_MAX_LABEL_BYTES);
	assert_int_equal(c->maps[0].limits.on_limit, CONFIG_ON_LIMIT_DROP);
	assert_int_equal(c->maps[0].evict_idle_ns, 0);
	assert_int_equal(c->maps[1].limits.max_series, 6);
	assert_int_equal(c->maps[1].limits.max_label_bytes, 70);
	assert_int_equal(c->maps[1].limits.on_limit, CONFIG_ON_LIMIT_OTHER);
	assert_int_equal(c->maps[1].evict_idle_ns, 2 * NS_PER_S);
}

/* clang-format off */
static const struct bad_config bad[] = {
	BAD(global_max_serie,
	    "global: {max_serie: 5}\n"
	    "maps: []\n",
	    "1:10: unknown key 'max_serie' in 'global'; known: " GLOBAL_KEYS
	    " (did you mean 'max_series'?)"),
	BAD(global_max_labels_bytes,
	    "global: {max_labels_bytes: 5}\n"
	    "maps: []\n",
	    "1:10: unknown key 'max_labels_bytes' in 'global'; known: " GLOBAL_KEYS
	    " (did you mean 'max_label_bytes'?)"),
	BAD(global_statedir,
	    "global: {statedir: /run}\n"
	    "maps: []\n",
	    "1:10: unknown key 'statedir' in 'global'; known: " GLOBAL_KEYS
	    " (did you mean 'state_dir'?)"),
	BAD(global_on_limit_is_not_known,
	    "global: {on_limit: drop}\n"
	    "maps: []\n",
	    "1:10: unknown key 'on_limit' in 'global'; known: " GLOBAL_KEYS),
	BAD(global_evict_idle_is_not_known,
	    "global: {evict_idle: 1h}\n"
	    "maps: []\n",
	    "1:10: unknown key 'evict_idle' in 'global'; known: " GLOBAL_KEYS),
	BAD(map_max_serie,
	    MAP "  max_serie: 5\n",
	    "4:3: unknown key 'max_serie' in a map; known: " MAP_KEYS
	    " (did you mean 'max_series'?)"),
	BAD(map_evict_idel,
	    MAP "  evict_idel: 1h\n",
	    "4:3: unknown key 'evict_idel' in a map; known: " MAP_KEYS
	    " (did you mean 'evict_idle'?)"),
	BAD(map_on_limits,
	    MAP "  on_limits: drop\n",
	    "4:3: unknown key 'on_limits' in a map; known: " MAP_KEYS
	    " (did you mean 'on_limit'?)"),
	BAD(map_max_label_byte,
	    MAP "  max_label_byte: 64\n",
	    "4:3: unknown key 'max_label_byte' in a map; known: " MAP_KEYS
	    " (did you mean 'max_label_bytes'?)"),

	BAD(state_dir_relative,
	    "global: {state_dir: run/x}\n"
	    "maps: []\n",
	    "1:21: the state_dir 'run/x' must be an absolute path, without a line break"),
	BAD(state_dir_empty,
	    "global: {state_dir: ''}\n"
	    "maps: []\n",
	    "1:21: the state_dir '' must be an absolute path, without a line break"),
	BAD(state_dir_of_two_lines,
	    "global: {state_dir: \"/run\\n/x\"}\n"
	    "maps: []\n",
	    "1:21: the state_dir '/run?/x' must be an absolute path, without a line break"),
	BAD(state_dir_with_nul,
	    "global: {state_dir: \"/run\\0/x\"}\n"
	    "maps: []\n",
	    "1:21: text with a NUL byte"),
	BAD(state_dir_nothing,
	    "global:\n"
	    "  state_dir:\n"
	    "maps: []\n",
	    "2:13: expected text, found nothing"),
	BAD(state_dir_list,
	    "global: {state_dir: [/run]}\n"
	    "maps: []\n",
	    "1:21: expected text, found a list"),

	BAD(max_series_zero,
	    "global: {max_series: 0}\n"
	    "maps: []\n",
	    "1:22: 0 is out of range: 1 to 18446744073709551615"),
	BAD(max_series_text,
	    "global: {max_series: many}\n"
	    "maps: []\n",
	    "1:22: 'many' is not a whole number, decimal or 0x"),
	BAD(max_series_negative,
	    "global: {max_series: -1}\n"
	    "maps: []\n",
	    "1:22: '-1' is not a whole number, decimal or 0x"),
	BAD(max_series_over_64_bits,
	    "global: {max_series: 18446744073709551616}\n"
	    "maps: []\n",
	    "1:22: 18446744073709551616 is out of range: 1 to 18446744073709551615"),
	BAD(max_series_mapping,
	    "global: {max_series: {a: 1}}\n"
	    "maps: []\n",
	    "1:22: expected text, found a mapping"),
	BAD(map_max_series_zero,
	    MAP "  max_series: 0\n",
	    "4:15: 0 is out of range: 1 to 18446744073709551615"),
	BAD(map_max_series_off,
	    MAP "  max_series: off\n",
	    "4:15: 'off' is not a whole number, decimal or 0x"),

	BAD(max_label_bytes_too_small,
	    "global: {max_label_bytes: 63}\n"
	    "maps: []\n",
	    "1:27: 63 is out of range: 64 to 1048576"),
	BAD(max_label_bytes_too_large,
	    "global: {max_label_bytes: 1048577}\n"
	    "maps: []\n",
	    "1:27: 1048577 is out of range: 64 to 1048576"),
	BAD(max_label_bytes_over_32_bits,
	    "global: {max_label_bytes: 4294967360}\n"
	    "maps: []\n",
	    "1:27: 4294967360 is out of range: 64 to 1048576"),
	BAD(max_label_bytes_with_unit,
	    MAP "  max_label_bytes: 16KiB\n",
	    "4:20: '16KiB' is not a whole number, decimal or 0x"),
	BAD(map_max_label_bytes_too_small,
	    MAP "  max_label_bytes: 0\n",
	    "4:20: 0 is out of range: 64 to 1048576"),
	BAD(map_max_label_bytes_too_large,
	    MAP "  max_label_bytes: 0x100001\n",
	    "4:20: 0x100001 is out of range: 64 to 1048576"),

	BAD(on_limit_unknown,
	    MAP "  on_limit: others\n",
	    "4:13: unknown on_limit 'others'; known: drop, other (did you mean 'other'?)"),
	BAD(on_limit_list,
	    MAP "  on_limit: [drop]\n",
	    "4:13: expected text, found a list"),
	BAD(on_limit_other_without_metrics,
	    MAP "  on_limit: other\n",
	    "4:13: the map has no metrics: remove 'on_limit: other'"),
	BAD(on_limit_other_with_empty_metrics,
	    MAP "  metrics: []\n"
	    "  on_limit: other\n",
	    "5:13: the map has no metrics: remove 'on_limit: other'"),
	BAD(on_limit_other_with_bad_metrics,
	    MAP "  metrics: x\n"
	    "  on_limit: other\n",
	    "4:12: metrics must be a list, found text"),

	BAD(evict_idle_too_short,
	    MAP "  evict_idle: 999ms\n",
	    "4:15: 999ms is out of range: 1s to 365d, or off"),
	BAD(evict_idle_zero,
	    MAP "  evict_idle: 0s\n",
	    "4:15: 0s is out of range: 1s to 365d, or off"),
	BAD(evict_idle_too_long,
	    MAP "  evict_idle: 365d1ms\n",
	    "4:15: 365d1ms is out of range: 1s to 365d, or off"),
	BAD(evict_idle_without_unit,
	    MAP "  evict_idle: 600\n",
	    "4:15: '600' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(evict_idle_never,
	    MAP "  evict_idle: never\n",
	    "4:15: 'never' is not a duration: write 500ms, 10s, 1m30s, 1h or 1d, or off"),
	BAD(evict_idle_mapping,
	    MAP "  evict_idle: {a: 1s}\n",
	    "4:15: expected text, found a mapping"),
	BAD(evict_idle_with_drain,
	    MAP "  evict_idle: 10m\n"
	    "  read: drain\n",
	    "4:15: 'read: drain' deletes every key: remove 'evict_idle'"),
};
/* clang-format on */

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_config__limits),
		cmocka_unit_test(test_config__limits_of_each_map),
	};
	int r = cmocka_run_group_tests(tests, NULL, NULL);

	return r + bad_config_run(bad, ARRAY_SIZE(bad));
}
