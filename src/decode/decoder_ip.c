// SPDX-License-Identifier: GPL-2.0-only
/*
 * 4 or 16 bytes in network order. IPv4-mapped IPv6 addresses are shown as
 * IPv4, with zero_tail also those that lie before twelve zero bytes.
 */
#include "decoder_common_internal.h"

#include <string.h>

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
static const uint8_t zeros[12];

static int ip_init(struct decoder *d, const struct decoder_input *in)
{
	size_t n = in->shape->n;

	if (in->shape->kind == DATUM_TEXT || (n != 4 && n != 16))
		return decoder_needs(d, in, "a field of 4 or 16 bytes");
	if (in->config->zero_tail && n != 16)
		return decoder_needs(d, in, "16 bytes for zero_tail");
	d->is_lossy = in->config->zero_tail; /* mapped, and before zeros */
	return 0;
}

static int ip_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	const uint8_t *bytes = in->bytes;
	size_t n = in->n;
	int r = buf_reserve(out, IP_TEXT_MAX);

	if (r < 0)
		return r;
	if (n == 16 && !memcmp(bytes, v4_mapped, sizeof(v4_mapped))) {
		bytes += 12;
		n = 4;
	} else if (n == 16 && d->is_lossy && !memcmp(bytes + 4, zeros, sizeof(zeros))) {
		n = 4;
	}
	out->len += decoder_write_ip(out->data + out->len, bytes, n);
	return 0;
}

const struct decoder_ops decoder_ip = {
	.name = "ip",
	.takes_bytes = true,
	.is_plain = true,
	.init = ip_init,
	.decode = ip_decode,
};
