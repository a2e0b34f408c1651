// SPDX-License-Identifier: GPL-2.0-only
/*
 * Each folder in which a part of a pattern is looked for is watched for names
 * that this part matches. An event makes its patterns stale; their folders are
 * then looked through again, into a new table, and only then is the change told:
 * what happened before a folder was watched is found by whoever looks for the
 * matches after that. So nothing is patched: folders that came are found, those
 * that went or moved away are not found again, and what the old table watches and
 * the new one does not is no longer watched.
 *
 * Invariants: a folder is watched before it is listed, and its parent before it.
 * Every watch of the descriptor is in the table. inotify gives each folder one
 * number, whichever way it is reached, and does not give a number again; events of
 * numbers that are not in the table are leftovers. The mask is always the same,
 * so that watching a folder again changes nothing.
 */
#include "source/pin_watch.h"

#include <dirent.h>
#include <errno.h>
#include <linux/magic.h>
#include <stdbool.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

#include "base/buf.h"
#include "pin_glob_internal.h"
#include "source/pin_glob.h"

/* Renaming onto a pin is told as MOVED_TO. MOVE_SELF: a folder whose parent cannot be watched. */
#define EVENTS                                                                            \
	(IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO | IN_ATTRIB | IN_MOVE_SELF | \
	 IN_ONLYDIR)

/* More than there are folders: a search ends at a free one. */
#define N_SLOTS (2 * PIN_WATCH_FOLDERS_MAX)

struct pattern {
	char *text;	 /* its slashes are NUL; NULL: not a pattern */
	const char *end; /* of the text */
	bool stale;	 /* to be looked through, and told of */
};

/* That a pattern looks for a part in a folder. */
struct look {
	struct look *next; /* in the same folder */
	size_t pattern;
	const char *part; /* of the pattern's text */
};

struct folder {
	int wd; /* 0: free slot */
	struct look *looks;
};

struct table {
	size_t n_folders;
	struct folder slots[N_SLOTS]; /* by wd, open addressing */
};

struct pin_watch {
	int fd;
	struct table *table;
	size_t n_patterns;
	struct pattern patterns[];
};

struct walk {
	const struct pin_watch *w;
	struct table *table; /* where the folders go */
	size_t pattern;
	struct buf path; /* of the folder; empty: the root */
};

/* What may be there again the next time, unlike a folder that is gone or shut. */
static bool is_shortage(int code)
{
	return code == ENOMEM || code == EMFILE || code == ENFILE;
}

/* The slot of this folder, or the free one where it belongs. */
static struct folder *find_slot(struct table *t, int wd)
{
	size_t i = (size_t)wd % N_SLOTS;

	while (t->slots[i].wd && t->slots[i].wd != wd)
		i = (i + 1) % N_SLOTS;
	return &t->slots[i];
}

static void table_free(struct table *t)
{
	for (size_t i = 0; i < N_SLOTS; i++) {
		struct look *next;

		for (struct look *look = t->slots[i].looks; look; look = next) {
			next = look->next;
			free(look);
		}
	}
	free(t);
}

DEFINE_CLEANUP(table_free, struct table *)

/* Takes the look. Return: whether it is a new one. */
static bool table_add(struct table *t, int wd, struct look *look)
{
	struct folder *folder = find_slot(t, wd);

	for (const struct look *other = folder->looks; other; other = other->next) {
		if (other->part == look->part) {
			free(look);
			return false;
		}
	}
	t->n_folders += !folder->wd;
	folder->wd = wd;
	look->next = folder->looks;
	folder->looks = look;
	return true;
}

static struct look *look_new(size_t pattern, const char *part)
{
	struct look *look = malloc(sizeof(*look));

	if (look)
		*look = (struct look){.pattern = pattern, .part = part};
	return look;
}

/* The part that begins at @from or after it, or NULL. */
static const char *find_part(const struct pattern *p, const char *from)
{
	while (from < p->end && !*from)
		from++;
	return from < p->end ? from : NULL;
}

/* Return: 0; 1 where there is nothing (more) to be found below; -errno if short of something. */
static int watch_folder(struct walk *k, const char *path, const char *part)
{
	struct look *look;
	struct statfs fs;
	int wd;

	if (statfs(path, &fs) < 0)
		return is_shortage(errno) ? -errno : 1;
	if (fs.f_type != BPF_FS_MAGIC)
		return 0;
	if (k->table->n_folders == PIN_WATCH_FOLDERS_MAX)
		return 1;
	look = look_new(k->pattern, part);
	if (!look)
		return -ENOMEM;
	wd = inotify_add_watch(k->w->fd, path, EVENTS);
	if (wd < 0) {
		free(look);
		return is_shortage(errno) ? -errno : 0;
	}
	return table_add(k->table, wd, look) ? 0 : 1;
}

static int walk(struct walk *k, const char *part);

static int walk_into(struct walk *k, const char *name, const char *part)
{
	size_t len = k->path.len;
	int r = buf_printf(&k->path, "/%s", name);

	if (r == 0)
		r = walk(k, part);
	k->path.len = len;
	return r;
}

DEFINE_CLEANUP(closedir, DIR *)

/* Whatever matches @part, for @next. */
static int walk_entries(struct walk *k, const char *path, const char *part, const char *next)
{
	_cleanup_(closedirp) DIR *dir = opendir(path);
	struct dirent *entry;
	int r = 0;

	if (!dir)
		return is_shortage(errno) ? -errno : 0;
	while (r == 0 && (entry = readdir(dir)))
		if (pin_name_matches(part, entry->d_name))
			r = walk_into(k, entry->d_name, next);
	return r;
}

/* Goes on in the folder k->path, in which @part is looked for. */
static int walk(struct walk *k, const char *part)
{
	const char *path = k->path.len ? buf_string(&k->path) : "/";
	const char *next = find_part(&k->w->patterns[k->pattern], part + strlen(part));
	int r = path ? watch_folder(k, path, part) : -ENOMEM;

	if (r != 0)
		return r < 0 ? r : 0;
	if (!next)
		return 0;
	if (pin_pattern_is_glob(part))
		return walk_entries(k, path, part, next);
	return walk_into(k, part, next);
}

static int walk_pattern(const struct pin_watch *w, size_t i, struct table *t)
{
	const struct pattern *p = &w->patterns[i];
	const char *part = find_part(p, p->text);
	struct walk k = {.w = w, .table = t, .pattern = i};
	int r = 0;

	if (part && part == p->text)
		r = buf_puts(&k.path, ".");
	if (part && r == 0)
		r = walk(&k, part);
	buf_done(&k.path);
	return r;
}

/* What the patterns that are not stale look for. */
static int keep(const struct pin_watch *w, struct table *t)
{
	for (size_t i = 0; w->table && i < N_SLOTS; i++) {
		const struct folder *folder = &w->table->slots[i];

		for (const struct look *l = folder->looks; l; l = l->next) {
			struct look *copy;

			if (w->patterns[l->pattern].stale)
				continue;
			copy = look_new(l->pattern, l->part);
			if (!copy)
				return -ENOMEM;
			table_add(t, folder->wd, copy);
		}
	}
	return 0;
}

/* No longer watch what is in @t but not in w->table. */
static void unwatch(const struct pin_watch *w, const struct table *t)
{
	for (size_t i = 0; t && i < N_SLOTS; i++) {
		int wd = t->slots[i].wd;

		if (wd && !(w->table && find_slot(w->table, wd)->wd))
			inotify_rm_watch(w->fd, wd);
	}
}

/* A new table, in which stale patterns are looked through again; or, on failure, the old one. */
static int look_again(struct pin_watch *w)
{
	_cleanup_(table_freep) struct table *t = calloc(1, sizeof(*t));
	int r = t ? keep(w, t) : -ENOMEM;

	for (size_t i = 0; r == 0 && i < w->n_patterns; i++)
		if (w->patterns[i].stale)
			r = walk_pattern(w, i, t);
	if (r == 0) {
		struct table *old = w->table;

		w->table = t;
		t = old;
	}
	unwatch(w, t);
	return r;
}

static void make_all_stale(struct pin_watch *w)
{
	for (size_t i = 0; i < w->n_patterns; i++)
		w->patterns[i].stale = w->patterns[i].text;
}

int pin_watch_look(struct pin_watch *w)
{
	int r;

	make_all_stale(w);
	r = look_again(w);
	for (size_t i = 0; r == 0 && i < w->n_patterns; i++)
		w->patterns[i].stale = false;
	return r;
}

/* Without a name it is about the folder itself: it is gone, moved, or has other permissions. */
static void take_event(struct pin_watch *w, const struct inotify_event *event)
{
	if (event->mask & IN_Q_OVERFLOW) {
		make_all_stale(w);
		return;
	}
	for (const struct look *l = find_slot(w->table, event->wd)->looks; l; l = l->next)
		if (!event->len || pin_name_matches(l->part, event->name))
			w->patterns[l->pattern].stale = true;
}

/* Those that are there now: one who makes them as fast as they are read must not hold us here. */
static void take_events(struct pin_watch *w)
{
	char events[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
	int n_waiting = 0;
	ssize_t n;

	ioctl(w->fd, FIONREAD, &n_waiting);
	for (; n_waiting > 0 && (n = read(w->fd, events, sizeof(events))) > 0;
	     n_waiting -= (int)n) {
		const struct inotify_event *event;

		for (const char *p = events; p < events + n; p += sizeof(*event) + event->len) {
			event = (const struct inotify_event *)p;
			take_event(w, event);
		}
	}
}

static bool has_stale(const struct pin_watch *w)
{
	for (size_t i = 0; i < w->n_patterns; i++)
		if (w->patterns[i].stale)
			return true;
	return false;
}

void pin_watch_read(struct pin_watch *w, void (*changed)(void *ctx, size_t pattern), void *ctx)
{
	int r;

	take_events(w);
	if (!has_stale(w))
		return;
	r = look_again(w);
	for (size_t i = 0; i < w->n_patterns; i++) {
		if (!w->patterns[i].stale)
			continue;
		w->patterns[i].stale = r < 0;
		changed(ctx, i);
	}
}

static int copy_pattern(struct pattern *p, const char *text)
{
	if (!text)
		return 0;
	p->text = strdup(text);
	if (!p->text)
		return -ENOMEM;
	p->end = p->text + strlen(text);
	for (char *slash = p->text; (slash = strchr(slash, '/'));)
		*slash++ = '\0';
	return 0;
}

/* Half-built where it fails. */
static int start(struct pin_watch *w, const char *const *patterns, size_t n)
{
	for (; w->n_patterns < n; w->n_patterns++) {
		int r = copy_pattern(&w->patterns[w->n_patterns], patterns[w->n_patterns]);

		if (r < 0)
			return r;
	}
	w->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	return w->fd < 0 ? -errno : pin_watch_look(w);
}

int pin_watch_new(const char *const *patterns, size_t n, struct pin_watch **ret_watch,
		  struct err *e)
{
	_cleanup_(pin_watch_freep) struct pin_watch *w =
		calloc(1, sizeof(*w) + n * sizeof(w->patterns[0]));
	int r = -ENOMEM;

	if (w) {
		w->fd = -1;
		r = start(w, patterns, n);
	}
	if (r == -EMFILE)
		return err_set(e, r,
			       "pins cannot be watched: %s; raise fs.inotify.max_user_instances, "
			       "or the limit of descriptors (LimitNOFILE=, ulimit -n)",
			       err_name(r));
	if (r < 0)
		return err_set(e, r, "pins cannot be watched: %s", err_name(r));
	*ret_watch = take_ptr(w);
	return 0;
}

void pin_watch_free(struct pin_watch *w)
{
	if (!w)
		return;
	for (size_t i = 0; i < w->n_patterns; i++)
		free(w->patterns[i].text);
	if (w->table)
		table_free(w->table);
	close_fdp(&w->fd);
	free(w);
}

int pin_watch_fd(const struct pin_watch *w)
{
	return w->fd;
}
