// SPDX-License-Identifier: GPL-2.0-only
/* What a map is, how full, and what its entries look like. */
#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>

#include "ctl/status.h"
#include "model/layout.h"

static void print_flags(uint32_t flags)
{
	static const struct {
		uint32_t bit;
		const char *name;
	} known[] = {
		{BPF_F_NO_PREALLOC, "no_prealloc"},
		{BPF_F_NO_COMMON_LRU, "no_common_lru"},
		{BPF_F_NUMA_NODE, "numa_node"},
		{BPF_F_RDONLY, "rdonly"},
		{BPF_F_WRONLY, "wronly"},
		{BPF_F_ZERO_SEED, "zero_seed"},
		{BPF_F_RDONLY_PROG, "rdonly_prog"},
		{BPF_F_WRONLY_PROG, "wronly_prog"},
		{BPF_F_CLONE, "clone"},
		{BPF_F_MMAPABLE, "mmapable"},
		{BPF_F_PRESERVE_ELEMS, "preserve_elems"},
		{BPF_F_INNER_MAP, "inner_map"},
	};

	printf("  flags        %s", flags ? "" : "none");
	for (size_t i = 0; i < ARRAY_SIZE(known); i++)
		if (flags & known[i].bit) {
			flags &= ~known[i].bit;
			printf("%s%s", known[i].name, flags ? " " : "");
		}
	if (flags)
		printf("0x%x", flags);
	putchar('\n');
}

static void print_info(const struct map_info *info)
{
	printf("  type         %s\n", map_type_name(info->type));
	printf("  id           %u\n", info->id);
	printf("  name         %s\n", info->name);
	printf("  key          %u bytes\n", info->key_size);
	printf("  value        %u bytes", info->value_size);
	if (map_type_is_per_cpu(info->type))
		printf(" for each of %u CPUs", info->n_cpus);
	printf("\n  max entries  %u\n", info->max_entries);
	print_flags(info->flags);
	printf("  frozen       %s\n",
	       info->is_frozen ? "yes: only programs can write to it" : "no");
	if (info->memory_bytes)
		printf("  memory       %llu bytes\n", (unsigned long long)info->memory_bytes);
	else
		printf("  memory       unknown\n");
}

static bool is_ring_buffer(uint32_t type)
{
	return type == BPF_MAP_TYPE_RINGBUF || type == BPF_MAP_TYPE_USER_RINGBUF;
}

static int print_fill(struct map_source *s, struct err *e)
{
	const struct map_info *info = &s->info;
	bool is_bytes = is_ring_buffer(info->type);
	uint64_t n;
	int r = map_source_count(s, 0, &n, e);

	if (r == -EOPNOTSUPP) {
		printf("  %-12s unknown: %s\n", is_bytes ? "waiting" : "entries", e->text);
		return 0;
	}
	if (r)
		return r;
	printf("  %-12s %llu%s (%.1f %% full)\n", is_bytes ? "waiting" : "entries",
	       (unsigned long long)n, is_bytes ? " bytes" : "",
	       info->max_entries ? 100.0 * (double)n / info->max_entries : 0.0);
	return 0;
}

static int print_layouts(struct map_source *s, const char *state_dir, struct err *e)
{
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	_cleanup_buf_ struct buf text = BUF_INIT;
	int r = map_source_layouts(s, state_dir, &key, &value, e);

	if (r == MAP_SOURCE_NO_BTF) {
		printf("  layout       unknown: %s\n", e->text);
		return 0;
	}
	if (!r && key)
		r = layout_print(key, "key", &text);
	if (!r && value)
		r = layout_print(value, "value", &text);
	if (r == -ENOMEM)
		return err_set(e, r, "no memory");
	if (r)
		return r;
	putchar('\n');
	fwrite(text.data, 1, text.len, stdout);
	return 0;
}

static int show_pin(const char *pin, const char *state_dir)
{
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	int status = ctl_open(pin, &s), r;
	struct err e = {0};

	if (status)
		return status;
	printf("%s\n", pin);
	print_info(&s->info);
	if ((r = print_fill(s, &e)) || (r = print_layouts(s, state_dir, &e)))
		return ctl_fail_with(r, &e);
	return CTL_OK;
}

int ctl_show(const struct ctl_arguments *args)
{
	int status = CTL_OK;

	for (size_t i = 0; i < args->n; i++) {
		if (i)
			putchar('\n');
		status = ctl_worse(status, show_pin(args->operands[i], args->state_dir));
	}
	return status;
}
