/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef BASE_STR_H
#define BASE_STR_H

/* Strings as pointer and length: bytes of a map are not C strings. */
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){.p = (literal), .n = sizeof(literal) - 1})

static inline struct str str_of(const char *s)
{
	return (struct str){.p = s, .n = strlen(s)};
}

static inline bool str_equal(struct str a, struct str b)
{
	return a.n == b.n && !memcmp(a.p, b.p, a.n);
}

/* str_ends_in() - whether it is something, and then @end. */
static inline bool str_ends_in(struct str s, struct str end)
{
	return s.n > end.n && !memcmp(s.p + s.n - end.n, end.p, end.n);
}

/*
 * str_suggest() - the candidate that @word was probably meant to be.
 * @n: number of candidates; NULL ones are passed over.
 *
 * Edit distance with transpositions, at most a third of the word's length
 * (one for the short ones).
 *
 * Return: the candidate, or NULL where none is near.
 */
const char *str_suggest(const char *word, const char *const *candidates, size_t n);

/*
 * str_parse_u64() - an unsigned integer, decimal or 0x, the whole of @s.
 *
 * Return: 0, -EINVAL where it is no number, -ERANGE above 2^64-1.
 */
int str_parse_u64(struct str s, unsigned long long *ret_value);

/* str_is_name() - [a-zA-Z_][a-zA-Z0-9_]*, as fields have it, and metrics and labels mostly. */
bool str_is_name(struct str s);

/* str_may_be_in_name() - whether such a name may have this character there: a digit, not first. */
bool str_may_be_in_name(char c, bool is_first);

#endif
