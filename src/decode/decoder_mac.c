// SPDX-License-Identifier: GPL-2.0-only
/* The first six bytes in the order of memory: of a byte array, or of a __u64. */
#include "decoder_internal.h"

static int mac_init(struct decoder *d, const struct config_decoder *c, const struct datum_shape *in,
		    struct problems *problems)
{
	d->is_lossy = in->n != 6;
	if (in->kind == DATUM_TEXT || (in->n != 6 && in->n != 8))
		return problems_add(problems, &c->at,
				    "mac needs a field of 6 or 8 bytes, not %s%zu bytes",
				    in->kind == DATUM_TEXT ? "text of " : "", in->n);
	return 0;
}

static int mac_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	static const char digits[] = "0123456789abcdef";
	int r = buf_reserve(out, 18);

	(void)d;
	for (int i = 0; r == 0 && i < 6; i++) {
		if (i)
			out->data[out->len++] = ':';
		out->data[out->len++] = digits[in->bytes[i] >> 4];
		out->data[out->len++] = digits[in->bytes[i] & 15];
	}
	return r;
}

const struct decoder_ops decoder_mac = {
	.name = "mac",
	.is_plain = true,
	.init = mac_init,
	.decode = mac_decode,
};
