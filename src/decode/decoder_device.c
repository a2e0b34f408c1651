// SPDX-License-Identifier: GPL-2.0-only
/*
 * Block devices by the kernel's number, whose minor is the lower 20 bits, or by
 * that of user space, as stat() and the kernel's new_encode_dev() have it: 8
 * bits of the minor, 12 of the major, the rest of the minor. sysfs has a link for each of them,
 * whose last part is the name; a slash of the name is an exclamation mark there. An unknown one
 * stays a number.
 */
#include <limits.h>
#include <stdio.h>
#include <unistd.h>

#include "cached_name_internal.h"
#include "lookup_paths_internal.h"

#define MINOR_BITS 20

static int write_name(const char *name, struct buf *out)
{
	size_t start = out->len;
	int r = buf_puts(out, name);

	for (size_t i = start; i < out->len; i++)
		if (out->data[i] == '!')
			out->data[i] = '/';
	return r;
}

static int find_name(uint32_t major, uint32_t minor, struct buf *out)
{
	char link[PATH_MAX], target[PATH_MAX];
	const char *name;
	ssize_t n;

	(void)snprintf(link, sizeof(link), "%s/%u:%u", lookup_paths.block_devices, major, minor);
	n = readlink(link, target, sizeof(target) - 1);
	if (n <= 0)
		return TEXT_CACHE_UNKNOWN;
	target[n] = '\0';
	name = strrchr(target, '/');
	return write_name(name ? name + 1 : target, out);
}

static int find_kernel_dev(void *ctx, struct str key, struct buf *out)
{
	uint32_t dev;

	(void)ctx;
	memcpy(&dev, key.p, sizeof(dev));
	return find_name(dev >> MINOR_BITS, dev & ((1U << MINOR_BITS) - 1), out);
}

static int find_user_dev(void *ctx, struct str key, struct buf *out)
{
	uint32_t dev;

	(void)ctx;
	memcpy(&dev, key.p, sizeof(dev));
	return find_name(dev >> 8 & 0xfff, (dev & 0xff) | (dev >> 12 & 0xfff00), out);
}

static int device_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	return cached_name_decode(d, in, find_kernel_dev, out);
}

static int user_device_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	return cached_name_decode(d, in, find_user_dev, out);
}

const struct decoder_ops decoder_device = {
	.name = "device",
	.is_changing = true,
	.init = cached_name_init,
	.decode = device_decode,
	.done = cached_name_done,
};

const struct decoder_ops decoder_user_device = {
	.name = "device",
	.is_changing = true,
	.init = cached_name_init,
	.decode = user_device_decode,
	.done = cached_name_done,
};
