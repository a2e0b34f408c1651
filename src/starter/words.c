// SPDX-License-Identifier: GPL-2.0-only
#include "starter/words.h"

#include <ctype.h>
#include <string.h>

static bool starts_word(const char *name, size_t i)
{
	return !i || !isalnum((unsigned char)name[i - 1]) ||
	       (isupper((unsigned char)name[i]) && islower((unsigned char)name[i - 1]));
}

void words_split(struct words *w, const char *name)
{
	size_t used = 0;

	w->n = 0;
	for (size_t i = 0; name[i] && used + 2 < sizeof(w->text); i++) {
		if (!isalnum((unsigned char)name[i]))
			continue;
		if (starts_word(name, i)) {
			if (w->n == WORDS_MAX)
				break;
			if (used)
				w->text[used++] = '\0';
			w->items[w->n++] = &w->text[used];
		}
		w->text[used++] = (char)tolower((unsigned char)name[i]);
	}
	w->text[used] = '\0';
}

bool word_is_in(const char *word, const char *list)
{
	size_t n = strlen(word);

	for (const char *s = list; n && (s = strstr(s, word)); s += n) {
		if ((s == list || s[-1] == ' ') && (!s[n] || s[n] == ' '))
			return true;
	}
	return false;
}

bool words_any(const struct words *w, const char *list)
{
	for (size_t i = 0; i < w->n; i++) {
		if (word_is_in(w->items[i], list))
			return true;
	}
	return false;
}

const char *words_last(const struct words *w)
{
	return w->n ? w->items[w->n - 1] : "";
}

void words_trim_version(struct words *w)
{
	const char *last = words_last(w);
	size_t n = strlen(last), keep = n;

	while (keep && isdigit((unsigned char)last[keep - 1]))
		keep--;
	if (keep < n && keep > 1 && last[keep - 1] == 'v')
		keep--;
	if (keep)
		w->text[last - w->text + (ptrdiff_t)keep] = '\0';
}
