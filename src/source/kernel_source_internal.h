/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef SOURCE_KERNEL_SOURCE_INTERNAL_H
#define SOURCE_KERNEL_SOURCE_INTERNAL_H

/* The source that is a map of the kernel; shared by those who open it and those who read it. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "key_set_internal.h"
#include "map_handle_internal.h"
#include "source/map_source.h"

struct kernel_source {
	struct map_source base;
	struct map_handle map;
	bool lacks_batch;   /* a LOOKUP_BATCH was refused: do not try again */
	bool lacks_mapping; /* the same of its memory */

	/* Kept from one read to the next; allocated by the first one. */
	uint32_t cap; /* pairs that fit into keys and values */
	char *keys;
	char *values;
	char *token; /* where the last call ended; max(key_size, 4) bytes, as next_token */
	char *next_token;
	struct key_set seen;

	const uint64_t *mapped; /* the memory of an mmapable array, or NULL */
	size_t mapped_bytes;
};

/* Both want the descriptor held. */
int kernel_source_read(struct map_source *s, const struct map_read *r, struct err *e);
int kernel_source_drain(struct map_source *s, const struct map_read *r, struct err *e);

/* kernel_source_unmap() - the mapping, too, keeps a map alive. */
void kernel_source_unmap(struct kernel_source *s);
void kernel_source_read_done(struct kernel_source *s);

#endif
