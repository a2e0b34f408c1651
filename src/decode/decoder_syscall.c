// SPDX-License-Identifier: GPL-2.0-only
/* System calls of the 64-bit ABI, as the headers that this is built with know them. */
#include "decoder_common_internal.h"

#include <asm/unistd.h>

static const char *const names[] = {
#include "syscall_names.h"
};

static int syscall_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return decoder_write_name(names, ARRAY_SIZE(names), in, out);
}

const struct decoder_ops decoder_syscall = {
	.name = "syscall",
	.is_plain = true,
	.init = decoder_init_number,
	.decode = syscall_decode,
};
