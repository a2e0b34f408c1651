/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef TEST_HTTP_FAKE_PROVIDER_H
#define TEST_HTTP_FAKE_PROVIDER_H

/* A server of HTTP over a provider that does what a test tells it to. Included by the tests of this
 * folder. */
#include <errno.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <cmocka.h>

#include "base/clock.h"
#include "http/server.h"
#include "support/alloc_fault.h"
#include "support/http_client.h"

enum answering {
	ANSWER_AT_ONCE,	    /* before acquire returns */
	ANSWER_FROM_THREAD, /* a little later */
	ANSWER_AT_DEADLINE,
};

#define MAX_THREADS 64

struct fake {
	struct exposition *exposition;
	_Atomic(enum answering) how;
	atomic_bool has_no_memory;
	atomic_int refusal; /* of acquire */
	atomic_bool is_ready;
	atomic_long fault; /* the allocation that fails once n_maps was called; -1: none */
	atomic_bool fault_struck;
	const char *const *names;
	size_t n_names;
	atomic_int n_scrapes;
	_Atomic uint64_t wait_ns; /* from the last scrape to its deadline */
	pthread_mutex_t lock;
	char selected[256]; /* what the last scrape wanted: "+a+b", "-c", "" */
	pthread_t threads[MAX_THREADS];
	size_t n_threads;
	struct scrape_provider provider;
	struct http_server *server;
	uint16_t port;
};

struct pending {
	struct fake *fake;
	scrape_ready_fn ready;
	void *ctx;
	uint64_t at_ns;
};

static void sleep_ms(uint64_t ms)
{
	struct timespec t = {.tv_sec = (time_t)(ms / 1000), .tv_nsec = (long)(ms % 1000 * 1000000)};

	nanosleep(&t, NULL);
}

static struct exposition *fake_take(struct fake *f)
{
	return f->has_no_memory ? NULL : exposition_ref(f->exposition);
}

static void *fake_answer_later(void *arg)
{
	struct pending *p = arg;
	uint64_t now = clock_mono_ns();

	if (p->at_ns > now)
		sleep_ms((p->at_ns - now) / NS_PER_MS);
	p->ready(p->ctx, fake_take(p->fake));
	free(p);
	return NULL;
}

static void fake_note(struct fake *f, const struct scrape_selection *selection)
{
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	f->selected[0] = 0;
	for (size_t i = 0; i < selection->n && n < sizeof(f->selected); i++)
		n += (size_t)snprintf(f->selected + n, sizeof(f->selected) - n, "%c%s",
				      selection->exclude ? '-' : '+', selection->names[i]);
	pthread_mutex_unlock(&f->lock);
	f->n_scrapes++;
}

static void fake_answer_from_thread(struct fake *f, const struct pending *pending)
{
	struct pending *p = malloc(sizeof(*p));

	if (!p)
		abort();
	*p = *pending;
	pthread_mutex_lock(&f->lock);
	if (f->n_threads == MAX_THREADS ||
	    pthread_create(&f->threads[f->n_threads++], NULL, fake_answer_later, p))
		abort();
	pthread_mutex_unlock(&f->lock);
}

static int fake_acquire(void *self, const struct scrape_selection *selection, uint64_t deadline_ns,
			scrape_ready_fn ready, void *ctx)
{
	struct fake *f = self;
	struct pending p = {.fake = f, .ready = ready, .ctx = ctx, .at_ns = deadline_ns};

	fake_note(f, selection);
	f->wait_ns = deadline_ns - clock_mono_ns();
	if (f->refusal)
		return f->refusal;
	if (f->how == ANSWER_FROM_THREAD)
		p.at_ns = clock_mono_ns() + 20 * NS_PER_MS;
	if (f->how == ANSWER_AT_ONCE)
		ready(ctx, fake_take(f));
	else
		fake_answer_from_thread(f, &p);
	return 0;
}

/* Every fault test asks for this page last: it disarms on the server's thread. */
static bool fake_is_ready(void *self)
{
	struct fake *f = self;

	f->fault_struck = alloc_fault_disarm();
	return f->is_ready;
}

static size_t fake_n_maps(void *self)
{
	struct fake *f = self;

	if (f->fault >= 0)
		alloc_fault_arm(f->fault);
	return f->n_names;
}

static const char *fake_map_name(void *self, size_t i)
{
	struct fake *f = self;

	return f->names[i];
}

#define FAKE_START_NS (UINT64_C(1700000000500) * NS_PER_MS)

/* `requests_total{id="000000"} 0` and so on. */
static struct exposition *exposition_of(size_t n)
{
	_cleanup_(snapshot_unrefp) struct snapshot *s = snapshot_new(1);
	struct series_set *set = &s->sets[0];
	struct buf text = BUF_INIT;
	char label[32];

	s->start_wall_ns = FAKE_START_NS;
	set->family = family_new("requests_total", FAMILY_COUNTER, "Requests.");
	set->const_labels = strdup("");
	set->labels = label_block_new();
	set->labels->n = set->n = set->n_shown = n;
	set->labels->ends = calloc(n ? n : 1, sizeof(uint64_t));
	set->values.low = calloc(n ? n : 1, sizeof(uint64_t));
	set->scale = SCALE_ONE;
	set->width = 1;
	for (size_t i = 0; i < n; i++) {
		snprintf(label, sizeof(label), "id=\"%06zu\"", i);
		buf_puts(&text, label);
		set->labels->ends[i] = text.len;
		set->values.low[i] = i;
	}
	set->labels->text = buf_take(&text);
	return exposition_new(&s, 1);
}

static const char *const fake_names[] = {"calls", "errors", "<b>&\"'"};

static void fake_start(struct fake *f, const struct http_options *options, size_t n_series)
{
	static const char *const any_port[] = {"127.0.0.1:0"};
	struct http_options o = options ? *options : (struct http_options){0};
	struct err e = {0};

	memset(f, 0, sizeof(*f));
	f->exposition = exposition_of(n_series);
	pthread_mutex_init(&f->lock, NULL);
	f->is_ready = true;
	f->fault = -1;
	f->names = fake_names;
	f->n_names = ARRAY_SIZE(fake_names);
	f->provider = (struct scrape_provider){.self = f,
					       .acquire = fake_acquire,
					       .is_ready = fake_is_ready,
					       .n_maps = fake_n_maps,
					       .map_name = fake_map_name};
	if (!o.listen_addresses) {
		o.listen_addresses = any_port;
		o.n_listen_addresses = 1;
	}
	o.telemetry_path = o.telemetry_path ? o.telemetry_path : "/metrics";
	o.version = "1.2.3";
	if (http_server_start(&o, &f->provider, &f->server, &e))
		fail_msg("%s", e.text);
	f->port = http_server_port(f->server, 0);
}

/* Those who wait are answered, then the server stops, as in the program. */
static void fake_stop(struct fake *f)
{
	f->refusal = -ESHUTDOWN;
	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->n_threads; i++)
		pthread_join(f->threads[i], NULL);
	pthread_mutex_unlock(&f->lock);
	http_server_stop(f->server);
	assert_int_equal(f->exposition->refs, 1);
	exposition_unref(f->exposition);
}

#endif
