/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_SAMPLES_H
#define FUZZ_SAMPLES_H

/*
 * The text format, read as strictly as who scrapes: metrics x_0 to x_9, labels
 * of one letter or `cpu` and `le`. What is not right aborts.
 */
#include <ctype.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "config/config.h"
#include "choices.h"

struct sample {
	struct str id; /* name and labels, as they stand */
	struct str name;
	size_t metric;
	long double value; /* has 64 bits of precision, and never orders two values wrongly */
};

struct samples {
	struct sample *items; /* in their order, or sorted by id */
	size_t n, cap;
};

static inline void samples_done(struct samples *s)
{
	free(s->items);
}

static inline bool is_utf8(const unsigned char *p, size_t n)
{
	for (size_t i = 0; i < n;) {
		uint32_t c = p[i++];
		unsigned int more = c < 0x80 ? 0 : c >= 0xf0 ? 3 : c >= 0xe0 ? 2 : 1;
		uint32_t least = more == 3 ? 0x10000 : more == 2 ? 0x800 : 0x80;

		if (!more)
			continue;
		if (c < 0xc0 || c >= 0xf8 || n - i < more)
			return false;
		c &= 0x3fU >> more;
		for (; more; more--) {
			if ((p[i] & 0xc0) != 0x80)
				return false;
			c = c << 6 | (p[i++] & 0x3f);
		}
		if (c < least || c > 0x10ffff || (c >= 0xd800 && c <= 0xdfff))
			return false;
	}
	return true;
}

static inline size_t read_digits(const char *p)
{
	return strspn(p, "0123456789");
}

/* As the format writes numbers. Returns what follows. */
static inline const char *read_number(const char *p, long double *ret_value)
{
	const char *start = p;

	*ret_value = strtold(p, NULL);
	if (!strncmp(p, "NaN", 3))
		return p + 3;
	p += *p == '-' || *p == '+';
	if (!strncmp(p, "Inf", 3))
		return p + 3;
	CHECK(*start != '+' && read_digits(p));
	p += read_digits(p);
	if (*p == '.') {
		CHECK(read_digits(p + 1));
		p += 1 + read_digits(p + 1);
	}
	if (*p == 'e') {
		p += 1 + (p[1] == '-' || p[1] == '+');
		CHECK(read_digits(p));
		p += read_digits(p);
	}
	return p;
}

/* name="value" after name="value", no name twice. Returns the closing brace. */
static inline const char *read_labels(const char *p)
{
	struct str names[8];
	size_t n = 0;

	do {
		size_t length = strspn(++p, "abcijcpule_");

		CHECK(length && n < ARRAY_SIZE(names));
		names[n] = (struct str){p, length};
		for (size_t i = 0; i < n; i++)
			CHECK(!str_equal(names[i], names[n]));
		n++;
		p += length;
		CHECK(p[0] == '=' && p[1] == '"');
		for (p += 2; *p != '"'; p++) {
			CHECK(*p && *p != '\n');
			if (*p == '\\') {
				p++;
				CHECK(*p == '"' || *p == '\\' || *p == 'n');
			}
		}
		p++;
	} while (*p == ',');
	CHECK(*p == '}');
	return p;
}

/* A line that is no comment. Returns what follows it. */
static inline const char *read_sample(const char *p, struct sample *s)
{
	const char *start = p;

	CHECK(p[0] == 'x' && p[1] == '_' && isdigit((unsigned char)p[2]));
	s->metric = (size_t)(p[2] - '0');
	p += 3 + strspn(p + 3, "_abcdefghijklmnopqrstuvwxyz");
	s->name = (struct str){start, (size_t)(p - start)};
	if (*p == '{')
		p = read_labels(p) + 1;
	s->id = (struct str){start, (size_t)(p - start)};
	CHECK(*p == ' ');
	p = read_number(p + 1, &s->value);
	CHECK(*p == '\n');
	return p + 1;
}

static inline bool has_suffix(const struct sample *s, const char *suffix)
{
	return str_equal((struct str){s->name.p + 3, s->name.n - 3}, str_of(suffix));
}

static inline bool has_name_of(const struct sample *s, enum config_metric_type type)
{
	switch (type) {
	case CONFIG_COUNTER:
		return has_suffix(s, "_total");
	case CONFIG_GAUGE:
		return has_suffix(s, "");
	case CONFIG_INFO:
		return has_suffix(s, "_info") && s->value == 1;
	case CONFIG_SUMMARY:
		return has_suffix(s, "_sum") || has_suffix(s, "_count");
	case CONFIG_HISTOGRAM:
		return has_suffix(s, "_sum") || has_suffix(s, "_count") || has_suffix(s, "_bucket");
	}
	return false;
}

/* "# HELP x_0… \n# TYPE x_0… type\n". Returns what follows. */
static inline const char *read_header(const char *p, size_t *ret_metric)
{
	size_t n = 3 + strspn(p + 10, "_abcdefghijklmnopqrstuvwxyz");
	const char *name = p + 7;

	CHECK(!strncmp(p, "# HELP x_", 9) && isdigit((unsigned char)p[9]));
	*ret_metric = (size_t)(p[9] - '0');
	p = strchr(p, '\n') + 1;
	CHECK(!strncmp(p, "# TYPE ", 7) && !strncmp(p + 7, name, n) && p[7 + n] == ' ');
	return strchr(p, '\n') + 1;
}

static inline void samples_read(struct samples *s, const char *text, const struct config_map *map)
{
	size_t metric = 0, n_headers = 0;

	CHECK(is_utf8((const unsigned char *)text, strlen(text)));
	while (*text) {
		if (*text == '#') {
			size_t before = metric;

			text = read_header(text, &metric);
			CHECK(metric < map->n_metrics && (!n_headers++ || metric > before));
			CHECK(*text && *text != '#'); /* a family has samples */
			continue;
		}
		if (s->n == s->cap) {
			s->cap = 2 * s->cap + 64;
			s->items = realloc(s->items, s->cap * sizeof(*s->items));
			CHECK(s->items);
		}
		text = read_sample(text, &s->items[s->n]);
		CHECK(n_headers && s->items[s->n].metric == metric);
		CHECK(has_name_of(&s->items[s->n], map->metrics[metric].type));
		s->n++;
	}
}

/* Of a histogram or a summary, one for all its lines. */
static inline uint64_t samples_count_series(const struct samples *s, const struct config_map *map)
{
	uint64_t n = 0;

	for (size_t i = 0; i < s->n; i++) {
		enum config_metric_type type = map->metrics[s->items[i].metric].type;

		n += (type != CONFIG_HISTOGRAM && type != CONFIG_SUMMARY) ||
		     has_suffix(&s->items[i], "_count");
	}
	return n;
}

/* The upper bound of a bucket, and its labels without it. */
static inline long double bucket_bound(const struct sample *s, struct str *ret_labels)
{
	const char *p = s->id.p + s->id.n - 1;
	long double bound;

	while (strncmp(p, "le=\"", 4) != 0)
		CHECK(--p > s->id.p);
	*ret_labels = (struct str){s->id.p + s->name.n, (size_t)(p - s->id.p) - s->name.n};
	CHECK(!strncmp(read_number(p + 4, &bound), "\"}", 2));
	return bound;
}

/* The lines of a bucket ascend to +Inf, which is the count. */
static inline void samples_check_histograms(const struct samples *s)
{
	struct str labels = {"", 0}, before;
	long double bound = 0, last = 0;
	bool is_open = false;

	for (size_t i = 0; i < s->n; i++) {
		const struct sample *it = &s->items[i];

		if (has_suffix(it, "_bucket")) {
			long double b = bucket_bound(it, &before);

			CHECK(it->value >= 0);
			if (is_open)
				CHECK(str_equal(labels, before) && b >= bound && it->value >= last);
			labels = before;
			bound = b;
			last = it->value;
			is_open = true;
		} else if (is_open && has_suffix(it, "_count")) {
			CHECK(bound == __builtin_infl() && it->value == last);
			is_open = false;
		}
	}
	CHECK(!is_open);
}

static inline int sample_compare(const void *left, const void *right)
{
	const struct sample *a = left, *b = right;
	size_t n = a->id.n < b->id.n ? a->id.n : b->id.n;
	int r = memcmp(a->id.p, b->id.p, n);

	return r ? r : (a->id.n > b->id.n) - (a->id.n < b->id.n);
}

/* Sorts; two of the same name and labels would be refused by who scrapes. */
static inline void samples_check_unique(struct samples *s)
{
	if (s->n)
		qsort(s->items, s->n, sizeof(*s->items), sample_compare);
	for (size_t i = 1; i < s->n; i++)
		CHECK(sample_compare(&s->items[i - 1], &s->items[i]) != 0);
}

static inline const struct sample *samples_find(const struct samples *sorted,
						const struct sample *like)
{
	return sorted->n ? bsearch(like, sorted->items, sorted->n, sizeof(*like), sample_compare)
			 : NULL;
}

#endif
