// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cursor over families, parts and slots. A call writes whole lines while
 * they surely fit; a line that does not fit an empty buffer goes through
 * `pending`, from which it leaves in pieces, as family headers do.
 */
#include "render/text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/num.h"

struct text_render {
	struct exposition *exposition;
	size_t family, part, slot;
	bool in_family;	   /* its header is written */
	bool in_part;	   /* `prefix` is the part's */
	struct buf prefix; /* `name{constant="labels",` */
	struct buf pending;
	size_t pending_taken;
};

/* A line is prefix, label text, and at most this: brace, space, value, newline. */
#define LINE_REST_MAX (NUM_TEXT_MAX + 3)

struct text_render *text_render_new(struct exposition *x)
{
	struct text_render *r = calloc(1, sizeof(*r));

	if (r)
		r->exposition = exposition_ref(x);
	return r;
}

void text_render_free(struct text_render *r)
{
	if (!r)
		return;
	exposition_unref(r->exposition);
	buf_done(&r->prefix);
	buf_done(&r->pending);
	free(r);
}

static const char *type_name(enum family_type type)
{
	return type == FAMILY_COUNTER ? "counter" : "gauge"; /* info is a gauge in this format */
}

static int append_help(struct buf *b, const char *help)
{
	int r = 0;

	for (; r == 0 && *help; help++) {
		if (*help == '\\')
			r = buf_append(b, "\\\\", 2);
		else if (*help == '\n')
			r = buf_append(b, "\\n", 2);
		else
			r = buf_append(b, help, 1);
	}
	return r;
}

static int append_header(struct buf *b, const struct family *f)
{
	int r = buf_printf(b, "# HELP %s ", f->name);

	if (r == 0)
		r = append_help(b, f->help);
	if (r == 0)
		r = buf_printf(b, "\n# TYPE %s %s\n", f->name, type_name(f->type));
	return r;
}

static bool family_is_shown(const struct exposition_family *f)
{
	for (size_t i = 0; i < f->n_parts; i++)
		if (f->parts[i].set->n_shown)
			return true;
	return false;
}

static int prepare_prefix(struct text_render *r, const struct series_set *set)
{
	int e;

	r->prefix.len = 0;
	e = buf_puts(&r->prefix, set->family->name);
	if (e == 0 && (*set->const_labels || set->labels))
		e = buf_printf(&r->prefix, "{%s", set->const_labels);
	if (e == 0 && *set->const_labels && set->labels)
		e = buf_append(&r->prefix, ",", 1);
	return e;
}

static size_t write_value(char *dst, const struct series_set *set, size_t i)
{
	const struct column *c = &set->values;
	bool plain = set->scale.mantissa == 1 && !set->scale.exp10 && !set->scale.exp2;

	if (c->kind == COLUMN_DOUBLE) {
		double v;

		memcpy(&v, &c->low[i], sizeof(v));
		return num_write_double(dst, plain ? v : v * num_scale_double(&set->scale));
	}
	if (!plain)
		return num_write_scaled(dst, column_int(c, i), &set->scale);
	if (c->high)
		return num_write_int128(dst, column_int(c, i));
	if (c->kind == COLUMN_S64)
		return num_write_s64(dst, (int64_t)c->low[i]);
	return num_write_u64(dst, c->low[i]);
}

static size_t write_line(const struct text_render *r, char *dst, const struct series_set *set,
			 size_t i, struct str labels)
{
	char *p = mempcpy(dst, r->prefix.data, r->prefix.len);

	p = mempcpy(p, labels.p, labels.n);
	if (*set->const_labels || set->labels)
		*p++ = '}';
	*p++ = ' ';
	p += write_value(p, set, i);
	*p++ = '\n';
	return (size_t)(p - dst);
}

/* As many lines of the part as fit; moves on when it is done. */
static ssize_t write_part(struct text_render *r, const struct exposition_part *part, char *dst,
			  size_t size)
{
	const struct series_set *set = part->set;
	size_t used = 0;

	for (; r->slot < set->n; r->slot++) {
		struct str labels = {.p = "", .n = 0};
		size_t need;

		if (!exposition_part_is_shown(part, r->slot))
			continue;
		if (set->labels)
			labels = label_block_text(set->labels, r->slot);
		need = r->prefix.len + labels.n + LINE_REST_MAX;
		if (need <= size - used) {
			used += write_line(r, dst + used, set, r->slot, labels);
			continue;
		}
		if (used)
			return (ssize_t)used;
		if (buf_reserve(&r->pending, need) < 0)
			return -ENOMEM;
		r->pending.len = write_line(r, r->pending.data, set, r->slot++, labels);
		return 0;
	}
	r->part++;
	r->in_part = false;
	return (ssize_t)used;
}

static void next_family(struct text_render *r)
{
	r->family++;
	r->part = 0;
	r->in_family = false;
}

/* One step: a header, a part's prefix or some of its lines. Returns what went directly to @dst. */
static ssize_t step(struct text_render *r, char *dst, size_t size)
{
	const struct exposition_family *f = &r->exposition->families[r->family];

	if (!r->in_family) {
		if (!family_is_shown(f)) {
			next_family(r);
			return 0;
		}
		r->in_family = true;
		return append_header(&r->pending, f->family);
	}
	if (r->part == f->n_parts) {
		next_family(r);
		return 0;
	}
	if (!r->in_part) {
		r->in_part = true;
		r->slot = 0;
		return prepare_prefix(r, f->parts[r->part].set);
	}
	return write_part(r, &f->parts[r->part], dst, size);
}

static size_t take_pending(struct text_render *r, char *dst, size_t size)
{
	size_t n = r->pending.len - r->pending_taken;

	if (!n)
		return 0;
	if (n > size)
		n = size;
	memcpy(dst, r->pending.data + r->pending_taken, n);
	r->pending_taken += n;
	if (r->pending_taken == r->pending.len)
		r->pending.len = r->pending_taken = 0;
	return n;
}

ssize_t text_render_read(struct text_render *r, char *dst, size_t size)
{
	size_t used = 0;

	if (atomic_load(&r->exposition->revoked))
		return -ESTALE;
	for (;;) {
		ssize_t n;

		used += take_pending(r, dst + used, size - used);
		if (r->pending.len || used == size || r->family == r->exposition->n_families)
			return (ssize_t)used;
		n = step(r, dst + used, size - used);
		if (n < 0)
			return n;
		used += (size_t)n;
	}
}
