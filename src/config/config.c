// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a file to struct config, in three steps: libyaml's tree with places
 * (yaml_tree.c); a table of keys for each mapping, which fills in the structs
 * (schema.c and the parts); combinations that make no sense (checks.c, and
 * families.c across all maps). The first two are repeated for each file that
 * the main one includes (files.c), whose tree is gone afterwards.
 *
 * The steps go on after a mistake wherever they can, so that one run lists
 * all of them. Only a file that is no YAML ends early.
 */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "files_internal.h"

/* What `global:` fills in. */
struct globals {
	uint64_t refresh_ns;
	enum config_at_scrape at_scrape;
	struct config_limits limits;
	uint64_t read_timeout_ns;
	char *state_dir;
};

static const struct duration_range timeouts = {NS_PER_MS, 3600 * NS_PER_S, "1ms to 1h", false};

static void parse_state_dir(struct parser *p, const struct node *n, void *out, const void *arg)
{
	char **path = out;

	parse_text(p, n, path, arg);
	if (*path && (**path != '/' || strchr(*path, '\n')))
		complain(p, &n->at,
			 "the state_dir '%s' must be an absolute path, without a line break",
			 *path);
}

static const struct key global_keys[] = {
	{"refresh", parse_duration, INTO(globals, refresh_ns), .arg = &schema_refreshes},
	{"at_scrape", parse_choice, INTO(globals, at_scrape), .arg = &schema_at_scrapes},
	{"max_series", parse_number, INTO(globals, limits.max_series), .arg = &schema_max_series},
	{"max_label_bytes", parse_number, INTO(globals, limits.max_label_bytes),
	 .arg = &schema_max_label_bytes},
	{"read_timeout", parse_duration, INTO(globals, read_timeout_ns), .arg = &timeouts},
	{"state_dir", parse_state_dir, INTO(globals, state_dir)},
};

static void parse_global(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config *c = out;
	struct globals g = {
		.refresh_ns = p->refresh_ns,
		.limits = p->limits,
		.read_timeout_ns = c->read_timeout_ns,
		.state_dir = c->state_dir,
	};

	(void)arg;
	parse_mapping(p, n, "'global'", global_keys, ARRAY_SIZE(global_keys), &g);
	p->refresh_ns = g.refresh_ns;
	p->at_scrape = g.at_scrape;
	p->limits = g.limits;
	c->read_timeout_ns = g.read_timeout_ns;
	c->state_dir = g.state_dir;
}

/* In this order: maps inherit what is global. */
static const struct key top_keys[] = {
	{"global", parse_global, .offset = 0},
	{"maps", parse_maps, .offset = 0},
	{"include", .parse = NULL},
};

static void parse_main(struct parser *p, const struct node *n, struct files *files)
{
	const struct node *include = node_find(n, "include");

	if (!parse_mapping(p, n, "the file", top_keys, ARRAY_SIZE(top_keys), p->config))
		return;
	if (include)
		parse_include(p, include, files);
	else if (!node_find(n, "maps"))
		complain(p, &n->at, "%s needs the key 'maps'",
			 n->n_items ? "the file" : "the file is empty: it");
}

static struct config *config_new(const char *path)
{
	_cleanup_(config_freep) struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->paths = calloc(FILES_MAX, sizeof(*c->paths));
	if (!c->paths)
		return NULL;
	c->paths[0] = strdup(path);
	if (!c->paths[0])
		return NULL;
	c->n_paths = 1;
	c->state_dir = strdup(CONFIG_DEFAULT_STATE_DIR);
	if (!c->state_dir)
		return NULL;
	c->read_timeout_ns = CONFIG_DEFAULT_READ_TIMEOUT_NS;
	return take_ptr(c);
}

/* @ids: FILES_MAX, the first is that of the text; NULL: it has none, and includes nothing. */
static int config_parse_file(const char *path, struct file_id *ids, struct str text,
			     struct config **ret_config, struct problems *problems)
{
	_cleanup_(config_freep) struct config *c = config_new(path);
	_cleanup_(mistakes_done) struct mistakes mistakes = {0};
	_cleanup_(tree_done) struct tree tree = {0};
	struct parser p = {
		.config = c,
		.mistakes = &mistakes,
		.refresh_ns = CONFIG_DEFAULT_REFRESH_NS,
		.limits = {.max_series = CONFIG_DEFAULT_MAX_SERIES,
			   .max_label_bytes = CONFIG_DEFAULT_MAX_LABEL_BYTES},
	};
	struct files files = {.ids = ids, .tree = &tree};
	int r;

	if (!c)
		mistakes.no_memory = true;
	else if (tree_parse(&tree, c->paths[0], text, &mistakes) == 0)
		parse_main(&p, tree.root, &files);
	if (c) {
		check_names(&p);
		check_families(&p);
		check_stack_maps(&p);
	}
	r = mistakes_tell(&mistakes, c ? (const char *const *)c->paths : &path, c ? c->n_paths : 1,
			  problems);
	free(p.names_at);
	if (r == 0)
		*ret_config = take_ptr(c);
	return r;
}

int config_parse(const char *path, struct str text, struct config **ret_config,
		 struct problems *problems)
{
	return config_parse_file(path, NULL, text, ret_config, problems);
}

/* The text of the main file, and which file it is. */
static int main_read(const char *path, struct buf *text, struct file_id *ret_id,
		     struct problems *problems)
{
	_cleanup_(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC);
	const struct place at = {.file = path};
	struct stat st;
	int r = fd < 0 ? -errno : 0;

	if (r < 0) {
		problems_add(problems, &at, "cannot be opened: %s", err_name(r));
		return r;
	}
	r = fstat(fd, &st) < 0 ? -errno : file_read(fd, text);
	if (r == -EFBIG)
		problems_add(problems, &at, "larger than %zu MiB, so not a configuration",
			     FILE_MAX_BYTES >> 20);
	else if (r < 0)
		problems_add(problems, &at, "cannot be read: %s", err_name(r));
	else
		*ret_id = (struct file_id){.device = st.st_dev, .inode = st.st_ino};
	return r;
}

int config_load(const char *path, struct config **ret_config, struct problems *problems)
{
	_cleanup_(freep) struct file_id *ids = calloc(FILES_MAX, sizeof(*ids));
	_cleanup_buf_ struct buf text = BUF_INIT;
	const struct place at = {.file = path};
	int r;

	if (!ids) {
		problems_add(problems, &at, "out of memory");
		return -ENOMEM;
	}
	r = main_read(path, &text, &ids[0], problems);
	if (r < 0)
		return r;
	return config_parse_file(path, ids, (struct str){.p = text.data, .n = text.len}, ret_config,
				 problems);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_maps; i++)
		map_done(&c->maps[i]);
	free(c->maps);
	for (size_t i = 0; i < c->n_paths; i++)
		free(c->paths[i]);
	free(c->paths);
	free(c->state_dir);
	free(c);
}
