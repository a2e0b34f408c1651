// SPDX-License-Identifier: GPL-2.0-only
/* Numbers as 0x1f, bytes as pairs of digits in the order of memory. */
#include "decoder_internal.h"

static const char digits[] = "0123456789abcdef";

static size_t write_number(char *dst, uint64_t v)
{
	int top = 60;

	while (top && !(v >> top))
		top -= 4;
	dst[0] = '0';
	dst[1] = 'x';
	for (int i = 0; i <= top; i += 4)
		dst[2 + i / 4] = digits[v >> (top - i) & 15];
	return 3 + (size_t)top / 4;
}

static int hex_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	char *dst;
	int r;

	(void)d;
	r = buf_reserve(out, 2 * in->n + 18);
	if (r < 0)
		return r;
	dst = out->data + out->len;
	if (in->kind == DATUM_NUMBER || in->kind == DATUM_FLOAT) {
		uint64_t v = in->number;

		if (in->kind == DATUM_NUMBER && in->n < 8) /* not the bits that extended a sign */
			v &= (UINT64_C(1) << 8 * in->n) - 1;
		out->len += write_number(dst, v);
		return 0;
	}
	for (size_t i = 0; i < in->n; i++) {
		*dst++ = digits[in->bytes[i] >> 4];
		*dst++ = digits[in->bytes[i] & 15];
	}
	out->len += 2 * in->n;
	return 0;
}

const struct decoder_ops decoder_hex = {
	.name = "hex",
	.is_plain = true,
	.decode = hex_decode,
};
