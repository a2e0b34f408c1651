// SPDX-License-Identifier: GPL-2.0-only
/* One pair taken out of a kernel's map. */
#include <errno.h>

#include "kernel_source_internal.h"
#include "passing_internal.h"
#include "source/map_ops.h"

/* Before LOOKUP_AND_DELETE_ELEM knew hash types. */
static int lookup_then_delete(int fd, const void *key, void *values)
{
	int r = try_until_passed(map_lookup(fd, key, values));

	return r < 0 ? r : try_until_passed(map_delete(fd, key));
}

static int take(struct kernel_source *s, const void *key, void *values)
{
	int r = -EOPNOTSUPP;

	if (!s->lacks_take)
		r = try_until_passed(map_lookup_and_delete(s->map.fd, key, values));
	if (r == -EINVAL || r == -MAP_ENOTSUPP)
		s->lacks_take = true;
	return s->lacks_take ? lookup_then_delete(s->map.fd, key, values) : r;
}

int kernel_source_take(struct kernel_source *s, const void *key, void *values, struct err *e)
{
	int r;

	if (!map_type_is_drainable(s->base.info.type))
		return kernel_source_refuse(s, "drained", e);
	r = take(s, key, values);
	if (r == -ENOENT)
		return err_set(e, r, "%s: the key is not there any more", s->map.locator);
	return r < 0 ? kernel_source_fail(s, r, e) : 0;
}
