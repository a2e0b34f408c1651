// SPDX-License-Identifier: GPL-2.0-only
/* The default of bool fields: true or false. */
#include "decoder_internal.h"

static int bool_init(struct decoder *d, const struct config_decoder *c,
		     const struct datum_shape *in, struct problems *problems)
{
	(void)c;
	(void)in;
	(void)problems;
	d->is_lossy = true; /* every number but 0 is true */
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
