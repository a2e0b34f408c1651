// SPDX-License-Identifier: GPL-2.0-only
/* The schedule: what is read when, by the timer and because of scrapes, and how it ends. */
#include "rig.h"

#include <pthread.h>

static void test_collector__timer(void **state)
{
	struct twin *t = add("/pins/a", 1);
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 100ms, at_scrape: never", X_TOTAL));
	assert_false(r.provider.is_ready(r.provider.self));
	assert_int_equal(r.provider.n_maps(r.provider.self), 1);
	assert_string_equal(r.provider.map_name(r.provider.self, 0), "a");
	pump_until(&r, twin_n_reads(t) >= 1);
	pump_until(&r, r.provider.is_ready(r.provider.self));
	assert_scraped(&r, "x_total{k=\"1\"} 1");
	twin_put(t, 1, 2);
	pump_for(&r, 350);
	assert_in_range(twin_n_reads(t), 3, 6);
	assert_scraped(&r, "x_total{k=\"1\"} 2");
}

/* At start it is read once, whatever the schedule; then by scrapes only. */
static void test_collector__refresh_off(void **state)
{
	struct twin *t = add("/pins/a", 1);
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: off, at_scrape: always", X_TOTAL));
	pump_for(&r, 300);
	assert_int_equal(twin_n_reads(t), 1);
	twin_put(t, 1, 2);
	assert_scraped(&r, "x_total{k=\"1\"} 2");
	assert_int_equal(twin_n_reads(t), 2);
}

/* Who comes before the first pass waits for it. */
static void test_collector__first_scrape(void **state)
{
	_cleanup_rig_ struct rig r;
	struct twin *t = add("/pins/a", 5);

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "at_scrape: never", X_TOTAL));
	assert_scraped(&r, "x_total{k=\"1\"} 5");
	assert_int_equal(twin_n_reads(t), 1);
}

static void test_collector__at_scrape(void **state)
{
	static const struct {
		const char *text;
		unsigned int at_once, later; /* reads by a scrape that follows another */
	} cases[] = {
		{"maps:\n" MAP("a", "refresh: 1h, at_scrape: never", X_TOTAL), 0, 0},
		{"maps:\n" MAP("a", "refresh: 1h, at_scrape: always", X_TOTAL), 1, 1},
		{"maps:\n" MAP("a", "refresh: 1h, at_scrape: cheap", X_TOTAL), 0, 1},
		{"maps:\n" MAP("a", "refresh: 1h", X_TOTAL), 0, 1},
		{"maps:\n" MAP("a", "refresh: off, at_scrape: cheap", X_TOTAL), 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
		struct twin *t = add("/pins/a", 1);
		_cleanup_rig_ struct rig r;

		rig_init(&r, cases[i].text);
		pump_until(&r, r.provider.is_ready(r.provider.self));
		free(scrape(&r));
		assert_int_equal(twin_n_reads(t), 1 + cases[i].at_once);
		pump_for(&r, 1000);
		twin_put(t, 1, 2);
		assert_scraped(&r, cases[i].later ? "x_total{k=\"1\"} 2" : "x_total{k=\"1\"} 1");
		assert_int_equal(twin_n_reads(t), 1 + cases[i].at_once + cases[i].later);
	}
}

/* What took long is left to the timer, but where there is none. */
static void test_collector__at_scrape_dear(void **state)
{
	struct twin *timed = add("/pins/timed", 1), *untimed = add("/pins/untimed", 1);
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps:\n" MAP("timed", "refresh: 1h", OWN("a"))
			     MAP("untimed", "refresh: off", OWN("b")));
	twin_hold(timed);
	twin_hold(untimed);
	pump_once(&r);
	twin_wait_held(timed);
	twin_wait_held(untimed);
	pump_for(&r, 150);
	twin_release(timed);
	twin_release(untimed);
	pump_until(&r, r.provider.is_ready(r.provider.self));
	pump_for(&r, 1000);
	free(scrape(&r));
	assert_int_equal(twin_n_reads(timed), 1);
	assert_int_equal(twin_n_reads(untimed), 2);
}

static void test_collector__failing_and_well_again(void **state)
{
	static const struct memory_source_faults broken = {.after_batches_err = -EIO}, none;
	struct twin *t = add("/pins/a", 1);
	_cleanup_(freep) char *down = NULL, *up = NULL;
	_cleanup_rig_ struct rig r;

	(void)state;
	add("/pins/b", 7);
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: always", OWN("a"))
			     MAP("b", "refresh: 1h, at_scrape: always", OWN("b")));
	assert_scraped(&r, "bpfmap_up{map=\"a\",pin=\"/pins/a\"} 1");
	twin_set_faults(t, &broken);
	log_capture_begin();
	free(scrape(&r));
	down = scrape(&r);
	twin_set_faults(t, &none);
	up = scrape(&r);
	free(log_capture_end());
	assert_line(down, "bpfmap_up{map=\"a\",pin=\"/pins/a\"} 0");
	assert_line(down, "bpfmap_up{map=\"b\",pin=\"/pins/b\"} 1");
	assert_line(down, "bpfmap_read_errors_total{map=\"a\",pin=\"/pins/a\",reason=\"read\"} 2");
	assert_line(down, "bpfmap_reads_total{map=\"a\",pin=\"/pins/a\"} 3");
	assert_no_text(down, "a_total{");
	assert_line(down, "b_total{k=\"1\"} 7");
	assert_line(up, "bpfmap_up{map=\"a\",pin=\"/pins/a\"} 1");
	assert_line(up, "a_total{k=\"1\"} 1");
}

static void test_collector__no_maps(void **state)
{
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps: []\n");
	assert_true(r.provider.is_ready(r.provider.self));
	assert_scraped(&r, "bpfmap_exporter_config_last_reload_successful 1");
}

static void *release_soon(void *arg)
{
	struct timespec t = {.tv_nsec = 100 * 1000 * 1000};

	nanosleep(&t, NULL);
	twin_release(arg);
	return NULL;
}

static void test_collector_stop__answers_who_waits(void **state)
{
	struct twin *t = add("/pins/a", 1);
	struct answer answers[3], late = {0};
	_cleanup_rig_ struct rig r;
	pthread_t thread;

	(void)state;
	rig_init(&r, "maps:\n" MAP("a", "refresh: 1h, at_scrape: always", X_TOTAL));
	pump_until(&r, r.provider.is_ready(r.provider.self));
	twin_hold(t);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++)
		assert_int_equal(ask(&r, &answers[i], NULL, 10000), 0);
	twin_wait_held(t);
	assert_int_equal(pthread_create(&thread, NULL, release_soon, t), 0);
	collector_stop(r.collector);
	pthread_join(thread, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(answers); i++) {
		_cleanup_(freep) char *text = NULL;

		assert_int_equal(atomic_load(&answers[i].n_calls), 1);
		assert_non_null(answers[i].exposition);
		text = exposition_text(answers[i].exposition);
		assert_line(text,
			    "bpfmap_scrape_timeouts_total{map=\"a\"} 0"); /* it is no timeout */
		answer_done(&answers[i]);
	}
	assert_int_equal(ask(&r, &late, NULL, 1000), -ESHUTDOWN);
	assert_int_equal(atomic_load(&late.n_calls), 0);
}

struct scraper {
	struct rig *rig;
	atomic_bool *stop;
	unsigned int n;
	bool fell;
	pthread_t thread;
};

static uint64_t value_of(const char *text, const char *series)
{
	const char *p = strstr(text, series);

	return p ? strtoull(p + strlen(series), NULL, 10) : 0;
}

static void *scrape_again_and_again(void *arg)
{
	struct scraper *s = arg;
	uint64_t x = 0, reads = 0;

	while (!atomic_load(s->stop)) {
		struct answer a;
		char *text;

		if (ask(s->rig, &a, NULL, 5000))
			break;
		while (!atomic_load(&a.n_calls))
			sched_yield();
		text = exposition_text(a.exposition);
		s->fell |= value_of(text, "\nx_total{k=\"1\"} ") < x;
		s->fell |=
			value_of(text, "\nbpfmap_reads_total{map=\"a\",pin=\"/pins/a\"} ") < reads;
		x = value_of(text, "\nx_total{k=\"1\"} ");
		reads = value_of(text, "\nbpfmap_reads_total{map=\"a\",pin=\"/pins/a\"} ");
		s->n++;
		free(text);
		answer_done(&a);
	}
	return NULL;
}

/* Several scrapers, the timer and a map that changes, all at once: no counter falls. */
static void test_collector__counters_never_fall(void **state)
{
	struct twin *t = add("/pins/a", 0);
	struct scraper scrapers[3];
	atomic_bool stop = false;
	_cleanup_rig_ struct rig r;
	uint64_t end_ns;

	(void)state;
	add("/pins/b", 1);
	rig_init(&r, "maps:\n" MAP("a", "refresh: 100ms, at_scrape: always", X_TOTAL)
			     MAP("b", "refresh: 100ms, at_scrape: always", OWN("b")));
	for (size_t i = 0; i < ARRAY_SIZE(scrapers); i++) {
		scrapers[i] = (struct scraper){.rig = &r, .stop = &stop};
		assert_int_equal(pthread_create(&scrapers[i].thread, NULL, scrape_again_and_again,
						&scrapers[i]),
				 0);
	}
	end_ns = clock_mono_ns() + NS_PER_S;
	for (uint64_t i = 0; clock_mono_ns() < end_ns; i++) {
		twin_put(t, 1, i);
		pump_once(&r);
	}
	atomic_store(&stop, true);
	for (size_t i = 0; i < ARRAY_SIZE(scrapers); i++) {
		struct scraper *s = &scrapers[i];

		while (pthread_tryjoin_np(s->thread, NULL))
			pump_once(&r);
	}
	for (size_t i = 0; i < ARRAY_SIZE(scrapers); i++) {
		assert_false(scrapers[i].fell);
		assert_true(scrapers[i].n > 3);
	}
}

static void test_collector_new__no_memory(void **state)
{
	_cleanup_(config_freep) struct config *config =
		config_of("maps:\n" MAP("a", "at_scrape: never", X_TOTAL));
	struct collector_options options = options_of(config);

	(void)state;
	for (long nth = 0;; nth++) {
		struct collector *c = NULL;
		struct err e = {""};
		bool struck;
		int r;

		alloc_fault_arm(nth);
		r = collector_new(&options, &c, &e);
		struck = alloc_fault_disarm();
		if (!struck) {
			assert_int_equal(r, 0);
			collector_stop(c);
			collector_free(c);
			assert_true(nth > 5);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_null(c);
		assert_non_null(strstr(e.text, "memory"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RIG_TEST(test_collector__timer),
		RIG_TEST(test_collector__refresh_off),
		RIG_TEST(test_collector__first_scrape),
		RIG_TEST(test_collector__at_scrape),
		RIG_TEST(test_collector__at_scrape_dear),
		RIG_TEST(test_collector__failing_and_well_again),
		RIG_TEST(test_collector__no_maps),
		RIG_TEST(test_collector_stop__answers_who_waits),
		RIG_TEST(test_collector__counters_never_fall),
		RIG_TEST(test_collector_new__no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
