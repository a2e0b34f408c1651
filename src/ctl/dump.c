// SPDX-License-Identifier: GPL-2.0-only
/*
 * Entries are written as they are read: a batch of them is all that is ever in
 * memory. What is written goes past stdio, so that the one who writes sees why
 * it failed. Whoever closes the pipe ends the program by SIGPIPE.
 */
#include <errno.h>

#include "base/clock.h"
#include "ctl/status.h"
#include "dump_internal.h"

#define CHUNK_BYTES	     65536
#define STOPPED		     1 /* what the sink says where it wants no more */

#define PROGRESS_FROM	     10000
#define PROGRESS_INTERVAL_NS UINT64_C(100000000)

struct dumping {
	struct dump dump;
	const struct dump_format *format;
	const struct map_info *info;
	uint64_t limit;
	uint64_t n_entries;
	bool is_cut;
	int error;		      /* of the output */
	bool has_progress, is_shared; /* a line on standard error; its terminal has the rows too */
	bool progress_is_shown;
	uint64_t shown_ns;
};

static void progress_erase(struct dumping *d)
{
	if (d->progress_is_shown)
		fputs("\r\033[K", stderr);
	d->progress_is_shown = false;
}

static void progress_show(struct dumping *d)
{
	uint64_t now = clock_mono_ns();

	if (!d->has_progress || d->n_entries < PROGRESS_FROM ||
	    now - d->shown_ns < PROGRESS_INTERVAL_NS)
		return;
	d->shown_ns = now;
	d->progress_is_shown = true;
	fprintf(stderr, "\r%llu of at most %u entries\033[K", (unsigned long long)d->n_entries,
		d->info->max_entries);
}

/* Return: whether to go on. */
static bool flush_rows(struct dumping *d)
{
	struct buf *text = &d->dump.out.text;
	size_t written = 0;

	if (d->dump.out.no_memory || d->dump.cell.no_memory)
		d->error = -ENOMEM;
	if (d->is_shared)
		progress_erase(d);
	while (!d->error && written < text->len) {
		ssize_t n = write(STDOUT_FILENO, text->data + written, text->len - written);

		if (n >= 0)
			written += (size_t)n;
		else if (errno != EINTR)
			d->error = -errno;
	}
	text->len = 0;
	return !d->error;
}

static void write_entry(struct dumping *d, const uint8_t *key, const uint8_t *values)
{
	const struct map_info *info = d->info;
	struct row row = {.key = {.p = key, .n_cpus = 1}};

	if (!d->dump.each_cpu) {
		row.value = reading_sum(values, info->n_cpus, info->value_stride, info->value_size);
		d->format->row(&d->dump, &row);
		d->dump.n_rows++;
		return;
	}
	for (; row.cpu < info->n_cpus; row.cpu++) {
		row.value = (struct reading){.p = values + (size_t)row.cpu * info->value_stride,
					     .n_cpus = 1};
		d->format->row(&d->dump, &row);
		d->dump.n_rows++;
	}
}

static int write_batch(void *ctx, const struct map_batch *batch)
{
	struct dumping *d = ctx;
	const uint8_t *key = batch->keys, *values = batch->values;

	for (uint32_t i = 0; i < batch->n; i++) {
		if (d->limit && d->n_entries == d->limit) {
			d->is_cut = true;
			return STOPPED;
		}
		write_entry(d, key, values);
		d->n_entries++;
		key += d->info->key_size;
		values += (size_t)d->info->n_cpus * d->info->value_stride;
		if (d->dump.out.text.len >= CHUNK_BYTES && !flush_rows(d))
			return STOPPED;
	}
	progress_show(d);
	return 0;
}

/* Bytes without a meaning; but the key of an array is its index. */
static int add_plain_layout(struct layout **layout, bool is_index, uint32_t size)
{
	if (*layout)
		return 0;
	*layout = layout_new();
	if (!*layout)
		return -ENOMEM;
	(*layout)->root.kind = is_index ? FIELD_UINT : FIELD_BYTES;
	(*layout)->root.size = size;
	return 0;
}

static void say_why_bytes(const struct map_info *info, const struct err *why)
{
	const char *advice = map_info_has_btf(info) ? ""
						    : "; it has where the program is compiled with "
						      "`clang -g` and says __type(key, …) and "
						      "__type(value, …) of the map";

	ctl_fail(CTL_OK, "%s%s; its bytes are shown in hexadecimal", why->text, advice);
}

/* Return: 0 or -ENOMEM. */
static int prepare(struct dumping *d, struct map_source *s, const char *state_dir,
		   struct layout **key, struct layout **value)
{
	bool is_array = map_type_is_array(s->info.type);
	struct err why = {""};
	int r = map_source_layouts(s, state_dir, key, value, &why);

	if (r == -ENOMEM)
		return r;
	if (r)
		say_why_bytes(&s->info, &why);
	d->dump.has_key = !(is_array && s->info.max_entries == 1 && *value && !*key);
	r = add_plain_layout(key, is_array, s->info.key_size);
	if (r == 0)
		r = add_plain_layout(value, false, s->info.value_size);
	if (r == 0)
		r = shape_init(&d->dump.key, *key);
	if (r == 0)
		r = shape_init(&d->dump.value, *value);
	return r < 0 ? r : columns_init(&d->dump);
}

static void dumping_done(struct dumping *d)
{
	progress_erase(d);
	columns_done(&d->dump);
	shape_done(&d->dump.key);
	shape_done(&d->dump.value);
	buf_done(&d->dump.out.text);
	buf_done(&d->dump.held.text);
	buf_done(&d->dump.held_ends);
	buf_done(&d->dump.cell.text);
}

static int read_and_write(struct dumping *d, struct map_source *s)
{
	struct map_read read = {.sink = write_batch, .ctx = d};
	struct err e = {""};
	int r;

	d->format->begin(&d->dump);
	r = map_source_read(s, &read, &e);
	progress_erase(d);
	if (!d->error) {
		d->format->end(&d->dump, r >= 0);
		flush_rows(d);
	}
	if (d->error == -ENOMEM)
		return ctl_fail(CTL_FAILED, "no memory for a row of the output: "
					    "`--format csv` needs least");
	if (d->error)
		return ctl_fail(
			CTL_FAILED,
			"standard output: %s: the output is not whole; mend that, and run it again",
			err_name(d->error));
	if (r < 0)
		return ctl_fail_with(err_wrap(&e, r, "the output is not whole"), &e);
	if (d->is_cut && d->format == &dump_table)
		ctl_fail(
			CTL_OK,
			"stopped at the limit of %llu: there are more entries; raise --limit, or leave "
			"it out, to see them",
			(unsigned long long)d->n_entries);
	return CTL_OK;
}

static int refuse_type(const char *pin, const struct map_info *info)
{
	const char *why;

	switch (info->type) {
	case BPF_MAP_TYPE_QUEUE:
	case BPF_MAP_TYPE_STACK:
		why = "reading an entry would remove it";
		break;
	case BPF_MAP_TYPE_RINGBUF:
	case BPF_MAP_TYPE_PERF_EVENT_ARRAY:
		why = "events are for the one program that consumes them";
		break;
	case BPF_MAP_TYPE_ARRAY_OF_MAPS:
	case BPF_MAP_TYPE_HASH_OF_MAPS:
		why = "its entries are maps; pin those, and dump them";
		break;
	default:
		why = "its entries are not for reading";
		break;
	}
	return ctl_fail(CTL_FAILED,
			"%s: a map of type %s cannot be listed: %s. `bpfmapctl show %s` prints its "
			"sizes and how full it is, where the kernel tells",
			pin, map_type_name(info->type), why, pin);
}

int ctl_dump(const struct ctl_arguments *args)
{
	static const struct dump_format *const formats[] = {
		[CTL_TABLE] = &dump_table, [CTL_JSON] = &dump_json, [CTL_CSV] = &dump_csv};
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	_cleanup_(layout_freep) struct layout *key = NULL, *value = NULL;
	_cleanup_(dumping_done) struct dumping d = {
		.format = formats[args->format],
		.limit = args->limit,
		.has_progress = isatty(STDERR_FILENO),
		.is_shared = isatty(STDOUT_FILENO),
	};
	const char *pin = args->operands[0];
	int status = ctl_open(pin, &s);

	if (status)
		return status;
	if (!map_type_is_readable(s->info.type))
		return refuse_type(pin, &s->info);
	d.info = &s->info;
	d.dump.each_cpu = args->each_cpu && map_type_is_per_cpu(s->info.type);
	if (args->each_cpu && !d.dump.each_cpu)
		return ctl_fail(CTL_FAILED,
				"%s: a map of type %s has one value for all CPUs: leave out --cpu "
				"each",
				pin, map_type_name(s->info.type));
	if (prepare(&d, s, args->state_dir, &key, &value) < 0)
		return ctl_fail(CTL_FAILED, "%s: no memory for its layout", pin);
	return read_and_write(&d, s);
}
