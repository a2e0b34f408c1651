// SPDX-License-Identifier: GPL-2.0-only
/* Opening a map, and what is to be known of it without reading its entries. */
#include "source/map_source.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "btf_layout_internal.h"
#include "kernel_source_internal.h"

DEFINE_CLEANUP(btf__free, struct btf *)

static struct kernel_source *kernel(struct map_source *s)
{
	return (struct kernel_source *)s; /* base is its first member */
}

/* What the kernel charges for the map, which it tells only in fdinfo. */
static uint64_t read_memory_bytes(int fd)
{
	_cleanup_(fclosep) FILE *file = NULL;
	unsigned long long bytes;
	char path[64], line[128];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			return bytes;
	}
	return 0;
}

int map_fd_info(int fd, struct map_info *ret_info)
{
	struct bpf_map_info raw = {0};
	uint32_t size = sizeof(raw);
	struct map_info info;
	int n_cpus = 1, r;

	r = bpf_obj_get_info_by_fd(fd, &raw, &size);
	if (r < 0)
		return r;
	if (map_type_is_per_cpu(raw.type))
		n_cpus = libbpf_num_possible_cpus();
	if (n_cpus < 0)
		return n_cpus;

	info = (struct map_info){
		.type = raw.type,
		.id = raw.id,
		.key_size = raw.key_size,
		.value_size = raw.value_size,
		.max_entries = raw.max_entries,
		.flags = raw.map_flags,
		.btf_id = raw.btf_id,
		.btf_key_type_id = raw.btf_key_type_id,
		.btf_value_type_id = raw.btf_value_type_id,
		.memory_bytes = read_memory_bytes(fd),
	};
	memcpy(info.name, raw.name, sizeof(info.name) - 1);
	map_info_set_stride(&info, (uint32_t)n_cpus);
	*ret_info = info;
	return 0;
}

static int kernel_source_check(struct map_source *source, struct err *e)
{
	return map_handle_check(&kernel(source)->map, e);
}

typedef int (*read_fn)(struct map_source *s, const struct map_read *r, struct err *e);

static int read_held(struct map_source *source, read_fn read, const struct map_read *r,
		     struct err *e)
{
	struct kernel_source *s = kernel(source);
	int q = map_handle_hold(&s->map, e);

	if (q < 0)
		return q;
	q = read(source, r, e);
	map_handle_release(&s->map);
	if (s->map.fd < 0)
		kernel_source_unmap(s);
	return q;
}

static int hold_and_read(struct map_source *s, const struct map_read *r, struct err *e)
{
	return read_held(s, kernel_source_read, r, e);
}

static int hold_and_drain(struct map_source *s, const struct map_read *r, struct err *e)
{
	return read_held(s, kernel_source_drain, r, e);
}

static int part_layout(const struct kernel_source *s, const struct btf *btf, const char *part,
		       uint32_t type_id, uint32_t size, struct layout **ret_layout, struct err *e)
{
	int r;

	if (!type_id)
		return 0;
	r = layout_from_btf(btf, type_id, size, ret_layout, e);
	return r < 0 ? err_wrap(e, r, "%s: BTF of the %s", s->map.locator, part) : 0;
}

static int explain_no_btf(const struct kernel_source *s, int r, struct err *e)
{
	if (r == -ENOMEM)
		return err_set(e, r, "%s: no memory for the map's BTF", s->map.locator);
	if (r == -EPERM || r == -EACCES)
		return err_set(e, MAP_SOURCE_NO_BTF,
			       "%s: this process may not read the map's BTF, which needs "
			       "CAP_SYS_ADMIN",
			       s->map.locator);
	return err_set(e, MAP_SOURCE_NO_BTF, "%s: the map's BTF cannot be read: %s", s->map.locator,
		       err_name(r));
}

static int kernel_source_layouts(struct map_source *source, struct layout **ret_key,
				 struct layout **ret_value, struct err *e)
{
	struct kernel_source *s = kernel(source);
	const struct map_info *info = &s->base.info;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	_cleanup_(btf__freep) struct btf *btf = NULL;
	int r;

	if (!info->btf_id || (!info->btf_key_type_id && !info->btf_value_type_id))
		return err_set(e, MAP_SOURCE_NO_BTF, "%s: the map has no BTF", s->map.locator);
	btf = btf__load_from_kernel_by_id(info->btf_id);
	if (!btf)
		return explain_no_btf(s, -errno, e);
	r = part_layout(s, btf, "key", info->btf_key_type_id, info->key_size, &key, e);
	if (r == 0)
		r = part_layout(s, btf, "value", info->btf_value_type_id, info->value_size, &value,
				e);
	if (r < 0)
		return r;
	*ret_key = take_ptr(key);
	*ret_value = take_ptr(value);
	return 0;
}

static void kernel_source_close(struct map_source *source)
{
	struct kernel_source *s = kernel(source);

	kernel_source_read_done(s);
	map_handle_close(&s->map);
	free(s);
}

static const struct map_source_ops kernel_source_ops = {
	.check = kernel_source_check,
	.read = hold_and_read,
	.drain = hold_and_drain,
	.layouts = kernel_source_layouts,
	.close = kernel_source_close,
};

int map_source_open(const char *locator, bool writable, struct map_source **ret_source,
		    struct err *e)
{
	_cleanup_(freep) struct kernel_source *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return err_set(e, -ENOMEM, "%s: no memory to open it", locator);
	s->map.fd = -1;
	r = map_handle_open(&s->map, locator, writable ? 0 : BPF_F_RDONLY, e);
	if (r < 0)
		return r == -ENOENT ? MAP_SOURCE_GONE : r;
	s->base = (struct map_source){.ops = &kernel_source_ops, .info = s->map.info};
	s->seen.key_size = s->base.info.key_size;
	*ret_source = &take_ptr(s)->base;
	return 0;
}
