// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pass looks for the pins of a map, makes an instance of each new one, lets
 * go of those that are no longer matched, reads them all, and publishes
 * copies. Instances and matches are both sorted by path and merged in one walk.
 * An instance with drained totals stays, down, though its pin is gone: nobody
 * else has them. Where instances are added up, the sum is published with the
 * first of them. One that goes is parked with what it had counted.
 */
#include "map_pass_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "decode/merger.h"
#include "locate_internal.h"

int map_reader_init(struct map_reader *r, const struct collector_options *options,
		    const struct config_map *map, struct family **families)
{
	*r = (struct map_reader){
		.class = {.options = options, .map = map, .stacks = locate_stacks(options)}};
	r->class.parking = &r->parking;
	parking_init(&r->parking);
	r->class.families = calloc(map->n_metrics + 1, sizeof(*families));
	if (!r->class.families)
		return -ENOMEM;
	for (size_t i = 0; i < map->n_metrics; i++)
		r->class.families[i] = family_ref(families[i]);
	return 0;
}

void map_reader_done(struct map_reader *r)
{
	for (size_t i = 0; i < r->n_instances; i++)
		instance_free(r->instances[i]);
	for (size_t i = 0; r->class.families && i < r->class.map->n_metrics; i++)
		family_unref(r->class.families[i]);
	free(r->instances);
	snapshot_unref(r->sum);
	parking_done(&r->parking);
	free(r->class.families);
	free(r->glob_complaint);
}

static void complain_of_glob(struct map_reader *r, const char *text)
{
	if (!r->glob_complaint || strcmp(r->glob_complaint, text) != 0)
		log_write(LOG_LEVEL_WARN, text, "map", r->class.map->name, "pin",
			  locate_name(r->class.map), NULL);
	free(r->glob_complaint);
	r->glob_complaint = strdup(text);
}

/*
 * Whether the pin of an instance that was not listed is there all the same: a
 * rename that lands on it while its folder is listed hides it, and so does a
 * folder that may not be listed (any more).
 */
static bool is_overlooked(const struct map_reader *r, const struct instance *i)
{
	_cleanup_(map_source_closep) struct map_source *source = NULL;
	struct err e = {""};
	int code;

	if (!r->class.map->pin)
		return false;
	code = r->class.options->open(i->pin.path, false, &source, &e);
	return code != MAP_SOURCE_GONE && code != -ENOTDIR && code != -ELOOP && code != -EISDIR;
}

/* An instance whose pin was not listed. Return: whether it stays. */
static bool keep_unmatched(struct map_reader *r, struct instance *i)
{
	if (is_overlooked(r, i)) {
		r->n_matches++;
		return true;
	}
	return (i->totals && totals_n(i->totals)) || parking_add(&r->parking, i) < 0;
}

/* Instances, before the one of @path, that no match is for: those that stay go to @merged. */
static void pass_unmatched(struct map_reader *r, size_t *next, const char *path,
			   struct instance **merged, size_t *n)
{
	for (; *next < r->n_instances; ++*next) {
		struct instance *i = r->instances[*next];

		if (path && strcmp(i->pin.path, path) >= 0)
			return;
		if (keep_unmatched(r, i))
			merged[(*n)++] = i;
	}
}

static bool is_next(const struct map_reader *r, size_t next, const char *path)
{
	return next < r->n_instances && !strcmp(r->instances[next]->pin.path, path);
}

static int merge(struct map_reader *r, struct pin_matches *matches)
{
	size_t next = 0, n = 0, most = matches->n + r->n_instances;
	struct instance **merged = calloc(most + 1, sizeof(struct instance *));

	if (!merged)
		return -ENOMEM;
	r->n_matches = matches->n;
	for (size_t i = 0; i < matches->n; i++) {
		const char *path = matches->items[i].path;

		pass_unmatched(r, &next, path, merged, &n);
		if (is_next(r, next, path))
			merged[n] = r->instances[next++];
		else
			merged[n] = instance_new(&r->class, &matches->items[i]);
		n += merged[n] != NULL;
	}
	pass_unmatched(r, &next, NULL, merged, &n);
	free(r->instances);
	r->instances = merged;
	r->n_instances = n;
	r->class.instances = merged;
	r->class.n_instances = n;
	return 0;
}

static int find_instances(struct map_reader *r)
{
	struct pin_matches matches = {0};
	struct err e = {""};
	int code;

	code = locate_maps(r->class.options, r->class.map, &matches, &e);
	if (code < 0)
		complain_of_glob(r, e.text);
	else
		free(take_ptr(r->glob_complaint));
	if (code == 0 || matches.n)
		code = merge(r, &matches);
	pin_matches_done(&matches);
	return code;
}

static struct published *publish(const struct map_reader *r)
{
	_cleanup_(published_freep) struct published *p = calloc(1, sizeof(*p));

	if (!p)
		return NULL;
	p->instances = calloc(r->n_instances + 1, sizeof(*p->instances));
	if (!p->instances)
		return NULL;
	p->n_matches = r->n_matches;
	for (; p->n < r->n_instances; p->n++) {
		const struct instance *i = r->instances[p->n];
		struct published_instance *q = &p->instances[p->n];

		q->status = i->status;
		q->status.pin = strdup(i->pin.path);
		if (!q->status.pin)
			return NULL;
		if (i->snapshot && !class_is_summed(i->class))
			q->snapshot = snapshot_ref(i->snapshot);
	}
	return take_ptr(p);
}

/* The sum of all instances: of those that are down only what never falls. */
static int add_instances(const struct map_reader *r, struct merger *m)
{
	int code = parking_merge(&r->parking, m);

	for (size_t i = 0; code == 0 && i < r->n_instances; i++) {
		const struct instance *in = r->instances[i];

		if (in->snapshot)
			code = merger_add(m, in->snapshot_plan, in->snapshot, !in->status.is_up);
	}
	return code;
}

/* By the sum, and by what is left of instances that had to go. */
static void count_dropped(struct map_reader *r, struct map_status *s,
			  const struct builder_result *sum)
{
	s->n_dropped_limit += sum->n_dropped + r->parking.n_dropped;
	s->n_dropped_other += sum->n_folded + r->parking.n_folded;
	r->parking.n_dropped = r->parking.n_folded = 0;
}

static int publish_sum(struct map_reader *r, struct published *p)
{
	_cleanup_(merger_freep) struct merger *m = merger_new(r->sum, &r->class.map->limits);
	struct builder_result sum = {0};
	int code;

	if (!p->n)
		return 0;
	code = m ? add_instances(r, m) : -ENOMEM;
	if (code == 0)
		code = merger_finish(m, &sum);
	if (code)
		return code == -ENOENT ? 0 : code;
	sum.snapshot->start_wall_ns = clock_until_now_ns(sum.snapshot->start_wall_ns);
	count_dropped(r, &r->instances[0]->status, &sum);
	p->instances[0].status.n_dropped_limit = r->instances[0]->status.n_dropped_limit;
	p->instances[0].status.n_dropped_other = r->instances[0]->status.n_dropped_other;
	p->instances[0].snapshot = sum.snapshot;
	snapshot_unref(r->sum);
	r->sum = snapshot_ref(sum.snapshot);
	return 0;
}

struct published *map_reader_pass(struct map_reader *r)
{
	uint64_t start_ns = clock_mono_ns();
	struct published *p;

	find_instances(r);
	for (size_t i = 0; i < r->n_instances; i++)
		instance_read(r->instances[i]);
	p = publish(r);
	if (p && class_is_summed(&r->class) && publish_sum(r, p) < 0) {
		published_free(p);
		return NULL;
	}
	if (p)
		p->duration_ns = clock_mono_ns() - start_ns;
	return p;
}

void published_free(struct published *p)
{
	if (!p)
		return;
	for (size_t i = 0; p->instances && i < p->n; i++) {
		free((char *)p->instances[i].status.pin);
		snapshot_unref(p->instances[i].snapshot);
	}
	free(p->instances);
	free(p);
}
