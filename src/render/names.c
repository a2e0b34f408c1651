// SPDX-License-Identifier: GPL-2.0-only
#include "names_internal.h"

#include <errno.h>

int names_append(struct buf *b, const struct format *f, struct str name)
{
	if (f->escaping == ESCAPING_UTF8)
		return label_append_name(b, name);
	return escaping_append(b, f->escaping, name);
}

struct str names_unit(const struct family *family, struct str base)
{
	struct str unit = family_unit(family);

	return str_ends_in(base, unit) ? unit : STR("");
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
