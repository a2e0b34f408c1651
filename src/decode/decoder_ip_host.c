// SPDX-License-Identifier: GPL-2.0-only
/* An IPv4 address as an integer in host order. What is wider stays a number. */
#include "decoder_common_internal.h"

#include <endian.h>

static int ip_host_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	uint32_t network = htobe32((uint32_t)in->number);
	int r;

	(void)d;
	/* A sign is extended over all 64 bits: what was in four bytes was still an address. */
	if (in->n > 4 && in->number > UINT32_MAX)
		return datum_write_default(in, out);
	r = buf_reserve(out, IP_TEXT_MAX);
	if (r == 0)
		out->len += decoder_write_ip(out->data + out->len, (const uint8_t *)&network, 4);
	return r;
}

const struct decoder_ops decoder_ip_host = {
	.name = "ip_host",
	.is_plain = true,
	.init = decoder_init_number,
	.decode = ip_host_decode,
};
