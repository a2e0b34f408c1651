// SPDX-License-Identifier: GPL-2.0-only
#include "seats_internal.h"

#include <errno.h>

void seats_init(struct seats *s, struct label_block *before, struct str other)
{
	*s = (struct seats){0};
	if (!before)
		return;
	s->before = label_block_ref(before);
	s->n = before->n;
	if (s->n && str_equal(label_block_text(before, s->n - 1), other))
		s->n--;
}

void seats_done(struct seats *s)
{
	label_block_unref(s->before);
	label_table_done(&s->table);
	*s = (struct seats){0};
}

int seats_have(struct seats *s, struct str text)
{
	if (!s->n)
		return 0;
	if (!s->table.size && label_table_fill(&s->table, s->before) < 0)
		return -ENOMEM;
	return label_table_has(&s->table, s->before, text);
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
