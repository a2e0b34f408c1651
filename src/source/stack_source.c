// SPDX-License-Identifier: GPL-2.0-only
#include "source/stack_source.h"

#include <errno.h>
#include <linux/bpf.h>
#include <string.h>

#include "map_handle_internal.h"
#include "source/map_ops.h"
#include "source/map_source.h"

struct stack_source {
	struct map_handle map;
	uint64_t *trace; /* a value of the map */
	size_t trace_n;
};

static int check_kind(const struct map_handle *map, struct err *e)
{
	const struct map_info *info = &map->info;

	if (info->type != BPF_MAP_TYPE_STACK_TRACE)
		return err_set(e, -EOPNOTSUPP, "%s: is a map of type %s, not of stack traces",
			       map->locator, map_type_name(info->type));
	if (info->flags & BPF_F_STACK_BUILD_ID)
		return err_set(
			e, -EOPNOTSUPP,
			"%s: its stack traces are of build ids and offsets, not of addresses",
			map->locator);
	return 0;
}

int stack_source_open(const char *locator, struct stack_source **ret_source, struct err *e)
{
	_cleanup_(stack_source_closep) struct stack_source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, -ENOMEM, "%s: no memory to open it", locator);
	s->map.fd = -1;
	r = map_handle_open(&s->map, locator, BPF_F_RDONLY, e);
	if (r < 0)
		return r == -ENOENT ? MAP_SOURCE_GONE : r;
	r = check_kind(&s->map, e);
	if (r < 0)
		return r;
	s->trace_n = s->map.info.value_size / sizeof(*s->trace);
	s->trace = calloc(s->trace_n, sizeof(*s->trace));
	if (!s->trace)
		return err_set(e, -ENOMEM, "%s: no memory to open it", locator);
	*ret_source = take_ptr(s);
	return 0;
}

int stack_source_find(struct stack_source *s, uint32_t id, uint64_t *addresses, size_t max,
		      size_t *ret_n)
{
	size_t n = 0;
	int r = map_handle_hold(&s->map, NULL);

	if (r < 0)
		return r;
	r = map_lookup(s->map.fd, &id, s->trace);
	map_handle_release(&s->map);
	if (r < 0)
		return r;
	while (n < max && n < s->trace_n && s->trace[n])
		n++;
	memcpy(addresses, s->trace, n * sizeof(*addresses));
	*ret_n = n;
	return 0;
}

void stack_source_close(struct stack_source *s)
{
	if (!s)
		return;
	map_handle_close(&s->map);
	free(s->trace);
	free(s);
}
