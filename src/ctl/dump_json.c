// SPDX-License-Identifier: GPL-2.0-only
/* One array, an entry a line. It is closed only where it is whole. */
#include "dump_internal.h"

#include "base/num.h"

static void begin(struct dump *d)
{
	out_char(&d->out, '[');
}

static void write_row(struct dump *d, const struct row *row)
{
	struct out *o = &d->out;
	char cpu[NUM_TEXT_MAX];

	out_str(o, d->n_rows ? STR(",\n{") : STR("\n{"));
	if (d->has_key) {
		out_str(o, STR("\"key\":"));
		value_write_json(&d->key, row->key, false, o);
		out_char(o, ',');
	}
	if (d->each_cpu) {
		out_str(o, STR("\"cpu\":"));
		out_put(o, cpu, num_write_u64(cpu, row->cpu));
		out_char(o, ',');
	}
	out_str(o, STR("\"value\":"));
	value_write_json(&d->value, row->value, false, o);
	out_char(o, '}');
}

static void end(struct dump *d, bool is_whole)
{
	if (is_whole)
		out_str(&d->out, d->n_rows ? STR("\n]\n") : STR("]\n"));
}

const struct dump_format dump_json = {begin, write_row, end};
