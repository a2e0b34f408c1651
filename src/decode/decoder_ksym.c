// SPDX-License-Identifier: GPL-2.0-only
/* Kernel addresses as the function that they lie in; an unknown one is written as 0x… */
#include "base/clock.h"
#include "cached_name_internal.h"
#include "kallsyms_internal.h"

static int ksym_init(struct decoder *d, const struct decoder_input *in)
{
	int r = number_init(d, in);

	d->is_merging = true; /* a function has many addresses */
	return r < 0 ? r : kallsyms_load(clock_mono_ns());
}

static int ksym_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return kallsyms_write(in->number, clock_mono_ns(), out);
}

const struct decoder_ops decoder_ksym = {
	.name = "ksym",
	.is_changing = true,
	.init = ksym_init,
	.decode = ksym_decode,
};
