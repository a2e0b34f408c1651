// SPDX-License-Identifier: GPL-2.0-only
/*
 * The default of enum fields: the enumerator's name, for others the number. Of
 * several names for one number the first is shown. BTF is somebody else's: a
 * name that stands for two numbers is possible, and then text may be lost.
 */
#include "decoder_common_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void enum_done(struct decoder *d)
{
	struct field *copy = d->state;

	if (copy)
		field_done(copy);
	free(copy);
}

static int copy_enumerators(struct field *copy, const struct field *f)
{
	copy->enumerators = calloc(f->n_enumerators, sizeof(*copy->enumerators));
	if (!copy->enumerators)
		return -ENOMEM;
	for (uint32_t i = 0; i < f->n_enumerators; i++) {
		copy->enumerators[i].value = f->enumerators[i].value;
		copy->enumerators[i].name = strdup(f->enumerators[i].name);
		if (!copy->enumerators[i].name)
			return -ENOMEM;
		copy->n_enumerators++;
	}
	return 0;
}

static int compare_names(const void *left, const void *right)
{
	const struct enumerator *const *a = left, *const *b = right;

	return strcmp((*a)->name, (*b)->name);
}

static int find_loss(const struct field *f, bool *ret_is_lossy)
{
	_cleanup_(freep) const struct enumerator **sorted =
		calloc(f->n_enumerators, sizeof(*sorted));

	if (!sorted)
		return -ENOMEM;
	for (uint32_t i = 0; i < f->n_enumerators; i++)
		sorted[i] = &f->enumerators[i];
	qsort(sorted, f->n_enumerators, sizeof(*sorted), compare_names);
	for (uint32_t i = 1; i < f->n_enumerators; i++)
		if (!strcmp(sorted[i - 1]->name, sorted[i]->name))
			*ret_is_lossy = true;
	return 0;
}

static int enum_init(struct decoder *d, const struct decoder_input *in)
{
	const struct field *f = in->shape->field;
	struct field *copy;
	int r;

	if (in->shape->kind != DATUM_NUMBER || !f->n_enumerators)
		return problems_add(in->problems, &in->config->at,
				    "enum needs a field that is an enum in the map's BTF: name its "
				    "numbers with {map: {0: …}}");
	copy = calloc(1, sizeof(*copy));
	d->state = copy;
	if (!copy)
		return -ENOMEM;
	r = copy_enumerators(copy, f);
	return r < 0 ? r : find_loss(f, &d->is_lossy);
}

static int enum_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	const struct field *copy = d->state;

	for (uint32_t i = 0; i < copy->n_enumerators; i++)
		if ((uint64_t)copy->enumerators[i].value == in->number)
			return buf_puts(out, copy->enumerators[i].name);
	return datum_write_default(in, out);
}

const struct decoder_ops decoder_enum = {
	.name = "enum",
	.is_plain = true, /* C identifiers and digits */
	.init = enum_init,
	.decode = enum_decode,
	.done = enum_done,
};
