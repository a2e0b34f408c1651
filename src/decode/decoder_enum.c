// SPDX-License-Identifier: GPL-2.0-only
/* The default of enum fields: the enumerator's name, for others the number. */
#include "decoder_internal.h"

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

static int enum_init(struct decoder *d, const struct config_decoder *c,
		     const struct datum_shape *in, struct problems *problems)
{
	const struct field *f = in->field;
	struct field *copy = calloc(1, sizeof(*copy));

	(void)c;
	(void)problems;
	d->state = copy;
	if (!copy)
		return -ENOMEM;
	copy->enumerators = calloc(f->n_enumerators + 1, sizeof(*copy->enumerators));
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
