// SPDX-License-Identifier: GPL-2.0-only
/*
 * libmicrohttpd asks for the next bytes of an answer only when the client has
 * taken the last ones. One that takes none would hold its snapshots until the
 * idle timeout, though their memory is wanted back; and one that sends its
 * header a byte at a time is never idle. So a thread looks at the answers under
 * way once a second, and while there are none sleeps until the first
 * connection's time is over. It resets the connection of one that is due; libmicrohttpd sees
 * the hang-up and closes the socket on its own thread.
 *
 * Invariant: an entry leaves the list before its descriptor is closed, so the
 * number, looked at under the lock, cannot belong to somebody else.
 */
#include "watch_internal.h"

#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/clock.h"

bool watch_is_due(const struct watch_entry *entry)
{
	if (entry->exposition && atomic_load(&entry->exposition->revoked))
		return true;
	return clock_mono_ns() >= entry->deadline_ns;
}

/*
 * Connecting to no address dissolves a TCP connection: the peer gets a reset,
 * what is queued is dropped, and the descriptor stays. Should that be denied,
 * at least nothing more is sent. Not through connect(), which ThreadSanitizer
 * takes for the birth of the descriptor, and so for a race with its use.
 */
static void reset(int fd)
{
	static const struct sockaddr nobody = {.sa_family = AF_UNSPEC};

	if (syscall(SYS_connect, fd, &nobody, sizeof(nobody)))
		shutdown(fd, SHUT_RDWR);
}

static void cut(struct watch *w, bool even_if_not_due)
{
	struct watch_entry *entry;

	LIST_FOREACH(entry, &w->entries, link)
	{
		if (entry->is_cut || !(even_if_not_due || watch_is_due(entry)))
			continue;
		entry->is_cut = true;
		reset(entry->fd);
	}
}

/* When to look again: revocation is not told, so answers are looked at each second. */
static uint64_t next_look_ns(const struct watch *w)
{
	uint64_t at_ns = UINT64_MAX, second_ns = clock_mono_ns() + NS_PER_S;
	const struct watch_entry *entry;

	LIST_FOREACH(entry, &w->entries, link)
	{
		if (entry->is_cut)
			continue;
		if (entry->exposition && second_ns < at_ns)
			at_ns = second_ns;
		if (entry->deadline_ns < at_ns)
			at_ns = entry->deadline_ns;
	}
	return at_ns;
}

static void wait_for_change(struct watch *w)
{
	uint64_t at_ns = next_look_ns(w);
	struct timespec until = {.tv_sec = (time_t)(at_ns / NS_PER_S),
				 .tv_nsec = (long)(at_ns % NS_PER_S)};

	if (at_ns == UINT64_MAX)
		pthread_cond_wait(&w->changed, &w->lock);
	else
		pthread_cond_timedwait(&w->changed, &w->lock, &until);
}

static void *run(void *arg)
{
	struct watch *w = arg;

	pthread_mutex_lock(&w->lock);
	while (!w->stopping) {
		cut(w, false);
		wait_for_change(w);
	}
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

int watch_start(struct watch *w)
{
	pthread_condattr_t attr;
	int r;

	LIST_INIT(&w->entries);
	w->stopping = false;
	pthread_mutex_init(&w->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&w->changed, &attr);
	pthread_condattr_destroy(&attr);
	r = pthread_create(&w->thread, NULL, run, w);
	if (r) {
		pthread_cond_destroy(&w->changed);
		pthread_mutex_destroy(&w->lock);
	}
	return -r;
}

void watch_stop(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	w->stopping = true;
	pthread_cond_signal(&w->changed);
	pthread_mutex_unlock(&w->lock);
	pthread_join(w->thread, NULL);
	pthread_cond_destroy(&w->changed);
	pthread_mutex_destroy(&w->lock);
}

void watch_cut_all(struct watch *w)
{
	pthread_mutex_lock(&w->lock);
	cut(w, true);
	pthread_mutex_unlock(&w->lock);
}

void watch_add(struct watch *w, struct watch_entry *entry)
{
	pthread_mutex_lock(&w->lock);
	pthread_cond_signal(&w->changed);
	LIST_INSERT_HEAD(&w->entries, entry, link);
	entry->is_watched = true;
	pthread_mutex_unlock(&w->lock);
}

void watch_set_deadline(struct watch *w, struct watch_entry *entry, uint64_t deadline_ns)
{
	pthread_mutex_lock(&w->lock);
	if (deadline_ns < entry->deadline_ns)
		pthread_cond_signal(&w->changed);
	entry->deadline_ns = deadline_ns;
	pthread_mutex_unlock(&w->lock);
}

void watch_remove(struct watch *w, struct watch_entry *entry, bool is_complete)
{
	if (!entry->is_watched)
		return;
	pthread_mutex_lock(&w->lock);
	LIST_REMOVE(entry, link);
	entry->is_watched = false;
	pthread_mutex_unlock(&w->lock);
	if (!is_complete && !entry->is_cut)
		reset(entry->fd);
}
