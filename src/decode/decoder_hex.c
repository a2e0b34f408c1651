// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as 0x1f, bytes as pairs of digits in the order of memory. */
#include "decoder_common_internal.h"

static void put_number(struct buf *out, uint64_t v)
{
	int top = 60;

	while (top && !(v >> top))
		top -= 4;
	out->data[out->len++] = '0';
	out->data[out->len++] = 'x';
	for (; top >= 0; top -= 4)
		out->data[out->len++] = decoder_hex_digit(v >> top);
}

static int hex_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	uint64_t v = in->number;
	int r = buf_reserve(out, 2 * in->n + 18);

	(void)d;
	if (r < 0)
		return r;
	if (in->kind == DATUM_NUMBER || in->kind == DATUM_FLOAT) {
		if (in->kind == DATUM_NUMBER && in->n < 8) /* not the bits that extended a sign */
			v &= (UINT64_C(1) << 8 * in->n) - 1;
		put_number(out, v);
		return 0;
	}
	for (size_t i = 0; i < in->n; i++)
		decoder_put_hex(out, in->bytes[i]);
	return 0;
}

const struct decoder_ops decoder_hex = {
	.name = "hex",
	.is_plain = true,
	.decode = hex_decode,
};
