/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef FUZZ_MACHINE_H
#define FUZZ_MACHINE_H

/*
 * What decoders ask the machine: mostly nothing is there, so that a run costs
 * little and is the same everywhere. Stack traces are made up.
 */
#include <errno.h>

#include "../../src/decode/lookup_paths_internal.h"
#include "../../src/decode/pci_names_internal.h"
#include "choices.h"

static inline int machine_find_stack(struct stack_map *m, uint32_t id, uint64_t *addresses,
				     size_t max, size_t *ret_n)
{
	(void)m;
	if (id % 5 == 0)
		return -ENOENT;
	*ret_n = id < max ? id : max;
	memset(addresses, (int)id, *ret_n * sizeof(*addresses));
	return 0;
}

static inline void machine_close_stacks(struct stack_map *m)
{
	(void)m;
}

/* Every map but `none` has traces. */
static inline int machine_open_stacks(void *ctx, const char *map, struct stack_map **ret_map,
				      struct err *e)
{
	static struct stack_map stacks = {.find = machine_find_stack,
					  .close = machine_close_stacks};

	(void)ctx;
	if (!strcmp(map, "none"))
		return err_set(e, -ENOENT, "there is no map '%s'", map);
	*ret_map = &stacks;
	return 0;
}

static const struct stack_provider machine_stacks = {.open = machine_open_stacks};

/* Also keeps pci.ids, which is not read for each input then. */
static inline void machine_init(void)
{
	static const struct datum_shape number = {.kind = DATUM_NUMBER, .n = 4};
	static const struct decoder_input input = {.shape = &number};
	static struct decoder kept;

	lookup_paths = (struct lookup_paths){
		.passwd = "/etc/passwd",
		.block_devices = "/dev/null",
		.mountinfo = "/dev/null",
		.kallsyms = "/dev/null",
	};
	CHECK(pci_names_init(&kept, &input) == 0);
}

#endif
