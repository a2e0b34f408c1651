// SPDX-License-Identifier: GPL-2.0-only
/*
 * Conditions: which elements a metric is made of. A number is compared with
 * ranges, where names of enumerators have become numbers when the plan was
 * compiled; what is no number is compared as the text that a label would show.
 */
#include "plan_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void condition_done(struct condition *c)
{
	for (size_t i = 0; i < c->n_matches; i++)
		free(c->matches[i].text);
	free(c->matches);
	decoder_chain_done(&c->step.chain);
}

static bool find_enumerator(const struct field *f, const char *name, int128 *ret_value)
{
	for (uint32_t i = 0; f && i < f->n_enumerators; i++) {
		if (!strcmp(f->enumerators[i].name, name)) {
			*ret_value = f->enumerators[i].value;
			return true;
		}
	}
	return false;
}

static int unknown_name(const struct resolver *r, const struct config_condition *config,
			const struct field *f, const char *name)
{
	_cleanup_(freep) const char **names = NULL;
	const char *near = NULL;

	if (f && f->n_enumerators) {
		names = calloc(f->n_enumerators, sizeof(*names));
		if (!names)
			return -ENOMEM;
		for (uint32_t i = 0; i < f->n_enumerators; i++)
			names[i] = f->enumerators[i].name;
		near = str_suggest(name, names, f->n_enumerators);
	}
	if (near)
		return problems_add(r->problems, &config->at,
				    "'%s' is no value of '%s' (did you mean '%s'?)", name,
				    config->field, near);
	return problems_add(r->problems, &config->at, "'%s' is a number%s: '%s' is no value of it",
			    config->field, f && f->n_enumerators ? " with names" : "", name);
}

/* "1.5", "-1e3..2.5". */
static bool parse_doubles(const char *text, double *ret_low, double *ret_high)
{
	char *end;

	if (!*text)
		return false;
	*ret_low = *ret_high = strtod(text, &end);
	if (end != text && end[-1] == '.' && end[0] == '.') /* it took the first dot of two */
		end--;
	if (end != text && !strncmp(end, "..", 2)) {
		text = end + 2;
		*ret_high = strtod(text, &end);
	}
	return end != text && !*end && *ret_low <= *ret_high;
}

static int set_double(struct match *m, const struct resolver *r,
		      const struct config_condition *config, const struct config_match *c)
{
	m->low = (double)c->first;
	m->high = (double)c->last;
	if (!c->text || parse_doubles(c->text, &m->low, &m->high))
		return 0;
	return problems_add(r->problems, &config->at,
			    "'%s' is a number: '%s' is neither one nor a range such as 0.5..2",
			    config->field, c->text);
}

/* A number that the field has no bits for is a mistake of whoever wrote it. */
static int check_range(const struct match *m, const struct resolver *r,
		       const struct config_condition *config, const struct reader *reader)
{
	unsigned int bits = reader->bit_size ? reader->bit_size : 8U * reader->size;
	int128 most = ((int128)1 << (bits - reader->is_signed)) - 1;
	int128 least = reader->is_signed ? -most - 1 : 0;
	char text[NUM_TEXT_MAX + 1];

	if (m->last >= least && m->first <= most)
		return 0;
	text[num_write_int128(text, m->first)] = '\0';
	return problems_add(r->problems, &config->at,
			    "'%s' is never %s: it is %s number of %u bits", config->field, text,
			    reader->is_signed ? "a signed" : "an unsigned", bits);
}

/* A match of a number: names become numbers. @f: NULL: of no field. */
static int set_number(struct match *m, const struct resolver *r,
		      const struct config_condition *config, const struct field *f,
		      const struct config_match *c)
{
	m->first = c->first;
	m->last = c->last;
	if (f && f->kind == FIELD_FLOAT)
		return set_double(m, r, config, c);
	if (!c->text)
		return 0;
	if (f && f->kind == FIELD_BOOL && (!strcmp(c->text, "true") || !strcmp(c->text, "false"))) {
		m->first = m->last = 0;
		if (*c->text == 't') {
			m->first = 1;
			m->last = UINT64_MAX;
		}
		return 0;
	}
	if (!find_enumerator(f, c->text, &m->first))
		return unknown_name(r, config, f, c->text);
	m->last = m->first;
	return 0;
}

/* A match of what is no number: a number is compared as it is written in decimal. */
static int set_text(struct match *m, const struct resolver *r,
		    const struct config_condition *config, const struct config_match *c)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	char digits[NUM_TEXT_MAX];

	if (!c->text && c->first != c->last)
		return problems_add(r->problems, &config->at,
				    "'%s' is no number: it cannot be in a range", config->field);
	/* As a label is written, escapes included: that is what it is compared with. */
	if (label_escape(&text, c->text ? str_of(c->text)
					: (struct str){digits, num_write_int128(digits, c->first)}))
		return -ENOMEM;
	m->text = buf_take(&text);
	return m->text ? 0 : -ENOMEM;
}

static bool text_matches(const struct condition *c, struct str text)
{
	for (size_t i = 0; i < c->n_matches; i++)
		if (str_equal(str_of(c->matches[i].text), text))
			return true;
	return false;
}

static int add_matches(struct condition *c, const struct resolver *r,
		       const struct config_condition *config, const struct field *f)
{
	int e = 0;

	c->matches = calloc(config->n_matches + 1, sizeof(*c->matches));
	if (!c->matches)
		return -ENOMEM;
	for (; c->n_matches < config->n_matches; c->n_matches++) {
		struct match *m = &c->matches[c->n_matches];
		const struct config_match *from = &config->matches[c->n_matches];
		int one = c->is_text ? set_text(m, r, config, from)
				     : set_number(m, r, config, f, from);

		if (one == 0 && f && !from->text && !c->is_text && f->kind != FIELD_FLOAT)
			one = check_range(m, r, config, &c->step.operand.reader);

		if (one == -ENOMEM)
			return one;
		e = e ? e : one;
	}
	return e;
}

static bool number_matches(const struct condition *c, const struct cursor *at)
{
	uint64_t raw = operand_load(&c->step.operand, at);
	int128 v = c->step.operand.reader.is_signed ? (int128)(int64_t)raw : (int128)raw;
	double d = 0;

	if (c->step.operand.reader.is_float)
		memcpy(&d, &raw, sizeof(d));
	for (size_t i = 0; i < c->n_matches; i++) {
		const struct match *m = &c->matches[i];

		if (c->step.operand.reader.is_float ? m->low <= d && d <= m->high
						    : m->first <= v && v <= m->last)
			return true;
	}
	return false;
}

/* One that what is known now decides: `$1`, `$pin`. */
static int decide(struct condition *c, const struct resolver *r,
		  const struct config_condition *config, const char *text)
{
	_cleanup_buf_ struct buf escaped = BUF_INIT;
	int e;

	c->is_text = c->is_decided = true;
	e = add_matches(c, r, config, NULL);
	if (e == 0)
		e = label_escape(&escaped, str_of(text));
	if (e == 0)
		c->decision =
			text_matches(c, (struct str){escaped.data, escaped.len}) != c->is_negated;
	return e;
}

static int condition_init(struct condition *c, const struct resolver *r,
			  const struct config_condition *config, struct domain *domain)
{
	const struct config_label label = {
		.at = config->at,
		.expr = {.at = config->at, .field = config->field, .mask = UINT64_MAX}};
	struct resolved at;
	int e;

	c->is_negated = config->is_negated;
	e = resolve_selector(r, &label.expr, &at);
	if (e < 0)
		return e;
	if (at.where == AT_TEXT)
		return decide(c, r, config, at.text);
	e = text_step_init(&c->step, r, &label, domain);
	if (e < 0)
		return e;
	c->is_text = !c->step.is_number;
	e = add_matches(c, r, config, at.where == AT_NUMBER ? NULL : at.field);
	if (e == 0 && c->step.operand.origin == ORIGIN_CONSTANT) { /* $id, $cpus */
		c->is_decided = true;
		c->decision = number_matches(c, &(const struct cursor){0}) != c->is_negated;
	}
	return e;
}

int group_add_conditions(struct label_group *g, const struct resolver *r)
{
	int e = 0;

	g->conditions = calloc(g->config->n_conditions + 1, sizeof(*g->conditions));
	if (!g->conditions)
		return -ENOMEM;
	for (; g->n_conditions < g->config->n_conditions; g->n_conditions++) {
		int one = condition_init(&g->conditions[g->n_conditions], r,
					 &g->config->conditions[g->n_conditions], &g->domain);

		if (one == -ENOMEM) {
			g->n_conditions++; /* to be freed */
			return one;
		}
		e = e ? e : one;
		g->is_left_out |= g->conditions[g->n_conditions].is_decided &&
				  !g->conditions[g->n_conditions].decision;
	}
	return e;
}

static int condition_holds(const struct condition *c, const struct cursor *at,
			   struct decoder_scratch *scratch)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	int e;

	if (c->is_decided)
		return c->decision;
	if (!c->is_text)
		return number_matches(c, at) != c->is_negated;
	e = text_step_write(&c->step, at, scratch, &text);
	if (e < 0)
		return e;
	return text_matches(c, (struct str){text.data ? text.data : "", text.len}) != c->is_negated;
}

int conditions_hold(const struct label_group *g, const struct cursor *at,
		    struct decoder_scratch *scratch)
{
	int holds = 1;

	for (size_t i = 0; holds == 1 && i < g->n_conditions; i++)
		holds = condition_holds(&g->conditions[i], at, scratch);
	return holds;
}
