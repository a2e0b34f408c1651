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
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/cleanup.h"
#include "base/err.h"
#include "base/str.h"
#include "config/config.h"
#include "ctl/commands.h"
#include "ctl/status.h"
#include "probes/probes.h"

struct command {
	const char *words; /* one or two */
	const char *usage; /* after them */
	const char *summary;
	const char *help; /* more, for --help */
	bool takes_group;
	bool takes_state_dir;
	size_t min_operands;
	int (*run)(const struct ctl_arguments *args);
};

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
		.run = ctl_probes_list,
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
		.run = ctl_probes_load,
	},
	{
		.words = "probes unload",
		.usage = " [NAME...]",
		.summary = "detach probes and remove their pins; their counts end",
		.help = "Without a name: all of them. Whatever else lies in their folders stays.\n",
		.run = ctl_probes_unload,
	},
	{
		.words = "show",
		.usage = " PIN... [--state-dir DIR]",
		.summary = "type, sizes, fill and layout of pinned maps",
		.help = "Listing the entries and reading the layout changes nothing in the map. Without\n"
			"CAP_SYS_ADMIN the layout is known where `bpfmapctl btf save` was run.\n\n" STATE_DIR_HELP,
		.takes_state_dir = true,
		.min_operands = 1,
		.run = ctl_show,
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
		.run = ctl_btf_save,
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
	return CTL_OK;
}

static int print_command_help(const struct command *c)
{
	printf("Usage: bpfmapctl %s%s\n\n  %s\n\n%s", c->words, c->usage, c->summary, c->help);
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

static int parse_group(const char *name, gid_t *ret_group)
{
	const struct group *group = getgrnam(name);
	unsigned long long number;

	if (group)
		*ret_group = group->gr_gid;
	else if (!str_parse_u64(str_of(name), &number) && number < (gid_t)-1)
		*ret_group = (gid_t)number;
	else
		return ctl_fail(CTL_USAGE, "there is no group '%s'", name);
	return CTL_OK;
}

/* The option at @i, `--name value` or `--name=value`; @i goes to its last word. */
static int parse_option(const struct command *c, int argc, char **argv, int *i,
			struct ctl_arguments *args)
{
	const char *const known[] = {"--help", c->takes_group ? "--group" : NULL,
				     c->takes_state_dir ? "--state-dir" : NULL};
	const char *word = argv[*i], *equals = strchrnul(word, '=');
	struct str name = {word, (size_t)(equals - word)};
	bool is_group = c->takes_group && str_equal(name, STR("--group"));
	const char *value;

	if (!is_group && !(c->takes_state_dir && str_equal(name, STR("--state-dir"))))
		return ctl_fail_suggest("there is no option", word, known, ARRAY_SIZE(known));
	value = *equals ? equals + 1 : *i + 1 < argc ? argv[++*i] : "";
	if (!*value)
		return ctl_fail(CTL_USAGE, "%.*s needs %s", (int)name.n, name.p,
				is_group ? "the name of a group" : "a folder");
	if (is_group)
		return parse_group(value, &args->group);
	args->state_dir = value;
	return CTL_OK;
}

/* Options may stand anywhere; operands are gathered at the front of @argv. */
static int parse_arguments(const struct command *c, int argc, char **argv,
			   struct ctl_arguments *args)
{
	for (int i = 0; i < argc; i++) {
		if (argv[i][0] != '-')
			args->operands[args->n++] = argv[i];
		else if (parse_option(c, argc, argv, &i, args))
			return CTL_USAGE;
	}
	if (args->n < c->min_operands || (!strchr(c->usage, '.') && args->n))
		return ctl_fail(CTL_USAGE, "usage: bpfmapctl %s%s", c->words, c->usage);
	return CTL_OK;
}

static int run(int argc, char **argv)
{
	struct ctl_arguments args = {.group = (gid_t)-1, .state_dir = CONFIG_DEFAULT_STATE_DIR};
	const struct command *c;
	bool wants_help = false;
	int n_words, status;

	if (!argc) {
		print_help();
		return CTL_USAGE;
	}
	if (!strcmp(argv[0], "--version")) {
		printf("bpfmapctl %s\n", BPFMAP_VERSION);
		return CTL_OK;
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
		return ctl_fail(CTL_FAILED, "standard output: %s", err_name(errno));
	return status;
}
