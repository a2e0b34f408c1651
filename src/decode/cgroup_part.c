// SPDX-License-Identifier: GPL-2.0-only
#include "cgroup_part_internal.h"

#include "base/clock.h"
#include "cgroup_tree_internal.h"

int cgroup_part_init(struct decoder *d, const struct decoder_input *in)
{
	d->is_lossy = d->is_merging = true;
	if (in->shape->kind == DATUM_NUMBER || in->shape->kind == DATUM_TEXT)
		return 0;
	return problems_add(in->problems, &in->config->at,
			    "%s needs a cgroup id, an integer field, or a path as text: for a "
			    "field that holds the path write [string, %s]",
			    d->ops->name, d->ops->name);
}

bool is_lower_hex(struct str s, size_t n)
{
	for (size_t i = 0; i < s.n; i++)
		if (!(s.p[i] >= '0' && s.p[i] <= '9') && !(s.p[i] >= 'a' && s.p[i] <= 'f'))
			return false;
	return s.n == n;
}

static struct str find_last(struct str path, cgroup_part_fn find)
{
	struct str found = STR("");

	while (path.n && !found.n) {
		const char *slash = memrchr(path.p, '/', path.n);
		size_t start = slash ? (size_t)(slash - path.p) + 1 : 0;

		found = find((struct str){.p = path.p + start, .n = path.n - start});
		path.n = slash ? start - 1 : 0;
	}
	return found;
}

/* The path is written to @out, and cut there: that takes no other memory. */
int cgroup_part_decode(const struct datum *in, cgroup_part_fn find, struct buf *out)
{
	size_t start = out->len;
	struct str found;
	int r;

	if (in->kind == DATUM_TEXT)
		r = buf_append(out, in->bytes, in->n);
	else
		r = cgroup_tree_find(in->number, in->n <= 4, clock_mono_ns(), out);
	if (r < 0 || out->len == start)
		return r < 0 ? r : 0;
	found = find_last((struct str){.p = out->data + start, .n = out->len - start}, find);
	memmove(out->data + start, found.p, found.n);
	out->len = start + found.n;
	return 0;
}
