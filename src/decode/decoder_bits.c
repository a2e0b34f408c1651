// SPDX-License-Identifier: GPL-2.0-only
/*
 * Flags: the name of each mask of which all bits are set, in the order of the
 * masks. Bits that no mask names follow as a hexadecimal number, so that what
 * differs also looks different. Mask 0 names the number 0.
 */
#include "decoder_common_internal.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void bits_done(struct decoder *d)
{
	if (d->state)
		decoder_entries_done(d->state);
	free(d->state);
}

/* Whether a list of such names can be read in two ways. */
static bool is_ambiguous(const struct decoder_entries *e)
{
	for (size_t i = 0; i < e->n; i++) {
		const char *name = e->items[i].text;

		if (!*name || strchr(name, ',') || !strncmp(name, "0x", 2))
			return true;
	}
	return e->has_twins;
}

static int bits_init(struct decoder *d, const struct decoder_input *in)
{
	struct decoder_entries *e;
	int r = decoder_init_number(d, in);

	if (r < 0)
		return r;
	e = calloc(1, sizeof(*e));
	d->state = e;
	if (!e)
		return -ENOMEM;
	r = decoder_entries_copy(in->config, e);
	if (r < 0)
		return r;
	d->is_lossy = is_ambiguous(e);
	d->is_merging = e->has_twins;
	return 0;
}

static int append_item(struct buf *out, size_t start, const char *text)
{
	int r = out->len > start ? buf_append(out, ",", 1) : 0;

	return r < 0 ? r : buf_puts(out, text);
}

static int bits_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	const struct decoder_entries *e = d->state;
	/* Without the bits that extended a sign. */
	uint64_t v = in->number & (in->n < 8 ? (UINT64_C(1) << 8 * in->n) - 1 : UINT64_MAX);
	uint64_t rest = v;
	size_t start = out->len;
	char hex[2 + 16 + 1];
	int r = 0;

	for (size_t i = 0; r == 0 && i < e->n; i++) {
		uint64_t mask = (uint64_t)e->items[i].first;

		if (mask ? (v & mask) != mask : v != 0)
			continue;
		r = append_item(out, start, e->items[i].text);
		rest &= ~mask;
	}
	if (r < 0 || !rest)
		return r;
	snprintf(hex, sizeof(hex), "0x%llx", (unsigned long long)rest);
	return append_item(out, start, hex);
}

const struct decoder_ops decoder_bits = {
	.name = "bits",
	.init = bits_init,
	.decode = bits_decode,
	.done = bits_done,
};
