// SPDX-License-Identifier: GPL-2.0-only
/* 4 or 16 bytes in network order. IPv4-mapped IPv6 addresses are shown as IPv4. */
#include "decoder_internal.h"

#include <arpa/inet.h>
#include <string.h>

#include "base/num.h"

static const uint8_t v4_mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static int ip_init(struct decoder *d, const struct config_decoder *c, const struct datum_shape *in,
		   struct problems *problems)
{
	(void)d;
	if (in->kind == DATUM_TEXT || (in->n != 4 && in->n != 16))
		return problems_add(problems, &c->at,
				    "ip needs a field of 4 or 16 bytes, not %s%zu bytes",
				    in->kind == DATUM_TEXT ? "text of " : "", in->n);
	return 0;
}

static size_t write_ipv4(char *dst, const uint8_t *bytes)
{
	size_t n = 0;

	for (int i = 0; i < 4; i++) {
		if (i)
			dst[n++] = '.';
		n += num_write_u64(dst + n, bytes[i]);
	}
	return n;
}

static int ip_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	int r = buf_reserve(out, INET6_ADDRSTRLEN);
	char *dst;

	(void)d;
	if (r < 0)
		return r;
	dst = out->data + out->len;
	if (in->n == 4) {
		out->len += write_ipv4(dst, in->bytes);
	} else if (!memcmp(in->bytes, v4_mapped, sizeof(v4_mapped))) {
		out->len += write_ipv4(dst, in->bytes + 12);
	} else {
		inet_ntop(AF_INET6, in->bytes, dst, INET6_ADDRSTRLEN);
		out->len += strlen(dst);
	}
	return 0;
}

const struct decoder_ops decoder_ip = {
	.name = "ip",
	.is_plain = true,
	.init = ip_init,
	.decode = ip_decode,
};
