// SPDX-License-Identifier: GPL-2.0-only
/*
 * POSIX extended regular expressions of the whole text: they are compiled as
 * ^(…)$ here, only to see that they can be.
 *
 * The C library writes repetitions out, x{1000} as a thousand x and x+ as xx*,
 * so 80 groups in each other would be 2^80; a scan before it counts what there
 * would be. The scan knows just enough syntax for that: what is escaped, in
 * brackets or in groups. Parentheses must be balanced, or else those around
 * the expression would pair with wrong ones.
 */
#include <errno.h>
#include <regex.h>
#include <stdlib.h>

#include "base/buf.h"
#include "schema_internal.h"

#define REGEX_MAX_BYTES 255
#define REGEX_MAX_ATOMS 4096

struct scan {
	const char *s;
	size_t depth;
	uint64_t n_atoms[REGEX_MAX_BYTES + 1]; /* of each open group, repetitions written out */
	uint64_t last[REGEX_MAX_BYTES + 1];    /* of what a repetition would repeat */
	const char *wrong;		       /* what cannot be */
};

static void scan_atom(struct scan *scan, uint64_t n)
{
	scan->last[scan->depth] = n;
	scan->n_atoms[scan->depth] += n;
	if (scan->n_atoms[scan->depth] > REGEX_MAX_ATOMS)
		scan->wrong = "it is too large, with its repetitions written out";
}

/* At `[`. A `]` that comes first is one of the characters; [:names:] have brackets of their own. */
static void scan_brackets(struct scan *scan)
{
	const char *s = scan->s + 1;

	s += *s == '^';
	s += *s == ']';
	for (; *s && *s != ']'; s++) {
		if (*s == '[' && s[1] && strchr(":.=", s[1])) {
			const char end[] = {s[1], ']', '\0'};
			const char *close = strstr(s + 2, end);

			s = close ? close + 1 : s;
		}
	}
	scan->s = *s ? s : s - 1;
	scan_atom(scan, 1);
}

static unsigned long scan_number(struct scan *scan)
{
	char *end;
	unsigned long n = strtoul(scan->s, &end, 10);

	scan->s = end;
	return n;
}

/* What stands before is there @n times. */
static void scan_repeat(struct scan *scan, uint64_t n)
{
	scan->n_atoms[scan->depth] -= scan->last[scan->depth];
	scan_atom(scan, scan->last[scan->depth] * n);
}

/* At `{`: {m}, {m,} or {m,n}. What is none of them stands for itself, or does not compile. */
static void scan_interval(struct scan *scan)
{
	const char *start = scan->s++;
	unsigned long n = scan_number(scan);

	if (*scan->s == ',' && scan->s[1] >= '0' && scan->s[1] <= '9') {
		scan->s++;
		n = scan_number(scan);
	} else if (*scan->s == ',') {
		scan->s++;
		n++;
	}
	if (*scan->s != '}')
		scan->s = start;
	scan_repeat(scan, n == 0 ? 1 : n > REGEX_MAX_ATOMS ? REGEX_MAX_ATOMS + 1 : n);
}

static void scan_group_end(struct scan *scan)
{
	uint64_t n = scan->n_atoms[scan->depth];

	if (!scan->depth) {
		scan->wrong = "it closes a group that it did not open: write \\) for the character";
		return;
	}
	scan->depth--;
	scan_atom(scan, n + 1);
}

static void scan_escape(struct scan *scan)
{
	char c = scan->s[1];

	if (!c)
		scan->wrong = "it ends with a backslash: write \\\\ for the character";
	else if (c >= '1' && c <= '9')
		scan->wrong = "it refers back to a group, which can take very long";
	scan->s += c != '\0';
	scan_atom(scan, 1);
}

/* NULL, or why it cannot be. */
static const char *regex_scan(const char *regex)
{
	struct scan scan = {.s = regex};

	for (; *scan.s && !scan.wrong; scan.s++) {
		switch (*scan.s) {
		case '\\':
			scan_escape(&scan);
			break;
		case '[':
			scan_brackets(&scan);
			break;
		case '{':
			scan_interval(&scan);
			break;
		case '*':
		case '?':
			break;
		case '+': /* as xx* */
			scan_repeat(&scan, 2);
			break;
		case '(':
			scan.depth++;
			scan.n_atoms[scan.depth] = scan.last[scan.depth] = 0;
			break;
		case ')':
			scan_group_end(&scan);
			break;
		default:
			scan_atom(&scan, 1);
		}
	}
	return scan.wrong;
}

static int regex_compile(const char *regex, regex_t *ret_compiled)
{
	char anchored[REGEX_MAX_BYTES + 5];

	snprintf(anchored, sizeof(anchored), "^(%s)$", regex);
	return regcomp(ret_compiled, anchored, REG_EXTENDED);
}

static void regex_check(struct parser *p, const struct node *n)
{
	char message[128];
	const char *wrong;
	regex_t compiled;
	int r;

	if (strlen(n->text) > REGEX_MAX_BYTES) {
		complain(p, &n->at, "a regular expression of more than %d bytes", REGEX_MAX_BYTES);
		return;
	}
	wrong = regex_scan(n->text);
	r = wrong ? 0 : regex_compile(n->text, &compiled);
	if (r == REG_ESPACE) {
		p->mistakes->no_memory = true;
	} else if (wrong || r) {
		if (r)
			regerror(r, &compiled, message, sizeof(message));
		complain(p, &n->at, "'%s' is not a usable regular expression: %s", n->text,
			 wrong ? wrong : message);
	} else {
		regfree(&compiled);
	}
}

void parse_regex(struct parser *p, const struct node *n, void *out, const void *arg)
{
	if (!text_of(p, n))
		return;
	regex_check(p, n);
	parse_text(p, n, out, arg);
}

/* One that is wrong has been told, and may have any. */
size_t regex_n_groups(const char *regex)
{
	regex_t compiled;
	size_t n;

	if (strlen(regex) > REGEX_MAX_BYTES || regex_scan(regex) ||
	    regex_compile(regex, &compiled) != 0)
		return 9;
	n = compiled.re_nsub - 1;
	regfree(&compiled);
	return n;
}
