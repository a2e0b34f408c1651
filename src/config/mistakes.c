// SPDX-License-Identifier: GPL-2.0-only
#include "config/mistakes.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

#include "base/buf.h"

/* A message quotes the file, whose scalars may be megabytes. */
#define TEXT_MAX_BYTES 1000

/* One line of a sensible length, whatever was quoted. */
static void text_tidy(struct buf *b)
{
	if (b->len > TEXT_MAX_BYTES) {
		b->len = TEXT_MAX_BYTES;
		while (((unsigned char)b->data[b->len] & 0xc0) == 0x80)
			b->len--;
	}
	for (size_t i = 0; i < b->len; i++) {
		if ((unsigned char)b->data[i] < 0x20 || b->data[i] == 0x7f)
			b->data[i] = '?';
	}
}

static int mistake_keep(struct mistakes *m, const struct place *at, char *text)
{
	if (m->n == m->cap) {
		size_t cap = m->cap ? 2 * m->cap : 8;
		struct mistake *items = realloc(m->items, cap * sizeof(*items));

		if (!items)
			return -ENOMEM;
		m->items = items;
		m->cap = cap;
	}
	m->items[m->n] = (struct mistake){.at = *at, .number = m->n, .text = text};
	m->n++;
	return 0;
}

int mistakes_add(struct mistakes *m, const struct place *at, const char *fmt, ...)
{
	_cleanup_buf_ struct buf b = BUF_INIT;
	_cleanup_(freep) char *text = NULL;
	va_list args;
	int r;

	if (m->n == MISTAKES_MAX) {
		m->n_more++;
		return -EINVAL;
	}
	va_start(args, fmt);
	r = buf_vprintf(&b, fmt, args);
	va_end(args);
	if (r == 0) {
		text_tidy(&b);
		text = buf_take(&b);
	}
	if (!text || mistake_keep(m, at, text) < 0) {
		m->no_memory = true;
		return -ENOMEM;
	}
	take_ptr(text);
	return -EINVAL;
}

static int mistake_compare(const void *left, const void *right)
{
	const struct mistake *a = left, *b = right;

	if (a->file != b->file)
		return a->file < b->file ? -1 : 1;
	if (a->at.line != b->at.line)
		return a->at.line < b->at.line ? -1 : 1;
	if (a->at.column != b->at.column)
		return a->at.column < b->at.column ? -1 : 1;
	return a->number < b->number ? -1 : 1;
}

/* A node that several aliases name is wrong once. */
static bool mistake_is_repeated(const struct mistakes *m, size_t i)
{
	const struct mistake *a = &m->items[i], *before = a - 1;

	return i && a->file == before->file && a->at.line == before->at.line &&
	       a->at.column == before->at.column && !strcmp(a->text, before->text);
}

static void mistake_find_file(struct mistake *mistake, const char *const *files, size_t n_files)
{
	while (mistake->file < n_files && files[mistake->file] != mistake->at.file)
		mistake->file++;
}

int mistakes_tell(struct mistakes *m, const char *const *files, size_t n_files,
		  struct problems *problems)
{
	const struct place whole = {.file = files[0]};

	if (m->no_memory) {
		problems_add(problems, &whole, "out of memory");
		return -ENOMEM;
	}
	if (!m->n)
		return 0;
	for (size_t i = 0; i < m->n; i++)
		mistake_find_file(&m->items[i], files, n_files);
	qsort(m->items, m->n, sizeof(*m->items), mistake_compare);
	for (size_t i = 0; i < m->n; i++) {
		if (!mistake_is_repeated(m, i) &&
		    problems_add(problems, &m->items[i].at, "%s", m->items[i].text) == -ENOMEM)
			return -ENOMEM;
	}
	if (m->n_more)
		return problems_add(problems, &whole, "%zu more mistakes are not listed",
				    m->n_more);
	return -EINVAL;
}

void mistakes_done(struct mistakes *m)
{
	for (size_t i = 0; i < m->n; i++)
		free(m->items[i].text);
	free(m->items);
	*m = (struct mistakes){0};
}
