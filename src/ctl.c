// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpfmapctl: looks at pinned maps, saves their BTF, loads and removes the
 * bundled probes.
 *
 * A command is one entry of a table: its words, what it takes, its help, its
 * function, which returns the exit status. Results go to standard output,
 * everything else is a sentence on standard error.
 */
#include <errno.h>
#include <grp.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"
#include "model/layout.h"
#include "probes/probes.h"
#include "source/btf_store.h"
#include "source/map_source.h"

enum {
	STATUS_OK = 0,
	STATUS_FAILED = 1, /* what was asked for did not work */
	STATUS_USAGE = 2,
	STATUS_REFUSED = 3, /* the system did not let us */
};

struct arguments {
	char **operands;
	size_t n;
	gid_t group; /* (gid_t)-1: not given */
	const char *state_dir;
};

struct command {
	const char *words; /* one or two */
	const char *usage; /* after them */
	const char *summary;
	const char *help; /* more, for --help */
	bool takes_group;
	bool takes_state_dir;
	size_t min_operands;
	int (*run)(const struct arguments *args);
};

__attribute__((format(printf, 2, 3))) static int fail(int status, const char *fmt, ...)
{
	va_list args;

	fputs("bpfmapctl: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fputc('\n', stderr);
	return status;
}

static int fail_suggest(const char *what, const char *word, const char *const *candidates, size_t n)
{
	const char *meant = str_suggest(word, candidates, n);

	if (meant)
		return fail(STATUS_USAGE, "%s '%s' (did you mean '%s'?)", what, word, meant);
	return fail(STATUS_USAGE, "%s '%s'; `bpfmapctl --help` shows what there is", what, word);
}

/* What a failed operation makes of the exit status; its message is printed. */
static int fail_with(int code, const struct err *e)
{
	bool refused = code == -EPERM || code == -EACCES || code == -ENOSYS || code == -ENOENT;

	return fail(refused ? STATUS_REFUSED : STATUS_FAILED, "%s", e->text);
}

static int worse(int a, int b)
{
	return a > b ? a : b;
}

static int require_root(const char *why)
{
	return geteuid() ? fail(STATUS_REFUSED, "%s: run this as root", why) : STATUS_OK;
}

/* Return: the exit status. */
static int open_pin(const char *pin, struct map_source **ret_source)
{
	struct err e = {0};
	int r = map_source_open(pin, false, ret_source, &e);

	return r ? fail_with(r, &e) : STATUS_OK;
}

/* ---- probes ---- */

static const char probes_are_roots[] = "the probes are root's";

static int list_probes(const struct arguments *args)
{
	int status = require_root(probes_are_roots);

	(void)args;
	printf("%-16s %-8s %-9s %s\n", "PROBE", "LOADED", "RUNS HERE", "COUNTS");
	for (size_t i = 0; i < n_probes; i++) {
		const struct probe *p = probes[i];
		const char *loaded = "?", *runs = "?";
		struct err e = {0};
		int r = 0;

		if (!status) {
			loaded = probe_is_loaded(p) ? "yes" : "no";
			r = probe_check(p, &e);
			runs = r ? "no" : "yes";
		}
		printf("%-16s %-8s %-9s %s\n", p->name, loaded, runs, p->summary);
		if (r)
			fail_with(r, &e);
	}
	return status;
}

static int check_probe_names(const struct arguments *args)
{
	const char *names[16] = {NULL};

	for (size_t i = 0; i < n_probes && i < ARRAY_SIZE(names); i++)
		names[i] = probes[i]->name;
	for (size_t i = 0; i < args->n; i++)
		if (!probe_find(args->operands[i]))
			return fail_suggest("there is no probe", args->operands[i], names,
					    ARRAY_SIZE(names));
	return STATUS_OK;
}

/* The probes that the operands name, or all of them, through @act; one failure does not stop the
 * rest. */
static int for_each_probe(const struct arguments *args,
			  int (*act)(const struct probe *p, const struct arguments *args))
{
	int status = check_probe_names(args);

	if (!status)
		status = require_root(probes_are_roots);
	if (status)
		return status;
	for (size_t i = 0; i < args->n; i++)
		status = worse(status, act(probe_find(args->operands[i]), args));
	for (size_t i = 0; !args->n && i < n_probes; i++)
		status = worse(status, act(probes[i], args));
	return status;
}

static int load_probe(const struct probe *p, const struct arguments *args)
{
	struct err e = {0};
	int r = probe_load(p, args->group, &e);

	if (r < 0)
		return fail_with(r, &e);
	if (r == PROBE_OPENED_BPFFS)
		fail(STATUS_OK, "%s", e.text);
	if (probe_save_btf(p, args->state_dir, &e))
		fail(STATUS_OK, "%s is loaded, but the BTF of its maps is not saved: %s", p->name,
		     e.text);
	return STATUS_OK;
}

static int unload_probe(const struct probe *p, const struct arguments *args)
{
	struct err e = {0};
	int r = probe_unload(p, &e);

	(void)args;
	if (r < 0)
		return fail_with(r, &e);
	if (r == PROBE_LEFT_FILES)
		fail(STATUS_OK, "%s", e.text);
	return STATUS_OK;
}

static int load_probes(const struct arguments *args)
{
	return for_each_probe(args, load_probe);
}

static int unload_probes(const struct arguments *args)
{
	return for_each_probe(args, unload_probe);
}

/* ---- show ---- */

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
	if (info->memory_bytes)
		printf("  memory       %llu bytes\n", (unsigned long long)info->memory_bytes);
	else
		printf("  memory       unknown\n");
}

static int add_entries(void *ctx, const struct map_batch *batch)
{
	*(uint64_t *)ctx += batch->n;
	return 0;
}

static int print_fill(struct map_source *s, struct err *e)
{
	uint64_t n = 0;
	struct map_read read = {.sink = add_entries, .ctx = &n};
	int r;

	if (!map_type_is_readable(s->info.type)) {
		printf("  entries      unknown: this type cannot be listed\n");
		return 0;
	}
	r = map_source_read(s, &read, e);
	if (r)
		return r;
	printf("  entries      %llu (%.1f %% full)\n", (unsigned long long)n,
	       s->info.max_entries ? 100.0 * (double)n / s->info.max_entries : 0.0);
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
	int status = open_pin(pin, &s), r;
	struct err e = {0};

	if (status)
		return status;
	printf("%s\n", pin);
	print_info(&s->info);
	if ((r = print_fill(s, &e)) || (r = print_layouts(s, state_dir, &e)))
		return fail_with(r, &e);
	return STATUS_OK;
}

static int show_pins(const struct arguments *args)
{
	int status = STATUS_OK;

	for (size_t i = 0; i < args->n; i++) {
		if (i)
			putchar('\n');
		status = worse(status, show_pin(args->operands[i], args->state_dir));
	}
	return status;
}

/* ---- btf ---- */

static int save_btf_of(const char *pin, const char *state_dir)
{
	_cleanup_(map_source_closep) struct map_source *s = NULL;
	int status = open_pin(pin, &s), r;
	struct err e = {0};

	if (status)
		return status;
	r = btf_store_save(state_dir, &s->info, &e);
	if (r)
		return fail_with(err_wrap(&e, r, "%s", pin), &e);
	printf("%s: BTF %u saved\n", pin, s->info.btf_id);
	return STATUS_OK;
}

static int save_btf(const struct arguments *args)
{
	int status = require_root("reading BTF is root's");

	for (size_t i = 0; !geteuid() && i < args->n; i++)
		status = worse(status, save_btf_of(args->operands[i], args->state_dir));
	return status;
}

/* ---- the command line ---- */

#define STATE_DIR_HELP                                                                             \
	"  --state-dir DIR  where BTF is saved, as `state_dir` in the exporter's configuration;\n" \
	"                   without it " CONFIG_DEFAULT_STATE_DIR "\n"

static const struct command commands[] = {
	{
		.words = "probes list",
		.usage = "",
		.summary = "the bundled probes, what they count, whether they run here",
		.help = "Whether a probe runs here is tried: it is attached for a moment, with maps of\n"
			"its own.\n",
		.run = list_probes,
	},
	{
		.words = "probes load",
		.usage = " [NAME...] [--group GROUP] [--state-dir DIR]",
		.summary = "load, attach and pin probes",
		.help = "Without a name: all of them. Their maps are pinned under\n" PROBES_PIN_ROOT
			"/NAME/. A probe that is loaded already keeps its\n"
			"counts and gets its programs replaced.\n\n"
			"  --group GROUP    may read the maps, so that the exporter needs no\n"
			"                   privilege; without it only root can. Their BTF is saved\n"
			"                   for it, as `bpfmapctl btf save` does\n" STATE_DIR_HELP,
		.takes_group = true,
		.takes_state_dir = true,
		.run = load_probes,
	},
	{
		.words = "probes unload",
		.usage = " [NAME...]",
		.summary = "detach probes and remove their pins; their counts end",
		.help = "Without a name: all of them. Whatever else lies in their folders stays.\n",
		.run = unload_probes,
	},
	{
		.words = "show",
		.usage = " PIN... [--state-dir DIR]",
		.summary = "type, sizes, fill and layout of pinned maps",
		.help = "Listing the entries and reading the layout changes nothing in the map. Without\n"
			"CAP_SYS_ADMIN the layout is known where `bpfmapctl btf save` was run.\n\n" STATE_DIR_HELP,
		.takes_state_dir = true,
		.min_operands = 1,
		.run = show_pins,
	},
	{
		.words = "btf save",
		.usage = " PIN... [--state-dir DIR]",
		.summary = "save the BTF of maps, for an exporter without privilege",
		.help = "Reading a pinned map needs no privilege, its BTF CAP_SYS_ADMIN. A copy counts for\n"
			"this very BTF until the machine is started again: save it anew then, and when\n"
			"the map was made anew. PIN may also be id:N.\n\n" STATE_DIR_HELP,
		.takes_state_dir = true,
		.min_operands = 1,
		.run = save_btf,
	},
};

static int print_help(void)
{
	printf("Looks at pinned eBPF maps; saves their BTF; loads and removes the bundled "
	       "probes.\n\nUsage:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		printf("  bpfmapctl %s%s\n      %s\n", commands[i].words, commands[i].usage,
		       commands[i].summary);
	printf("  bpfmapctl COMMAND --help\n  bpfmapctl --version\n\n"
	       "Exit status: 0, 1 what was asked for failed, 2 wrong usage, 3 the system refused.\n");
	return STATUS_OK;
}

static int print_command_help(const struct command *c)
{
	printf("Usage: bpfmapctl %s%s\n\n  %s\n\n%s", c->words, c->usage, c->summary, c->help);
	return STATUS_OK;
}

/* The command whose words @argv starts with, or NULL; @ret_n: how many words. */
static const struct command *find_command(int argc, char **argv, int *ret_n)
{
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		const char *first = commands[i].words, *space = strchr(first, ' ');

		*ret_n = space ? 2 : 1;
		if (!space && !strcmp(argv[0], first))
			return &commands[i];
		if (space && argc > 1 && !strcmp(argv[1], space + 1) &&
		    str_equal(str_of(argv[0]), (struct str){first, (size_t)(space - first)}))
			return &commands[i];
	}
	return NULL;
}

static int fail_no_command(int argc, char **argv)
{
	const char *known[ARRAY_SIZE(commands)];
	char words[64];

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++)
		known[i] = commands[i].words;
	if (argc < 2 || str_suggest(argv[0], known, ARRAY_SIZE(known)))
		return fail_suggest("there is no command", argv[0], known, ARRAY_SIZE(known));
	snprintf(words, sizeof(words), "%s %s", argv[0], argv[1]);
	return fail_suggest("there is no command", words, known, ARRAY_SIZE(known));
}

static int parse_group(const char *name, gid_t *ret_group)
{
	const struct group *group = getgrnam(name);
	unsigned long long number;

	if (group)
		*ret_group = group->gr_gid;
	else if (!str_parse_u64(str_of(name), &number) && number < (gid_t)-1)
		*ret_group = (gid_t)number;
	else
		return fail(STATUS_USAGE, "there is no group '%s'", name);
	return STATUS_OK;
}

/* The option at @i, `--name value` or `--name=value`; @i goes to its last word. */
static int parse_option(const struct command *c, int argc, char **argv, int *i,
			struct arguments *args)
{
	const char *const known[] = {"--help", c->takes_group ? "--group" : NULL,
				     c->takes_state_dir ? "--state-dir" : NULL};
	const char *word = argv[*i], *equals = strchrnul(word, '=');
	struct str name = {word, (size_t)(equals - word)};
	bool is_group = c->takes_group && str_equal(name, STR("--group"));
	const char *value;

	if (!is_group && !(c->takes_state_dir && str_equal(name, STR("--state-dir"))))
		return fail_suggest("there is no option", word, known, ARRAY_SIZE(known));
	value = *equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : "";
	if (!*value)
		return fail(STATUS_USAGE, "%.*s needs %s", (int)name.n, name.p,
			    is_group ? "the name of a group" : "a folder");
	if (is_group)
		return parse_group(value, &args->group);
	args->state_dir = value;
	return STATUS_OK;
}

/* Options may stand anywhere; operands are gathered at the front of @argv. */
static int parse_arguments(const struct command *c, int argc, char **argv, struct arguments *args)
{
	for (int i = 0; i < argc; i++) {
		if (argv[i][0] != '-')
			args->operands[args->n++] = argv[i];
		else if (parse_option(c, argc, argv, &i, args))
			return STATUS_USAGE;
	}
	if (args->n < c->min_operands || (!strchr(c->usage, '.') && args->n))
		return fail(STATUS_USAGE, "usage: bpfmapctl %s%s", c->words, c->usage);
	return STATUS_OK;
}

static int run(int argc, char **argv)
{
	struct arguments args = {.group = (gid_t)-1, .state_dir = CONFIG_DEFAULT_STATE_DIR};
	const struct command *c;
	bool wants_help = false;
	int n_words, status;

	if (!argc) {
		print_help();
		return STATUS_USAGE;
	}
	if (!strcmp(argv[0], "--version")) {
		printf("bpfmapctl %s\n", BPFMAP_VERSION);
		return STATUS_OK;
	}
	for (int i = 0; i < argc; i++)
		wants_help = wants_help || !strcmp(argv[i], "--help");
	c = find_command(argc, argv, &n_words);
	if (wants_help)
		return c ? print_command_help(c) : print_help();
	if (!c)
		return fail_no_command(argc, argv);
	args.operands = argv + n_words;
	status = parse_arguments(c, argc - n_words, argv + n_words, &args);
	return status ? status : c->run(&args);
}

int main(int argc, char **argv)
{
	int status = run(argc - 1, argv + 1);

	if (fflush(stdout) || ferror(stdout))
		return fail(STATUS_FAILED, "standard output: %s", err_name(errno));
	return status;
}
