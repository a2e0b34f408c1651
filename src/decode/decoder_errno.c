// SPDX-License-Identifier: GPL-2.0-only
/* Error numbers, as the kernel returns them (-2) or as errno has them (2). */
#include "decoder_common_internal.h"

#include <limits.h>
#include <string.h>

static int errno_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	uint64_t v = decoder_magnitude(in);
	const char *name = v <= INT_MAX ? strerrorname_np((int)v) : NULL;

	(void)d;
	return name ? buf_puts(out, name) : datum_write_default(in, out);
}

const struct decoder_ops decoder_errno = {
	.name = "errno",
	.is_plain = true,
	.init = decoder_init_magnitude,
	.decode = errno_decode,
};
