// SPDX-License-Identifier: GPL-2.0-only
/* Bytes as text, up to the first NUL. What follows the NUL is lost. */
#include "decoder_internal.h"

#include <string.h>

static int string_init(struct decoder *d, const struct decoder_input *in)
{
	(void)in;
	d->is_lossy = true;
	return 0;
}

static int string_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return buf_append(out, in->bytes, strnlen((const char *)in->bytes, in->n));
}

const struct decoder_ops decoder_string = {
	.name = "string",
	.takes_bytes = true,
	.init = string_init,
	.decode = string_decode,
};
