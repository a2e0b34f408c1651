// SPDX-License-Identifier: GPL-2.0-only
/*
 * The container that a cgroup belongs to: 64 hexadecimal digits. They are a
 * folder's whole name (cgroupfs driver), or stand at the end of one, after
 * whatever the runtime puts before them and a dash or a colon; systemd adds
 * ".scope". The monitor of a container is not the container.
 */
#include "cgroup_part_internal.h"

#define ID_DIGITS 64

static bool ends_with(struct str s, struct str end)
{
	return s.n >= end.n && !memcmp(s.p + s.n - end.n, end.p, end.n);
}

static struct str find_id(struct str component)
{
	struct str id = {.n = ID_DIGITS};

	if (ends_with(component, STR(".scope")))
		component.n -= STR(".scope").n;
	if (component.n < ID_DIGITS)
		return STR("");
	component.n -= ID_DIGITS;
	id.p = component.p + component.n;
	if (!is_lower_hex(id, ID_DIGITS) || ends_with(component, STR("conmon-")))
		return STR("");
	if (component.n && !ends_with(component, STR("-")) && !ends_with(component, STR(":")))
		return STR("");
	return id;
}

static int container_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	(void)d;
	return cgroup_part_decode(in, find_id, out);
}

const struct decoder_ops decoder_container = {
	.name = "container",
	.is_changing = true,
	.init = cgroup_part_init,
	.decode = container_decode,
};
