// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accept and Accept-Encoding are lists of items, each with parameters, of which
 * `q` is its quality. One reader takes them apart and passes over items whose
 * parameters are malformed; a malformed name is no format's and no coding's.
 *
 * For each format the header is read anew, for the range that decides about
 * it: its claim. The best claim wins. So nothing needs to be kept, and the time
 * is the header's length times the number of formats.
 */
#include "render/format.h"

#include <ctype.h>
#include <strings.h>

#include "renderer_internal.h"

/* The quality 1. Digits beyond its nine only tell a quality from none. */
#define QUALITY_ONE 1000000000U

struct item {
	struct str name;
	struct str parameters; /* well formed */
	uint32_t quality;
};

struct parameter {
	struct str name;
	struct str value; /* with its quotes */
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static struct str trim(struct str s)
{
	while (s.n && is_blank(s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Cuts off and returns what stands before the next @separator outside of quotes. */
static struct str next_part(struct str *rest, char separator)
{
	bool in_quotes = false;
	struct str part;
	size_t n = 0;

	for (; n < rest->n && (in_quotes || rest->p[n] != separator); n++) {
		if (rest->p[n] == '"')
			in_quotes = !in_quotes;
		else if (in_quotes && rest->p[n] == '\\' && n + 1 < rest->n)
			n++;
	}
	part = (struct str){.p = rest->p, .n = n};
	n += n < rest->n;
	*rest = (struct str){.p = rest->p + n, .n = rest->n - n};
	return trim(part);
}

static bool next_parameter(struct str *rest, struct parameter *ret)
{
	while (rest->n) {
		struct str part = next_part(rest, ';');
		const char *equals = part.n ? memchr(part.p, '=', part.n) : NULL;
		size_t n = equals ? (size_t)(equals - part.p) : part.n;

		if (!part.n)
			continue;
		ret->name = (struct str){.p = part.p, .n = n};
		n += equals ? 1 : 0;
		ret->value = (struct str){.p = part.p + n, .n = part.n - n};
		return true;
	}
	return false;
}

static bool is_token(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isalnum((unsigned char)s.p[i]) && !strchr("!#$%&'*+-.^_`|~", s.p[i]))
			return false;
	return s.n;
}

static bool is_quoted(struct str s)
{
	if (s.n < 2 || s.p[0] != '"' || s.p[s.n - 1] != '"')
		return false;
	for (size_t i = 1; i < s.n - 1; i++) {
		if (s.p[i] == '"' || (s.p[i] == '\\' && ++i == s.n - 1))
			return false;
		if (s.p[i] != '\t' && iscntrl((unsigned char)s.p[i]))
			return false;
	}
	return true;
}

static bool is_word(struct str s, const char *word)
{
	return s.n == strlen(word) && !strncasecmp(s.p, word, s.n);
}

/* Whether a token or what is in quotes is @word. */
static bool value_is(struct str value, const char *word)
{
	bool in_quotes = value.p[0] == '"';

	if (!in_quotes)
		return is_word(value, word);
	for (size_t i = 1; i < value.n - 1; i++) {
		if (value.p[i] == '\\')
			i++;
		if (tolower((unsigned char)value.p[i]) != tolower((unsigned char)*word++))
			return false;
	}
	return !*word;
}

/* Digits, with a point after the first at the earliest. Prometheus 2.49 says 2. */
static bool parse_quality(struct str s, uint32_t *ret_quality)
{
	uint64_t quality = 0, unit = QUALITY_ONE;
	bool after_point = false;

	for (size_t i = 0; i < s.n; i++) {
		if (i && s.p[i] == '.' && !after_point) {
			after_point = true;
			continue;
		}
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		if (after_point)
			unit /= 10;
		else
			quality *= 10;
		quality += unit * (uint64_t)(s.p[i] - '0');
		if (s.p[i] != '0' && !quality)
			quality = 1;
		if (quality > QUALITY_ONE)
			quality = QUALITY_ONE;
	}
	*ret_quality = (uint32_t)quality;
	return s.n;
}

static bool parse_item(struct str text, struct item *ret)
{
	struct parameter p;

	ret->name = next_part(&text, ';');
	ret->parameters = text;
	ret->quality = QUALITY_ONE;
	while (next_parameter(&text, &p)) {
		if (!is_token(p.name) || !(is_token(p.value) || is_quoted(p.value)))
			return false;
		if (is_word(p.name, "q") && !parse_quality(p.value, &ret->quality))
			return false;
	}
	return true;
}

/* The next item that is well formed. */
static bool next_item(struct str *rest, struct item *ret)
{
	while (rest->n)
		if (parse_item(next_part(rest, ','), ret))
			return true;
	return false;
}

static struct str header_text(const char *header)
{
	return header ? str_of(header) : STR("");
}

/* What the range that decides about a format says of it. */
struct claim {
	unsigned int specificity; /* 0: there is none */
	uint32_t quality;
	const char *range; /* where it is in the header */
	struct str parameters;
};

/* 3: the range has type and subtype, 2: the type, 1: neither; 0: it has others. */
static unsigned int match_type(struct str name, const char *media_type)
{
	size_t n = strcspn(media_type, "/") + 1;

	if (is_word(name, media_type))
		return 3;
	if (name.n == n + 1 && name.p[n] == '*' && !strncasecmp(name.p, media_type, n))
		return 2;
	return is_word(name, "*/*") ? 1 : 0;
}

/* Return: whether the parameter does not say that another format is meant. */
static bool match_parameter(const struct parameter *p, const struct renderer *f,
			    unsigned int *matched)
{
	for (size_t i = 0; f->parameters[i].name; i++) {
		if (!is_word(p->name, f->parameters[i].name))
			continue;
		if (!value_is(p->value, f->parameters[i].value))
			return false;
		*matched |= 1U << i;
	}
	return true;
}

/* How much of the format the range names; 0 where it means another one. */
static unsigned int match(const struct item *range, const struct renderer *f)
{
	unsigned int type = match_type(range->name, f->media_type), matched = 0;
	struct str rest = range->parameters;
	struct parameter p;

	while (type && next_parameter(&rest, &p))
		if (!match_parameter(&p, f, &matched))
			return 0;
	return type * 8 + (unsigned int)__builtin_popcount(matched);
}

static struct claim claim_of(const struct renderer *f, const char *accept)
{
	struct str rest = header_text(accept);
	struct claim claim = {0};
	struct item range;

	while (next_item(&rest, &range)) {
		unsigned int specificity = match(&range, f);

		if (specificity > claim.specificity)
			claim = (struct claim){.specificity = specificity,
					       .quality = range.quality,
					       .range = range.name.p,
					       .parameters = range.parameters};
	}
	return claim;
}

static bool is_better(const struct claim *a, const struct claim *b)
{
	if (a->quality != b->quality)
		return a->quality > b->quality;
	if (a->specificity != b->specificity)
		return a->specificity > b->specificity;
	return a->range < b->range;
}

static void read_escaping(struct str parameters, struct format *f)
{
	struct parameter p;

	while (next_parameter(&parameters, &p)) {
		if (!is_word(p.name, "escaping"))
			continue;
		for (enum escaping e = 0; e < N_ESCAPINGS; e++) {
			if (!value_is(p.value, escaping_name(e)))
				continue;
			f->escaping = e;
			f->names_escaping = true;
			return;
		}
	}
}

struct format format_negotiate(const char *accept)
{
	struct format format = format_text;
	struct claim best = {0};

	for (size_t i = 0; renderers[i]; i++) {
		struct claim claim = claim_of(renderers[i], accept);

		if (!claim.quality || !is_better(&claim, &best))
			continue;
		best = claim;
		format.renderer = renderers[i];
	}
	read_escaping(best.parameters, &format);
	return format;
}

int format_content_type(const struct format *f, struct buf *b)
{
	if (!f->names_escaping)
		return buf_puts(b, f->renderer->content_type);
	return buf_printf(b, "%s; escaping=%s", f->renderer->content_type,
			  escaping_name(f->escaping));
}

bool format_takes_gzip(const char *accept_encoding)
{
	struct str rest = header_text(accept_encoding);
	int64_t gzip = -1, plain = -1, any = -1; /* -1: not named */
	struct item coding;

	while (next_item(&rest, &coding)) {
		int64_t *said = is_word(coding.name, "*")	   ? &any
				: is_word(coding.name, "identity") ? &plain
				: is_word(coding.name, "gzip") || is_word(coding.name, "x-gzip")
					? &gzip
					: NULL;

		if (said && *said < 0)
			*said = coding.quality;
	}
	gzip = gzip < 0 ? any : gzip;
	plain = plain < 0 ? any : plain;
	return gzip > 0 && gzip >= plain;
}
