// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pass over one pinned map:
 *
 *	check the pin -> (open it, compile the plan) -> read or drain -> snapshot
 *
 * A failure anywhere ends the pass: the instance is down and shows no series,
 * until a later pass succeeds. Totals of drained entries stay and are shown
 * all the same, since nobody else has them. A failure is logged when it is
 * another one than at the pass before.
 */
#include "instance_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "decode/builder.h"
#include "map_plan_internal.h"
#include "parking_internal.h"

struct instance *instance_new(const struct instance_class *class, struct pin_match *pin)
{
	struct instance *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->class = class;
	i->pin = *pin;
	*pin = (struct pin_match){0};
	i->status.map = class->map->name;
	i->status.pin = i->pin.path;
	i->status.read = config_read_name(class->map->read);
	return i;
}

static void close_map(struct instance *i)
{
	map_source_close(take_ptr(i->source));
	evictor_free(take_ptr(i->evictor));
	plan_unref(take_ptr(i->plan));
	i->status.is_open = false;
	i->status.is_counted = false;
}

void instance_free(struct instance *i)
{
	if (!i)
		return;
	close_map(i);
	totals_free(i->totals);
	carry_free(i->carry);
	snapshot_unref(i->snapshot);
	plan_unref(i->snapshot_plan);
	free(i->complaint);
	free(i->refusal);
	pin_match_done(&i->pin);
	free(i);
}

static enum map_failure failure_of(int code)
{
	switch (code) {
	case MAP_SOURCE_GONE:
	case -ENOTDIR:
	case -ELOOP:
		return MAP_FAILURE_MISSING;
	case -EACCES:
	case -EPERM:
		return MAP_FAILURE_PERMISSION;
	case -EMEDIUMTYPE:
	case -EISDIR:
	case -EOPNOTSUPP:
		return MAP_FAILURE_TYPE;
	case -ETIMEDOUT:
		return MAP_FAILURE_TIMEOUT;
	case -ENOMEM:
		return MAP_FAILURE_MEMORY;
	default:
		return MAP_FAILURE_READ;
	}
}

/* Counts a failure, and logs it unless it is the one that was said last. */
static void tell_failure(struct instance *i, enum map_failure failure, const char *text,
			 char **said)
{
	i->status.n_failures[failure]++;
	if (*said && !strcmp(*said, text))
		return;
	free(*said);
	*said = strdup(text);
	log_write(LOG_LEVEL_WARN, text, "map", i->status.map, "pin", i->status.pin, "reason",
		  map_failure_name(failure), NULL);
}

static void complain(struct instance *i, enum map_failure failure, const char *text)
{
	i->status.is_up = false;
	tell_failure(i, failure, text, &i->complaint);
}

static void be_well(struct instance *i)
{
	if (i->complaint)
		log_write(LOG_LEVEL_INFO, "the map is read again", "map", i->status.map, "pin",
			  i->status.pin, NULL);
	free(take_ptr(i->complaint));
	i->status.is_up = true;
	i->status.last_read_wall_ns = clock_wall_ns();
}

/* All that does not fit, as one text. */
static void complain_of_layout(struct instance *i, const struct problems *problems)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	const char *all = NULL;

	for (size_t j = 0; j < problems->n; j++)
		if (buf_printf(&text, "%s%s", j ? "; " : "", problems->items[j]) < 0)
			break;
	if (text.len)
		all = buf_string(&text);
	complain(i, MAP_FAILURE_LAYOUT, all ? all : "the configuration does not fit the map");
}

/*
 * Histograms of one family have the same buckets; where the length of an array
 * decides, another instance may have had its say before.
 */
static int check_bounds(const struct instance *i, const struct plan *plan,
			struct problems *problems)
{
	const struct config_map *map = i->class->map;

	for (size_t j = 0; j < i->class->n_instances; j++) {
		const struct instance *other = i->class->instances[j];

		if (other == i || !other->plan)
			continue;
		/* It agrees with all others that have a plan. */
		for (size_t k = 0; k < map->n_metrics; k++)
			if (!bounds_equal(plan_bounds(plan, k), plan_bounds(other->plan, k)))
				return problems_add(
					problems, &map->metrics[k].buckets.at,
					"the histogram '%s' would have %zu bounds, but %zu in %s: write 'slots'",
					map->metrics[k].name, plan_bounds(plan, k)->n,
					plan_bounds(other->plan, k)->n, other->pin.path);
		return 0;
	}
	return 0;
}

/* Return: whether there is a plan; if not, it has complained. */
static bool make_plan(struct instance *i)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	int r;

	r = map_plan(i->source, i->class, &i->pin, &i->plan, &problems);
	if (r == 0)
		r = check_bounds(i, i->plan, &problems);
	if (r < 0)
		plan_unref(take_ptr(i->plan));
	if (r == -ENOMEM)
		complain(i, MAP_FAILURE_MEMORY, "there is not enough memory to plan the read");
	else if (r < 0)
		complain_of_layout(i, &problems);
	return r == 0;
}

/* Another map than the last one is a reopening, whether its pin was gone in between or not. */
static void note_map(struct instance *i)
{
	if (i->map_id && i->map_id != i->source->info.id) {
		i->status.n_reopens++;
		log_write(LOG_LEVEL_INFO, "the pin names another map now", "map", i->status.map,
			  "pin", i->status.pin, NULL);
	}
	i->map_id = i->source->info.id;
	i->status.info = i->source->info;
	i->status.is_open = true;
}

static int open_map(struct instance *i, struct err *e)
{
	const struct config_map *map = i->class->map;
	bool writable = map->read == CONFIG_READ_DRAIN || map->evict_idle_ns;
	int r = i->class->options->open(i->pin.path, writable, &i->source, e);

	if (map->evict_idle_ns && (r == -EACCES || r == -EPERM))
		return err_wrap(e, r, "evict_idle deletes from the map, so it must be writable");
	if (r)
		return r;
	note_map(i);
	return 0;
}

/*
 * The map that the pin names now is open. Return: 0, a condition of
 * map_source_open(), or -errno.
 */
static int follow_pin(struct instance *i, struct err *e)
{
	int r;

	if (!i->source)
		return open_map(i, e);
	r = map_source_check(i->source, e);
	if (r == 0) {
		i->status.info = i->source->info;
		return 0;
	}
	close_map(i);
	return r == MAP_SOURCE_REPLACED ? open_map(i, e) : r;
}

/* So many entries are decoded between two looks at the clock. */
#define DECODED_AT_ONCE 16

struct snapshot_sink {
	struct builder *builder;
	struct evictor *evictor; /* NULL: nothing is deleted */
	const struct map_info *info;
	uint64_t deadline_ns;
};

/* Decoders may be slow: the deadline is theirs, too. */
static int sink_snapshot(void *ctx, const struct map_batch *batch)
{
	const struct snapshot_sink *s = ctx;
	size_t value_size = (size_t)s->info->n_cpus * s->info->value_stride;
	int r = 0;

	for (uint32_t i = 0; r == 0 && i < batch->n; i += DECODED_AT_ONCE) {
		uint32_t n = batch->n - i < DECODED_AT_ONCE ? batch->n - i : DECODED_AT_ONCE;

		if (clock_mono_ns() >= s->deadline_ns)
			return -ETIMEDOUT;
		r = builder_add(s->builder,
				(const uint8_t *)batch->keys + (size_t)i * s->info->key_size,
				(const uint8_t *)batch->values + i * value_size, n);
	}
	return r;
}

struct totals_sink {
	struct instance *instance;
	void *room; /* for a key */
};

/* Entries are no longer in the map: without memory for one, the others are kept all the same. */
static int sink_totals(void *ctx, const struct map_batch *batch)
{
	const struct totals_sink *s = ctx;
	struct instance *i = s->instance;
	const struct map_info *info = &i->source->info;
	size_t value_size = (size_t)info->n_cpus * info->value_stride;

	for (uint32_t j = 0; j < batch->n; j++) {
		const uint8_t *key = (const uint8_t *)batch->keys + (size_t)j * info->key_size;
		const uint8_t *value = (const uint8_t *)batch->values + j * value_size;
		uint64_t *numbers =
			totals_find(i->totals, plan_totals_key(i->plan, key, value, s->room));

		if (numbers)
			plan_add_totals(i->plan, value, numbers);
		else
			i->n_lost++;
	}
	i->status.n_drained += batch->n;
	return 0;
}

/* Totals go on where keys and numbers mean the same as before; else they are of no use. */
static int prepare_totals(struct instance *i)
{
	uint32_t key_size = plan_key_size(i->plan);
	size_t n_numbers = plan_n_totals(i->plan);
	uint64_t layout_hash = plan_layout_hash(i->plan);

	if (i->totals && i->totals_layout_hash == layout_hash &&
	    totals_fits(i->totals, key_size, n_numbers))
		return 0;
	if (i->totals && totals_n(i->totals))
		log_write(LOG_LEVEL_WARN,
			  "the map has another layout now: its drained totals start anew", "map",
			  i->status.map, "pin", i->status.pin, NULL);
	totals_free(i->totals);
	i->totals = totals_new(key_size, n_numbers);
	i->totals_layout_hash = layout_hash;
	i->totals_wall_ns = clock_wall_ns();
	return i->totals ? 0 : -ENOMEM;
}

static int drain(struct instance *i, struct map_read *read, struct err *e)
{
	_cleanup_(freep) void *room = malloc(plan_key_size(i->plan));
	struct totals_sink sink = {i, room};
	uint64_t lost_before = i->n_lost;
	int r = room ? prepare_totals(i) : -ENOMEM;

	if (r < 0)
		return err_set(e, r, "there is not enough memory for the totals");
	read->sink = sink_totals;
	read->ctx = &sink;
	r = map_source_drain(i->source, read, e);
	if (i->n_lost > lost_before)
		return err_set(
			e, -ENOMEM,
			"drained entries were lost: there is not enough memory for their totals");
	return r;
}

/* Return: whether the carry is this plan's from now on. */
static bool move_carry(struct instance *i, bool same_map)
{
	uint32_t before = i->carry_map_id;

	i->carry_map_id = i->source->info.id;
	if (carry_is_of(i->carry, i->plan))
		return true;
	if (same_map)
		return carry_move(i->carry, i->plan, true) == 0;
	i->carry_wall_ns = i->start_wall_ns;
	return carry_change_map(i->carry, i->plan, before, i->carry_map_id) == 0;
}

/*
 * What the sums of the passes before keep for this plan's. Series that are
 * shown by themselves go on from their last values, whatever map is read; a sum
 * has these values wherever they are, and each map should meet its own.
 */
static int prepare_carry(struct instance *i)
{
	bool same_map = i->carry_map_id == i->source->info.id;

	/* A sum counts each map once, whatever its pin is called. */
	if (i->carry && !same_map && class_is_summed(i->class))
		parking_leave(i->class->parking, i);
	if (!i->carry)
		parking_adopt(i->class->parking, i);
	if (i->carry && move_carry(i, same_map))
		return 0;
	i->carry_map_id = i->source->info.id;
	i->carry_wall_ns = 0;
	carry_free(take_ptr(i->carry));
	if (!plan_has_ledger(i->plan))
		return 0;
	i->carry = carry_new(i->plan);
	return i->carry ? 0 : -ENOMEM;
}

/* A snapshot that another plan made has other sets: nothing of it can be shared. */
static struct builder *new_builder(struct instance *i)
{
	struct config_limits limits = i->class->map->limits;
	struct snapshot *previous;

	if (prepare_carry(i) < 0)
		return NULL;
	previous = i->snapshot_plan == i->plan ? i->snapshot : NULL;
	/* A series of a sum is what all have of it: the limit is the sum's alone. */
	if (class_is_summed(i->class))
		limits.max_series = UINT64_MAX;
	return builder_new(i->plan, previous, i->carry, &limits);
}

static int add_totals(const struct instance *i, struct builder *b)
{
	int r = 0;

	for (size_t j = 0; r == 0 && i->totals && j < totals_n(i->totals); j++)
		r = builder_add_totals(b, totals_key(i->totals, j), totals_numbers(i->totals, j));
	return r;
}

/*
 * When what is shown was 0: when the map was pinned, as far as can be known;
 * where counts of maps before it go on, when the first of these was; drained
 * totals are our own.
 */
static void set_start(struct instance *i, struct snapshot *s)
{
	uint64_t start_ns = i->class->map->read == CONFIG_READ_DRAIN
				    ? i->totals_wall_ns
				    : i->source->info.pinned_wall_ns;

	i->start_wall_ns = clock_earlier_ns(start_ns, i->carry_wall_ns);
	s->start_wall_ns = clock_until_now_ns(start_ns);
	s->carried_wall_ns = clock_until_now_ns(i->start_wall_ns);
}

/* The builder's snapshot becomes the instance's. */
static int publish(struct instance *i, struct builder *b, struct err *e)
{
	struct builder_result result;

	if (builder_finish(b, &result) < 0)
		return err_set(e, -ENOMEM, "there is not enough memory for the snapshot");
	set_start(i, result.snapshot);
	snapshot_unref(i->snapshot);
	i->snapshot = result.snapshot;
	plan_unref(i->snapshot_plan);
	i->snapshot_plan = plan_ref(i->plan);
	i->status.n_series = result.n_series;
	i->status.n_dropped_limit += result.n_dropped;
	i->status.n_dropped_label_bytes += result.n_too_long;
	i->status.n_dropped_other += result.n_folded;
	i->status.n_entries = result.n_entries;
	i->status.is_counted = true;
	return 0;
}

/* The entries that are not idle; those that are wait for evict(). */
static int sink_evicting(void *ctx, const struct map_batch *batch)
{
	struct snapshot_sink *s = ctx;
	size_t value_size = (size_t)s->info->n_cpus * s->info->value_stride;
	int r = 0;

	for (uint32_t i = 0; r >= 0 && i < batch->n; i++) {
		const uint8_t *key = (const uint8_t *)batch->keys + (size_t)i * s->info->key_size;
		const uint8_t *value = (const uint8_t *)batch->values + i * value_size;
		const struct map_batch one = {.keys = key, .values = value, .n = 1};

		r = evictor_see(s->evictor, key, value);
		if (r == 0)
			r = sink_snapshot(s, &one);
	}
	return r < 0 ? r : 0;
}

static int sink_evicted(void *ctx, const struct map_batch *batch)
{
	const struct snapshot_sink *s = ctx;

	return builder_add_last(s->builder, batch->keys, batch->values);
}

/*
 * Deletes the idle keys that the read found. A map that refuses it is read all the same. What was
 * deleted is nowhere else: the deadline ends the deletions, not the pass.
 */
static int evict(struct instance *i, struct map_read *read)
{
	struct snapshot_sink *sink = read->ctx;
	struct err refusal = {""};
	int r;

	sink->deadline_ns = UINT64_MAX;
	read->sink = sink_snapshot;
	r = evictor_run(i->evictor, i->source, read, sink_evicted, &i->status.n_evicted, &refusal);
	if (refusal.text[0])
		tell_failure(i, MAP_FAILURE_EVICT, refusal.text, &i->refusal);
	else
		free(take_ptr(i->refusal));
	return r;
}

static int read_entries(struct instance *i, struct builder *b, struct map_read *read, struct err *e)
{
	struct snapshot_sink sink = {b, i->evictor, &i->source->info, read->deadline_ns};
	int r;

	read->ctx = &sink;
	read->sink = i->evictor ? sink_evicting : sink_snapshot;
	if (i->evictor)
		evictor_begin(i->evictor, clock_mono_ns());
	r = map_source_read(i->source, read, e);
	return r == 0 && i->evictor ? evict(i, read) : r;
}

/* Where keys are to be deleted, it is remembered when they changed. */
static int prepare_evictor(struct instance *i)
{
	if (!i->class->map->evict_idle_ns || i->evictor)
		return 0;
	i->evictor = evictor_new(&i->source->info, i->class->map->evict_idle_ns);
	return i->evictor ? 0 : -ENOMEM;
}

static int read_snapshot(struct instance *i, struct map_read *read, struct err *e)
{
	_cleanup_(builder_freep) struct builder *b = NULL;
	int r;

	b = prepare_evictor(i) == 0 ? new_builder(i) : NULL;
	if (!b)
		return err_set(e, -ENOMEM, "there is not enough memory for the snapshot");
	r = read_entries(i, b, read, e);
	if (r == -ETIMEDOUT && !e->text[0])
		return err_set(e, r, "reading and decoding take longer than read_timeout");
	if (r < 0)
		return e->text[0] ? r
				  : err_set(e, r, "the snapshot cannot be built: %s", err_name(r));
	return publish(i, b, e);
}

/* Totals are shown also when the drain failed: what came before it is in them. */
static int read_drained(struct instance *i, struct map_read *read, struct err *e)
{
	_cleanup_(builder_freep) struct builder *b = NULL;
	uint64_t drained_before = i->status.n_drained;
	int r, r2;

	r = drain(i, read, e);
	b = new_builder(i);
	if (!b || add_totals(i, b) < 0)
		return err_set(e, -ENOMEM, "there is not enough memory for the snapshot");
	r2 = publish(i, b, r < 0 ? NULL : e);
	i->status.n_entries = i->status.n_drained - drained_before;
	return r < 0 ? r : r2;
}

/* How full a map is whose entries are not read; the kernel may not tell. */
static int count_entries(struct instance *i, const struct map_read *read, struct err *e)
{
	int r = map_source_count(i->source, read->deadline_ns, &i->status.n_entries, e);

	i->status.is_counted = r == 0;
	return r == -EOPNOTSUPP ? 0 : r;
}

/* Return: whether it was read; if not, it has complained. */
static bool read_map(struct instance *i)
{
	struct map_read read = {
		.deadline_ns = clock_mono_ns() + i->class->options->config->read_timeout_ns,
	};
	struct err e = {""};
	int r = 0;

	if (i->class->map->read == CONFIG_READ_DRAIN)
		r = read_drained(i, &read, &e);
	else if (map_type_is_readable(i->source->info.type))
		r = read_snapshot(i, &read, &e);
	else
		r = count_entries(i, &read, &e);
	if (r < 0)
		complain(i, failure_of(r), e.text);
	return r == 0;
}

/* Return: whether the pin's map is open and planned; if not, it has complained. */
static bool prepare_map(struct instance *i)
{
	struct err e = {""};
	int r = follow_pin(i, &e);

	if (r) {
		complain(i, failure_of(r), e.text[0] ? e.text : err_name(r));
		return false;
	}
	return i->plan || make_plan(i);
}

/*
 * A snapshot's series end with the failure; totals, which exist nowhere else,
 * stay, and so does what it contributes to a sum of instances.
 */
static void drop_snapshot(struct instance *i)
{
	if (i->class->map->read == CONFIG_READ_DRAIN)
		return;
	i->status.n_series = 0;
	i->status.is_counted = false;
	if (class_is_summed(i->class))
		return;
	snapshot_unref(take_ptr(i->snapshot));
	plan_unref(take_ptr(i->snapshot_plan));
}

void instance_close(struct instance *i)
{
	close_map(i);
	drop_snapshot(i);
}

void instance_read(struct instance *i)
{
	uint64_t start_ns = clock_mono_ns();

	i->status.n_reads++;
	if (prepare_map(i) && read_map(i))
		be_well(i);
	else
		drop_snapshot(i);
	i->status.read_duration_ns = clock_mono_ns() - start_ns;
}
