// SPDX-License-Identifier: GPL-2.0-only
#include "cached_name_internal.h"

#include <errno.h>

#include "base/clock.h"
#include "decoder_common_internal.h"

int number_init(struct decoder *d, const struct decoder_input *in)
{
	d->is_lossy = true; /* names change, and one may look like a number */
	return decoder_init_number(d, in);
}

int cached_name_init(struct decoder *d, const struct decoder_input *in)
{
	static const struct text_cache_options options = {
		.max_entries = 1024, .keep_ns = 10 * NS_PER_S, .keep_unknown_ns = NS_PER_S};
	int r = number_init(d, in);

	if (r < 0)
		return r;
	d->state = text_cache_new(&options);
	return d->state ? 0 : -ENOMEM;
}

void cached_name_done(struct decoder *d)
{
	text_cache_free(d->state);
}

int cached_name_decode(const struct decoder *d, const struct datum *in, text_cache_fn find,
		       struct buf *out)
{
	uint32_t number = (uint32_t)in->number;
	struct str key = {.p = (const char *)&number, .n = sizeof(number)};
	int r = TEXT_CACHE_UNKNOWN;

	if (in->number <= UINT32_MAX)
		r = text_cache_get(d->state, key, clock_mono_ns(), find, NULL, out);
	return r == TEXT_CACHE_UNKNOWN ? datum_write_default(in, out) : r;
}
