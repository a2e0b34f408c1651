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
#include "config/config.h"
#include "kernel_source_internal.h"
#include "source/btf_store.h"

static struct kernel_source *kernel(struct map_source *s)
{
	return (struct kernel_source *)s; /* base is its first member */
}

/* What the kernel tells only in fdinfo: what it charges for the map, and whether it is frozen. */
static void read_fdinfo(int fd, struct map_info *info)
{
	_cleanup_(fclosep) FILE *file = NULL;
	char path[64], line[128];
	unsigned long long n;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (sscanf(line, "memlock: %llu", &n) == 1)
			info->memory_bytes = n;
		else if (sscanf(line, "frozen: %llu", &n) == 1)
			info->is_frozen = n != 0;
	}
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
	};
	read_fdinfo(fd, &info);
	memcpy(info.name, raw.name, sizeof(info.name) - 1);
	map_info_set_stride(&info, (uint32_t)n_cpus);
	*ret_info = info;
	return 0;
}

static int kernel_source_check(struct map_source *source, struct err *e)
{
	struct map_handle *map = &kernel(source)->map;
	int r = map_handle_check(map, e);

	source->info.memory_bytes = map->info.memory_bytes;
	source->info.pinned_wall_ns = map->info.pinned_wall_ns;
	return r;
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

/* BTF of the map: what the kernel gave, or a copy. */
struct map_btf {
	struct btf *btf;
	const char *origin; /* for messages */
};

static void map_btf_done(const struct map_btf *b)
{
	btf__free(b->btf);
}

static int hold_and_count(struct map_source *source, uint64_t deadline_ns, uint64_t *ret_n,
			  struct err *e)
{
	struct kernel_source *s = kernel(source);
	int q = map_handle_hold(&s->map, e);

	if (q < 0)
		return q;
	q = kernel_source_count(s, deadline_ns, ret_n, e);
	map_handle_release(&s->map);
	return q;
}

static int hold_and_take(struct map_source *source, const void *key, void *values, struct err *e)
{
	struct kernel_source *s = kernel(source);
	int q = map_handle_hold(&s->map, e);

	if (q < 0)
		return q;
	q = kernel_source_take(s, key, values, e);
	map_handle_release(&s->map);
	return q;
}

static int part_layout(const struct kernel_source *s, const struct map_btf *b, const char *part,
		       uint32_t type_id, uint32_t size, struct layout **ret_layout, struct err *e)
{
	int r;

	if (!type_id)
		return 0;
	r = layout_from_btf(b->btf, type_id, size, ret_layout, e);
	return r < 0 ? err_wrap(e, r, "%s: %s of the %s", s->map.locator, b->origin, part) : 0;
}

static bool is_refusal(int r)
{
	return r == -EPERM || r == -EACCES;
}

/* Why the kernel gives no BTF; a condition, not a failure, but for memory. */
static int explain_no_btf(const struct kernel_source *s, int r, struct err *e)
{
	if (r == -ENOMEM)
		return err_set(e, r, "%s: no memory for the map's BTF", s->map.locator);
	if (is_refusal(r))
		return err_set(e, MAP_SOURCE_NO_BTF,
			       "%s: this process may not read the map's BTF, which needs "
			       "CAP_SYS_ADMIN",
			       s->map.locator);
	return err_set(e, MAP_SOURCE_NO_BTF, "%s: the map's BTF cannot be read: %s", s->map.locator,
		       err_name(r));
}

/* The copy that somebody with privilege has saved, or what to do about it. */
static int load_saved(const struct kernel_source *s, const char *state_dir, struct btf **ret_btf,
		      struct err *e)
{
	bool is_default = !strcmp(state_dir, CONFIG_DEFAULT_STATE_DIR);
	struct err why = {""};
	int r = btf_store_load(state_dir, s->base.info.btf_id, ret_btf, &why);

	if (r == 0)
		return 0;
	if (r == -ENOMEM)
		return err_set(e, r, "%s: %s", s->map.locator, why.text);
	return err_set(e, MAP_SOURCE_NO_BTF,
		       "%s: this process may not read the map's BTF, which needs CAP_SYS_ADMIN, "
		       "and there is no copy to be used (%s): run `bpfmapctl btf save %s%s%s` as "
		       "root, or write key and value in the configuration",
		       s->map.locator, why.text, s->map.locator, is_default ? "" : " --state-dir ",
		       is_default ? "" : state_dir);
}

static int load_btf(const struct kernel_source *s, const char *state_dir, struct map_btf *ret,
		    struct err *e)
{
	struct btf *btf = btf__load_from_kernel_by_id(s->base.info.btf_id);
	int r = btf ? 0 : -errno;

	*ret = (struct map_btf){btf, "BTF"};
	if (r == 0)
		return 0;
	if (!is_refusal(r) || !state_dir)
		return explain_no_btf(s, r, e);
	ret->origin = "saved BTF";
	return load_saved(s, state_dir, &ret->btf, e);
}

static int kernel_source_layouts(struct map_source *source, const char *state_dir,
				 struct layout **ret_key, struct layout **ret_value, struct err *e)
{
	struct kernel_source *s = kernel(source);
	const struct map_info *info = &s->base.info;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	_cleanup_(map_btf_done) struct map_btf btf = {0};
	int r;

	if (!map_info_has_btf(info))
		return err_set(e, MAP_SOURCE_NO_BTF, "%s: the map has no BTF", s->map.locator);
	r = load_btf(s, state_dir, &btf, e);
	if (r == 0)
		r = part_layout(s, &btf, "key", info->btf_key_type_id, info->key_size, &key, e);
	if (r == 0)
		r = part_layout(s, &btf, "value", info->btf_value_type_id, info->value_size, &value,
				e);
	if (r)
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
	.count = hold_and_count,
	.take = hold_and_take,
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
