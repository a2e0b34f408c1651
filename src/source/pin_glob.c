// SPDX-License-Identifier: GPL-2.0-only
/*
 * glob(3) does not tell what a wildcard stood for. The folders are walked part
 * by part, and only those are listed in which a part has wildcards: the others
 * need no read permission. What was found is then matched once more as a whole
 * for the captures, which works because no wildcard matches a slash.
 *
 * A star takes as little as it can; only the last one of a part takes the rest.
 */
#include "source/pin_glob.h"
#include "pin_glob_internal.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/buf.h"
#include "base/str.h"

struct walk {
	struct buf path; /* so far */
	struct pin_matches found;
	const char *pattern;
	bool denied; /* a folder could not be listed; the first is in @e */
	struct err *e;
};

bool pin_pattern_is_glob(const char *pattern)
{
	return strpbrk(pattern, "*?[") != NULL;
}

/* The end of the set that starts at @p, or NULL where it has none and `[` is an ordinary character.
 */
static const char *set_end(const char *p)
{
	p += p[1] == '!' ? 2 : 1;
	if (*p == ']')
		p++;
	while (*p && *p != ']' && *p != '/')
		p++;
	return *p == ']' ? p : NULL;
}

static bool set_has(const char *p, const char *end, unsigned char c)
{
	bool negated = p[1] == '!';
	bool has = false;

	for (p += negated ? 2 : 1; p < end; p++) {
		unsigned char low = (unsigned char)*p, high = low;

		if (p[1] == '-' && p + 2 < end) {
			high = (unsigned char)p[2];
			p += 2;
		}
		has = has || (low <= c && c <= high);
	}
	return has != negated;
}

/* One character against the head of the pattern. Return: what follows in the pattern, or NULL. */
static const char *match_one(const char *pattern, char c)
{
	const char *end;

	if (!c)
		return NULL;
	if (*pattern == '?')
		return c == '/' ? NULL : pattern + 1;
	end = *pattern == '[' ? set_end(pattern) : NULL;
	if (end)
		return c != '/' && set_has(pattern, end, (unsigned char)c) ? end + 1 : NULL;
	return *pattern == c ? pattern + 1 : NULL;
}

/*
 * Whether the pattern matches the whole text. Going back to the last star is
 * enough: what an earlier one could take more, the last one can take too.
 * @captures: one for each star, or NULL.
 */
static bool match(const char *pattern, const char *text, struct str *captures)
{
	const char *star = NULL, *taken = NULL, *next;
	size_t n_stars = 0;

	while (*text || *pattern == '*') {
		if (*pattern == '*') {
			star = ++pattern;
			taken = text;
			if (captures)
				captures[n_stars] = (struct str){.p = text, .n = 0};
			n_stars++;
			continue;
		}
		next = match_one(pattern, *text);
		if (next) {
			pattern = next;
			text++;
			continue;
		}
		if (!star || *taken == '/' || !*taken)
			return false;
		text = ++taken;
		pattern = star;
		if (captures)
			captures[n_stars - 1].n++;
	}
	return !*pattern;
}

bool pin_name_matches(const char *part, const char *name)
{
	if (name[0] == '.' && (part[0] != '.' || !strcmp(name, ".") || !strcmp(name, "..")))
		return false;
	return match(part, name, NULL);
}

static size_t count_stars(const char *pattern)
{
	size_t n = 0;

	for (; *pattern; pattern++) {
		const char *end = *pattern == '[' ? set_end(pattern) : NULL;

		if (end)
			pattern = end;
		else
			n += *pattern == '*';
	}
	return n;
}

void pin_match_done(struct pin_match *m)
{
	for (size_t i = 0; i < m->n_captures; i++)
		free(m->captures[i]);
	free(m->captures);
	free(m->path);
}

void pin_matches_done(struct pin_matches *m)
{
	for (size_t i = 0; i < m->n; i++)
		pin_match_done(&m->items[i]);
	free(m->items);
	*m = (struct pin_matches){0};
}

static int capture(const char *pattern, struct pin_match *m)
{
	_cleanup_(freep) struct str *texts = NULL;
	size_t n = count_stars(pattern);

	if (!n)
		return 0;
	texts = calloc(n, sizeof(*texts));
	m->captures = calloc(n, sizeof(*m->captures));
	if (!texts || !m->captures)
		return -ENOMEM;
	match(pattern, m->path, texts);
	for (; m->n_captures < n; m->n_captures++) {
		const struct str *text = &texts[m->n_captures];

		m->captures[m->n_captures] = strndup(text->p ? text->p : "", text->n);
		if (!m->captures[m->n_captures])
			return -ENOMEM;
	}
	return 0;
}

int pin_matches_add(struct pin_matches *m, const char *path)
{
	struct pin_match *items = realloc(m->items, (m->n + 1) * sizeof(*items));

	if (!items)
		return -ENOMEM;
	m->items = items;
	items[m->n] = (struct pin_match){.path = strdup(path)};
	if (!items[m->n].path)
		return -ENOMEM;
	m->n++;
	return 0;
}

static int add_match(struct pin_matches *found, const char *pattern, const char *path)
{
	int r = pin_matches_add(found, path);

	return r < 0 ? r : capture(pattern, &found->items[found->n - 1]);
}

/* Folders that cannot be looked into are remembered; the walk goes on. */
static int tell(struct walk *w, const char *path, int code)
{
	if (code == -ENOENT || code == -ENOTDIR || code == -ELOOP || code == -ENAMETOOLONG)
		return 0;
	if (code != -EACCES)
		return err_set(w->e, code, "%s: %s", path, err_name(code));
	if (!w->denied)
		err_set(w->e, code,
			"%s: permission denied; a pattern needs read permission on the folders "
			"that it searches",
			path);
	w->denied = true;
	return 0;
}

static int add_if_there(struct walk *w)
{
	const char *path = buf_string(&w->path);
	struct stat st;

	if (!path)
		return -ENOMEM;
	if (stat(path, &st) < 0)
		return tell(w, path, -errno);
	return S_ISDIR(st.st_mode) ? 0 : add_match(&w->found, w->pattern, path);
}

/* The first part of @rest that has wildcards, or NULL. */
static const char *first_wild_part(const char *rest)
{
	const char *wild = strpbrk(rest, "*?[");

	while (wild && wild > rest && wild[-1] != '/')
		wild--;
	return wild;
}

static int walk(struct walk *w, const char *rest);

static int walk_entries(struct walk *w, DIR *dir, const char *part, const char *rest)
{
	size_t len = w->path.len;
	struct dirent *entry;
	int r = 0;

	while (r == 0 && (errno = 0, entry = readdir(dir))) {
		if (!pin_name_matches(part, entry->d_name))
			continue;
		r = buf_puts(&w->path, entry->d_name);
		if (r == 0)
			r = walk(w, rest);
		w->path.len = len;
	}
	return r ? r : -errno;
}

DEFINE_CLEANUP(closedir, DIR *)

/* Goes on from w->path, to which @rest of the pattern is to be added. */
static int walk(struct walk *w, const char *rest)
{
	_cleanup_(closedirp) DIR *dir = NULL;
	_cleanup_(freep) char *part = NULL;
	const char *wild = first_wild_part(rest), *folder;

	if (buf_append(&w->path, rest, wild ? (size_t)(wild - rest) : strlen(rest)) < 0)
		return -ENOMEM;
	if (!wild)
		return add_if_there(w);
	rest = strchrnul(wild, '/');
	part = strndup(wild, (size_t)(rest - wild));
	folder = w->path.len ? buf_string(&w->path) : ".";
	if (!part || !folder)
		return -ENOMEM;
	dir = opendir(folder);
	if (!dir)
		return tell(w, folder, -errno);
	return walk_entries(w, dir, part, rest);
}

static int compare(const void *a, const void *b)
{
	return strcmp(((const struct pin_match *)a)->path, ((const struct pin_match *)b)->path);
}

void pin_matches_sort(struct pin_matches *m)
{
	if (m->n)
		qsort(m->items, m->n, sizeof(*m->items), compare);
}

int pin_glob(const char *pattern, struct pin_matches *ret_matches, struct err *e)
{
	struct walk w = {.pattern = pattern, .e = e};
	int r;

	if (pin_pattern_is_glob(pattern))
		r = walk(&w, pattern);
	else
		r = add_match(&w.found, pattern, pattern);
	buf_done(&w.path);
	if (r == -ENOMEM)
		err_set(e, r, "%s: no memory to look for it", pattern);
	if (r < 0) {
		pin_matches_done(&w.found);
		return r;
	}
	pin_matches_sort(&w.found);
	*ret_matches = w.found;
	return w.denied ? -EACCES : 0;
}
