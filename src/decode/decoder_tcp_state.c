// SPDX-License-Identifier: GPL-2.0-only
/* Source of the numbers: include/net/tcp_states.h. */
#include "decoder_common_internal.h"

static const char *const names[] = {
	[1] = "ESTABLISHED",	 [2] = "SYN_SENT",  [3] = "SYN_RECV", [4] = "FIN_WAIT1",
	[5] = "FIN_WAIT2",	 [6] = "TIME_WAIT", [7] = "CLOSE",    [8] = "CLOSE_WAIT",
	[9] = "LAST_ACK",	 [10] = "LISTEN",   [11] = "CLOSING", [12] = "NEW_SYN_RECV",
	[13] = "BOUND_INACTIVE",
};

static int tcp_state_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return decoder_write_name(names, ARRAY_SIZE(names), in, out);
}

const struct decoder_ops decoder_tcp_state = {
	.name = "tcp_state",
	.is_plain = true,
	.init = decoder_init_number,
	.decode = tcp_state_decode,
};
