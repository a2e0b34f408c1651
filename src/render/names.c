// SPDX-License-Identifier: GPL-2.0-only
#include "names_internal.h"

#include <errno.h>

int names_append(struct buf *b, const struct format *f, struct str name)
{
	if (f->escaping == ESCAPING_UTF8)
		return label_append_name(b, name);
	return escaping_append(b, f->escaping, name);
}

/* Whether @name is something, `_` and @end. */
static bool ends_in(struct str name, struct str end)
{
	return name.n > end.n + 1 && name.p[name.n - end.n - 1] == '_' &&
	       !memcmp(name.p + name.n - end.n, end.p, end.n);
}

/* The suffix goes after the name was escaped: samples have that name, and it. */
int names_append_base(struct buf *b, const struct format *f, const struct family *family,
		      struct str *ret_unit)
{
	struct str unit = family_unit(family), base;
	size_t start = b->len;
	int e = names_append(b, f, str_of(family->name));
	bool is_quoted = e == 0 && b->data[b->len - 1] == '"';

	if (e < 0)
		return e;
	b->len -= family_base_suffix(family) + is_quoted;
	base = (struct str){.p = b->data + start, .n = b->len - start};
	*ret_unit = ends_in(base, unit) ? unit : STR("");
	return is_quoted ? buf_append(b, "\"", 1) : 0;
}

/* @name as in label text. */
static int append_label_name(struct buf *b, const struct format *f, struct str name)
{
	_cleanup_buf_ struct buf plain = BUF_INIT;

	if (str_is_name(name))
		return buf_append(b, name.p, name.n);
	if (buf_reserve(&plain, name.n) < 0)
		return -ENOMEM;
	plain.len = label_unescape(plain.data, name);
	return names_append(b, f, (struct str){plain.data, plain.len});
}

int names_append_labels(struct buf *b, const struct format *f, struct str labels)
{
	struct str name, value;
	int e = 0;

	for (bool first = true; e == 0 && label_next(&labels, &name, &value); first = false) {
		if (!first)
			e = buf_append(b, ",", 1);
		if (e == 0)
			e = append_label_name(b, f, name);
		if (e == 0)
			e = buf_append(b, "=\"", 2);
		if (e == 0)
			e = buf_append(b, value.p, value.n);
		if (e == 0)
			e = buf_append(b, "\"", 1);
	}
	return e;
}

/* All series of a block have the same names. */
bool names_differ(const struct format *f, const struct label_block *labels)
{
	struct str text = labels && labels->n ? label_block_text(labels, 0) : STR(""), name, value;

	while (f->escaping != ESCAPING_UTF8 && label_next(&text, &name, &value))
		if (!str_is_name(name))
			return true;
	return false;
}
