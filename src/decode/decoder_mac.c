// SPDX-License-Identifier: GPL-2.0-only
/* The first six bytes in the order of memory: of a byte array, or of a __u64. */
#include "decoder_common_internal.h"

static int mac_init(struct decoder *d, const struct decoder_input *in)
{
	d->is_lossy = in->shape->n != 6;
	if (in->shape->kind == DATUM_TEXT || (in->shape->n != 6 && in->shape->n != 8))
		return decoder_needs(d, in, "a field of 6 or 8 bytes");
	return 0;
}

static int mac_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	int r = buf_reserve(out, 18);

	(void)d;
	for (int i = 0; r == 0 && i < 6; i++) {
		if (i)
			out->data[out->len++] = ':';
		decoder_put_hex(out, in->bytes[i]);
	}
	return r;
}

const struct decoder_ops decoder_mac = {
	.name = "mac",
	.takes_bytes = true,
	.is_plain = true,
	.init = mac_init,
	.decode = mac_decode,
};
