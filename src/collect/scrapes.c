// SPDX-License-Identifier: GPL-2.0-only
/* Those who wait for maps to be read, what they are given, and who still holds it. */
#include "collector_internal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"

/* References to what was published, taken under the lock, used without it. */
struct view {
	struct map_view *maps; /* the wanted ones */
	struct published *copies;
	struct snapshot **snapshots;	     /* all, self metrics last */
	const struct collected_map **owners; /* of each snapshot; NULL: self metrics */
	size_t n_maps, n_snapshots;
	struct exporter_counters counters;
};

static bool waits_for(const struct collector *c, const struct waiter *w, size_t i)
{
	return c->maps[i].n_passes < w->maps[i].pass;
}

static bool is_satisfied(const struct collector *c, const struct waiter *w, uint64_t now_ns)
{
	(void)now_ns;
	for (size_t i = 0; i < w->n_maps; i++)
		if (waits_for(c, w, i))
			return false;
	return true;
}

static bool is_expired(const struct collector *c, const struct waiter *w, uint64_t now_ns)
{
	(void)c;
	return w->deadline_ns <= now_ns;
}

/* Takes those off the list that @is_wanted says; the time is for it. */
static struct waiter *take_waiters(struct collector *c, uint64_t now_ns,
				   bool (*is_wanted)(const struct collector *c,
						     const struct waiter *w, uint64_t now_ns))
{
	struct waiter *taken = NULL;

	for (struct waiter **p = &c->waiters; *p;) {
		struct waiter *w = *p;

		if (!is_wanted(c, w, now_ns)) {
			p = &w->next;
			continue;
		}
		*p = w->next;
		w->next = taken;
		taken = w;
	}
	return taken;
}

struct waiter *waiters_take_satisfied(struct collector *c)
{
	return take_waiters(c, 0, is_satisfied);
}

/* Said when it begins, and when it is over, not at each scrape. */
static void note_timeout(struct collected_map *m, uint64_t vain_ns)
{
	m->n_timeouts++;
	if (!m->vain_ns)
		log_write(
			LOG_LEVEL_WARN,
			"a scrape's time was up before the map was read, so it shows what was read "
			"before: raise scrape_timeout in Prometheus, or have the map read by "
			"schedule only (refresh, at_scrape: never)",
			"map", m->reader.class.map->name, NULL);
	m->vain_ns = vain_ns > m->vain_ns ? vain_ns : m->vain_ns;
}

/* Counts it for each map that it still waits for. */
static void note_expired(struct collector *c, const struct waiter *w)
{
	uint64_t vain_ns = w->deadline_ns > w->asked_ns ? w->deadline_ns - w->asked_ns : 1;

	for (size_t i = 0; i < w->n_maps; i++)
		if (waits_for(c, w, i))
			note_timeout(&c->maps[i], vain_ns);
}

/* It is over when nobody has to wait longer than the most patient of those who waited in vain. */
void waiters_note_pass(struct collector *c, struct collected_map *m)
{
	size_t i = (size_t)(m - c->maps);
	uint64_t now_ns = clock_mono_ns();

	for (const struct waiter *w = c->waiters; w && m->vain_ns; w = w->next) {
		if (!w->maps[i].pass || waits_for(c, w, i) || now_ns - w->asked_ns > m->vain_ns)
			continue;
		m->vain_ns = 0;
		log_write(LOG_LEVEL_INFO, "the map is read in time again", "map",
			  m->reader.class.map->name, NULL);
	}
}

struct waiter *waiters_take_expired(struct collector *c, uint64_t now_ns)
{
	struct waiter *taken = take_waiters(c, now_ns, is_expired);

	for (const struct waiter *w = taken; w && !c->stopping; w = w->next)
		note_expired(c, w);
	return taken;
}

uint64_t waiters_next_deadline(const struct collector *c)
{
	uint64_t at_ns = UINT64_MAX;

	for (const struct waiter *w = c->waiters; w; w = w->next)
		if (w->deadline_ns < at_ns)
			at_ns = w->deadline_ns;
	return at_ns;
}

static void view_done(struct view *v)
{
	for (size_t i = 0; i < v->n_snapshots; i++)
		snapshot_unref(v->snapshots[i]);
	for (size_t i = 0; v->copies && i < v->n_maps; i++) {
		for (size_t j = 0; j < v->copies[i].n; j++)
			free((char *)v->copies[i].instances[j].status.pin);
		free(v->copies[i].instances);
	}
	free(v->maps);
	free(v->copies);
	free(v->snapshots);
	free(v->owners);
}

static int copy_published(const struct published *from, struct published *to)
{
	to->instances = calloc(from->n + 1, sizeof(*to->instances));
	if (!to->instances)
		return -ENOMEM;
	to->n_matches = from->n_matches;
	for (; to->n < from->n; to->n++) {
		struct map_status *s = &to->instances[to->n].status;

		*s = from->instances[to->n].status;
		s->pin = strdup(s->pin);
		if (!s->pin)
			return -ENOMEM;
	}
	return 0;
}

static size_t count_snapshots(const struct collector *c, const struct waiter *w)
{
	size_t n = 3; /* of the maps' state, the process, and programs */

	for (size_t i = 0; i < w->n_maps; i++)
		if (w->maps[i].wanted && c->maps[i].published)
			n += c->maps[i].published->n;
	return n;
}

static void view_add_snapshots(struct view *v, const struct collected_map *m)
{
	for (size_t i = 0; i < m->published->n; i++) {
		struct snapshot *s = m->published->instances[i].snapshot;

		if (!s)
			continue;
		v->owners[v->n_snapshots] = m;
		v->snapshots[v->n_snapshots++] = snapshot_ref(s);
	}
}

/* Under the lock. */
static int view_take(const struct collector *c, const struct waiter *w, struct view *v)
{
	size_t n = count_snapshots(c, w);

	v->counters = c->counters;
	v->maps = calloc(w->n_maps + 1, sizeof(*v->maps));
	v->copies = calloc(w->n_maps + 1, sizeof(*v->copies));
	v->snapshots = calloc(n, sizeof(struct snapshot *));
	v->owners = calloc(n, sizeof(const struct collected_map *));
	if (!v->maps || !v->copies || !v->snapshots || !v->owners)
		return -ENOMEM;
	for (size_t i = 0; i < w->n_maps; i++) {
		const struct published *p = c->maps[i].published;
		struct published *copy = &v->copies[v->n_maps];

		if (!w->maps[i].wanted)
			continue;
		v->maps[v->n_maps++] = (struct map_view){
			.map = c->maps[i].reader.class.map,
			.published = p ? copy : NULL,
			.n_timeouts = c->maps[i].n_timeouts,
		};
		if (p && copy_published(p, copy) < 0)
			return -ENOMEM;
		if (p)
			view_add_snapshots(v, &c->maps[i]);
	}
	return 0;
}

/* Takes the snapshot. */
static int view_add(struct view *v, struct snapshot *s)
{
	if (!s)
		return -ENOMEM;
	v->snapshots[v->n_snapshots++] = s;
	return 0;
}

static int add_self_metrics(const struct collector *c, const struct waiter *w, struct view *v)
{
	int r = view_add(v, map_metrics_new(v->maps, v->n_maps));

	if (r == 0 && w->everything)
		r = view_add(v, process_metrics_new(&v->counters));
	if (r == 0 && w->everything)
		r = view_add(v, program_metrics_new(&c->options));
	return r;
}

/* A series hidden in a snapshot is counted once, by the first full scrape of that snapshot. */
static void count_duplicates(struct collector *c, const struct exposition *x)
{
	size_t next = 0;

	for (size_t i = 0; i < c->n_maps; i++) {
		struct published *p = c->maps[i].published;

		for (size_t j = 0; p && j < p->n; j++) {
			struct published_instance *q = &p->instances[j];
			size_t k = next;

			while (k < x->n_snapshots && x->snapshots[k] != q->snapshot)
				k++;
			if (!q->snapshot || k == x->n_snapshots)
				continue;
			next = k + 1;
			if (!q->duplicates_counted)
				q->status.n_dropped_duplicate += x->n_duplicates[k];
			q->duplicates_counted = true;
		}
	}
}

static void handout_free(struct handout *h)
{
	exposition_unref(h->exposition);
	free(h->owners);
	free(h);
}

void handouts_forget_unused(struct collector *c)
{
	for (struct handout **p = &c->handouts; *p;) {
		struct handout *h = *p;

		if (atomic_load(&h->exposition->refs) > 1) {
			p = &h->next;
			continue;
		}
		*p = h->next;
		handout_free(h);
	}
}

static void remember(struct collector *c, struct exposition *x, struct view *v)
{
	struct handout *h = malloc(sizeof(*h));

	handouts_forget_unused(c);
	/* Without memory it is not revoked, which only costs memory for longer. */
	if (!h)
		return;
	*h = (struct handout){.next = c->handouts,
			      .exposition = exposition_ref(x),
			      .owners = take_ptr(v->owners)};
	c->handouts = h;
}

static struct exposition *build(struct collector *c, const struct waiter *w)
{
	struct exposition *x = NULL;
	struct view v = {0};
	int r;

	pthread_mutex_lock(&c->lock);
	r = view_take(c, w, &v);
	pthread_mutex_unlock(&c->lock);
	if (r == 0)
		r = add_self_metrics(c, w, &v);
	if (r == 0)
		x = exposition_new(v.snapshots, v.n_snapshots);
	if (x) {
		pthread_mutex_lock(&c->lock);
		if (w->everything)
			count_duplicates(c, x);
		remember(c, x, &v);
		pthread_mutex_unlock(&c->lock);
	}
	view_done(&v);
	return x;
}

void waiters_answer(struct collector *c, struct waiter *list)
{
	while (list) {
		struct waiter *w = list;

		list = w->next;
		w->ready(w->ctx, build(c, w));
		free(w);
	}
}

static bool is_current(const struct collected_map *m, const struct snapshot *s)
{
	for (size_t i = 0; m->published && i < m->published->n; i++)
		if (m->published->instances[i].snapshot == s)
			return true;
	return false;
}

/* Whether it holds a snapshot of the map that is not the current one. */
static bool holds_old(const struct handout *h, const struct collected_map *m)
{
	for (size_t i = 0; i < h->exposition->n_snapshots; i++)
		if (h->owners[i] == m && !is_current(m, h->exposition->snapshots[i]))
			return true;
	return false;
}

bool handouts_hold_old(struct collector *c, const struct collected_map *m)
{
	handouts_forget_unused(c);
	for (const struct handout *h = c->handouts; h; h = h->next)
		if (!atomic_load(&h->exposition->revoked) && holds_old(h, m))
			return true;
	return false;
}

void handouts_revoke_old(struct collector *c, const struct collected_map *m)
{
	char n_text[24];
	uint64_t n = 0;

	handouts_forget_unused(c);
	for (const struct handout *h = c->handouts; h; h = h->next) {
		if (atomic_load(&h->exposition->revoked) || !holds_old(h, m))
			continue;
		atomic_store(&h->exposition->revoked, true);
		n++;
	}
	c->counters.n_scrapes_cut += n;
	snprintf(n_text, sizeof(n_text), "%llu", (unsigned long long)n);
	if (n) /* one line, however many clients there are */
		log_write(LOG_LEVEL_WARN, "clients that read their answers too slowly are cut off",
			  "map", m->reader.class.map->name, "clients", n_text, NULL);
}

void handouts_free(struct collector *c)
{
	while (c->handouts) {
		struct handout *h = c->handouts;

		c->handouts = h->next;
		handout_free(h);
	}
}

void published_inherit(struct published *p, const struct published *old)
{
	for (size_t i = 0, j = 0; old && i < p->n; i++) {
		struct published_instance *q = &p->instances[i];

		while (j < old->n && strcmp(old->instances[j].status.pin, q->status.pin) < 0)
			j++;
		if (j == old->n || strcmp(old->instances[j].status.pin, q->status.pin) != 0)
			continue;
		q->status.n_dropped_duplicate = old->instances[j].status.n_dropped_duplicate;
		q->duplicates_counted = q->snapshot == old->instances[j].snapshot &&
					old->instances[j].duplicates_counted;
	}
}

static struct waiter *waiter_new(const struct collector *c,
				 const struct scrape_selection *selection)
{
	struct waiter *w = calloc(1, sizeof(*w) + c->n_maps * sizeof(w->maps[0]));

	if (!w)
		return NULL;
	w->n_maps = c->n_maps;
	w->everything = !selection || !selection->n;
	for (size_t i = 0; i < c->n_maps; i++)
		w->maps[i].wanted = w->everything || selection->exclude;
	return w;
}

static int apply_selection(const struct collector *c, const struct scrape_selection *selection,
			   struct waiter *w)
{
	for (size_t i = 0; selection && i < selection->n; i++) {
		size_t j = 0;

		while (j < c->n_maps &&
		       strcmp(c->maps[j].reader.class.map->name, selection->names[i]) != 0)
			j++;
		if (j == c->n_maps)
			return -ENOENT;
		w->maps[j].wanted = !selection->exclude;
	}
	return 0;
}

/* Under the lock. Return: whether there is anything to wait for, and time for it. */
static bool request_passes(struct collector *c, struct waiter *w)
{
	uint64_t now_ns = clock_mono_ns();
	bool waits = false;

	w->asked_ns = now_ns;
	for (size_t i = 0; i < c->n_maps; i++) {
		if (w->maps[i].wanted)
			w->maps[i].pass = collector_request_pass(c, &c->maps[i], now_ns);
		waits |= w->maps[i].pass != 0;
	}
	if (!waits || !is_expired(c, w, now_ns))
		return waits;
	note_expired(c, w);
	return false;
}

static int acquire(void *self, const struct scrape_selection *selection, uint64_t deadline_ns,
		   scrape_ready_fn ready, void *ctx)
{
	_cleanup_(freep) struct waiter *w = NULL;
	struct collector *c = self;
	bool waits, stopping;
	int r;

	w = waiter_new(c, selection);
	if (!w)
		return -ENOMEM;
	r = apply_selection(c, selection, w);
	if (r < 0)
		return r;
	w->ready = ready;
	w->ctx = ctx;
	w->deadline_ns = deadline_ns;
	pthread_mutex_lock(&c->lock);
	stopping = c->stopping;
	collector_watch_read(c);
	waits = !stopping && request_passes(c, w);
	if (waits) {
		w->next = c->waiters;
		c->waiters = take_ptr(w);
		collector_arm_timer(c);
	}
	pthread_mutex_unlock(&c->lock);
	if (stopping)
		return -ESHUTDOWN;
	if (!waits)
		waiters_answer(c, take_ptr(w));
	return 0;
}

static bool is_ready(void *self)
{
	struct collector *c = self;
	bool ready = true;

	pthread_mutex_lock(&c->lock);
	for (size_t i = 0; i < c->n_maps; i++)
		ready &= c->maps[i].n_passes > 0;
	pthread_mutex_unlock(&c->lock);
	return ready;
}

static size_t n_maps(void *self)
{
	return ((struct collector *)self)->n_maps;
}

static const char *map_name(void *self, size_t i)
{
	return ((struct collector *)self)->maps[i].reader.class.map->name;
}

struct scrape_provider collector_provider(struct collector *c)
{
	return (struct scrape_provider){
		.self = c,
		.acquire = acquire,
		.is_ready = is_ready,
		.n_maps = n_maps,
		.map_name = map_name,
	};
}
