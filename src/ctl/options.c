// SPDX-License-Identifier: GPL-2.0-only
#include "ctl/options.h"

#include <grp.h>
#include <stdio.h>

#include "base/str.h"
#include "config/config.h"
#include "ctl/status.h"
#include "import/ebpf_exporter.h"

struct option {
	unsigned int flag;
	const char *name;
	const char *value;	  /* in the usage */
	const char *needs;	  /* what the value is, for people */
	const char *const *words; /* those that it may be; NULL: any */
	bool may_be_empty;
	const char *help;
	int (*take)(const char *value, struct ctl_arguments *args);
};

static const char *const format_words[] = {"table", "json", "csv", NULL};
static const char *const cpu_words[] = {"sum", "each", NULL};

static int take_group(const char *name, struct ctl_arguments *args)
{
	const struct group *group = getgrnam(name);
	unsigned long long number;

	if (group)
		args->group = group->gr_gid;
	else if (!str_parse_u64(str_of(name), &number) && number < (gid_t)-1)
		args->group = (gid_t)number;
	else
		return ctl_fail(CTL_USAGE,
				"there is no group '%s': `getent group` lists them, and a number "
				"is one too",
				name);
	return CTL_OK;
}

static int take_state_dir(const char *folder, struct ctl_arguments *args)
{
	args->state_dir = folder;
	return CTL_OK;
}

static size_t index_of(const char *const *words, const char *word)
{
	size_t i = 0;

	while (words[i] && strcmp(words[i], word) != 0)
		i++;
	return i;
}

static int take_format(const char *word, struct ctl_arguments *args)
{
	args->format = (enum ctl_format)index_of(format_words, word);
	return CTL_OK;
}

static int take_cpu(const char *word, struct ctl_arguments *args)
{
	args->each_cpu = index_of(cpu_words, word) == 1;
	return CTL_OK;
}

static int take_limit(const char *text, struct ctl_arguments *args)
{
	unsigned long long n;

	if (str_parse_u64(str_of(text), &n) || !n)
		return ctl_fail(CTL_USAGE, "--limit needs a number of entries from 1, not '%s'",
				text);
	args->limit = n;
	return CTL_OK;
}

static int take_prefix(const char *prefix, struct ctl_arguments *args)
{
	if (*prefix && !str_is_name(str_of(prefix)))
		return ctl_fail(CTL_USAGE,
				"--prefix needs what the name of a metric may begin with (letters, "
				"digits and '_', no digit first), not '%s'",
				prefix);
	args->prefix = prefix;
	return CTL_OK;
}

static const struct option all[] = {
	{CTL_OPTION_GROUP, "--group", "GROUP", "the name of a group", NULL, false,
	 "  --group GROUP          may read the maps, so that the exporter needs no\n"
	 "                         privilege; without it only root can. Their BTF is saved\n"
	 "                         for it, as `bpfmapctl btf save` does\n",
	 take_group},
	{CTL_OPTION_FORMAT, "--format", "table|json|csv", "table, json or csv", format_words, false,
	 "  --format FORMAT        table (without it), json: one array, an object for each entry;\n"
	 "                         csv: with a line of names first\n",
	 take_format},
	{CTL_OPTION_LIMIT, "--limit", "N", "a number of entries", NULL, false,
	 "  --limit N              stop after N entries\n", take_limit},
	{CTL_OPTION_CPU, "--cpu", "sum|each", "sum or each", cpu_words, false,
	 "  --cpu sum|each         of per-CPU maps: counts added, all else from the first CPU\n"
	 "                         that has something (without it), or a row for each CPU\n",
	 take_cpu},
	{CTL_OPTION_PREFIX, "--prefix", "P", "what the names of metrics begin with", NULL, true,
	 "  --prefix P             names of metrics begin with P_; '' for nothing; without it\n"
	 "                         " IMPORT_DEFAULT_PREFIX "\n",
	 take_prefix},
	{CTL_OPTION_STATE_DIR, "--state-dir", "DIR", "a folder", NULL, false,
	 "  --state-dir DIR        where BTF is saved, as `state_dir` in the exporter's\n"
	 "                         configuration; without it " CONFIG_DEFAULT_STATE_DIR "\n",
	 take_state_dir},
};

void ctl_options_usage(unsigned int options)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (options & all[i].flag)
			printf(" [%s %s]", all[i].name, all[i].value);
}

void ctl_options_help(unsigned int options)
{
	for (size_t i = 0; i < ARRAY_SIZE(all); i++)
		if (options & all[i].flag)
			fputs(all[i].help, stdout);
}

void ctl_arguments_init(struct ctl_arguments *args)
{
	*args = (struct ctl_arguments){
		.group = (gid_t)-1,
		.state_dir = CONFIG_DEFAULT_STATE_DIR,
		.prefix = IMPORT_DEFAULT_PREFIX,
	};
}

/* NULL after saying that there is none. */
static const struct option *find_option(unsigned int options, struct str name, const char *word)
{
	const char *known[ARRAY_SIZE(all) + 1] = {"--help"};

	for (size_t i = 0; i < ARRAY_SIZE(all); i++) {
		if (!(options & all[i].flag))
			continue;
		if (str_equal(name, str_of(all[i].name)))
			return &all[i];
		known[i + 1] = all[i].name;
	}
	ctl_fail_suggest("there is no option", word, known, ARRAY_SIZE(known));
	return NULL;
}

static int check_word(const struct option *o, const char *value)
{
	size_t n = 0;
	const char *meant;

	if (!o->words || o->words[index_of(o->words, value)])
		return CTL_OK;
	while (o->words[n])
		n++;
	meant = str_suggest(value, o->words, n);
	return ctl_fail(CTL_USAGE, "%s needs %s, not '%s'%s%s%s", o->name, o->needs, value,
			meant ? " (did you mean '" : "", meant ? meant : "", meant ? "'?)" : "");
}

/* The option at @i, which goes to its last word. */
static int parse_option(unsigned int options, int argc, char **argv, int *i,
			struct ctl_arguments *args)
{
	const char *word = argv[*i], *equals = strchrnul(word, '='), *value = NULL;
	const struct option *o =
		find_option(options, (struct str){word, (size_t)(equals - word)}, word);

	if (!o)
		return CTL_USAGE;
	if (*equals)
		value = equals + 1;
	else if (*i + 1 < argc)
		value = argv[++*i];
	if (!value || (!*value && !o->may_be_empty))
		return ctl_fail(CTL_USAGE, "%s needs %s", o->name, o->needs);
	return check_word(o, value) ? CTL_USAGE : o->take(value, args);
}

int ctl_options_parse(unsigned int options, int argc, char **argv, struct ctl_arguments *args)
{
	bool has_ended = false;

	args->operands = argv;
	for (int i = 0; i < argc; i++) {
		if (has_ended || argv[i][0] != '-' || !argv[i][1])
			args->operands[args->n++] = argv[i];
		else if (!strcmp(argv[i], "--"))
			has_ended = true;
		else if (parse_option(options, argc, argv, &i, args))
			return CTL_USAGE;
	}
	return CTL_OK;
}
