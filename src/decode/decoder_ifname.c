// SPDX-License-Identifier: GPL-2.0-only
/*
 * Interface indexes as names, in the network namespace that the process runs
 * in; an unknown one stays a number.
 *
 * Names change and asking costs system calls, so answers are kept for a
 * while, unknown ones shortest, in a table of fixed size in which a new
 * answer takes the place of an old one. A plan runs in one thread at a time,
 * and so does this.
 */
#include "decoder_internal.h"

#include <errno.h>
#include <net/if.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define N_SLOTS	   1024
#define KEEP_NS	   (10 * NS_PER_S)
#define KEEP_NO_NS NS_PER_S

struct answer {
	uint32_t index;
	uint64_t until_ns;
	char name[IF_NAMESIZE]; /* "": unknown */
};

static int ifname_init(struct decoder *d, const struct config_decoder *c,
		       const struct datum_shape *in, struct problems *problems)
{
	d->is_lossy = true; /* an interface may be called "7" */
	if (in->kind != DATUM_NUMBER)
		return problems_add(problems, &c->at, "ifname needs an integer field");
	d->state = calloc(N_SLOTS, sizeof(struct answer));
	return d->state ? 0 : -ENOMEM;
}

static void ifname_done(struct decoder *d)
{
	free(d->state);
}

static const char *find_name(struct answer *answers, uint32_t index)
{
	struct answer *a = &answers[index % N_SLOTS];
	uint64_t now_ns = clock_mono_ns();

	if (a->index == index && now_ns < a->until_ns)
		return a->name;
	a->index = index;
	if (!if_indextoname(index, a->name))
		a->name[0] = '\0';
	a->until_ns = now_ns + (a->name[0] ? KEEP_NS : KEEP_NO_NS);
	return a->name;
}

static int ifname_decode(const struct decoder *d, const struct datum *in, struct buf *out)
{
	const char *name = "";

	if (in->number && in->number <= UINT32_MAX)
		name = find_name(d->state, (uint32_t)in->number);
	return *name ? buf_puts(out, name) : datum_write_default(in, out);
}

const struct decoder_ops decoder_ifname = {
	.name = "ifname",
	.is_changing = true,
	.init = ifname_init,
	.decode = ifname_decode,
	.done = ifname_done,
};
