// SPDX-License-Identifier: GPL-2.0-only
#include "draft_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

void *pool_grow(struct pool *p, void *array, size_t n, size_t size)
{
	char *grown = realloc(array, (n + 1) * size);

	if (grown)
		memset(grown + n * size, 0, size);
	else
		p->no_memory = true;
	return grown;
}

const char *pool_printf(struct pool *p, const char *fmt, ...)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	char **strings = pool_grow(p, p->strings, p->n, sizeof(*p->strings));
	va_list args;
	int r;

	if (!strings)
		return "";
	p->strings = strings;
	va_start(args, fmt);
	r = buf_vprintf(&text, fmt, args);
	va_end(args);
	strings[p->n] = r < 0 ? NULL : buf_take(&text);
	if (!strings[p->n]) {
		p->no_memory = true;
		return "";
	}
	return strings[p->n++];
}

void pool_done(struct pool *p)
{
	for (size_t i = 0; i < p->n; i++)
		free(p->strings[i]);
	free(p->strings);
}

bool draft_has_label(const struct draft_labels *l, const char *name)
{
	for (size_t i = 0; l && i < l->n; i++) {
		if (!strcmp(l->items[i].name, name))
			return true;
	}
	return false;
}

void draft_add_label(struct pool *p, struct draft_labels *l, const struct draft_labels *also,
		     const struct draft_label *label)
{
	const char *name = label->name;
	struct draft_label *items;

	if (l->n + (also ? also->n : 0) >= DRAFT_MAX_LABELS) {
		l->n_left_out++;
		return;
	}
	items = pool_grow(p, l->items, l->n, sizeof(*items));
	if (!items)
		return;
	l->items = items;
	for (int i = 2; !p->no_memory && (draft_has_label(l, name) || draft_has_label(also, name));
	     i++)
		name = pool_printf(p, "%s_%d", label->name, i);
	items[l->n] = *label;
	items[l->n++].name = name;
}

struct draft_metric *draft_add_metric(struct pool *p, struct draft_map *m)
{
	struct draft_metric *metrics = pool_grow(p, m->metrics, m->n_metrics, sizeof(*metrics));

	if (!metrics)
		return NULL;
	m->metrics = metrics;
	return &metrics[m->n_metrics++];
}

void draft_add_note(struct pool *p, struct draft_map *m, const char *note)
{
	const char **notes = pool_grow(p, m->notes, m->n_notes, sizeof(*notes));

	if (!notes)
		return;
	m->notes = notes;
	notes[m->n_notes++] = note;
}

void draft_map_done(struct draft_map *m)
{
	for (size_t i = 0; i < m->n_metrics; i++)
		free(m->metrics[i].labels.items);
	free(m->metrics);
	free(m->labels.items);
	free(m->notes);
}
