// SPDX-License-Identifier: GPL-2.0-only
/*
 * `include:` file names and patterns, relative to the file that they stand in.
 *
 * A file is read once, whatever it is called: the main one is never included,
 * nor is one that two patterns match. What cannot be included is told at the
 * pattern; what is wrong inside of a file, at its place in that file. A name
 * without wildcard must exist, a pattern need not match. Only ordinary files
 * are read: opening a pipe could wait for ever.
 */
#include "files_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <stdlib.h>

#include "base/err.h"

#define READ_BYTES ((size_t)64 << 10)

int file_read(int fd, struct buf *b)
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

static const struct key included_keys[] = {
	{"maps", parse_maps, .required = true},
	{"global", .refused = "'global' can only be in the main file"},
	{"include", .refused = "'include' can only be in the main file"},
};

static void parse_included(struct parser *p, struct files *files, const char *path, struct str text)
{
	_cleanup_(tree_done) struct tree tree = {.weight = files->tree->weight};

	if (tree_parse(&tree, path, text, p->mistakes) == 0)
		parse_mapping(p, tree.root, "an included file", included_keys,
			      ARRAY_SIZE(included_keys), p->config);
	files->tree->weight = tree.weight;
}

static bool file_is_known(const struct parser *p, const struct files *files,
			  const struct file_id *id)
{
	for (size_t i = 0; i < p->config->n_paths; i++) {
		if (files->ids[i].device == id->device && files->ids[i].inode == id->inode)
			return true;
	}
	return false;
}

/* Return: 0 (with no text if it was there before), or -errno. */
static int file_take(struct parser *p, struct files *files, const char *path, struct buf *text)
{
	_cleanup_(close_fdp) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct config *c = p->config;
	struct file_id id;
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (!S_ISREG(st.st_mode))
		return S_ISDIR(st.st_mode) ? -EISDIR : -EINVAL;
	id = (struct file_id){.device = st.st_dev, .inode = st.st_ino};
	if (file_is_known(p, files, &id))
		return 0;
	if (c->n_paths == FILES_MAX)
		return -EMFILE;
	r = file_read(fd, text);
	if (r < 0)
		return r;
	c->paths[c->n_paths] = strdup(path);
	if (!c->paths[c->n_paths])
		return -ENOMEM;
	files->ids[c->n_paths++] = id;
	return 0;
}

/* @n: where it is included. */
static void file_include(struct parser *p, const struct node *n, struct files *files,
			 const char *path)
{
	_cleanup_buf_ struct buf text = BUF_INIT;
	size_t n_before = p->config->n_paths;
	int r = file_take(p, files, path, &text);

	if (r == -ENOMEM)
		p->mistakes->no_memory = true;
	else if (r == -EFBIG)
		complain(p, &n->at, "'%s' is larger than %zu MiB, so not a configuration", path,
			 FILE_MAX_BYTES >> 20);
	else if (r == -EMFILE)
		complain(p, &n->at, "more than %d included files", FILES_MAX - 1);
	else if (r == -EINVAL)
		complain(p, &n->at, "'%s' is not an ordinary file", path);
	else if (r < 0)
		complain(p, &n->at, "'%s' cannot be read: %s", path, err_name(r));
	else if (p->config->n_paths > n_before)
		parse_included(p, files, p->config->paths[n_before],
			       (struct str){.p = text.data, .n = text.len});
}

/* A name below the folder of the main file, whose own name is no pattern. */
static const char *path_below(const char *main_file, const char *name, bool is_pattern,
			      struct buf *b)
{
	const char *slash = *name == '/' ? NULL : strrchr(main_file, '/');
	int r = 0;

	for (const char *s = main_file; slash && s <= slash && r == 0; s++)
		r = buf_printf(b, "%s%c", is_pattern && strchr("*?[\\", *s) ? "\\" : "", *s);
	if (r == 0)
		r = buf_puts(b, name);
	return r == 0 ? buf_string(b) : NULL;
}

/* A folder that is not there has no match; another one that cannot be listed might have. */
static int glob_failed(const char *path, int code)
{
	(void)path;
	return code != ENOENT;
}

static void pattern_include(struct parser *p, const struct node *n, struct files *files,
			    const char *pattern)
{
	_cleanup_(globfree) glob_t found = {0};

	switch (glob(pattern, 0, glob_failed, &found)) {
	case 0:
		for (size_t i = 0; i < found.gl_pathc; i++)
			file_include(p, n, files, found.gl_pathv[i]);
		break;
	case GLOB_NOSPACE:
		p->mistakes->no_memory = true;
		break;
	case GLOB_ABORTED:
		complain(p, &n->at, "a folder of '%s' cannot be listed", pattern);
		break;
	default:
		break;
	}
}

void parse_include(struct parser *p, const struct node *n, struct files *files)
{
	if (n->kind != NODE_LIST) {
		complain(p, &n->at, "include must be a list of files, found %s", node_kind_name(n));
		return;
	}
	for (size_t i = 0; i < n->n_items; i++) {
		_cleanup_buf_ struct buf b = BUF_INIT;
		const struct node *item = n->items[i];
		const char *name = text_of(p, item), *path;
		bool is_pattern = name && strpbrk(name, "*?[");

		if (!name)
			continue;
		if (!files->ids) {
			complain(p, &item->at, "'%s' can only be included by a file", name);
			continue;
		}
		path = path_below(p->config->paths[0], name, is_pattern, &b);
		if (!path)
			p->mistakes->no_memory = true;
		else if (is_pattern)
			pattern_include(p, item, files, path);
		else
			file_include(p, item, files, path);
	}
}
