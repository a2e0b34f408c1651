// SPDX-License-Identifier: GPL-2.0-only
/*
 * Accept-Encoding: a list of codings, each with a weight. gzip named outright
 * decides; `*` speaks for it only where it is not named. What is malformed
 * counts as a no: the plain body is always right.
 */
#include "accept_internal.h"

#include <string.h>
#include <strings.h>

#include "base/str.h"

static struct str trim(struct str s)
{
	while (s.n && strchr(" \t", s.p[0])) {
		s.p++;
		s.n--;
	}
	while (s.n && strchr(" \t", s.p[s.n - 1]))
		s.n--;
	return s;
}

/* Cuts off and returns what stands before the next @separator. */
static struct str next_part(struct str *rest, char separator)
{
	const char *end = rest->n ? memchr(rest->p, separator, rest->n) : NULL;
	struct str part = {.p = rest->p, .n = end ? (size_t)(end - rest->p) : rest->n};
	size_t used = part.n + (end ? 1 : 0);

	*rest = (struct str){.p = rest->p + used, .n = rest->n - used};
	return trim(part);
}

static bool is_word(struct str s, const char *word)
{
	return s.n == strlen(word) && !strncasecmp(s.p, word, s.n);
}

/* `0.5`, `1`: whether it is a weight above zero. */
static bool weight_is_positive(struct str s)
{
	bool positive = false;

	if (!s.n || s.n > 5 || (s.p[0] != '0' && s.p[0] != '1') || (s.n > 1 && s.p[1] != '.'))
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (i == 1)
			continue;
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
		positive |= s.p[i] != '0';
	}
	return positive;
}

static bool is_wanted(struct str parameters)
{
	while (parameters.n) {
		struct str value = next_part(&parameters, ';');
		struct str name = next_part(&value, '=');

		if (is_word(name, "q"))
			return weight_is_positive(trim(value));
	}
	return true;
}

bool accept_takes_gzip(const char *header)
{
	struct str rest = header ? str_of(header) : STR("");
	bool any = false;

	while (rest.n) {
		struct str parameters = next_part(&rest, ',');
		struct str coding = next_part(&parameters, ';');

		if (is_word(coding, "gzip") || is_word(coding, "x-gzip"))
			return is_wanted(parameters);
		if (is_word(coding, "*"))
			any = is_wanted(parameters);
	}
	return any;
}
