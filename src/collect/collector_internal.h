/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_COLLECTOR_INTERNAL_H
#define COLLECT_COLLECTOR_INTERNAL_H

/*
 * The inside of the collector: collector.c holds the schedule and the workers,
 * scrapes.c those who wait and what they were given. Everything below `lock`
 * is guarded by it, but for a map's reader, which belongs to the worker while
 * the map is busy.
 */
#include <pthread.h>

#include "collect/collector.h"
#include "map_pass_internal.h"
#include "self_metrics_internal.h"
#include "source/pin_watch.h"

enum map_state { MAP_IDLE, MAP_QUEUED, MAP_BUSY };

struct collected_map {
	struct map_reader reader;
	enum map_state state;
	struct published *published; /* NULL: no pass yet */
	uint64_t n_passes;	     /* ended */
	uint64_t last_end_ns;
	uint64_t next_due_ns; /* 0: at once; UINT64_MAX: by scrapes only */
	bool is_stale;	      /* its pins have changed since its last pass began */
	bool was_stale;	      /* and before that, so that the pass is to follow them */
	bool is_wanted_again; /* a scrape waits for the pass after the one under way */
	uint64_t n_timeouts;  /* of scrapes that waited for it */
	uint64_t vain_ns;     /* the longest that one waited in vain; 0: it is read in time */
};

/* A scrape that waits. */
struct waiter {
	struct waiter *next;
	scrape_ready_fn ready;
	void *ctx;
	uint64_t asked_ns, deadline_ns;
	bool everything; /* no selection: process metrics too */
	size_t n_maps;
	struct {
		bool wanted;
		uint64_t pass; /* waits until so many have ended; 0: for none */
	} maps[];	       /* as the collector's */
};

/* An exposition that was given to somebody. */
struct handout {
	struct handout *next;
	struct exposition *exposition;
	const struct collected_map **owners; /* of its snapshots; NULL: self metrics */
};

struct collector {
	struct collector_options options;
	int epoll_fd, timer_fd;
	struct pin_watch *watch; /* NULL: pins are looked for at each pass only */
	uint64_t watch_due_ns;	 /* until then nobody is woken for it; UINT64_MAX: it wakes us */
	uint64_t watch_look_ns;	 /* when its folders were last looked through */
	pthread_mutex_t lock;
	pthread_cond_t work;
	pthread_t workers[4];
	size_t n_workers;
	struct collected_map *maps;
	size_t n_maps;
	struct collected_map **queue; /* a ring of n_maps */
	size_t queue_head, n_queued;
	struct waiter *waiters;
	struct handout *handouts;
	struct exporter_counters counters;
	bool stopping;
};

void collector_stop_and_free(struct collector *c);
DEFINE_CLEANUP(collector_stop_and_free, struct collector *)

/* Under the lock: the number of the pass to wait for, which may be started by this; 0: none. */
uint64_t collector_request_pass(struct collector *c, struct collected_map *m, uint64_t now_ns);

/* collector_watch_init() - before there are threads. Return: 0 or -ENOMEM. */
int collector_watch_init(struct collector *c);

/* Under the lock: at a scrape: ask which pins have changed. */
void collector_watch_read(struct collector *c);

/* Under the lock: at the timer. */
void collector_watch_run(struct collector *c, uint64_t now_ns);

/* Under the lock: the timer is to read a map soon whose pins have changed. */
void collector_watch_hasten(struct collected_map *m);

/* Under the lock: set the timer to what comes next. */
void collector_arm_timer(struct collector *c);

/* Under the lock: a pass of the map has ended: whether that was soon enough for those who wait. */
void waiters_note_pass(struct collector *c, struct collected_map *m);

/* Under the lock: take waiters off the list; of those that are expired it is counted. */
struct waiter *waiters_take_satisfied(struct collector *c);
struct waiter *waiters_take_expired(struct collector *c, uint64_t now_ns);
uint64_t waiters_next_deadline(const struct collector *c);

/* Not under the lock: build what each was waiting for, call back, free. */
void waiters_answer(struct collector *c, struct waiter *list);

/* Under the lock: whether somebody still reads a snapshot of the map before its current one. */
bool handouts_hold_old(struct collector *c, const struct collected_map *m);
void handouts_revoke_old(struct collector *c, const struct collected_map *m);
/* Under the lock: let go of what nobody else holds any more. */
void handouts_forget_unused(struct collector *c);
void handouts_free(struct collector *c);

/* Counts that are not the reader's go on from one published state to the next. */
void published_inherit(struct published *p, const struct published *old);

#endif
