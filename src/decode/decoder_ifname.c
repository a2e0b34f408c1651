// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interface indexes as names, in the network namespace that the process runs
 * in; an unknown one stays a number.
 */
#include <net/if.h>

#include "cached_name_internal.h"

static int find_name(void *ctx, struct str key, struct buf *out)
{
	char name[IF_NAMESIZE];
	uint32_t index;

	(void)ctx;
	memcpy(&index, key.p, sizeof(index));
	return if_indextoname(index, name) ? buf_puts(out, name) : TEXT_CACHE_UNKNOWN;
}

static int ifname_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	return cached_name_decode(d, in, find_name, out);
}

const struct decoder_ops decoder_ifname = {
	.name = "ifname",
	.is_changing = true,
	.init = cached_name_init,
	.decode = ifname_decode,
	.done = cached_name_done,
};
