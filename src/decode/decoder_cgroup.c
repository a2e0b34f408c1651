// SPDX-License-Identifier: GPL-2.0-only
/* Cgroup ids as paths; an unknown one stays a number. */
#include "base/clock.h"
#include "cached_name_internal.h"
#include "cgroup_tree_internal.h"

static int cgroup_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	int r = cgroup_tree_find(in->number, in->n <= 4, clock_mono_ns(), out);

	(void)d;
	return r == CGROUP_UNKNOWN ? datum_write_default(in, out) : r;
}

const struct decoder_ops decoder_cgroup = {
	.name = "cgroup",
	.is_changing = true,
	.init = number_init,
	.decode = cgroup_decode,
};
