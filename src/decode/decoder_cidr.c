// SPDX-License-Identifier: GPL-2.0-only
/*
 * The key of an LPM trie: the length of a prefix in host order, then an
 * address of 4 or 16 bytes. Where the length lies elsewhere, the field is the
 * address, and the length counts `less` bits that lie before it in the key.
 *
 * Nothing is masked and no length corrected, so that different keys never look
 * alike. For the same reason 16 bytes are always shown as IPv6.
 */
#include "decoder_common_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"

struct cidr_state {
	bool has_length; /* the field begins with it */
	uint32_t less;
};

static int cidr_init(struct decoder *d, const struct decoder_input *in)
{
	bool has_length = !in->config->length.field;
	size_t n = in->shape->n - (has_length ? 4 : 0);
	struct cidr_state *s;

	if (in->shape->kind == DATUM_TEXT || (n != 4 && n != 16))
		return decoder_needs(d, in,
				     has_length ? "a length of 4 bytes and an address of 4 or 16"
						: "an address of 4 or 16 bytes");
	s = malloc(sizeof(*s));
	if (!s)
		return -ENOMEM;
	*s = (struct cidr_state){.has_length = has_length, .less = in->config->less};
	d->state = s;
	return 0;
}

static void cidr_done(struct decoder *d)
{
	free(d->state);
}

static int cidr_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	const struct cidr_state *s = d->state;
	size_t before = s->has_length ? 4 : 0;
	uint64_t length = in->length;
	uint32_t own;
	int r = buf_reserve(out, IP_TEXT_MAX + 1 + NUM_TEXT_MAX);

	if (r < 0)
		return r;
	if (s->has_length) {
		memcpy(&own, in->bytes, sizeof(own));
		length = own;
	}
	out->len += decoder_write_ip(out->data + out->len, in->bytes + before, in->n - before);
	out->data[out->len++] = '/';
	out->len += num_write_int128(out->data + out->len, (int128)length - s->less);
	return 0;
}

const struct decoder_ops decoder_cidr = {
	.name = "cidr",
	.takes_bytes = true,
	.is_plain = true,
	.init = cidr_init,
	.decode = cidr_decode,
	.done = cidr_done,
};
