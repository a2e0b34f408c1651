// SPDX-License-Identifier: GPL-2.0-only
/*
 * The Kubernetes pod that a cgroup belongs to, by its uid. The folder is
 * "pod<uid>" (cgroupfs driver) or "kubepods-burstable-pod<uid>.slice" with
 * underscores instead of the uid's dashes (systemd driver), where a runtime
 * that disagrees with kubelet about the driver adds ":…". The uid of a pod
 * from a file is 32 digits without dashes.
 */
#include "cgroup_part_internal.h"

#define UID_CHARS      36
#define FILE_UID_CHARS 32

/* 8-4-4-4-12 digits, or 32. */
static bool is_uid(struct str s)
{
	static const size_t groups[] = {8, 4, 4, 4, 12};

	if (s.n != UID_CHARS)
		return is_lower_hex(s, FILE_UID_CHARS);
	for (size_t i = 0; i < ARRAY_SIZE(groups); i++) {
		size_t n = groups[i];

		if (!is_lower_hex((struct str){.p = s.p, .n = n}, n))
			return false;
		if (i + 1 < ARRAY_SIZE(groups) && s.p[n] != '-' && s.p[n] != '_')
			return false;
		s.p += n + 1;
	}
	return true;
}

/* What follows the component's last "pod" that begins a word. */
static struct str find_uid(struct str component)
{
	const char *end = memchr(component.p, ':', component.n);
	struct str uid;

	if (end)
		component.n = (size_t)(end - component.p);
	if (component.n > 6 && !memcmp(component.p + component.n - 6, ".slice", 6))
		component.n -= 6;
	for (size_t i = component.n; i >= 3; i--) {
		if (memcmp(component.p + i - 3, "pod", 3) != 0 ||
		    (i > 3 && component.p[i - 4] != '-'))
			continue;
		uid = (struct str){.p = component.p + i, .n = component.n - i};
		return is_uid(uid) ? uid : STR("");
	}
	return STR("");
}

static int pod_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	size_t start = out->len;
	int r = cgroup_part_decode(in, find_uid, out);

	(void)d;
	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == '_')
			out->data[i] = '-';
	return r;
}

const struct decoder_ops decoder_pod = {
	.name = "pod",
	.is_changing = true,
	.init = cgroup_part_init,
	.decode = pod_decode,
};
