// SPDX-License-Identifier: GPL-2.0-only
/*
 * static_map and regexp, which take texts.
 *
 * The peer compares texts. Of a number that is the same as comparing numbers;
 * texts that look like numbers are compared by a `regex`, since our `map` would
 * take "01" for 1.
 *
 * What no pattern takes, the peer leaves out there and then. Ours leaves out by
 * the result of all decoders, so such a text becomes a mark, which later
 * decoders hand on and `drop` finds.
 */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "config/config.h"
#include "base/yaml_text.h"
#include "import_internal.h"

#define MAX_REWRITES 64

/* Asked of the parser itself, which has limits of its own. */
bool regex_is_taken(const char *regex)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	_cleanup_(config_freep) struct config *config = NULL;
	_cleanup_buf_ struct buf b = BUF_INIT;

	if (buf_puts(&b, "maps: [{name: x, map_id: 1, metrics: [{name: x, type: gauge, "
			 "labels: {a: {field: key, keep: ") < 0 ||
	    yaml_quote(&b, regex) < 0 || buf_puts(&b, "}}}]}]") < 0)
		return false;
	return config_parse("", (struct str){b.data, b.len}, &config, &problems) == 0;
}

/* A regular expression, and a replacement, that is just @s. */
static void put_literal(struct import *im, struct buf *b, const char *s)
{
	for (; *s; s++)
		put(im, b, strchr(".[{()*+?|^$\\", *s) ? "\\%c" : "%c", *s);
}

static void put_replacement(struct import *im, struct buf *b, const char *s)
{
	for (; *s; s++)
		put(im, b, *s == '\\' ? "\\%c" : "%c", *s);
}

/* The bytes of the key as they are: as text up to the first NUL. */
static void begin_text(struct chain *c, const struct node *n, const char *name)
{
	if (c->state != CHAIN_RAW)
		return;
	c->type = "char";
	c->count = c->label->size;
	c->plain = "string";
	c->state = CHAIN_TEXT;
	warn(c->im, &n->at, "the label '%s': %s is given the bytes up to the first that is 0",
	     c->label->name, name);
}

/* As `uint` writes it. */
static bool is_decimal(const char *key)
{
	unsigned long long v;
	char text[24];

	if (str_parse_u64(str_of(key), &v) < 0)
		return false;
	(void)snprintf(text, sizeof(text), "%llu", v);
	return !strcmp(text, key);
}

/* What our map would not compare as text. */
static bool looks_like_number(const char *key)
{
	key += *key == '-' || *key == '+';
	return isdigit((unsigned char)*key);
}

static const struct node *entries_of(struct chain *c, const struct node *n)
{
	const struct place at = member_at(n, "static_map");
	const struct node *map = member(n, "static_map");
	bool usable = map && map->kind == NODE_MAPPING && map->n_items;

	for (size_t i = 1; usable && i < map->n_items; i += 2)
		usable = map->items[i]->kind == NODE_SCALAR;
	if (usable)
		return map;
	mistake(c->im, &at, "static_map needs the key 'static_map' with entries such as {0: read}");
	c->is_wrong = true;
	return NULL;
}

static const char *text_of(const struct node *n)
{
	return node_is_null(n) ? "" : n->text;
}

static void put_entry(struct chain *c, const char *key, const char *text)
{
	put(c->im, &c->steps, CHAIN_INDENT "    ");
	put_yaml(c->im, &c->steps, key);
	put(c->im, &c->steps, ": ");
	put_yaml(c->im, &c->steps, text);
	put(c->im, &c->steps, "\n");
}

/* Entries that can match a number; whether there is one. */
static bool map_numbers(struct chain *c, const struct node *map)
{
	bool any = false;

	for (size_t i = 0; i < map->n_items; i += 2) {
		const char *key = map->items[i]->text;

		if (!is_decimal(key)) {
			warn(c->im, &map->items[i]->at,
			     "the label '%s': no number is written '%s', so the entry was left out",
			     c->label->name, key);
			continue;
		}
		if (!any)
			chain_step(c, "map:");
		any = true;
		put(c->im, &c->steps, CHAIN_INDENT "    %s: ", key);
		put_yaml(c->im, &c->steps, text_of(map->items[i + 1]));
		put(c->im, &c->steps, "\n");
	}
	return any;
}

static void map_texts(struct chain *c, const struct node *map)
{
	chain_step(c, "map:");
	for (size_t i = 0; i < map->n_items; i += 2)
		put_entry(c, map->items[i]->text, text_of(map->items[i + 1]));
	if (c->is_marked && !node_find(map, CHAIN_MARK))
		put_entry(c, CHAIN_MARK, CHAIN_MARK);
}

/* Texts, compared as such, by patterns that are nothing but them. */
static void map_by_patterns(struct chain *c, const struct node *map)
{
	chain_step(c, "regex:");
	for (size_t i = 0; i < map->n_items; i += 2) {
		_cleanup_buf_ struct buf match = BUF_INIT, replace = BUF_INIT;

		put_literal(c->im, &match, map->items[i]->text);
		put_replacement(c->im, &replace, text_of(map->items[i + 1]));
		if (!buf_string(&match) || !buf_string(&replace))
			c->im->mistakes.no_memory = true;
		else if (regex_is_taken(match.data))
			chain_rewrite(c, match.data, replace.data);
		else
			warn(c->im, &map->items[i]->at,
			     "the label '%s': a text of more than 255 bytes was left out",
			     c->label->name);
	}
	if (c->is_marked)
		chain_rewrite(c, CHAIN_MARK, CHAIN_MARK);
}

static bool has_numbers(const struct node *map)
{
	for (size_t i = 0; i < map->n_items; i += 2)
		if (looks_like_number(map->items[i]->text))
			return true;
	return false;
}

void chain_static_map(struct chain *c, const struct node *n)
{
	bool allow_unknown = bool_at(c->im, n, "allow_unknown"), by_patterns = false, any = true;
	const struct node *map = entries_of(c, n);
	bool of_number = c->state == CHAIN_NUMBER && !c->n_steps;

	if (!map)
		return;
	begin_text(c, n, "static_map");
	if (of_number) {
		any = map_numbers(c, map);
	} else if (has_numbers(map)) {
		by_patterns = map->n_items / 2 + 2 <= MAX_REWRITES;
		if (by_patterns)
			map_by_patterns(c, map);
		else
			warn(c->im, &n->at,
			     "the label '%s': texts that are the same number, as 1 and 01, are taken "
			     "for the same",
			     c->label->name);
	}
	if (!of_number && !by_patterns)
		map_texts(c, map);
	c->state = CHAIN_TEXT;
	if (allow_unknown)
		return;
	if (!any)
		chain_step(c, "regex:");
	if (!any || by_patterns)
		chain_rewrite(c, ".*", "unknown:\\0");
	else
		put(c->im, &c->steps, CHAIN_INDENT "  default: \"unknown:$0\"\n");
}

/* The patterns while they are translated. */
struct patterns {
	struct buf steps; /* of the regex */
	struct buf keep;  /* joined by | */
	size_t n;
	bool takes_all;
	bool is_exact; /* all of them */
	bool is_incomplete;
};

static void no_equivalent(struct chain *c, const struct node *n, const char *why)
{
	warn(c->im, &n->at, "the label '%s': the pattern '%s' has no equivalent: %s",
	     c->label->name, n->text, why);
}

static void add_part(struct chain *c, struct patterns *all, const struct node *n,
		     struct pattern_part *part)
{
	if (!buf_string(&part->match) || !buf_string(&part->replace)) {
		c->im->mistakes.no_memory = true;
		return;
	}
	if (!regex_is_taken(part->match.data)) {
		no_equivalent(c, n, "our regular expressions cannot be as long, or as large");
		all->is_incomplete = true;
		return;
	}
	if (part->is_unsure)
		warn(c->im, &n->at,
		     "the label '%s': where several places match '%s', it may take another one than "
		     "ebpf_exporter: begin it with ^ to be sure",
		     c->label->name, n->text);
	put(c->im, &all->steps, CHAIN_INDENT "    - {match: ");
	put_yaml(c->im, &all->steps, part->match.data);
	if (part->has_replace) {
		put(c->im, &all->steps, ", replace: ");
		put_yaml(c->im, &all->steps, part->replace.data);
	}
	put(c->im, &all->steps, "}\n");
	put(c->im, &all->keep, "%s%s", all->n++ ? "|" : "", part->match.data);
	all->takes_all |= part->takes_all;
	all->is_exact &= part->is_exact;
}

static void add_pattern(struct chain *c, struct patterns *all, const struct node *n)
{
	struct pattern_text text = pattern_begin(n->text);
	const char *why = NULL;

	if (text.n_groups > 1) {
		warn(c->im, &n->at,
		     "the label '%s': the pattern '%s' was left out: with several groups "
		     "ebpf_exporter never takes one",
		     c->label->name, n->text);
		return;
	}
	while (!why && text.p && !all->takes_all) {
		struct pattern_part part = {0};

		why = pattern_next(c->im, &text, &part);
		if (!why)
			add_part(c, all, n, &part);
		pattern_part_done(&part);
	}
	if (!why)
		return;
	no_equivalent(c, n, why);
	all->is_incomplete = true;
}

static void write_patterns(struct chain *c, const struct patterns *all)
{
	if (all->takes_all && all->is_exact && all->n == 1)
		return;
	if (c->is_last && all->is_exact && !all->takes_all && regex_is_taken(all->keep.data)) {
		put(c->im, &c->keep, "%s", all->keep.data);
		return;
	}
	chain_step(c, "regex:");
	if (c->is_marked)
		chain_rewrite(c, CHAIN_MARK, CHAIN_MARK);
	put(c->im, &c->steps, "%.*s", (int)all->steps.len, all->steps.data);
	if (all->takes_all)
		return;
	chain_rewrite(c, ".*", CHAIN_MARK);
	c->is_marked = true;
}

static const struct node *patterns_of(struct chain *c, const struct node *n)
{
	const struct place at = member_at(n, "regexps");
	const struct node *list = member(n, "regexps");
	bool usable = list && list->kind == NODE_LIST && list->n_items;

	for (size_t i = 0; usable && i < list->n_items; i++)
		usable = list->items[i]->kind == NODE_SCALAR;
	if (usable)
		return list;
	mistake(c->im, &at, "regexp needs the key 'regexps', a list of regular expressions");
	c->is_wrong = true;
	return NULL;
}

void chain_regexp(struct chain *c, const struct node *n)
{
	struct patterns all = {.is_exact = true};
	const struct node *list = patterns_of(c, n);

	if (!list)
		return;
	begin_text(c, n, "regexp");
	for (size_t i = 0; i < list->n_items && !all.takes_all; i++)
		add_pattern(c, &all, list->items[i]);
	if (all.n + 2 > MAX_REWRITES)
		mistake(c->im, &n->at, "the label '%s': more than %d patterns", c->label->name,
			MAX_REWRITES - 2);
	else if (all.is_incomplete || !all.n)
		warn(c->im, &n->at,
		     "the label '%s': the regexp was left out, so the label is the whole text and "
		     "nothing is dropped",
		     c->label->name);
	else if (buf_string(&all.keep))
		write_patterns(c, &all);
	else
		c->im->mistakes.no_memory = true;
	c->state = CHAIN_TEXT;
	buf_done(&all.steps);
	buf_done(&all.keep);
}
