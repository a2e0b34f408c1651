// SPDX-License-Identifier: GPL-2.0-only
/*
 * A name as DNS messages carry it: labels after a byte of length each, up to
 * the root's, of length 0. A field that ends between two labels was too short
 * for the rest. A dot or a backslash inside of a label gets a backslash.
 *
 * What is no name, in which a label is longer than 63 bytes or than the field,
 * is shown as hexadecimal digits: a pointer into a message, or plain text.
 */
#include "decoder_common_internal.h"

#include <sys/types.h>

#define LABEL_MAX 63

static int dns_init(struct decoder *d, const struct decoder_input *in)
{
	d->is_lossy = true; /* what follows the root is not shown */
	if (in->shape->kind == DATUM_TEXT)
		return problems_add(in->problems, &in->config->at,
				    "dns needs the bytes of a field, not text");
	return 0;
}

/* The bytes of the name without the root, or -1. */
static ssize_t measure(const struct datum *in)
{
	size_t at = 0;

	while (at < in->n && in->bytes[at]) {
		if (in->bytes[at] > LABEL_MAX || in->bytes[at] >= in->n - at)
			return -1;
		at += 1 + (size_t)in->bytes[at];
	}
	return (ssize_t)at;
}

static void write_label(struct buf *out, const uint8_t *label, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (label[i] == '.' || label[i] == '\\')
			out->data[out->len++] = '\\';
		out->data[out->len++] = (char)label[i];
	}
}

static int dns_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	struct datum raw = *in;
	ssize_t n = measure(in);
	int r;

	raw.kind = DATUM_BYTES;
	if (n < 0)
		return decoder_hex.decode(d, &raw, out);
	r = buf_reserve(out, 2 * (size_t)n);
	for (ssize_t at = 0; r == 0 && at < n; at += 1 + in->bytes[at]) {
		if (at)
			out->data[out->len++] = '.';
		write_label(out, in->bytes + at + 1, in->bytes[at]);
	}
	return r;
}

const struct decoder_ops decoder_dns = {
	.name = "dns",
	.takes_bytes = true,
	.init = dns_init,
	.decode = dns_decode,
};
