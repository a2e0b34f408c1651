// SPDX-License-Identifier: GPL-2.0-only
/*
 * Maps and layouts out of random bytes, with names as programs have them and
 * as nobody should, through `bpfmapctl init`'s writer.
 *
 * Whatever they are:
 *  - the parser finds no mistake in what is written, and it has each map;
 *  - no two metrics have one name;
 *  - each map's plan compiles on the layouts that it was written from;
 *  - a pass over random entries ends, and what a counter of whole numbers shows
 *    in all its series comes to what lies in the entries.
 */
#include <errno.h>

#include "../../src/decode/explicit_layout_internal.h"
#include "limits.h"
#include "machine.h"
#include "random_layout.h"
#include "starter/starter.h"

#define MAX_MAPS       3
#define MAX_VALUE_SIZE 16384
#define MAX_KEY_SIZE   260 /* that a trie can have */
#define N_CPUS	       3
#define N_ENTRIES      8

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bed {
	struct starter_map maps[MAX_MAPS];
	struct map_info infos[MAX_MAPS];
	struct layout *keys[MAX_MAPS], *values[MAX_MAPS];
	char *locators[MAX_MAPS];
	size_t n;
	struct buf yaml;
	struct config *config;
};

static void bed_done(struct bed *b)
{
	for (size_t i = 0; i < MAX_MAPS; i++) {
		layout_free(b->keys[i]);
		layout_free(b->values[i]);
		free(b->locators[i]);
	}
	buf_done(&b->yaml);
	config_free(b->config);
}

/* ---- names ---- */

/* BTF's are identifiers; those of a function's static variables have a dot. */
static const char *const field_names[] = {
	"packets",    "bytes",	     "rx_packets", "rxPackets",	 "tx_bytes",
	"drops",      "drop_count",  "errors",	   "saddr",	 "daddr",
	"sport",      "dport",	     "port",	   "proto",	 "ip",
	"v4",	      "v6",	     "addr",	   "src",	 "dst",
	"mac",	      "ifindex",     "cgroup_id",  "pid",	 "tgid",
	"comm",	      "uid",	     "cpu",	   "state",	 "tcp_state",
	"family",     "flags",	     "prefixlen",  "lpm",	 "slots",
	"hist",	      "histogram",   "buckets",	   "sum",	 "total",
	"count",      "cnt",	     "total_ns",   "latency_us", "max",
	"min_ns",     "avg",	     "last_seen",  "start_ts",	 "timestamp",
	"delta",      "time",	     "size",	   "len",	 "kstack",
	"stack_id",   "uuid",	     "dev",	   "errno",	 "ret",
	"syscall_nr", "pad",	     "reserved",   "_pad1",	 "__unused",
	"key",	      "value",	     "name",	   "pin",	 "index",
	"le",	      "quantile",    "null",	   "true",	 "no",
	"yes",	      "y",	     "_",	   "__",	 "__name__",
	"x_total",    "x_info",	     "x_bucket",   "x_sum",	 "x_count",
	"bpfmap_up",  "process_cpu", "f.static",   "f.a.b",	 "Null",
	"NO",	      "Key",	     "SRC",	   "a",		 "b",
	"c",	      "x",	     "s_addr",	   "in6_u",	 "id",
	"cookie",     "mark",	     "hash",	   "index_2",	 "address_2",
	"inf",	      "nan",	     "e1",	   "packets_v4", "packets_v6",
	"ns",	      "us",	     "seconds",	   "KiB",	 "bytes_per_second",
};

static const char *const type_names[] = {
	"struct in6_addr", "dev_t",  "void *",	"struct flow_key",   "__u64",
	"enum xdp_action", "__be32", "u128",	"union v6addr",	     "struct key",
	"enum null",	   "pid_t",  "ktime_t", "struct endpoint *", "_Bool",
};

/* The kernel takes letters, digits, _ and dots. */
static const char *const map_names[] = {
	"stats",
	"flow_stats",
	"map",
	"drops",
	"counters",
	"bytes_by_pid",
	"xdp_stats_map",
	"AT_reads",
	"AT_",
	"prog.bss",
	"prog.rodata",
	".data",
	"null",
	"yes",
	"NULL",
	"1",
	"0x10",
	"1e9",
	".",
	"_",
	"le",
	"bpfmap_x",
	"blocked_ips",
	"cgroup",
	"x_bucket",
	"x",
	"x_sum",
	".inf",
};

/* File names are anything. */
static const char *const pin_names[] = {
	"stats",
	"flow_stats",
	"map",
	"drops",
	"counters",
	"bytes_by_pid",
	"xdp_stats_map",
	"AT_reads",
	"AT_",
	"prog.bss",
	"prog.rodata",
	".data",
	"null",
	"yes",
	"NULL",
	"~",
	"-",
	"--- ",
	"a b",
	"a: b",
	"a #b",
	"\"quoted\"",
	"'single'",
	"back\\slash",
	"new\nline",
	"tab\t",
	"caf\xc3\xa9",
	"{a",
	"[a]",
	"*",
	"a*",
	"?",
	"&anchor",
	"!tag",
	"%d",
	"@at",
	"`b",
	"|",
	">",
	"1",
	"0x10",
	"1e9",
	".",
	"_",
	"__",
	"le",
	"bpfmap_x",
	"process_x",
	"blocked_ips",
	"cgroup",
	"x_bucket",
	"x",
	"x_sum",
	"\x01\x7f",
	":",
	"$1",
};

struct scope {
	const char *names[64];
	size_t n, n_again;
};

static bool is_new(struct scope *s, const char *name)
{
	for (size_t i = 0; i < s->n; i++) {
		if (!strcmp(s->names[i], name))
			return false;
	}
	if (s->n < ARRAY_SIZE(s->names))
		s->names[s->n++] = name;
	return true;
}

static char *random_name(struct choices *in, struct scope *s)
{
	const char *name = take_one_of(in, field_names, ARRAY_SIZE(field_names));
	static const char longest[] = {[0 ... 500] = 'a', 0};
	char *own = NULL;

	if (take_seldom(in, 50))
		name = longest;
	if (is_new(s, name))
		own = strdup(name);
	else
		CHECK(asprintf(&own, "%s_%zu", name, s->n_again++) > 0);
	CHECK(own);
	return own;
}

static void dress(struct choices *in, struct field *f, struct scope *scope);

static void dress_members(struct choices *in, struct field *f, struct scope *scope)
{
	for (uint32_t i = 0; i < f->n_members; i++) {
		struct field *m = &f->members[i];
		struct scope inner = {.n = 0};

		if (m->name) {
			free(m->name);
			m->name = NULL;
			m->name = random_name(in, scope);
		}
		dress(in, m, m->name || f->kind == FIELD_ARRAY ? &inner : scope);
	}
}

/* As BTF would have it: what has no bytes is padding, and bytes have elements. */
static void dress(struct choices *in, struct field *f, struct scope *scope)
{
	dress_members(in, f, scope);
	if (!f->size)
		f->kind = FIELD_PAD;
	if (f->kind == FIELD_CHARS || f->kind == FIELD_BYTES)
		f->n_elems = f->size;
	if (take_seldom(in, 6))
		f->type_name = strdup(take_one_of(in, type_names, ARRAY_SIZE(type_names)));
}

static struct layout *random_layout(struct choices *in)
{
	static const uint8_t n_elems[] = {1, 2, 4, 6, 8, 16, 27, 64, 65, 127};
	struct layout *l = make_layout(in, 'm', n_elems[take_below(in, ARRAY_SIZE(n_elems))]);
	struct scope scope = {.n = 0};

	dress(in, &l->root, &scope);
	free(l->root.name);
	l->root.name = NULL;
	return l;
}

/* ---- maps ---- */

static void make_info(struct choices *in, struct map_info *info)
{
	static const uint8_t types[] = {
		BPF_MAP_TYPE_HASH,	   BPF_MAP_TYPE_ARRAY,	    BPF_MAP_TYPE_PERCPU_HASH,
		BPF_MAP_TYPE_PERCPU_ARRAY, BPF_MAP_TYPE_LRU_HASH,   BPF_MAP_TYPE_LRU_PERCPU_HASH,
		BPF_MAP_TYPE_LPM_TRIE,	   BPF_MAP_TYPE_HASH,	    BPF_MAP_TYPE_QUEUE,
		BPF_MAP_TYPE_STACK,	   BPF_MAP_TYPE_RINGBUF,    BPF_MAP_TYPE_STACK_TRACE,
		BPF_MAP_TYPE_HASH_OF_MAPS, BPF_MAP_TYPE_PROG_ARRAY, 200,
	};
	static const uint32_t sizes[] = {1, 2, 5, 64, 256, 65536, 10000000};

	info->type = types[take_below(in, take_seldom(in, 4) ? ARRAY_SIZE(types) : 8)];
	info->id = 1 + take_below(in, 9);
	info->max_entries = sizes[take_below(in, ARRAY_SIZE(sizes))];
	strncpy(info->name, take_one_of(in, map_names, ARRAY_SIZE(map_names)),
		sizeof(info->name) - 1);
	if (take_seldom(in, 5))
		info->name[0] = '\0';
}

static char *random_locator(struct choices *in, const struct map_info *info)
{
	static const char *const folders[] = {"",   "/xdp", "/globals", "/my_firewall",
					      "/*", "/a b", "/a[bc]"};
	char *text = NULL;

	if (take_seldom(in, 4))
		CHECK(asprintf(&text, "id:%u", info->id) > 0);
	else
		CHECK(asprintf(&text, "/sys/fs/bpf%s/%s",
			       take_one_of(in, folders, ARRAY_SIZE(folders)),
			       take_one_of(in, pin_names, ARRAY_SIZE(pin_names))) > 0);
	return text;
}

/* Keys of arrays are a number; programs' global variables have none. */
static void make_layouts(struct choices *in, struct bed *b, size_t i)
{
	struct map_info *info = &b->infos[i];
	bool is_array = map_type_is_array(info->type), has_btf = !take_seldom(in, 5);

	if (has_btf && !is_array)
		b->keys[i] = random_layout(in);
	if (has_btf && is_array && take_below(in, 2)) {
		b->keys[i] = layout_new();
		CHECK(b->keys[i]);
		b->keys[i]->root.kind = take_seldom(in, 4) ? FIELD_ENUM : FIELD_UINT;
		b->keys[i]->root.size = 4;
	}
	if (has_btf)
		b->values[i] = random_layout(in);
	info->key_size = b->keys[i] ? b->keys[i]->root.size : 1 + take_below(in, 80);
	info->value_size = b->values[i] ? b->values[i]->root.size : 1 + take_u64(in) % 300;
	if (is_array)
		info->key_size = 4;
	if (info->type == BPF_MAP_TYPE_LPM_TRIE && info->key_size < 5) {
		layout_free(b->keys[i]);
		b->keys[i] = NULL;
		info->key_size = 5;
	}
	map_info_set_stride(info, N_CPUS);
}

static bool bed_init(struct bed *b, struct choices *in)
{
	b->n = 1 + take_below(in, MAX_MAPS);
	for (size_t i = 0; i < b->n; i++) {
		make_info(in, &b->infos[i]);
		make_layouts(in, b, i);
		if (b->infos[i].value_size > MAX_VALUE_SIZE || b->infos[i].key_size > MAX_KEY_SIZE)
			return false;
		b->locators[i] = random_locator(in, &b->infos[i]);
		b->maps[i] = (struct starter_map){
			.locator = b->locators[i],
			.info = &b->infos[i],
			.key = b->keys[i],
			.value = b->values[i],
			.no_btf = b->keys[i] || b->values[i] ? NULL : "it has no BTF",
		};
	}
	return true;
}

/* ---- what is written ---- */

static void show(const struct bed *b, const struct problems *problems)
{
	fprintf(stderr, "%.*s\n", (int)b->yaml.len, b->yaml.data);
	for (size_t i = 0; i < b->n; i++) {
		_cleanup_buf_ struct buf text = BUF_INIT;

		if (b->keys[i])
			layout_print(b->keys[i], "key", &text);
		if (b->values[i])
			layout_print(b->values[i], "value", &text);
		fprintf(stderr, "%s (%s, %s, %u entries of %u and %u)\n%s", b->locators[i],
			b->infos[i].name, map_type_name(b->infos[i].type), b->infos[i].max_entries,
			b->infos[i].key_size, b->infos[i].value_size, buf_string(&text));
	}
	for (size_t i = 0; i < problems->n; i++)
		fprintf(stderr, "%s\n", problems->items[i]);
}

static void check_names(const struct bed *b, const struct problems *problems)
{
	const char *names[512];
	size_t n = 0;

	for (size_t i = 0; i < b->n; i++) {
		const struct config_map *map = &b->config->maps[i];

		for (size_t k = 0; k < map->n_metrics && n < ARRAY_SIZE(names); k++) {
			for (size_t j = 0; j < n; j++) {
				if (!strcmp(names[j], map->metrics[k].name)) {
					show(b, problems);
					abort();
				}
			}
			names[n++] = map->metrics[k].name;
		}
	}
}

static void parse(struct bed *b, struct problems *problems)
{
	CHECK(starter_write(b->maps, b->n, &b->yaml) == 0);
	if (config_parse("f", (struct str){b->yaml.data, b->yaml.len}, &b->config, problems) < 0) {
		show(b, problems);
		abort();
	}
	CHECK(b->config->n_maps == b->n);
	check_names(b, problems);
}

static struct plan *compile(struct bed *b, size_t i, struct family **families,
			    struct problems *problems)
{
	static const char *const captures[] = {"a\"b", "c"};
	const struct config_map *map = &b->config->maps[i];
	struct plan_input input = {.map = map,
				   .families = families,
				   .info = &b->infos[i],
				   .key = b->keys[i],
				   .value = b->values[i],
				   .no_btf = b->maps[i].no_btf,
				   .pin = "/p",
				   .captures = captures,
				   .stacks = &machine_stacks};
	struct plan *plan = NULL;

	for (const char *p = map->pin ? map->pin : ""; *p; p++)
		input.n_captures += *p == '*' && input.n_captures < ARRAY_SIZE(captures);
	for (size_t k = 0; k < map->n_metrics; k++) {
		families[k] = family_new(map->metrics[k].name,
					 (enum family_type)map->metrics[k].type, "h");
		CHECK(families[k]);
	}
	if (plan_compile(&input, &plan, problems) < 0 || problems_any(problems)) {
		show(b, problems);
		abort();
	}
	return plan;
}

/* ---- what is counted ---- */

static uint64_t load(const uint8_t *p, const struct field *f)
{
	uint64_t v = 0;

	for (uint32_t i = 0; i < f->size; i++)
		v |= (uint64_t)p[i] << 8 * (f->big_endian ? f->size - 1 - i : i);
	return v;
}

/* All elements of one CPU's value. */
static unsigned __int128 add_elements(const uint8_t *value, const struct field *f,
				      const struct layout_place *at)
{
	uint32_t n = at->n_stars ? at->stars[0].n : 1, m = at->n_stars > 1 ? at->stars[1].n : 1;
	unsigned __int128 sum = 0;

	for (uint32_t i = 0; i < n; i++) {
		for (uint32_t j = 0; j < m; j++) {
			uint32_t offset = at->offset;

			offset += at->n_stars ? i * at->stars[0].stride : 0;
			offset += at->n_stars > 1 ? j * at->stars[1].stride : 0;
			sum += load(value + offset, f);
		}
	}
	return sum;
}

/* The field of a counter that is an unsigned number, and NULL of others. */
static const struct field *find_counted(const struct layout *value, const struct config_metric *m,
					struct layout_place *at)
{
	const char *path = m->value.expr.field ? m->value.expr.field : "";
	const struct field *f;

	if (m->type != CONFIG_COUNTER || m->value.is_constant)
		return NULL;
	if (!strcmp(path, "value"))
		path = "";
	else if (!strncmp(path, "value.", 6))
		path += 6;
	f = layout_find_each(value, str_of(path), at);
	return f && f->kind == FIELD_UINT && !f->bit_size ? f : NULL;
}

static void check_sums(const struct bed *b, size_t i, const struct plan *plan,
		       const struct snapshot *s, const uint8_t *values)
{
	const struct config_map *map = &b->config->maps[i];
	const struct map_info *info = &b->infos[i];
	_cleanup_(layout_freep) struct layout *own =
		map->value ? explicit_layout_new(map->value, map->packed) : NULL;
	const struct layout *layout = own ? own : b->values[i];
	struct problems none = PROBLEMS_INIT;

	for (size_t k = 0; layout && k < map->n_metrics; k++) {
		struct layout_place at;
		const struct field *f = find_counted(layout, &map->metrics[k], &at);
		unsigned __int128 sum = 0;

		if (!f || plan->metrics[k].inputs[0].column == COLUMN_DOUBLE)
			continue;
		for (uint32_t j = 0; j < N_ENTRIES * info->n_cpus; j++)
			sum += add_elements(values + (size_t)j * info->value_stride, f, &at);
		if ((unsigned __int128)add_up(plan, k, &s->sets[k]).value != sum) {
			show(b, &none);
			fprintf(stderr, "%s is wrong\n", map->metrics[k].name);
			abort();
		}
	}
}

static void run_pass(struct bed *b, size_t i, struct plan *plan, struct choices *in)
{
	const struct map_info *info = &b->infos[i];
	size_t value_bytes = (size_t)info->n_cpus * info->value_stride;
	uint8_t *keys = take_bytes(in, (size_t)N_ENTRIES * info->key_size);
	uint8_t *values = take_bytes(in, N_ENTRIES * value_bytes);
	_cleanup_(builder_freep) struct builder *builder =
		builder_new(plan, NULL, NULL, &(struct config_limits){.max_series = 1000000});
	struct builder_result r = {0};

	CHECK(builder);
	CHECK(builder_add(builder, keys, values, N_ENTRIES) == 0);
	CHECK(builder_finish(builder, &r) == 0 && r.n_entries == N_ENTRIES && !r.n_dropped);
	check_sums(b, i, plan, r.snapshot, values);
	snapshot_unref(r.snapshot);
	free(keys);
	free(values);
}

static void run(struct bed *b, size_t i, struct choices *in)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	size_t n = b->config->maps[i].n_metrics;
	struct family **families = calloc(n + 1, sizeof(*families));
	struct plan *plan;

	CHECK(families);
	plan = compile(b, i, families, &problems);
	if (n)
		run_pass(b, i, plan, in);
	plan_unref(plan);
	for (size_t k = 0; k < n; k++)
		family_unref(families[k]);
	free(families);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	machine_init();
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	_cleanup_problems_ struct problems problems = PROBLEMS_INIT;
	struct choices in = {data, data + size};
	_cleanup_(bed_done) struct bed b = {.n = 0};

	if (!bed_init(&b, &in))
		return 0;
	parse(&b, &problems);
	for (size_t i = 0; i < b.n; i++)
		run(&b, i, &in);
	return 0;
}
