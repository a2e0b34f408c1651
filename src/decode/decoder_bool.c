// SPDX-License-Identifier: GPL-2.0-only
/* The default of bool fields: true or false. Other integers: whether they are not 0. */
#include "decoder_common_internal.h"

static int bool_init(struct decoder *d, const struct decoder_input *in)
{
	int r = decoder_init_number(d, in);

	if (r < 0)
		return r;
	d->is_lossy = true; /* every number but 0 is true */
	d->is_merging = in->shape->field->kind != FIELD_BOOL;
	return 0;
}

static int bool_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return buf_puts(out, in->number ? "true" : "false");
}

const struct decoder_ops decoder_bool = {
	.name = "bool",
	.is_plain = true,
	.init = bool_init,
	.decode = bool_decode,
};
