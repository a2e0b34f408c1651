// SPDX-License-Identifier: GPL-2.0-only
/* Opening a pinned map, and what is to be known of it without reading its entries. */
#include "source/map_source.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "btf_layout_internal.h"
#include "kernel_source_internal.h"
#include "pinned_internal.h"

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

/* Opens the pin and asks what it is. Return: the descriptor, or as map_source_open(). */
static int open_map(const char *pin, bool writable, struct map_info *ret_info, struct err *e)
{
	_cleanup_(close_fdp) int fd = pinned_open(pin, PINNED_MAP, writable ? 0 : BPF_F_RDONLY, e);
	int r;

	if (fd < 0)
		return fd;
	r = map_fd_info(fd, ret_info);
	if (r < 0)
		return err_set(e, r, "%s: no information about the map: %s", pin, err_name(r));
	return take_fd(&fd);
}

static int kernel_source_check(struct map_source *source, struct err *e)
{
	struct kernel_source *s = kernel(source);
	_cleanup_(close_fdp) int fd = -1;
	struct map_info now = {0};

	fd = open_map(s->pin, s->writable, &now, e);
	if (fd == -ENOENT)
		return MAP_SOURCE_GONE;
	if (fd < 0)
		return fd;
	if (now.id != s->base.info.id)
		return err_set(e, MAP_SOURCE_REPLACED, "%s: now names map %u instead of %u", s->pin,
			       now.id, s->base.info.id);
	return 0;
}

static int part_layout(const struct kernel_source *s, const struct btf *btf, const char *part,
		       uint32_t type_id, uint32_t size, struct layout **ret_layout, struct err *e)
{
	int r;

	if (!type_id)
		return 0;
	r = layout_from_btf(btf, type_id, size, ret_layout, e);
	return r < 0 ? err_wrap(e, r, "%s: BTF of the %s", s->pin, part) : 0;
}

static int explain_no_btf(const struct kernel_source *s, int r, struct err *e)
{
	if (r == -ENOMEM)
		return err_set(e, r, "%s: no memory for the map's BTF", s->pin);
	if (r == -EPERM || r == -EACCES)
		return err_set(e, MAP_SOURCE_NO_BTF,
			       "%s: this process may not read the map's BTF, which needs "
			       "CAP_SYS_ADMIN",
			       s->pin);
	return err_set(e, MAP_SOURCE_NO_BTF, "%s: the map's BTF cannot be read: %s", s->pin,
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
		return err_set(e, MAP_SOURCE_NO_BTF, "%s: the map has no BTF", s->pin);
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
	close_fdp(&s->fd);
	free(s->pin);
	free(s);
}

static const struct map_source_ops kernel_source_ops = {
	.check = kernel_source_check,
	.read = kernel_source_read,
	.drain = kernel_source_drain,
	.layouts = kernel_source_layouts,
	.close = kernel_source_close,
};

int map_source_open(const char *pin, bool writable, struct map_source **ret_source, struct err *e)
{
	_cleanup_(close_fdp) int fd = -1;
	struct map_info info = {0};
	struct kernel_source *s;

	fd = open_map(pin, writable, &info, e);
	if (fd < 0)
		return fd == -ENOENT ? MAP_SOURCE_GONE : fd;
	s = calloc(1, sizeof(*s));
	if (s)
		s->pin = strdup(pin);
	if (!s || !s->pin) {
		free(s);
		return err_set(e, -ENOMEM, "%s: no memory to open it", pin);
	}
	s->base = (struct map_source){.ops = &kernel_source_ops, .info = info};
	s->fd = take_fd(&fd);
	s->writable = writable;
	s->seen.key_size = info.key_size;
	*ret_source = &s->base;
	return 0;
}
