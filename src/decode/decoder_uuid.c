// SPDX-License-Identifier: GPL-2.0-only
/* 16 bytes in the order of memory, in groups of 4, 2, 2, 2 and 6. */
#include "decoder_common_internal.h"

static int uuid_init(struct decoder *d, const struct decoder_input *in)
{
	if (in->shape->kind == DATUM_TEXT || in->shape->n != 16)
		return decoder_needs(d, in, "a field of 16 bytes");
	return 0;
}

static int uuid_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	int r = buf_reserve(out, 36);

	(void)d;
	for (int i = 0; r == 0 && i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			out->data[out->len++] = '-';
		decoder_put_hex(out, in->bytes[i]);
	}
	return r;
}

const struct decoder_ops decoder_uuid = {
	.name = "uuid",
	.takes_bytes = true,
	.is_plain = true,
	.init = uuid_init,
	.decode = uuid_decode,
};
