// SPDX-License-Identifier: GPL-2.0-only
/*
 * bpfmapctl: looks at pinned maps, writes configurations for them, saves their
 * BTF, loads and removes the bundled probes.
 *
 * A command is one entry of a table: its words, what it takes, its help, its
 * function, which returns the exit status. Results go to standard output,
 * everything else is a sentence on standard error.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/str.h"
#include "ctl/options.h"
#include "ctl/status.h"
#include "probes/probes.h"

struct command {
	const char *words;    /* one or two */
	const char *operands; /* in the usage, after them */
	size_t min, max;      /* operands */
	unsigned int options; /* CTL_OPTION_… */
	bool needs_bpf;
	const char *summary;
	const char *help; /* more, for --help */
	const char *example;
	const char *failure; /* what exit status 1 means */
	int (*run)(const struct ctl_arguments *args);
};

static const struct command commands[] = {
	{
		.words = "show",
		.operands = " PIN...",
		.min = 1,
		.max = SIZE_MAX,
		.options = CTL_OPTION_STATE_DIR,
		.needs_bpf = true,
		.summary = "type, sizes, fill and layout of pinned maps",
		.help = "The layout is printed as C structs with offsets. Nothing in a map is changed.\n"
			"PIN may also be id:N, with CAP_SYS_ADMIN. Without CAP_SYS_ADMIN the layout is\n"
			"known where `bpfmapctl btf save` was run.\n",
		.example = "sudo bpfmapctl show " PROBES_PIN_ROOT "/syscalls/syscalls",
		.failure = "a map could not be read",
		.run = ctl_show,
	},
	{
		.words = "dump",
		.operands = " PIN",
		.min = 1,
		.max = 1,
		.options = CTL_OPTION_FORMAT | CTL_OPTION_LIMIT | CTL_OPTION_CPU |
			   CTL_OPTION_STATE_DIR,
		.needs_bpf = true,
		.summary = "the entries of a pinned map, decoded",
		.help = "In a table and in CSV the fields are columns: `key` and `value`, or of structs\n"
			"key.a.b and value.x; an array is one cell, which a table cuts where it is long.\n"
			"In JSON they nest as in the layout, and nothing is cut. Padding is left out.\n"
			"Without BTF, keys and values are bytes in hexadecimal. Nothing in the map is\n"
			"changed. PIN may also be id:N, with CAP_SYS_ADMIN.\n",
		.example = "sudo bpfmapctl dump " PROBES_PIN_ROOT
			   "/syscalls/syscalls --format json | jq '.[0]'",
		.failure = "the map could not be read, or its type cannot be listed",
		.run = ctl_dump,
	},
	{
		.words = "init",
		.operands = " PIN...",
		.min = 1,
		.max = SIZE_MAX,
		.options = CTL_OPTION_STATE_DIR,
		.needs_bpf = true,
		.summary = "print a configuration for these maps, ready to run",
		.help = "Names, types, units and labels come from BTF; what only a name suggests is marked\n"
			"as a guess. PIN may also be id:N, or a quoted pattern, whose first match shows the\n"
			"layout. A pin that fails does not stop the others.\n",
		.example =
			"sudo bpfmapctl init '/sys/fs/bpf/xdp/*/stats' > xdp.yml\n"
			"  bpfmapctl check xdp.yml && sudo bpfmap_exporter --config.file=xdp.yml",
		.failure = "a map could not be read",
		.run = ctl_init,
	},
	{
		.words = "check",
		.operands = " FILE",
		.min = 1,
		.max = 1,
		.summary = "check a configuration, as `bpfmap_exporter --config.check` does",
		.help = "Also against the maps that can be opened here.\n",
		.example = "bpfmapctl check /etc/bpfmap_exporter/bpfmap_exporter.yml",
		.failure = "there is a mistake in it, or it cannot be read",
		.run = ctl_check,
	},
	{
		.words = "import ebpf_exporter",
		.operands = " FILE...",
		.min = 1,
		.max = SIZE_MAX,
		.options = CTL_OPTION_PREFIX,
		.summary = "print the equivalent of cloudflare/ebpf_exporter configurations",
		.help = "The metrics keep their names. What has no equivalent is a comment in the\n"
			"configuration and a warning on standard error. FILE may be -, standard input.\n",
		.example = "bpfmapctl import ebpf_exporter examples/*.yaml > bpfmap_exporter.yml",
		.failure = "there is a mistake in a file, or it cannot be read; warnings are none",
		.run = ctl_import_ebpf_exporter,
	},
	{
		.words = "btf save",
		.operands = " PIN...",
		.min = 1,
		.max = SIZE_MAX,
		.options = CTL_OPTION_STATE_DIR,
		.needs_bpf = true,
		.summary = "save the BTF of maps, for an exporter without privilege",
		.help = "Reading a pinned map needs no privilege, its BTF CAP_SYS_ADMIN. A copy counts for\n"
			"this very BTF until the machine is started again: save it anew then, and when\n"
			"the map was made anew. PIN may also be id:N.\n",
		.example = "sudo bpfmapctl btf save /sys/fs/bpf/my_firewall/drops",
		.failure = "a map has no BTF, or is none",
		.run = ctl_btf_save,
	},
	{
		.words = "probes list",
		.operands = "",
		.needs_bpf = true,
		.summary = "the bundled probes, what they count, whether they run here",
		.help = "Whether a probe runs here is tried: it is attached for a moment, with maps of\n"
			"its own.\n",
		.example = "sudo bpfmapctl probes list",
		.failure = "the list could not be written",
		.run = ctl_probes_list,
	},
	{
		.words = "probes load",
		.operands = " [NAME...]",
		.max = SIZE_MAX,
		.options = CTL_OPTION_GROUP | CTL_OPTION_STATE_DIR,
		.needs_bpf = true,
		.summary = "load, attach and pin probes",
		.help = "Without a name: all of them. Their maps are pinned under\n" PROBES_PIN_ROOT
			"/NAME/. A probe that is loaded already keeps its\n"
			"counts and gets its programs replaced.\n",
		.example = "sudo bpfmapctl probes load syscalls --group prometheus",
		.failure = "a probe could not be loaded",
		.run = ctl_probes_load,
	},
	{
		.words = "probes unload",
		.operands = " [NAME...]",
		.max = SIZE_MAX,
		.needs_bpf = true,
		.summary = "detach probes and remove their pins; their counts end",
		.help = "Without a name: all of them. Whatever else lies in their folders stays.\n",
		.example = "sudo bpfmapctl probes unload",
		.failure = "a pin could not be removed",
		.run = ctl_probes_unload,
	},
};

static void print_usage(const struct command *c)
{
	printf("bpfmapctl %s%s", c->words, c->operands);
	ctl_options_usage(c->options);
	putchar('\n');
}

static int print_help(void)
{
	printf("Looks at pinned eBPF maps; writes configurations for them; saves their BTF; loads\n"
	       "and removes the bundled probes.\n\nUsage:\n");
	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		printf("  ");
		print_usage(&commands[i]);
		printf("      %s\n", commands[i].summary);
	}
	printf("  bpfmapctl COMMAND --help\n  bpfmapctl --help\n  bpfmapctl --version\n\n"
	       "Exit status: 0, 1 what was asked for failed, 2 wrong usage, 3 the system refused.\n");
	return CTL_OK;
}

static int print_command_help(const struct command *c)
{
	printf("Usage: ");
	print_usage(c);
	printf("\n  %s\n\n%s\nOptions:\n", c->summary, c->help);
	ctl_options_help(c->options);
	printf("  --help                 print this and exit\n"
	       "  --                     what follows is no option\n\n"
	       "Example:\n  %s\n\nExit status:\n  0  done\n  1  %s\n  2  wrong usage\n",
	       c->example, c->failure);
	if (c->needs_bpf)
		printf("  3  the system refused: it lacks bpf(), or this user a permission\n");
	return CTL_OK;
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
		return ctl_fail_suggest("there is no command", argv[0], known, ARRAY_SIZE(known));
	snprintf(words, sizeof(words), "%s %s", argv[0], argv[1]);
	return ctl_fail_suggest("there is no command", words, known, ARRAY_SIZE(known));
}

static int run_command(const struct command *c, int argc, char **argv)
{
	struct ctl_arguments args;
	int status;

	ctl_arguments_init(&args);
	status = ctl_options_parse(c->options, argc, argv, &args);
	if (!status && (args.n < c->min || args.n > c->max))
		status = ctl_fail(CTL_USAGE,
				  "usage: bpfmapctl %s%s; `bpfmapctl %s --help` says more",
				  c->words, c->operands, c->words);
	if (!status && c->needs_bpf)
		status = ctl_require_bpf();
	return status ? status : c->run(&args);
}

static int run(int argc, char **argv)
{
	const struct command *c;
	bool wants_help = false;
	int n_words;

	if (!argc) {
		print_help();
		return CTL_USAGE;
	}
	if (!strcmp(argv[0], "--version")) {
		printf("bpfmapctl %s\n", BPFMAP_VERSION);
		return CTL_OK;
	}
	for (int i = 0; i < argc && strcmp(argv[i], "--") != 0; i++)
		wants_help = wants_help || !strcmp(argv[i], "--help");
	c = find_command(argc, argv, &n_words);
	if (wants_help)
		return c ? print_command_help(c) : print_help();
	if (!c)
		return fail_no_command(argc, argv);
	return run_command(c, argc - n_words, argv + n_words);
}

int main(int argc, char **argv)
{
	int status;

	signal(SIGPIPE, SIG_DFL); /* whoever reads no more ends us quietly */
	status = run(argc - 1, argv + 1);
	if (fflush(stdout) || ferror(stdout))
		return ctl_fail(
			CTL_FAILED,
			"standard output: %s: the output is not whole; mend that, and run it again",
			err_name(errno));
	return status;
}
