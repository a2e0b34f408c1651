// SPDX-License-Identifier: GPL-2.0-only
/*
 * A gzip stream that is pulled: each read takes as much from the source as it
 * needs to fill the caller's buffer, and no more.
 *
 * Input waits in a fixed piece of PIECE_BYTES; it is refilled only when ISA-L
 * has consumed it whole, which may be before its output left the compressor.
 * Level 1 needs a level buffer of its own, so all memory of a stream is one
 * allocation, made at the start: reading never allocates.
 *
 * Invariants: once `failed` is set, every read returns it, since what was
 * written before is no whole stream; nothing is pulled after the source's end.
 */
#include "render/gzip.h"

#include <assert.h>
#include <isa-l/igzip_lib.h>
#include <stdint.h>
#include <stdlib.h>

#define PIECE_BYTES 65536

struct gzip_stream {
	gzip_pull_fn pull;
	void *ctx;
	int failed; /* 0 or -errno */
	struct isal_zstream z;
	uint8_t level[ISAL_DEF_LVL1_DEFAULT];
	char piece[PIECE_BYTES];
};

struct gzip_stream *gzip_stream_new(gzip_pull_fn pull, void *ctx)
{
	struct gzip_stream *g = malloc(sizeof(*g));

	if (!g)
		return NULL;
	g->pull = pull;
	g->ctx = ctx;
	g->failed = 0;
	g->z = (struct isal_zstream){0}; /* input and output are not touched by the next */
	isal_deflate_init(&g->z);
	g->z.level = 1;
	g->z.level_buf = g->level;
	g->z.level_buf_size = sizeof(g->level);
	g->z.gzip_flag = IGZIP_GZIP;
	g->z.flush = NO_FLUSH;
	return g;
}

void gzip_stream_free(struct gzip_stream *g)
{
	free(g);
}

static int refill(struct gzip_stream *g)
{
	ssize_t n = g->pull(g->ctx, g->piece, sizeof(g->piece));

	if (n < 0)
		return (int)n;
	g->z.next_in = (uint8_t *)g->piece;
	g->z.avail_in = (uint32_t)n;
	g->z.end_of_stream = n == 0;
	return 0;
}

/*
 * ISA-L 2.30 leaves the upper halves of the vector registers in use, which
 * makes every older vector instruction of this thread wait for them: text is
 * then rendered seven times slower, for good. This tells the processor that
 * they are free.
 */
#if defined(__x86_64__)
__attribute__((target("avx"))) static void release_upper_halves(void)
{
	__builtin_ia32_vzeroupper();
}

static void restore_speed(void)
{
	if (__builtin_cpu_supports("avx"))
		release_upper_halves();
}
#else
static void restore_speed(void)
{
}
#endif

/* What isal_deflate() can refuse is the settings, and those are ours. */
static int deflate_step(struct gzip_stream *g)
{
	int r = 0;

	if (!g->z.avail_in && !g->z.end_of_stream)
		r = refill(g);
	if (!r) {
		int status = isal_deflate(&g->z);

		restore_speed();
		assert(status == COMP_OK);
		(void)status;
	}
	return r;
}

ssize_t gzip_stream_read(struct gzip_stream *g, char *dst, size_t size)
{
	if (size > INT32_MAX)
		size = INT32_MAX;
	g->z.next_out = (uint8_t *)dst;
	g->z.avail_out = (uint32_t)size;
	while (!g->failed && g->z.avail_out && g->z.internal_state.state != ZSTATE_END)
		g->failed = deflate_step(g);
	return g->failed ? g->failed : (ssize_t)(size - g->z.avail_out);
}
