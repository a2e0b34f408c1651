// SPDX-License-Identifier: GPL-2.0-only
/*
 * Pins that change between two passes. Each scrape asks before it decides what to
 * read; else the watch wakes the main thread, once, and again no sooner than
 * after a pause, so that pins which change all the time cost little. A map whose
 * pins have changed is read again soon, or later where reading it takes long.
 */
#include "collector_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "base/clock.h"
#include "base/log.h"

/* Who replaces a pin may remove the old one first: time for the new one to come. */
#define SETTLE_NS   (50 * NS_PER_MS)
/* Of the time, at most one part in so many goes into following changes. */
#define SHARE	    10
/* Folders that nothing told of, such as a new mount's, are looked for so often. */
#define LOOK_AGE_NS (30 * NS_PER_S)

static int wake_us(const struct collector *c, int operation)
{
	struct epoll_event event = {.events = EPOLLIN | EPOLLONESHOT, .data.ptr = c->watch};

	return epoll_ctl(c->epoll_fd, operation, pin_watch_fd(c->watch), &event) < 0 ? -errno : 0;
}

int collector_watch_init(struct collector *c)
{
	const struct config *config = c->options.config;
	_cleanup_(freep) const char **patterns = calloc(config->n_maps + 1, sizeof(char *));
	struct err e = {""};
	int r;

	if (!patterns)
		return -ENOMEM;
	if (c->options.glob != pin_glob)
		return 0; /* not the kernel's pins */
	for (size_t i = 0; i < config->n_maps; i++)
		patterns[i] = config->maps[i].pin;
	r = pin_watch_new(patterns, config->n_maps, &c->watch, &e);
	if (r == 0)
		r = wake_us(c, EPOLL_CTL_ADD);
	if (r == 0)
		return 0;
	log_write(LOG_LEVEL_WARN, "pins are not watched: a change is seen at the next read",
		  "error", e.text[0] ? e.text : err_name(r), NULL);
	pin_watch_free(take_ptr(c->watch));
	return 0;
}

void collector_watch_hasten(struct collected_map *m)
{
	uint64_t due_ns = clock_mono_ns() + SETTLE_NS;

	if (m->published && m->last_end_ns + SHARE * m->published->duration_ns > due_ns)
		due_ns = m->last_end_ns + SHARE * m->published->duration_ns;
	if (m->reader.class.map->refresh_ns && due_ns < m->next_due_ns)
		m->next_due_ns = due_ns;
}

static void pins_have_changed(void *ctx, size_t i)
{
	struct collector *c = ctx;

	c->maps[i].is_stale = true;
	collector_watch_hasten(&c->maps[i]);
}

void collector_watch_read(struct collector *c)
{
	if (!c->watch)
		return;
	pin_watch_read(c->watch, pins_have_changed, c);
	collector_arm_timer(c); /* for what the scrape leaves to it */
}

/* Whether it woke us: it does not any more, then. */
static bool has_woken_us(const struct collector *c)
{
	struct epoll_event events[2];
	int n = epoll_wait(c->epoll_fd, events, ARRAY_SIZE(events), 0);

	for (int i = 0; i < n; i++)
		if (events[i].data.ptr == c->watch)
			return true;
	return false;
}

/* Until then nobody is woken. */
static uint64_t pause_until(uint64_t start_ns)
{
	uint64_t now_ns = clock_mono_ns(), pause_ns = SHARE * (now_ns - start_ns);

	return now_ns + (pause_ns > SETTLE_NS ? pause_ns : SETTLE_NS);
}

void collector_watch_run(struct collector *c, uint64_t now_ns)
{
	if (!c->watch)
		return;
	if (now_ns >= c->watch_look_ns + LOOK_AGE_NS) {
		c->watch_look_ns = now_ns;
		pin_watch_look(c->watch);
	}
	if (has_woken_us(c)) {
		pin_watch_read(c->watch, pins_have_changed, c);
		c->watch_due_ns = pause_until(now_ns);
	} else if (now_ns >= c->watch_due_ns && wake_us(c, EPOLL_CTL_MOD) == 0) {
		c->watch_due_ns = UINT64_MAX;
	}
}
