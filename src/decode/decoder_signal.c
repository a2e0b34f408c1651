// SPDX-License-Identifier: GPL-2.0-only
/* Signals, of either sign. Real-time ones have no names: they stay numbers. */
#include "decoder_common_internal.h"

#include <limits.h>
#include <string.h>

static int signal_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	uint64_t v = decoder_magnitude(in);
	const char *name = v <= INT_MAX ? sigabbrev_np((int)v) : NULL;

	(void)d;
	return name ? buf_printf(out, "SIG%s", name) : datum_write_default(in, out);
}

const struct decoder_ops decoder_signal = {
	.name = "signal",
	.is_plain = true,
	.init = decoder_init_magnitude,
	.decode = signal_decode,
};
