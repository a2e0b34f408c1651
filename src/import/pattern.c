// SPDX-License-Identifier: GPL-2.0-only
/*
 * Regular expressions of Go, which match anywhere, as POSIX extended ones,
 * which ours anchors to the whole text.
 *
 * Go takes the first place that matches, POSIX the longest; where that could
 * make a difference there is no equivalent: lazy repetitions, a beginning that
 * is neither anchored nor a fixed character. What follows the match is `.*`.
 * Alternatives are tried in their order, so each becomes a pattern of its own.
 *
 * Sets of characters are read into a bitmap and written anew: POSIX has no
 * escapes between brackets.
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

#include "import_internal.h"

#define MAX_DEPTH 64

typedef bool char_set[128];

struct scan {
	struct import *im;
	const char *s, *end;
	struct buf *out;
	bool ignores_case;
	bool is_whole; /* all of the text, whichever way it matches */
	size_t depth;
	size_t n_open;	     /* groups so far, as POSIX numbers them */
	size_t n_captures;   /* Go's */
	size_t capture;	     /* the POSIX number of the capture, 0: none */
	bool is_literal;     /* only characters so far */
	bool can_repeat;     /* what was last */
	bool is_wide;	     /* it takes several bytes */
	const char *problem; /* why there is no equivalent */
};

static void set_range(char_set set, int first, int last)
{
	for (int c = first; c <= last; c++)
		set[c] = true;
}

/* \d \w \s. Whether it is one of them. */
static bool set_class(char_set set, char c)
{
	switch (tolower((unsigned char)c)) {
	case 'w':
		set_range(set, 'a', 'z');
		set_range(set, 'A', 'Z');
		set['_'] = true;
		set_range(set, '0', '9');
		return true;
	case 'd':
		set_range(set, '0', '9');
		return true;
	case 's':
		set['\t'] = set['\n'] = set['\f'] = set['\r'] = set[' '] = true;
		return true;
	default:
		return false;
	}
}

static void set_fold(char_set set)
{
	for (int c = 'a'; c <= 'z'; c++)
		set[c] = set[c - 'a' + 'A'] = set[c] || set[c - 'a' + 'A'];
}

static size_t set_size(const char_set set)
{
	size_t n = 0;

	for (int c = 1; c < 128; c++)
		n += set[c];
	return n;
}

static void put_char(struct scan *s, char c)
{
	put(s->im, s->out, strchr(".[{()*+?|^$\\", c) ? "\\%c" : "%c", c);
}

/* The end of the run of letters or digits that begins at @c. */
static int run_end(const char_set set, int c)
{
	int (*same)(int) = isdigit(c) ? isdigit : islower(c) ? islower : isupper;

	while (c + 1 < 128 && isalnum(c) && same(c + 1) && set[c + 1])
		c++;
	return c;
}

/* `]` first, `[`, `^` and `-` where they are nothing but themselves. */
static void put_set(struct scan *s, const char_set set, bool is_negated)
{
	size_t n = set_size(set);

	if (n == 1 && !is_negated) {
		for (int c = 1; c < 128; c++)
			if (set[c])
				put_char(s, (char)c);
		return;
	}
	put(s->im, s->out, is_negated ? "[^" : "[");
	if (set[']'])
		put(s->im, s->out, "]");
	for (int c = 1; c < 128; c++) {
		int last = set[c] ? run_end(set, c) : c;

		if (!set[c] || strchr("][^-", c))
			continue;
		put(s->im, s->out, last > c + 1 ? "%c-%c" : "%c", c, last);
		c = last > c + 1 ? last : c;
	}
	if (n == 2 && set['^'] && set['-'])
		put(s->im, s->out, "-^]");
	else
		put(s->im, s->out, "%s%s%s]", set['['] ? "[" : "", set['^'] ? "^" : "",
		    set['-'] ? "-" : "");
}

static void atom(struct scan *s, bool is_wide)
{
	s->can_repeat = true;
	s->is_wide = is_wide;
}

static void put_one(struct scan *s, char c)
{
	char_set set = {false};

	if (s->ignores_case && isalpha((unsigned char)c)) {
		set[(unsigned char)c] = true;
		set_fold(set);
		put_set(s, set, false);
		s->is_literal = false;
	} else {
		put_char(s, c);
	}
	atom(s, false);
}

/* What an escape stands for, one character; 0: not one. */
static char escaped_char(char c)
{
	static const char from[] = "tnrfva", to[] = "\t\n\r\f\v\a";
	const char *at = c ? strchr(from, c) : NULL;

	if (at)
		return to[at - from];
	return c > 0x20 && c < 0x7f && !isalnum((unsigned char)c) ? c : '\0';
}

static void scan_escape(struct scan *s)
{
	char c = s->s + 1 < s->end ? s->s[1] : '\0';
	char_set set = {false};

	s->s += 2;
	if (set_class(set, c)) {
		put_set(s, set, isupper((unsigned char)c));
		s->is_literal = false;
		atom(s, false);
	} else if (c == 'b' || c == 'B') {
		put(s->im, s->out, "\\%c", c);
		s->is_literal = s->can_repeat = false;
	} else if (escaped_char(c)) {
		put_one(s, escaped_char(c));
	} else {
		s->problem = "one of its escapes has none in POSIX";
	}
}

/* One end of a range, or 0: a class, that was added, or something that cannot be. */
static int set_item(struct scan *s, char_set set)
{
	char c = *s->s++;

	if (c == '[' && s->s < s->end && *s->s == ':') {
		s->problem = "it has a class such as [:alpha:]: write a-zA-Z";
		return 0;
	}
	if ((unsigned char)c >= 0x80)
		s->problem = "a set has characters beyond ASCII";
	if (c != '\\' || s->problem)
		return s->problem ? 0 : c;
	c = s->s < s->end ? *s->s++ : '\0';
	if (islower((unsigned char)c) && set_class(set, c))
		return 0;
	if (!escaped_char(c))
		s->problem = "an escape in a set has no equivalent";
	return escaped_char(c);
}

static void scan_set(struct scan *s)
{
	char_set set = {false};
	bool is_negated, is_first = true;

	s->s++;
	is_negated = s->s < s->end && *s->s == '^';
	s->s += is_negated;
	for (; s->s < s->end && (*s->s != ']' || is_first) && !s->problem; is_first = false) {
		int first = set_item(s, set), last = first;

		if (first && s->s + 1 < s->end && *s->s == '-' && s->s[1] != ']') {
			s->s++;
			last = set_item(s, set);
			if (last < first && !s->problem)
				s->problem = "a range of characters is empty";
		}
		if (first && !s->problem)
			set_range(set, first, last);
	}
	if (s->s == s->end && !s->problem)
		s->problem = "a set is not closed";
	if (s->problem)
		return;
	s->s++;
	if (s->ignores_case)
		set_fold(set);
	put_set(s, set, is_negated);
	s->is_literal = false;
	atom(s, false);
}

/* Behind a set that begins at @s, or @end. */
static const char *skip_set(const char *s, const char *end)
{
	s += s + 1 < end && s[1] == '^' ? 2 : 1;
	for (s += s < end && *s == ']'; s < end && *s != ']'; s++)
		s += *s == '\\' && s + 1 < end;
	return s < end ? s + 1 : end;
}

/* The end of the alternative that begins at @s. Counts the groups that capture. */
static const char *alternative_end(const char *s, const char *end, size_t *n_groups)
{
	size_t depth = 0;

	while (s < end && (*s != '|' || depth)) {
		switch (*s) {
		case '\\':
			s += s + 1 < end ? 2 : 1;
			continue;
		case '[':
			s = skip_set(s, end);
			continue;
		case '(':
			depth++;
			*n_groups += s[1] != '?' || s[2] == 'P' || s[2] == '<';
			break;
		case ')':
			if (!depth)
				return s;
			depth--;
			break;
		default:
			break;
		}
		s++;
	}
	return s;
}

/* How many characters at @s stand for themselves, once each. */
static size_t fixed_length(const char *s, const char *end)
{
	size_t n = 0;

	while (s + n < end && !strchr(".[(){*+?|^$\\", s[n]))
		n++;
	return n && s + n < end && strchr("*+?{", s[n]) ? n - 1 : n;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * The alternatives of a group that begins here: Go takes the first that fits,
 * POSIX the longest. That is the same where no two of them can fit.
 */
static void check_alternatives(struct scan *s)
{
	size_t ignored = 0;

	for (const char *a = s->s; a < s->end && *a != ')'; a++) {
		const char *a_end = alternative_end(a, s->end, &ignored);

		for (const char *b = a_end; b < s->end && *b == '|';) {
			const char *b_end = alternative_end(b + 1, s->end, &ignored);
			size_t n = smaller(fixed_length(a, a_end), fixed_length(b + 1, b_end));

			if (!strncasecmp(a, b + 1, n))
				s->problem = "alternatives of a group begin the same";
			b = b_end;
		}
		a = a_end;
		if (a >= s->end || *a != '|')
			break;
	}
}

/* After `(`: whether it captures; behind what says so. */
static bool group_captures(struct scan *s)
{
	const char *close;

	if (s->s == s->end || *s->s != '?')
		return true;
	if (s->end - s->s >= 2 && s->s[1] == ':') {
		s->s += 2;
		return false;
	}
	if (s->end - s->s >= 3 && (!strncmp(s->s, "?P<", 3) || !strncmp(s->s, "?<", 2))) {
		close = memchr(s->s, '>', (size_t)(s->end - s->s));
		s->s = close ? close + 1 : s->end;
		return true;
	}
	s->problem = "it has flags inside of it";
	return false;
}

static void scan_group(struct scan *s)
{
	s->s++;
	s->n_open++;
	if (group_captures(s)) {
		s->n_captures++;
		s->capture = s->n_open;
	}
	if (++s->depth > MAX_DEPTH)
		s->problem = "its groups are nested too deep";
	if (!s->problem && !s->is_whole)
		check_alternatives(s);
	put(s->im, s->out, "(");
	s->is_literal = s->can_repeat = false;
}

static void scan_close(struct scan *s)
{
	s->s++;
	if (!s->depth--) {
		s->problem = "a group is closed that was not opened";
		return;
	}
	put(s->im, s->out, ")");
	atom(s, false);
}

/* {m} {m,} {m,n}: its length, 0: these braces are characters. */
static size_t interval_length(const struct scan *s)
{
	const char *p = s->s + 1;

	if (p == s->end || !isdigit((unsigned char)*p))
		return 0;
	while (p < s->end && isdigit((unsigned char)*p))
		p++;
	if (p < s->end && *p == ',')
		p++;
	while (p < s->end && isdigit((unsigned char)*p))
		p++;
	return p < s->end && *p == '}' ? (size_t)(p + 1 - s->s) : 0;
}

static void scan_repeat(struct scan *s, size_t n)
{
	if (!s->can_repeat)
		s->problem = "a repetition has nothing to repeat";
	else if (s->is_wide)
		s->problem = "it repeats a character beyond ASCII";
	else if (s->s + n < s->end && s->s[n] == '?')
		s->problem =
			"it has a lazy repetition: write what it must not go past, as in [^/]*";
	put(s->im, s->out, "%.*s", (int)n, s->s);
	s->s += n;
	s->is_literal = s->can_repeat = false;
}

static void scan_wide(struct scan *s)
{
	const char *start = s->s++;

	while (s->s < s->end && ((unsigned char)*s->s & 0xc0) == 0x80)
		s->s++;
	put(s->im, s->out, "%.*s", (int)(s->s - start), start);
	atom(s, true);
}

static void scan_one(struct scan *s)
{
	size_t n;

	switch (*s->s) {
	case '\\':
		scan_escape(s);
		break;
	case '[':
		scan_set(s);
		break;
	case '(':
		scan_group(s);
		break;
	case ')':
		scan_close(s);
		break;
	case '*':
	case '+':
	case '?':
		scan_repeat(s, 1);
		break;
	case '^':
	case '$':
		s->problem = "it has an anchor inside of it";
		break;
	case '.':
	case '|':
		put(s->im, s->out, "%c", *s->s);
		s->is_literal = false;
		s->can_repeat = *s->s++ == '.';
		s->is_wide = false;
		break;
	case '{':
		n = interval_length(s);
		if (n) {
			scan_repeat(s, n);
			break;
		}
		/* fall through */
	default:
		if ((unsigned char)*s->s >= 0x80)
			scan_wide(s);
		else
			put_one(s, *s->s++);
	}
}

struct pattern_text pattern_begin(const char *text)
{
	struct pattern_text t = {.p = text, .end = text + strlen(text)};

	while (!strncmp(t.p, "(?i)", 4) || !strncmp(t.p, "(?s)", 4)) {
		t.ignores_case |= t.p[2] == 'i';
		t.p += 4;
	}
	for (const char *s = t.p; s < t.end; s++)
		s = alternative_end(s, t.end, &t.n_groups);
	return t;
}

/* The backslashes before @end. */
static size_t n_backslashes(const char *s, const char *end)
{
	size_t n = 0;

	while (end - n > s && end[-1 - (ptrdiff_t)n] == '\\')
		n++;
	return n;
}

static bool cut_start(struct scan *s)
{
	size_t n = s->s < s->end && *s->s == '^'		    ? 1
		   : s->end - s->s >= 2 && !strncmp(s->s, "\\A", 2) ? 2
								    : 0;

	s->s += n;
	return n;
}

static bool cut_end(struct scan *s)
{
	bool escaped = s->end > s->s && n_backslashes(s->s, s->end - 1) % 2;
	size_t n = 0;

	if (s->end > s->s && s->end[-1] == '$' && !escaped)
		n = 1;
	else if (s->end > s->s && s->end[-1] == 'z' && escaped)
		n = 2;
	s->end -= n;
	return n;
}

/* A first character that stands for itself: what comes before cannot take any of it. */
static bool begins_fixed(const struct scan *s)
{
	const char *p = s->s;
	bool escaped = p < s->end && *p == '\\';

	p += escaped;
	if (p >= s->end || (escaped ? !escaped_char(*p) : strchr(".[(){*+?|^$", *p) != NULL))
		return false;
	for (p++; p < s->end && ((unsigned char)*p & 0xc0) == 0x80;)
		p++;
	return p == s->end || !strchr("*+?{", *p);
}

static void put_replace(struct scan *s, const struct pattern_text *t, struct pattern_part *part,
			bool is_whole)
{
	if (t->n_groups && !s->capture) {
		part->has_replace = true; /* another alternative has the group */
	} else if (s->capture > 1) {
		put(s->im, &part->replace, "\\%zu", s->capture);
		part->has_replace = true;
	} else if (is_whole && !s->capture && s->n_open) {
		put(s->im, &part->replace, "\\0");
		part->has_replace = true;
	}
}

static bool is_any(const char *s, const char *end)
{
	return (end - s == 2 && !strncmp(s, ".*", 2)) || (end - s == 4 && !strncmp(s, "(.*)", 4));
}

const char *pattern_next(struct import *im, struct pattern_text *t, struct pattern_part *part)
{
	size_t ignored = 0;
	const char *stop = alternative_end(t->p, t->end, &ignored);
	struct scan s = {.im = im,
			 .s = t->p,
			 .end = stop,
			 .out = &part->match,
			 .ignores_case = t->ignores_case,
			 .is_literal = true};
	bool starts = cut_start(&s), ends = cut_end(&s), wrapped;
	const char *start = s.s;
	bool any_start = s.end - s.s >= 2 && !strncmp(s.s, ".*", 2) && s.s[2] != '?';
	bool fixed = begins_fixed(&s);

	if (stop < t->end && *stop == ')')
		return "a group is closed that was not opened";
	t->p = stop < t->end ? stop + 1 : NULL;
	part->takes_all = is_any(s.s, s.end) || (s.s == s.end && !(starts && ends));
	part->is_exact = s.is_whole = starts && ends && !t->n_groups;
	t->has_alternatives |= stop < t->end;
	wrapped = !t->n_groups && !(starts && ends);
	if (!starts && !any_start)
		put(im, &part->match, ".*");
	if (wrapped)
		put(im, &part->match, "(");
	s.n_open = wrapped;
	while (s.s < s.end && !s.problem)
		scan_one(&s);
	if (s.problem)
		return s.problem;
	if (s.depth)
		return "a group is not closed";
	if (wrapped)
		put(im, &part->match, ")");
	if (!ends)
		put(im, &part->match, ".*");
	if (!starts && !any_start && s.end != start && !fixed)
		return "it matches anywhere: begin it with ^, or with a fixed character";
	part->is_unsure =
		!starts && !any_start && (t->has_alternatives || !s.is_literal || t->n_groups);
	if (s.capture > 9)
		return "it has too many groups";
	put_replace(&s, t, part, starts && ends);
	return NULL;
}

void pattern_part_done(struct pattern_part *part)
{
	buf_done(&part->match);
	buf_done(&part->replace);
}
