// SPDX-License-Identifier: GPL-2.0-only
/* Those who wait for reads, what they are given, and how long they may hold it. */
#include "rig.h"

static void test_scrapes__one_read_for_all(void **state)
{
	struct twin *t = add("/pins/a", 1);
	struct answer answers[8];
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: always", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	twin_hold(t);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		assert_int_equal(ask(&r, &answers[i], NULL, 10000), 0);
		twin_wait_held(t);
	}
	pump_for(&r, 100);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		assert_int_equal(atomic_load(&answers[i].n_calls), 0);
	twin_put(t, 1, 2);
	twin_release(t);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		_cleanup_(freep) char *text = NULL;

		pump_until(&r, atomic_load(&answers[i].n_calls) == 1);
		text = exposition_text(answers[i].exposition);
		assert_line(text, "x_total{k=\"1\"} 2");
		answer_done(&answers[i]);
	}
	assert_int_equal(twin_n_reads(t), 2);
}

static void test_scrapes__deadline(void **state)
{
	struct twin *slow = add("/pins/slow", 1), *fast = add("/pins/fast", 1);
	_cleanup_answer_ struct answer a = {0};
	_cleanup_(freep) char *text = NULL;
	_cleanup_rig_ struct rig r;
	uint64_t start_ns;

	(void)state;
	rig_init(&r, "maps:\n" MAP("slow", "refresh: 1h, at_scrape: always", OWN("a"))
			     MAP("fast", "refresh: 1h, at_scrape: always", OWN("b")));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	twin_put(slow, 1, 2);
	twin_put(fast, 1, 2);
	twin_hold(slow);
	start_ns = clock_mono_ns();
	assert_int_equal(ask(&r, &a, NULL, 200), 0);
	pump_until(&r, atomic_load(&a.n_calls) == 1);
	assert_true(clock_mono_ns() - start_ns >= 200 * NS_PER_MS);
	text = exposition_text(a.exposition);
	assert_line(text, "a_total{k=\"1\"} 1");
	assert_line(text, "b_total{k=\"1\"} 2");
	assert_line(text, "bpfmap_up{map=\"slow\",pin=\"/pins/slow\"} 1");
	assert_line(text, "bpfmap_scrape_timeouts_total{map=\"slow\"} 1");
	assert_line(text, "bpfmap_scrape_timeouts_total{map=\"fast\"} 0");
	twin_release(slow);
	pump_until(&r, twin_n_reads(slow) == 2);
	pump_for(&r, 50);
	assert_int_equal(atomic_load(&a.n_calls), 1);
}

/* It asks for the pass all the same, and does not wait for it. */
static void test_scrapes__deadline_is_over(void **state)
{
	static const uint64_t deadlines_ns[] = {0, 1};
	struct twin *t = add("/pins/a", 1);
	_cleanup_rig_ struct rig r;
	char line[64];

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: always", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	for (unsigned int i = 0; i < ARRAY_SIZE(deadlines_ns); i++) {
		_cleanup_answer_ struct answer a = {0};
		_cleanup_(freep) char *text = NULL;

		twin_hold(t);
		twin_put(t, 1, i + 2);
		assert_int_equal(r.provider.acquire(r.provider.self, NULL, deadlines_ns[i],
						    take_answer, asking_place(&a)),
				 0);
		assert_int_equal(atomic_load(&a.n_calls), 1);
		text = exposition_text(a.exposition);
		snprintf(line, sizeof(line), "x_total{k=\"1\"} %u", i + 1);
		assert_line(text, line);
		snprintf(line, sizeof(line), "bpfmap_scrape_timeouts_total{map=\"a\"} %u", i + 1);
		assert_line(text, line);
		twin_wait_held(t);
		twin_release(t);
		free(scrape_some(&r, &(struct scrape_selection){0}));
	}
	assert_scraped(&r, "bpfmap_scrape_timeouts_total{map=\"a\"} 2");
}

/* However long one may wait, one waits for the passes only. */
static void test_scrapes__long_deadline(void **state)
{
	struct twin *t = add("/pins/a", 1);
	_cleanup_answer_ struct answer a = {0};
	_cleanup_(freep) char *text = NULL;
	_cleanup_rig_ struct rig r;
	uint64_t start_ns;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: always", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	twin_put(t, 1, 2);
	twin_hold(t);
	start_ns = clock_mono_ns();
	assert_int_equal(ask(&r, &a, NULL, 120000), 0);
	pump_for(&r, 200);
	assert_int_equal(atomic_load(&a.n_calls), 0);
	twin_release(t);
	pump_until(&r, atomic_load(&a.n_calls) == 1);
	assert_true(clock_mono_ns() - start_ns < 10 * NS_PER_S);
	text = exposition_text(a.exposition);
	assert_line(text, "x_total{k=\"1\"} 2");
	assert_line(text, "bpfmap_scrape_timeouts_total{map=\"a\"} 0");
}

/* Who waits in vain is told of so often; the log says it once until it is over. */
static void test_scrapes__timeouts_are_logged(void **state)
{
	static const char begins[] = "a scrape's time was up", ends[] = "read in time again";
	static const struct {
		bool is_slow;
		uint64_t patience_ms;
		unsigned int n_begun, n_ended; /* so far */
	} steps[] = {
		{false, 10000, 0, 0}, {true, 300, 1, 0},
		{true, 50, 1, 0},     {true, 10000, 1, 0}, /* in time, but only for the patient */
		{true, 300, 1, 0},    {false, 10000, 1, 1},
		{false, 300, 1, 1},   {true, 50, 2, 1},
	};
	struct twin *t = add("/pins/a", 1);
	_cleanup_rig_ struct rig r;
	unsigned int n_begun = 0, n_ended = 0, n_timeouts = 0;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: always", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	for (size_t i = 0; i < ARRAY_SIZE(steps); i++) {
		_cleanup_(freep) char *log = NULL, *text = NULL;
		_cleanup_answer_ struct answer a = {0};
		unsigned int n_reads = twin_n_reads(t);
		bool in_vain = steps[i].is_slow && steps[i].patience_ms < 1000;
		char line[64];

		log_capture_begin();
		if (steps[i].is_slow)
			twin_hold(t);
		assert_int_equal(ask(&r, &a, NULL, steps[i].patience_ms), 0);
		pump_for(&r, steps[i].is_slow ? 500 : 0);
		twin_release(t);
		pump_until(&r, atomic_load(&a.n_calls) == 1);
		pump_until(&r, twin_n_reads(t) > n_reads);
		pump_for(&r, 50);
		log = log_capture_end();
		text = exposition_text(a.exposition);
		n_timeouts += in_vain;
		snprintf(line, sizeof(line), "bpfmap_scrape_timeouts_total{map=\"a\"} %u",
			 n_timeouts);
		assert_line(text, line);
		n_begun += text_count(log, begins);
		n_ended += text_count(log, ends);
		if (n_begun != steps[i].n_begun || n_ended != steps[i].n_ended)
			fail_msg("step %zu: %u and %u: %s", i, n_begun, n_ended, log);
	}
}

/* Before its first pass a map has nothing to show, but the others do. */
static void test_scrapes__deadline_of_first(void **state)
{
	struct twin *slow = add("/pins/slow", 1);
	_cleanup_answer_ struct answer a = {0};
	_cleanup_(freep) char *text = NULL;
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/fast", 3);
	rig_init(&r, "maps:\n" MAP("slow", "refresh: 1h", OWN("a"))
			     MAP("fast", "refresh: 1h", OWN("b")));
	twin_hold(slow);
	assert_int_equal(ask(&r, &a, NULL, 200), 0);
	pump_until(&r, atomic_load(&a.n_calls) == 1);
	assert_false(r.provider.is_ready(r.provider.self));
	text = exposition_text(a.exposition);
	assert_line(text, "b_total{k=\"1\"} 3");
	assert_no_text(text, "a_total");
	assert_no_text(text, "map=\"slow\",");
	assert_line(text, "bpfmap_scrape_timeouts_total{map=\"slow\"} 1");
	assert_line(text, "bpfmap_scrape_timeouts_total{map=\"fast\"} 0");
	twin_release(slow);
}

static void test_scrapes__selection(void **state)
{
	static const char *const a_b[] = {"a", "b"}, *const b[] = {"b"},
				 *const unknown[] = {"a", "x"};
	static const struct {
		struct scrape_selection selection;
		const char *shown; /* "abc" */
		bool everything;
	} cases[] = {
		{{NULL, 0, false}, "abc", true}, {{a_b, 2, false}, "ab", false},
		{{b, 1, false}, "b", false},	 {{b, 1, true}, "ac", false},
		{{a_b, 2, true}, "c", false},
	};
	const struct scrape_selection bad = {unknown, 2, false}, bad_too = {unknown, 2, true};
	struct answer a;
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/a", 1);
	add("/pins/b", 1);
	add("/pins/c", 1);
	rig_init(&r, "maps:\n" MAP("a", "at_scrape: never", OWN("a"))
			     MAP("b", "at_scrape: never", OWN("b"))
				     MAP("c", "at_scrape: never", OWN("c")));
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		_cleanup_(freep) char *text = scrape_some(&r, &cases[i].selection);

		for (const char *map = "abc"; *map; map++) {
			char series[] = {*map, '_', 't', 'o', 't', 'a', 'l', '{', '\0'};
			char status[] = "bpfmap_up{map=\"?\"";
			bool shown = strchr(cases[i].shown, *map);

			*strchr(status, '?') = *map;
			assert_int_equal(text_count(text, series), shown);
			assert_int_equal(text_count(text, status), shown);
		}
		assert_int_equal(!!strstr(text, "process_open_fds"), cases[i].everything);
		assert_int_equal(!!strstr(text, "bpfmap_exporter_build_info"), cases[i].everything);
	}
	assert_int_equal(ask(&r, &a, &bad, 1000), -ENOENT);
	assert_int_equal(ask(&r, &a, &bad_too, 1000), -ENOENT);
	assert_int_equal(atomic_load(&a.n_calls), 0);
}

/* A map that is not wanted is not read either. */
static void test_scrapes__selection_reads(void **state)
{
	static const char *const b[] = {"b"};
	const struct scrape_selection only_b = {b, 1, false};
	struct twin *ta = add("/pins/a", 1), *tb = add("/pins/b", 1);
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: always", OWN("a"))
			     MAP("b", "refresh: 1h, at_scrape: always", OWN("b")));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	free(scrape_some(&r, &only_b));
	assert_int_equal(twin_n_reads(ta), 1);
	assert_int_equal(twin_n_reads(tb), 2);
}

/* The first map's series wins; what is hidden is counted once a snapshot, not once a scrape. */
static void test_scrapes__duplicates(void **state)
{
	static const char dropped[] =
		"bpfmap_series_dropped_total{map=\"b\",pin=\"/pins/b\",reason=\"duplicate\"} ";
	struct twin *t = add("/pins/a", 1);
	_cleanup_rig_ struct rig r;
	char line[128];

	(void)state;
	twin_put(t, 2, 20);
	t = add("/pins/b", 100);
	twin_put(t, 3, 300);
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: never", X_TOTAL)
			     MAP("b", "refresh: off, at_scrape: cheap", X_TOTAL));
	for (int i = 0; i < 3; i++) {
		_cleanup_(freep) char *text = scrape(&r);

		assert_line(text, "x_total{k=\"1\"} 1");
		assert_line(text, "x_total{k=\"2\"} 20");
		assert_line(text, "x_total{k=\"3\"} 300");
		assert_int_equal(text_count(text, "x_total{"), 3);
		assert_int_equal(text_count(text, "# TYPE x_total"), 1);
		snprintf(line, sizeof(line), "%s%d", dropped, i > 0);
		assert_line(text, line);
	}
	pump_for(&r, 1000);
	free(scrape(&r)); /* reads anew */
	assert_int_equal(twin_n_reads(t), 2);
	snprintf(line, sizeof(line), "%s%d", dropped, 2);
	assert_scraped(&r, line);
}

/* An answer that shows a part does not say what is hidden in the whole. */
static void test_scrapes__duplicates_of_a_selection(void **state)
{
	static const char *const names[] = {"b"};
	const struct scrape_selection only_b = {names, 1, false};
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/a", 1);
	add("/pins/b", 100);
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: never", X_TOTAL)
			     MAP("b", "refresh: 1h, at_scrape: never", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	for (int i = 0; i < 2; i++) {
		_cleanup_(freep) char *part = scrape_some(&r, &only_b), *all = NULL;

		assert_line(part, "x_total{k=\"1\"} 100");
		assert_scraped(&r, "x_total{k=\"1\"} 1");
		all = scrape(&r); /* shows what the one before has counted */
		assert_line(all, "bpfmap_series_dropped_total{map=\"b\",pin=\"/pins/b\",reason="
				 "\"duplicate\"} 1");
	}
}

static int read_a_little(struct exposition *x)
{
	_cleanup_(render_freep) struct render *text = render_new(x, &format_text);
	char piece[16];

	return (int)render_read(text, piece, sizeof(piece));
}

/* By the timer's second pass after it, a reader that still holds an answer is cut off. */
static void test_scrapes__slow_reader_and_timer(void **state)
{
	struct twin *t = add("/pins/a", 1);
	_cleanup_answer_ struct answer a = {0};
	_cleanup_(freep) char *log = NULL;
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 100ms, at_scrape: never", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	log_capture_begin();
	assert_int_equal(ask(&r, &a, NULL, 1000), 0);
	assert_int_equal(atomic_load(&a.n_calls), 1);
	assert_true(read_a_little(a.exposition) > 0);
	pump_until(&r, atomic_load(&a.exposition->revoked));
	assert_true(twin_n_reads(t) >= 2);
	pump_for(&r, 300);
	log = log_capture_end();
	assert_int_equal(read_a_little(a.exposition), -ESTALE);
	assert_int_equal(text_count(log, "cut off"), 1);
	assert_scraped(&r, "bpfmap_exporter_scrapes_cut_total 1");
}

/* A scrape starts no pass while an old answer is held, and gets what there is. */
static void test_scrapes__slow_reader_and_scrapes(void **state)
{
	struct twin *t = add("/pins/a", 1);
	_cleanup_answer_ struct answer a = {0};
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: off, at_scrape: always", X_TOTAL));
	assert_int_equal(ask(&r, &a, NULL, 10000), 0);
	pump_until(&r, atomic_load(&a.n_calls) == 1);
	free(scrape(&r)); /* a second snapshot: two live now */
	assert_int_equal(twin_n_reads(t), 2);
	twin_put(t, 1, 2);
	assert_scraped(&r, "x_total{k=\"1\"} 1");
	assert_int_equal(twin_n_reads(t), 2);
	assert_false(atomic_load(&a.exposition->revoked));
	exposition_unref(take_ptr(a.exposition));
	assert_scraped(&r, "x_total{k=\"1\"} 2");
	assert_int_equal(twin_n_reads(t), 3);
}

/* Snapshots of one map are told from those of another that has the same metrics. */
static void test_scrapes__slow_reader_of_a_sibling(void **state)
{
	static const char *const names[] = {"a"};
	const struct scrape_selection only_a = {names, 1, false};
	struct twin *t = add("/pins/b", 1);
	_cleanup_answer_ struct answer a = {0};
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/a", 1);
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: never", X_TOTAL)
			     MAP("b", "refresh: 100ms, at_scrape: never", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	assert_int_equal(ask(&r, &a, &only_a, 1000), 0);
	assert_int_equal(atomic_load(&a.n_calls), 1);
	pump_until(&r, twin_n_reads(t) >= 4);
	assert_false(atomic_load(&a.exposition->revoked));
}

/* An answer without memory is none, or -ENOMEM; the next one is whole. */
static void test_scrapes__scrape_without_memory(void **state)
{
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/a", 1);
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: never", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	for (long nth = 0;; nth++) {
		struct answer a;
		bool struck;
		int code;

		alloc_fault_arm(nth);
		code = ask(&r, &a, NULL, 1000);
		struck = alloc_fault_disarm();
		if (code == 0)
			assert_int_equal(atomic_load(&a.n_calls), 1);
		else
			assert_int_equal(code, -ENOMEM);
		answer_done(&a);
		assert_scraped(&r, "x_total{k=\"1\"} 1");
		if (!struck) {
			assert_int_equal(code, 0);
			assert_true(nth > 20);
			break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_scrapes__one_read_for_all),
		RIG_TEST(test_scrapes__deadline),
		RIG_TEST(test_scrapes__deadline_of_first),
		RIG_TEST(test_scrapes__deadline_is_over),
		RIG_TEST(test_scrapes__long_deadline),
		RIG_TEST(test_scrapes__timeouts_are_logged),
		RIG_TEST(test_scrapes__selection),
		RIG_TEST(test_scrapes__selection_reads),
		RIG_TEST(test_scrapes__duplicates),
		RIG_TEST(test_scrapes__duplicates_of_a_selection),
		RIG_TEST(test_scrapes__slow_reader_and_timer),
		RIG_TEST(test_scrapes__slow_reader_and_scrapes),
		RIG_TEST(test_scrapes__slow_reader_of_a_sibling),
		RIG_TEST(test_scrapes__scrape_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
