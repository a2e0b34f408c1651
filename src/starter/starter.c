// SPDX-License-Identifier: GPL-2.0-only
/*
 * From maps to a configuration: what each is called, where it is found, and
 * then its draft as text.
 *
 * A map is called after its pin. Metrics get the map's words in front; where
 * that is one only (drops), or several maps are pinned under it, the folder's
 * come before them.
 */
#include "starter/starter.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/yaml_text.h"
#include "labels_internal.h"
#include "propose_internal.h"
#include "starter/words.h"

#define ID_LOCATOR "id:"

struct place_names {
	const char *map;    /* the last part of the pin, or the kernel's name */
	const char *folder; /* the part before it; "" */
};

/* Folders that say where maps are, not whose. */
static const char plain_folders[] =
	"bpf fs sys maps map globals tc ip xdp pinned pins progs programs";
/* What a name ends in without saying more. */
static const char plain_ends[] =
	"map maps info infos entries stats stat statistics table tbl data metrics values store hash array percpu lru "
	"htab bss rodata kconfig";

static const char plain_counts[] = "count counts counter counters hist hists";

static bool is_id(const char *locator)
{
	return !strncmp(locator, ID_LOCATOR, strlen(ID_LOCATOR));
}

static bool is_pattern(const char *locator)
{
	return !is_id(locator) && strpbrk(locator, "*?[");
}

static bool is_globals(const struct starter_map *map)
{
	return map->value && !map->key && map_type_is_array(map->info->type);
}

static struct place_names name_place(struct pool *p, const struct starter_map *map)
{
	struct place_names n = {map->info->name, ""};
	const char *path = map->locator, *slash = strrchr(path, '/'), *start;

	if (is_id(path) || !slash || !slash[1] || strpbrk(slash, "*?["))
		return n;
	n.map = slash + 1;
	start = slash;
	while (start > path && start[-1] != '/')
		start--;
	n.folder = pool_printf(p, "%.*s", (int)(slash - start), start);
	if (strpbrk(n.folder, "*?["))
		n.folder = "";
	return n;
}

static const char *join_words(struct pool *p, const char *before, const struct words *w,
			      size_t from)
{
	const char *text = before;

	for (size_t i = from; i < w->n; i++)
		text = pool_printf(p, "%s%s%s", text, *text ? "_" : "", w->items[i]);
	return text;
}

/* What comes after "by" is the key. */
static void cut_key(struct words *w)
{
	for (size_t i = 0; i < w->n; i++) {
		if (word_is_in(w->items[i], "by per"))
			w->n = i;
	}
}

/* The words of a map's name that say something. */
static void split_map_name(struct words *w, const char *name, bool is_scalar)
{
	words_split(w, !strncmp(name, "AT_", 3) ? name + 3 : name); /* bpftrace's @ */
	cut_key(w);
	while (w->n > 1 && (word_is_in(words_last(w), plain_ends) ||
			    (!is_scalar && word_is_in(words_last(w), plain_counts))))
		w->n--;
}

/* my_firewall and stats, katran and katran_stats, cachestat and cachesta.bss. */
static const char *join_folder(struct pool *p, const struct words *folder, const struct words *w)
{
	const char *last = words_last(folder), *text = join_words(p, "", folder, 0);
	size_t from = 0;

	if (w->n &&
	    (!strncmp(last, w->items[0], strlen(w->items[0])) || words_any(folder, w->items[0])))
		from = 1;
	return join_words(p, text, w, from);
}

static const char *base_name(struct pool *p, const struct starter_map *map,
			     const struct place_names *n, bool is_shared)
{
	bool is_scalar = map->value && field_is_scalar(&map->value->root);
	struct words w, folder;

	split_map_name(&w, n->map, is_scalar);
	words_split(&folder, n->folder);
	if (!folder.n || (!is_shared && (w.n > 1 || word_is_in(n->folder, plain_folders))))
		return join_words(p, "", &w, 0);
	if (w.n == 1 && (word_is_in(w.items[0], plain_ends) ||
			 (!is_scalar && word_is_in(w.items[0], plain_counts))))
		w.n = 0;
	return join_folder(p, &folder, &w);
}

/* ---- YAML ---- */

static const char *yaml_text(struct pool *p, const char *s)
{
	_cleanup_buf_ struct buf text = BUF_INIT;

	if (yaml_quote(&text, s) == 0 && buf_string(&text))
		return pool_printf(p, "%s", text.data);
	p->no_memory = true;
	return "";
}

static void add_captures(struct pool *p, struct draft_map *m)
{
	size_t n = 0;

	for (const char *s = m->map->locator; (s = strchr(s, '*')); s++)
		n++;
	for (size_t i = 0; i < n && i < 9; i++) {
		struct draft_label label = {
			.name = n == 1 ? "name" : pool_printf(p, "name_%zu", i + 1),
			.field = pool_printf(p, "$%zu", i + 1),
		};

		draft_add_label(p, &m->labels, NULL, &label);
	}
	if (!n)
		draft_add_label(p, &m->labels, NULL,
				&(struct draft_label){.name = "pin", .field = "$pin"});
}

static void set_locator(struct pool *p, struct draft_map *m)
{
	const struct starter_map *map = m->map;

	if (!is_id(map->locator)) {
		m->locator = pool_printf(p, "pin: %s", yaml_text(p, map->locator));
		if (is_pattern(map->locator))
			add_captures(p, m);
	} else if (*map->info->name) {
		m->locator = pool_printf(p, "map_name: %s", yaml_text(p, map->info->name));
		m->adds_instances = true;
		draft_add_note(
			p, m,
			pool_printf(p,
				    "of all loaded maps of this name the sum; `map_id: %u` is "
				    "this one alone, while it is loaded",
				    map->info->id));
	} else {
		m->locator = pool_printf(p, "map_id: %u", map->info->id);
	}
}

/* ---- maps ---- */

static const char *why_no_metrics(const struct map_info *info)
{
	if (info->type == BPF_MAP_TYPE_QUEUE || info->type == BPF_MAP_TYPE_STACK)
		return "shown is the state of the map; `read: drain` and its `value:` would take its entries out and count them";
	return "its entries cannot be listed: shown is how full it is";
}

static void draft_readable(struct pool *p, struct draft_map *m, const char *base,
			   struct names *names)
{
	_cleanup_(layout_freep) struct layout *own_key = NULL, *own_value = NULL;
	const struct starter_map *map = m->map;
	struct sides s;

	if (!map->key && !is_globals(map))
		own_key = propose_layout(p, map->info, true, &m->key);
	if (!map->value)
		own_value = propose_layout(p, map->info, false, &m->value);
	s.key = map->key ? map->key : own_key;
	s.value = map->value ? map->value : own_value;
	if (!is_globals(map))
		labels_of_key(p, m, &s);
	propose_metrics(p, m, &s, base, names);
}

static void draft_one(struct pool *p, struct draft_map *m, const struct place_names *place,
		      bool is_shared, struct names *names)
{
	const struct starter_map *map = m->map;

	set_locator(p, m);
	if (map->no_btf && map_type_is_readable(map->info->type))
		draft_add_note(p, m, "guess: its layout, from the sizes alone; the map has no BTF");
	if (!map_type_is_readable(map->info->type))
		draft_add_note(p, m,
			       pool_printf(p, "%s: %s", map_type_name(map->info->type),
					   why_no_metrics(map->info)));
	else
		draft_readable(p, m, base_name(p, map, place, is_shared), names);
}

/* Names of the maps themselves are unique, too. @is_shared: another one is pinned under this. */
static const char *map_name(struct pool *p, const struct place_names *place, bool is_shared,
			    struct names *taken)
{
	const char *name = *place->map ? place->map : "map";

	if (is_shared && *place->folder)
		name = pool_printf(p, "%s_%s", place->folder, name);
	return yaml_text(p, names_add(p, taken, name, false));
}

static int write_all(struct pool *p, struct draft_map *drafts, size_t n, struct buf *out)
{
	int r = buf_puts(
		out,
		"# Made by `bpfmapctl init` from what the maps say of themselves. What only names and sizes\n"
		"# suggest is marked as a guess: read those lines once.\n"
		"maps:");

	if (r == 0)
		r = buf_puts(out, n ? "\n" : " []\n");
	for (size_t i = 0; r == 0 && i < n; i++) {
		r = i ? buf_puts(out, "\n") : 0;
		if (r == 0)
			r = draft_write(&drafts[i], out);
	}
	return p->no_memory ? -ENOMEM : r;
}

static void draft_all(struct pool *p, const struct starter_map *maps, struct draft_map *drafts,
		      struct place_names *places, size_t n)
{
	struct names metrics = {0}, names = {0};

	for (size_t i = 0; i < n; i++)
		places[i] = name_place(p, &maps[i]);
	for (size_t i = 0; i < n; i++) {
		bool is_shared = false;

		for (size_t k = 0; k < n; k++)
			is_shared |= k != i && !strcmp(places[k].map, places[i].map);
		drafts[i].map = &maps[i];
		drafts[i].title = *places[i].map ? places[i].map : "the map";
		drafts[i].name = map_name(p, &places[i], is_shared, &names);
		draft_one(p, &drafts[i], &places[i], is_shared, &metrics);
	}
	names_done(&metrics);
	names_done(&names);
}

int starter_write(const struct starter_map *maps, size_t n_maps, struct buf *out)
{
	_cleanup_(pool_done) struct pool pool = {0};
	_cleanup_(freep) struct draft_map *drafts = calloc(n_maps + 1, sizeof(*drafts));
	_cleanup_(freep) struct place_names *places = calloc(n_maps + 1, sizeof(*places));
	size_t len = out->len;
	int r = -ENOMEM;

	if (!drafts || !places)
		return -ENOMEM;
	draft_all(&pool, maps, drafts, places, n_maps);
	if (!pool.no_memory)
		r = write_all(&pool, drafts, n_maps, out);
	for (size_t i = 0; i < n_maps; i++)
		draft_map_done(&drafts[i]);
	if (r < 0)
		out->len = len;
	return r;
}
