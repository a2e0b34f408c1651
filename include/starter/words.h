/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef STARTER_WORDS_H
#define STARTER_WORDS_H

/* The words of a C identifier: `rxPackets_v4` is rx, packets, v4. Plain data. */
#include <stdbool.h>
#include <stddef.h>

#define WORDS_MAX      16
#define WORDS_TEXT_MAX 160

/* What does not fit is cut off. */
struct words {
	const char *items[WORDS_MAX]; /* lower case, in text */
	size_t n;
	char text[WORDS_TEXT_MAX];
};

/* words_split() - @name: anything; what is no letter or digit separates. */
void words_split(struct words *w, const char *name);

/* word_is_in() - @list: words with blanks between them. */
bool word_is_in(const char *word, const char *list);

/* words_any() - whether one of them is in @list. */
bool words_any(const struct words *w, const char *list);

/* words_trim_version() - the digits at the end of the last word, and a `v` before them, if more is
 * left. */
void words_trim_version(struct words *w);

/* words_last() - "" where there is none. */
const char *words_last(const struct words *w);

#endif
