// SPDX-License-Identifier: GPL-2.0-only
#include "seats_internal.h"

#include <errno.h>

void seats_init(struct seats *s, const struct series_set *before, struct str other)
{
	*s = (struct seats){.n = before->n};
	if (!before->labels)
		return;
	s->before = label_block_ref(before->labels);
	if (s->n && str_equal(label_block_text(s->before, s->n - 1), other))
		s->n--;
}

size_t seats_count_shown(const struct seats *s, const struct series_set *before)
{
	return before->n_shown -
	       (s->n < before->n && series_set_is_shown(before, before->n - 1) ? 1 : 0);
}

void seats_done(struct seats *s)
{
	label_block_unref(s->before);
	label_table_done(&s->table);
	*s = (struct seats){0};
}

int seats_have(struct seats *s, struct str text)
{
	struct label_writer w;

	if (!s->before || !s->n)
		return s->n && !text.n;
	w = label_writer_of(s->before);
	if (!s->table.size && label_table_fill(&s->table, &w) < 0)
		return -ENOMEM;
	return label_table_has(&s->table, &w, text);
}

int seats_take(struct seats *s, struct str text)
{
	int r = seats_have(s, text);

	s->n_left -= r > 0 && s->n_left;
	return r;
}

int seats_open(struct seats *s, const struct label_writer *w)
{
	if (s->is_open)
		return 0;
	s->n_left = s->n;
	if (w->previous)
		s->n_left -= w->n_matched; /* they come in the order of before */
	for (size_t i = 0; !w->previous && s->n_left && i < w->n; i++) {
		int r = seats_take(s, label_writer_text(w, i));

		if (r < 0)
			return r;
	}
	s->is_open = true;
	return 0;
}
