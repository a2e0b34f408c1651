// SPDX-License-Identifier: GPL-2.0-only
/*
 * From a file to struct config, in three steps: libyaml's tree with places
 * (yaml_tree.c); a table of keys for each mapping, which fills in the structs
 * (schema.c and the parts); combinations that make no sense (checks.c).
 *
 * The steps go on after a mistake wherever they can, so that one run lists
 * all of them. Only a file that is no YAML ends early.
 */
#include "config/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "schema_internal.h"

#define FILE_MAX_BYTES ((size_t)16 << 20)
#define READ_BYTES     ((size_t)64 << 10)

/* What `global:` fills in. */
struct globals {
	uint64_t refresh_ns;
	enum config_at_scrape at_scrape;
	uint64_t max_series;
	uint64_t read_timeout_ns;
};

static const struct number_range series = {1, UINT64_MAX, sizeof(uint64_t)};
static const struct duration_range timeouts = {NS_PER_MS, 3600 * NS_PER_S, "1ms to 1h", false};

static const struct key global_keys[] = {
	{"refresh", parse_duration, INTO(globals, refresh_ns), .arg = &schema_refreshes},
	{"at_scrape", parse_choice, INTO(globals, at_scrape), .arg = &schema_at_scrapes},
	{"max_series", parse_number, INTO(globals, max_series), .arg = &series},
	{"read_timeout", parse_duration, INTO(globals, read_timeout_ns), .arg = &timeouts},
};

static void parse_global(struct parser *p, const struct node *n, void *out, const void *arg)
{
	struct config *c = out;
	struct globals g = {
		.refresh_ns = p->refresh_ns,
		.max_series = c->max_series,
		.read_timeout_ns = c->read_timeout_ns,
	};

	(void)arg;
	parse_mapping(p, n, "'global'", global_keys, ARRAY_SIZE(global_keys), &g);
	p->refresh_ns = g.refresh_ns;
	p->at_scrape = g.at_scrape;
	c->max_series = g.max_series;
	c->read_timeout_ns = g.read_timeout_ns;
}

/* In this order: maps inherit what is global. */
static const struct key top_keys[] = {
	{"global", parse_global, .offset = 0},
	{"maps", parse_maps, .required = true},
};

static struct config *config_new(const char *path)
{
	_cleanup_(config_freep) struct config *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->path = strdup(path);
	if (!c->path)
		return NULL;
	c->max_series = CONFIG_DEFAULT_MAX_SERIES;
	c->read_timeout_ns = CONFIG_DEFAULT_READ_TIMEOUT_NS;
	return take_ptr(c);
}

int config_parse(const char *path, struct str text, struct config **ret_config,
		 struct problems *problems)
{
	_cleanup_(config_freep) struct config *c = config_new(path);
	_cleanup_(mistakes_done) struct mistakes mistakes = {0};
	_cleanup_(tree_done) struct tree tree = {0};
	struct parser p = {
		.config = c,
		.mistakes = &mistakes,
		.refresh_ns = CONFIG_DEFAULT_REFRESH_NS,
	};
	int r;

	if (!c)
		mistakes.no_memory = true;
	else if (tree_parse(&tree, c->path, text, &mistakes) == 0)
		parse_mapping(&p, tree.root, "the file", top_keys, ARRAY_SIZE(top_keys), c);
	r = mistakes_tell(&mistakes, path, problems);
	if (r == 0)
		*ret_config = take_ptr(c);
	return r;
}

static int file_read(int fd, struct buf *b)
{
	while (b->len <= FILE_MAX_BYTES) {
		ssize_t n;
		int r = buf_reserve(b, READ_BYTES);

		if (r < 0)
			return r;
		n = read(fd, b->data + b->len, READ_BYTES);
		if (n == 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return -errno;
		if (n > 0)
			b->len += (size_t)n;
	}
	return -EFBIG;
}

int config_load(const char *path, struct config **ret_config, struct problems *problems)
{
	_cleanup_(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC);
	_cleanup_buf_ struct buf text = BUF_INIT;
	const struct place at = {.file = path};
	int r = fd < 0 ? -errno : 0;

	if (r < 0) {
		problems_add(problems, &at, "cannot be opened: %s", err_name(r));
		return r;
	}
	r = file_read(fd, &text);
	if (r == -EFBIG)
		problems_add(problems, &at, "larger than %zu MiB, so not a configuration",
			     FILE_MAX_BYTES >> 20);
	else if (r < 0)
		problems_add(problems, &at, "cannot be read: %s", err_name(r));
	if (r < 0)
		return r;
	return config_parse(path, (struct str){.p = text.data, .n = text.len}, ret_config,
			    problems);
}

void config_free(struct config *c)
{
	if (!c)
		return;
	for (size_t i = 0; i < c->n_maps; i++)
		map_done(&c->maps[i]);
	free(c->maps);
	free(c->path);
	free(c);
}
