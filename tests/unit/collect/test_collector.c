// SPDX-License-Identifier: GPL-2.0-only
/* The schedule, those who wait, and what they are given: a collector with its threads over twins.
 */
#include "bed.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>

#define PATIENCE_NS (20 * NS_PER_S)

#define MAP(name, settings, metrics)                                                \
	"  - {name: " name ", pin: /pins/" name ", key: u32, value: u64, " settings \
	", metrics: [" metrics "]}\n"
#define X_TOTAL	  "{name: x_total, type: counter, labels: {k: key}}"
#define OWN(name) "{name: " name "_total, type: counter, labels: {k: key}}"

struct rig {
	struct config *config;
	struct collector *collector;
	struct scrape_provider provider;
};

static struct collector_options options_of(const struct config *config)
{
	return (struct collector_options){.config = config, .open = twins_open, .glob = twins_glob};
}

static void rig_init(struct rig *r, const char *text)
{
	struct collector_options options;
	struct err e = {""};

	r->config = config_of(text);
	options = options_of(r->config);
	if (collector_new(&options, &r->collector, &e))
		fail_msg("%s", e.text);
	r->provider = collector_provider(r->collector);
}

static void rig_done(struct rig *r)
{
	collector_stop(r->collector);
	collector_free(r->collector);
	config_free(r->config);
	twins_done();
}

#define _cleanup_rig_ _cleanup_(rig_done)

static struct twin *add(const char *pin, uint64_t value)
{
	struct map_info info = twin_info();
	struct twin *t = twins_add(pin, &info);

	twin_put(t, 1, value);
	return t;
}

static void pump_once(struct rig *r)
{
	struct pollfd fd = {.fd = collector_fd(r->collector), .events = POLLIN};

	if (poll(&fd, 1, 10) > 0)
		collector_run(r->collector);
}

static void pump_for(struct rig *r, uint64_t ms)
{
	uint64_t end_ns = clock_mono_ns() + ms * NS_PER_MS;

	while (clock_mono_ns() < end_ns)
		pump_once(r);
}

#define pump_until(r, condition)                                        \
	do {                                                            \
		uint64_t end_ns_ = clock_mono_ns() + PATIENCE_NS;       \
		while (!(condition)) {                                  \
			if (clock_mono_ns() > end_ns_)                  \
				fail_msg("in vain for %s", #condition); \
			pump_once(r);                                   \
		}                                                       \
	} while (0)

/* One scrape; many at once may wait. */
struct answer {
	struct exposition *exposition;
	atomic_int n_calls;
};

static void take_answer(void *ctx, struct exposition *x)
{
	struct answer *a = ctx;

	a->exposition = x;
	atomic_fetch_add(&a->n_calls, 1);
}

static int ask(struct rig *r, struct answer *a, const struct scrape_selection *s, uint64_t ms)
{
	*a = (struct answer){0};
	return r->provider.acquire(r->provider.self, s, clock_mono_ns() + ms * NS_PER_MS,
				   take_answer, a);
}

static void answer_done(struct answer *a)
{
	exposition_unref(a->exposition);
}

#define _cleanup_answer_ _cleanup_(answer_done)

/* A scrape of this selection, waited for, as text. */
static char *scrape_some(struct rig *r, const struct scrape_selection *s)
{
	_cleanup_answer_ struct answer a;

	assert_int_equal(ask(r, &a, s, 10000), 0);
	pump_until(r, atomic_load(&a.n_calls) == 1);
	assert_non_null(a.exposition);
	return exposition_text(a.exposition);
}

static char *scrape(struct rig *r)
{
	return scrape_some(r, NULL);
}

static void assert_scraped(struct rig *r, const char *line)
{
	_cleanup_(freep) char *text = scrape(r);

	assert_line(text, line);
}

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

static void test_collector__one_read_for_all(void **state)
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

static void test_collector__deadline(void **state)
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
	twin_release(slow);
	pump_until(&r, twin_n_reads(slow) == 2);
	pump_for(&r, 50);
	assert_int_equal(atomic_load(&a.n_calls), 1);
}

/* Before its first pass a map has nothing to show, but the others do. */
static void test_collector__deadline_of_first(void **state)
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
	assert_no_text(text, "map=\"slow\"");
	twin_release(slow);
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

static void test_collector__selection(void **state)
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
static void test_collector__selection_reads(void **state)
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

static void test_collector__no_maps(void **state)
{
	_cleanup_rig_ struct rig r;

	(void)state;
	rig_init(&r, "maps: []\n");
	assert_true(r.provider.is_ready(r.provider.self));
	assert_scraped(&r, "bpfmap_exporter_config_last_reload_successful 1");
}

/* The first map's series wins; what is hidden is counted once a snapshot, not once a scrape. */
static void test_collector__duplicates(void **state)
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
		assert_int_equal(atomic_load(&answers[i].n_calls), 1);
		assert_non_null(answers[i].exposition);
		answer_done(&answers[i]);
	}
	assert_int_equal(ask(&r, &late, NULL, 1000), -ESHUTDOWN);
	assert_int_equal(atomic_load(&late.n_calls), 0);
}

static int read_a_little(struct exposition *x)
{
	_cleanup_(text_render_freep) struct text_render *text = text_render_new(x);
	char piece[16];

	return (int)text_render_read(text, piece, sizeof(piece));
}

/* By the timer's second pass after it, a reader that still holds an answer is cut off. */
static void test_collector__slow_reader_and_timer(void **state)
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
static void test_collector__slow_reader_and_scrapes(void **state)
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
static void test_collector__slow_reader_of_a_sibling(void **state)
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
		assert_false(s->fell);
		assert_true(s->n > 3);
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

/* An answer without memory is none, or -ENOMEM; the next one is whole. */
static void test_collector__scrape_without_memory(void **state)
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
		cmocka_unit_test(test_collector__timer),
		cmocka_unit_test(test_collector__refresh_off),
		cmocka_unit_test(test_collector__first_scrape),
		cmocka_unit_test(test_collector__at_scrape),
		cmocka_unit_test(test_collector__at_scrape_dear),
		cmocka_unit_test(test_collector__one_read_for_all),
		cmocka_unit_test(test_collector__deadline),
		cmocka_unit_test(test_collector__deadline_of_first),
		cmocka_unit_test(test_collector__failing_and_well_again),
		cmocka_unit_test(test_collector__selection),
		cmocka_unit_test(test_collector__selection_reads),
		cmocka_unit_test(test_collector__no_maps),
		cmocka_unit_test(test_collector__duplicates),
		cmocka_unit_test(test_collector_stop__answers_who_waits),
		cmocka_unit_test(test_collector__slow_reader_and_timer),
		cmocka_unit_test(test_collector__slow_reader_and_scrapes),
		cmocka_unit_test(test_collector__slow_reader_of_a_sibling),
		cmocka_unit_test(test_collector__counters_never_fall),
		cmocka_unit_test(test_collector_new__no_memory),
		cmocka_unit_test(test_collector__scrape_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
