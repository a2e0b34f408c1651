// SPDX-License-Identifier: GPL-2.0-only
/*
 * A map is idle, queued or being read; the state, what was published and all
 * waiting scrapes are under one lock. A worker takes a queued map, reads it
 * without the lock (its reader belongs to that worker meanwhile) and publishes
 * with it. A scrape notes which pass of which maps it waits for; whoever ends
 * the last of them answers it, outside the lock. Nothing is rendered or built
 * under the lock.
 *
 * A pin that changes makes its map stale: the next scrape reads it whatever its
 * age, and so does the timer, soon.
 *
 * At most two snapshots of a map live. Expositions that were handed out are
 * remembered until nobody else holds them; a pass that begins by the timer
 * revokes those that still hold a snapshot before the current one, and a
 * scrape starts no pass while there is such a one, but for a stale map.
 */
#include "collector_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>

#include "base/clock.h"
#include "base/log.h"
#include "families_internal.h"
#include "locate_internal.h"

#define N_WORKERS     2
/* A second, less what the scrapes of one who comes every second jitter. */
#define SCRAPE_AGE_NS (900 * NS_PER_MS)
#define CHEAP_READ_NS (100 * NS_PER_MS)

void collector_arm_timer(struct collector *c)
{
	uint64_t at_ns = waiters_next_deadline(c);
	struct itimerspec spec = {0};

	at_ns = c->watch_due_ns < at_ns ? c->watch_due_ns : at_ns;
	for (size_t i = 0; i < c->n_maps; i++)
		if (c->maps[i].state == MAP_IDLE && c->maps[i].next_due_ns < at_ns)
			at_ns = c->maps[i].next_due_ns;
	if (at_ns != UINT64_MAX) {
		at_ns = at_ns ? at_ns : 1; /* zero would disarm */
		spec.it_value.tv_sec = (time_t)(at_ns / NS_PER_S);
		spec.it_value.tv_nsec = (long)(at_ns % NS_PER_S);
	}
	timerfd_settime(c->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
}

static void enqueue(struct collector *c, struct collected_map *m)
{
	m->state = MAP_QUEUED;
	c->queue[(c->queue_head + c->n_queued++) % c->n_maps] = m;
	pthread_cond_signal(&c->work);
}

static struct collected_map *dequeue(struct collector *c)
{
	struct collected_map *m = c->queue[c->queue_head];

	c->queue_head = (c->queue_head + 1) % c->n_maps;
	c->n_queued--;
	m->state = MAP_BUSY;
	m->was_stale = m->is_stale;
	m->is_stale = false;
	return m;
}

/* Ends a pass: publish, note who can be answered. */
static void finish_pass(struct collector *c, struct collected_map *m, struct published *p,
			uint64_t start_ns, struct waiter **answerable)
{
	struct published *old = NULL;

	if (p) {
		published_inherit(p, m->published);
		old = m->published;
		m->published = p;
	}
	m->n_passes++;
	m->state = MAP_IDLE;
	m->last_end_ns = clock_mono_ns();
	m->next_due_ns = UINT64_MAX;
	if (m->reader.class.map->refresh_ns)
		m->next_due_ns = start_ns + m->reader.class.map->refresh_ns;
	if (m->is_stale) /* since this pass began */
		collector_watch_hasten(m);
	if (m->is_wanted_again)
		enqueue(c, m);
	m->is_wanted_again = false;
	handouts_forget_unused(c);
	waiters_note_pass(c, m);
	*answerable = waiters_take_satisfied(c);
	collector_arm_timer(c);
	pthread_mutex_unlock(&c->lock);
	published_free(old);
	pthread_mutex_lock(&c->lock);
}

static void *work(void *arg)
{
	struct collector *c = arg;

	pthread_mutex_lock(&c->lock);
	while (!c->stopping) {
		struct waiter *answerable = NULL;
		struct collected_map *m;
		uint64_t start_ns;
		struct published *p;

		if (!c->n_queued) {
			pthread_cond_wait(&c->work, &c->lock);
			continue;
		}
		m = dequeue(c);
		pthread_mutex_unlock(&c->lock);
		start_ns = clock_mono_ns();
		p = map_reader_pass(&m->reader);
		if (!p)
			log_write(LOG_LEVEL_ERROR,
				  "there is not enough memory to publish what was read", "map",
				  m->reader.class.map->name, NULL);
		pthread_mutex_lock(&c->lock);
		finish_pass(c, m, p, start_ns, &answerable);
		pthread_mutex_unlock(&c->lock);
		waiters_answer(c, answerable);
		pthread_mutex_lock(&c->lock);
	}
	pthread_mutex_unlock(&c->lock);
	return NULL;
}

/* Whether a scrape now makes this map be read, or waits for the read under way. */
static bool wants_read(const struct collected_map *m, uint64_t now_ns)
{
	const struct config_map *map = m->reader.class.map;

	if (!m->n_passes)
		return true;
	if (map->at_scrape == CONFIG_AT_SCRAPE_NEVER)
		return false;
	if (map->at_scrape == CONFIG_AT_SCRAPE_ALWAYS || m->is_stale)
		return true;
	if (m->state == MAP_BUSY && m->was_stale)
		return true;
	if (now_ns - m->last_end_ns <= SCRAPE_AGE_NS)
		return false;
	/* Without a schedule nobody else would read it, however long it takes. */
	return !map->refresh_ns || !m->published || m->published->duration_ns < CHEAP_READ_NS;
}

uint64_t collector_request_pass(struct collector *c, struct collected_map *m, uint64_t now_ns)
{
	if (!wants_read(m, now_ns))
		return 0;
	if (m->state == MAP_IDLE) {
		if (m->is_stale)
			handouts_revoke_old(c, m);
		else if (m->n_passes && handouts_hold_old(c, m))
			return 0;
		enqueue(c, m);
	}
	if (m->state == MAP_QUEUED || !m->is_stale)
		return m->n_passes + 1;
	/* The one under way may have looked at the pins too early. */
	m->is_wanted_again = true;
	return m->n_passes + 2;
}

int collector_fd(const struct collector *c)
{
	return c->epoll_fd;
}

void collector_run(struct collector *c)
{
	uint64_t expirations, now_ns;
	struct waiter *expired;

	if (read(c->timer_fd, &expirations, sizeof(expirations)) < 0 && errno != EAGAIN)
		log_write(LOG_LEVEL_ERROR, "the timer cannot be read", "error", err_name(errno),
			  NULL);
	pthread_mutex_lock(&c->lock);
	now_ns = clock_mono_ns();
	collector_watch_run(c, now_ns);
	for (size_t i = 0; i < c->n_maps && !c->stopping; i++) {
		struct collected_map *m = &c->maps[i];

		if (m->state != MAP_IDLE || m->next_due_ns > now_ns)
			continue;
		handouts_revoke_old(c, m);
		enqueue(c, m);
	}
	expired = waiters_take_expired(c, now_ns);
	collector_arm_timer(c);
	pthread_mutex_unlock(&c->lock);
	waiters_answer(c, expired);
}

static int init_maps(struct collector *c)
{
	struct family ***families;
	int r;

	r = families_new(c->options.config, &families);
	if (r < 0)
		return r;
	for (; r == 0 && c->n_maps < c->options.config->n_maps; c->n_maps += r == 0)
		r = map_reader_init(&c->maps[c->n_maps].reader, &c->options,
				    &c->options.config->maps[c->n_maps], families[c->n_maps]);
	families_free(c->options.config, families);
	return r;
}

static int start_workers(struct collector *c, struct err *e)
{
	for (; c->n_workers < N_WORKERS; c->n_workers++) {
		int r = pthread_create(&c->workers[c->n_workers], NULL, work, c);

		if (r)
			return err_set(e, -r, "a thread cannot be started: %s", err_name(r));
	}
	return 0;
}

/* Said loudly: it writes to somebody's map. */
static void warn_of_evictions(const struct config *config)
{
	for (size_t i = 0; i < config->n_maps; i++) {
		char seconds[24];

		if (!config->maps[i].evict_idle_ns)
			continue;
		snprintf(seconds, sizeof(seconds), "%llu",
			 (unsigned long long)(config->maps[i].evict_idle_ns / NS_PER_S));
		log_write(LOG_LEVEL_WARN,
			  "evict_idle: keys whose values do not change are deleted from the map",
			  "map", config->maps[i].name, "pin", locate_name(&config->maps[i]),
			  "after_seconds", seconds, NULL);
	}
}

static int no_memory(struct err *e)
{
	return err_set(e, -ENOMEM, "there is not enough memory to start");
}

int collector_new(const struct collector_options *options, struct collector **ret_collector,
		  struct err *e)
{
	_cleanup_(collector_stop_and_freep) struct collector *c = calloc(1, sizeof(*c));
	struct epoll_event event = {.events = EPOLLIN};
	size_t n = options->config->n_maps;
	int r;

	if (!c)
		return no_memory(e);
	c->options = *options;
	if (!c->options.open)
		c->options.open = map_source_open;
	if (!c->options.glob)
		c->options.glob = pin_glob;
	c->timer_fd = c->epoll_fd = -1;
	c->watch_due_ns = UINT64_MAX;
	c->counters.config_loaded_wall_ns = clock_wall_ns();
	pthread_mutex_init(&c->lock, NULL);
	pthread_cond_init(&c->work, NULL);
	c->maps = calloc(n + 1, sizeof(*c->maps));
	c->queue = calloc(n + 1, sizeof(struct collected_map *));
	if (!c->maps || !c->queue || init_maps(c) < 0)
		return no_memory(e);
	c->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (c->timer_fd < 0)
		return err_set(e, -errno, "a timer cannot be had: %s", err_name(errno));
	c->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (c->epoll_fd < 0 || epoll_ctl(c->epoll_fd, EPOLL_CTL_ADD, c->timer_fd, &event) < 0)
		return err_set(e, -errno, "the timer cannot be waited for: %s", err_name(errno));
	if (collector_watch_init(c) < 0)
		return no_memory(e);
	r = start_workers(c, e);
	if (r < 0)
		return r;
	warn_of_evictions(options->config);
	collector_arm_timer(c); /* every map is due at once */
	*ret_collector = take_ptr(c);
	return 0;
}

void collector_stop(struct collector *c)
{
	struct waiter *all;

	pthread_mutex_lock(&c->lock);
	c->stopping = true;
	all = waiters_take_expired(c, UINT64_MAX);
	pthread_cond_broadcast(&c->work);
	pthread_mutex_unlock(&c->lock);
	waiters_answer(c, all);
	for (; c->n_workers; c->n_workers--)
		pthread_join(c->workers[c->n_workers - 1], NULL);
}

void collector_free(struct collector *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_maps; i++) {
		map_reader_done(&c->maps[i].reader);
		published_free(c->maps[i].published);
	}
	handouts_free(c);
	pthread_mutex_destroy(&c->lock);
	pthread_cond_destroy(&c->work);
	pin_watch_free(c->watch);
	close_fdp(&c->epoll_fd);
	close_fdp(&c->timer_fd);
	free(c->maps);
	free(c->queue);
	free(c);
}

void collector_stop_and_free(struct collector *c)
{
	collector_stop(c);
	collector_free(c);
}
