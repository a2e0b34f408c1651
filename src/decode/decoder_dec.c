// SPDX-License-Identifier: GPL-2.0-only
/* Numbers in decimal. Up to eight bytes without a type are a number in host order. */
#include "decoder_internal.h"

#include <errno.h>
#include <string.h>

#include "base/num.h"

static int dec_init(struct decoder *d, const struct decoder_input *in)
{
	d->is_lossy = in->shape->kind == DATUM_FLOAT;
	if (in->shape->kind == DATUM_BYTES && in->shape->n > 8)
		return problems_add(in->problems, &in->config->at,
				    "dec needs a number, not %zu bytes", in->shape->n);
	return 0;
}

static int dec_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	struct datum number = *in;

	(void)d;
	if (in->kind == DATUM_BYTES) {
		number.kind = DATUM_NUMBER;
		memcpy(&number.number, in->bytes, in->n);
	}
	return datum_write_default(&number, out);
}

int datum_write_default(const struct datum *in, struct buf *out)
{
	double v;
	int r;

	if (in->kind == DATUM_TEXT || in->kind == DATUM_BYTES)
		return buf_append(out, in->bytes, in->n);
	r = buf_reserve(out, NUM_TEXT_MAX);
	if (r < 0)
		return r;
	if (in->kind == DATUM_FLOAT) {
		memcpy(&v, &in->number, sizeof(v));
		out->len += num_write_double(out->data + out->len, v);
	} else if (in->is_signed) {
		out->len += num_write_s64(out->data + out->len, (int64_t)in->number);
	} else {
		out->len += num_write_u64(out->data + out->len, in->number);
	}
	return 0;
}

const struct decoder_ops decoder_dec = {
	.name = "dec",
	.is_plain = true, /* alone in a chain it is given no text */
	.init = dec_init,
	.decode = dec_decode,
};
