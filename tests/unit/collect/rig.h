/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_COLLECT_RIG_H
#define TEST_COLLECT_RIG_H

/* A collector with its threads over twins, and scrapes of it. Included by the tests of this folder.
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

static inline void rig_init(struct rig *r, const char *text)
{
	struct collector_options options;
	struct err e = {""};

	r->config = config_of(text);
	options = options_of(r->config);
	if (collector_new(&options, &r->collector, &e))
		fail_msg("%s", e.text);
	r->provider = collector_provider(r->collector);
}

static inline void rig_done(struct rig *r)
{
	collector_stop(r->collector);
	collector_free(r->collector);
	config_free(r->config);
	twins_done();
}

#define _cleanup_rig_ _cleanup_(rig_done)

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
	struct answer *a = ctx;

	a->exposition = x;
	atomic_fetch_add(&a->n_calls, 1);
}

static inline int ask(struct rig *r, struct answer *a, const struct scrape_selection *s,
		      uint64_t ms)
{
	*a = (struct answer){0};
	return r->provider.acquire(r->provider.self, s, clock_mono_ns() + ms * NS_PER_MS,
				   take_answer, a);
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
