/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef HTTP_WATCH_INTERNAL_H
#define HTTP_WATCH_INTERNAL_H

/*
 * Ends connections whose time is over and answers that must not go on, also
 * where the client sends or reads so little that no code of theirs runs.
 */
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/queue.h>

#include "model/exposition.h"

/* An answer that is being sent, or a connection whose next header must come in time. */
struct watch_entry {
	LIST_ENTRY(watch_entry) link;
	bool is_watched;
	bool is_cut;
	int fd;				     /* open while it is watched */
	const struct exposition *exposition; /* of an answer; NULL: a connection */
	uint64_t deadline_ns;		     /* monotonic; UINT64_MAX: none */
};

struct watch {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	LIST_HEAD(, watch_entry) entries;
	bool stopping;
};

/* watch_start() - Return: 0 or the -errno of starting a thread. */
int watch_start(struct watch *w);

/* watch_stop() - when nothing is watched any more. */
void watch_stop(struct watch *w);

/* watch_cut_all() - end every answer now. */
void watch_cut_all(struct watch *w);

/* watch_set_deadline() - of an entry that is watched. */
void watch_set_deadline(struct watch *w, struct watch_entry *entry, uint64_t deadline_ns);

/* watch_add() - fd, exposition and deadline_ns are set. */
void watch_add(struct watch *w, struct watch_entry *entry);

/*
 * watch_remove() - before the descriptor is closed; no harm where it was never
 * added. The connection of an answer that is not complete is reset.
 */
void watch_remove(struct watch *w, struct watch_entry *entry, bool is_complete);

/* watch_is_due() - whether it must end: its exposition is revoked or its time is over. */
bool watch_is_due(const struct watch_entry *entry);

#endif
