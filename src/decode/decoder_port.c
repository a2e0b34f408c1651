// SPDX-License-Identifier: GPL-2.0-only
/*
 * A port in network order. In four bytes it may lie at either end: programs
 * that copy a __be16 into a __u32 leave it at the front, the kernel's socket
 * structures have it at the back.
 */
#include "decoder_common_internal.h"

#include "base/num.h"

static int port_init(struct decoder *d, const struct decoder_input *in)
{
	d->is_lossy = in->shape->n != 2;
	if (in->shape->kind == DATUM_TEXT || (in->shape->n != 2 && in->shape->n != 4))
		return decoder_needs(d, in, "a field of 2 or 4 bytes");
	return 0;
}

static int port_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	uint32_t v = 0;
	int r = buf_reserve(out, NUM_TEXT_MAX);

	(void)d;
	if (r < 0)
		return r;
	for (size_t i = 0; i < in->n; i++)
		v = v << 8 | in->bytes[i];
	if (in->n == 4 && !(v & 0xffff))
		v >>= 16;
	out->len += num_write_u64(out->data + out->len, v);
	return 0;
}

const struct decoder_ops decoder_port = {
	.name = "port",
	.takes_bytes = true,
	.is_plain = true,
	.init = port_init,
	.decode = port_decode,
};
