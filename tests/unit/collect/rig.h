/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_COLLECT_RIG_H
#define TEST_COLLECT_RIG_H

/*
 * A collector with its threads over twins, and scrapes of it. Included by the
 * tests of this folder.
 *
 * A failed assertion leaves a test without its cleanup, so that the threads go
 * on and scrapes may still be answered. Tests are listed as RIG_TEST(…), which
 * ends what is left; until then nothing outside a test points into its frame.
 */
#include <poll.h>
#include <stdatomic.h>

#include "bed.h"

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

static inline struct collector_options options_of(const struct config *config)
{
	return (struct collector_options){.config = config, .open = twins_open, .glob = twins_glob};
}

/* What has not been ended, and who waits for an answer; a scrape's ctx is its place in here. */
static struct rig rig_left;
static _Atomic(struct answer *) rig_asking[64];

static inline void rig_init(struct rig *r, const char *text)
{
	struct collector_options options;
	struct err e = {""};

	r->config = config_of(text);
	options = options_of(r->config);
	if (collector_new(&options, &r->collector, &e))
		fail_msg("%s", e.text);
	r->provider = collector_provider(r->collector);
	rig_left = *r;
}

static inline void rig_done(struct rig *r)
{
	collector_stop(r->collector);
	collector_free(r->collector);
	config_free(r->config);
	twins_done();
	rig_left = (struct rig){0};
}

#define _cleanup_rig_ _cleanup_(rig_done)

static inline int rig_teardown(void **state)
{
	struct rig left = rig_left;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(rig_asking); i++)
		atomic_store(&rig_asking[i], NULL);
	log_capture_drop();
	twins_release();
	if (left.collector)
		rig_done(&left);
	twins_done();
	return 0;
}

#define RIG_TEST(f) cmocka_unit_test_teardown(f, rig_teardown)

static inline struct twin *add(const char *pin, uint64_t value)
{
	struct map_info info = twin_info();
	struct twin *t = twins_add(pin, &info);

	twin_put(t, 1, value);
	return t;
}

static inline void pump_once(struct rig *r)
{
	struct pollfd fd = {.fd = collector_fd(r->collector), .events = POLLIN};

	if (poll(&fd, 1, 10) > 0)
		collector_run(r->collector);
}

static inline void pump_for(struct rig *r, uint64_t ms)
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

static inline void take_answer(void *ctx, struct exposition *x)
{
	_Atomic(struct answer *) *asking = ctx;
	struct answer *a = atomic_exchange(asking, NULL);

	if (a) {
		a->exposition = x;
		atomic_fetch_add(&a->n_calls, 1);
	} else {
		exposition_unref(x);
	}
}

static inline _Atomic(struct answer *) *asking_place(struct answer *a)
{
	for (size_t i = 0; i < ARRAY_SIZE(rig_asking); i++) {
		struct answer *nobody = NULL;

		if (atomic_compare_exchange_strong(&rig_asking[i], &nobody, a))
			return &rig_asking[i];
	}
	abort();
}

static inline int ask(struct rig *r, struct answer *a, const struct scrape_selection *s,
		      uint64_t ms)
{
	_Atomic(struct answer *) *asking = asking_place(a);
	int code;

	*a = (struct answer){0};
	code = r->provider.acquire(r->provider.self, s, clock_mono_ns() + ms * NS_PER_MS,
				   take_answer, asking);
	if (code)
		atomic_store(asking, NULL);
	return code;
}

static inline void answer_done(struct answer *a)
{
	exposition_unref(a->exposition);
}

#define _cleanup_answer_ _cleanup_(answer_done)

/* A scrape of this selection, waited for, as text. */
static inline char *scrape_some(struct rig *r, const struct scrape_selection *s)
{
	_cleanup_answer_ struct answer a;

	assert_int_equal(ask(r, &a, s, 10000), 0);
	pump_until(r, atomic_load(&a.n_calls) == 1);
	assert_non_null(a.exposition);
	return exposition_text(a.exposition);
}

static inline char *scrape(struct rig *r)
{
	return scrape_some(r, NULL);
}

static inline void assert_scraped(struct rig *r, const char *line)
{
	_cleanup_(freep) char *text = scrape(r);

	assert_line(text, line);
}

#endif
