// SPDX-License-Identifier: GPL-2.0-only
/*
 * A cgroup's id is the inode number of its folder, which no call turns into a
 * path without privilege. So one walk over all folders fills a table, which
 * answers every id until it is too old. An unknown id causes a new walk, but
 * only if the last one is some time ago, and longer ago the longer it took:
 * walking never takes more than a tenth of the time.
 *
 * While a walk fills it, the table is its own queue: the folders in it that
 * were not looked into yet. So nothing is held open and no depth is too much,
 * except that a path longer than PATH_MAX cannot be opened.
 *
 * Items are sorted by the lower half of the id, then the upper one, so that
 * both a whole id and a lower half are found by one search.
 */
#include "cgroup_tree_internal.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "lookup_paths_internal.h"
#include "name_table_internal.h"

#define MAX_FOLDERS	1000000
#define MAX_PATH_BYTES	(256U << 20)
#define KEEP_NS		(10 * NS_PER_S)
#define KEEP_UNKNOWN_NS NS_PER_S
#define REST_PER_WALK	10

static struct {
	pthread_mutex_t lock;
	struct name_table paths;
	bool was_walked;
	uint64_t walked_ns; /* when */
	uint64_t took_ns;
	uint64_t n_walks;
} shared = {.lock = PTHREAD_MUTEX_INITIALIZER};

DEFINE_CLEANUP(closedir, DIR *)

static uint64_t swap_halves(uint64_t id)
{
	return id << 32 | id >> 32;
}

/* "\040" stands for a blank; in place. A backslash itself is written so, too. */
static void unescape(char *s)
{
	char *to = s;

	for (; *s; s++) {
		if (*s == '\\' && s[1] && s[2] && s[3]) {
			*to++ = (char)((s[1] & 7) << 6 | (s[2] & 7) << 3 | (s[3] & 7));
			s += 3;
		} else {
			*to++ = *s;
		}
	}
	*to = '\0';
}

/* "36 25 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw": its root and its place. */
static bool parse_mount(char *line, const char **ret_root, char **ret_place)
{
	char *words[5];
	const char *type = strstr(line, " - ");

	if (!type || strncmp(type + 3, "cgroup2 ", 8) != 0)
		return false;
	for (size_t n = 0; n < ARRAY_SIZE(words); n++) {
		words[n] = strsep(&line, " ");
		if (!words[n])
			return false;
	}
	*ret_root = words[3];
	*ret_place = words[4];
	unescape(*ret_place);
	return true;
}

/* A mount of the whole tree, or else the first one. Return: 0, -ENOENT, -ENOMEM. */
static int find_mount(char **ret_place)
{
	_cleanup_(fclosep) FILE *f = fopen(lookup_paths.mountinfo, "re");
	_cleanup_(freep) char *line = NULL, *found = NULL;
	size_t cap = 0;
	bool is_whole = false;

	if (!f)
		return -ENOENT;
	while (!is_whole && getline(&line, &cap, f) > 0) {
		const char *root;
		char *place;

		if (!parse_mount(line, &root, &place))
			continue;
		is_whole = !strcmp(root, "/");
		if (found && !is_whole)
			continue;
		free(found);
		found = strdup(place);
		if (!found)
			return -ENOMEM;
	}
	*ret_place = take_ptr(found);
	return *ret_place ? 0 : -ENOENT;
}

static int add_child(struct name_table *t, struct str parent, const struct dirent *child)
{
	char path[PATH_MAX];
	int n = snprintf(path, sizeof(path), "%s/%s", parent.n == 1 ? "" : parent.p, child->d_name);

	if (n < 0 || (size_t)n >= sizeof(path))
		return 0;
	return name_table_add(t, swap_halves(child->d_ino),
			      (struct str){.p = path, .n = (size_t)n});
}

/* A folder that is gone or closed to us has nothing in it. Return: as name_table_add(). */
static int add_children(struct name_table *t, int root, struct name_table_item item)
{
	char path[PATH_MAX];
	struct str parent = {.p = path, .n = item.n};
	_cleanup_(closedirp) DIR *dir = NULL;
	const struct dirent *child;
	int fd, r = 0;

	memcpy(path, t->text.data + item.at, item.n); /* always shorter: add_child() */
	path[item.n] = '\0';
	fd = openat(root, item.n == 1 ? "." : path + 1,
		    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return 0;
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
		return -ENOMEM;
	}
	while (r == 0 && (child = readdir(dir)))
		if (child->d_type == DT_DIR && strcmp(child->d_name, ".") != 0 &&
		    strcmp(child->d_name, "..") != 0)
			r = add_child(t, parent, child);
	return r;
}

static int walk(struct name_table *t)
{
	_cleanup_(close_fdp) int root = -1;
	_cleanup_(freep) char *place = NULL;
	struct stat st;
	int r = find_mount(&place);

	if (r < 0)
		return r;
	root = open(place, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root < 0 || fstat(root, &st) < 0)
		return -errno;
	r = name_table_add(t, swap_halves(st.st_ino), STR("/"));
	for (size_t i = 0; r == 0 && i < t->n; i++)
		r = add_children(t, root, t->items[i]);
	name_table_sort(t);
	return r;
}

/* With the lock held. Where no walk was possible, what is known stays. Return: 0 or -ENOMEM. */
static int walk_again(uint64_t now_ns)
{
	struct name_table t = {.max_items = MAX_FOLDERS, .max_bytes = MAX_PATH_BYTES};
	uint64_t start_ns = clock_mono_ns();
	int r = walk(&t);

	shared.was_walked = true;
	shared.walked_ns = now_ns;
	shared.took_ns = clock_mono_ns() - start_ns;
	shared.n_walks++;
	if (r < 0) {
		name_table_done(&t);
		return r == -ENOMEM ? r : 0;
	}
	name_table_done(&shared.paths);
	shared.paths = t;
	return 0;
}

static bool is_older(uint64_t keep_ns, uint64_t now_ns)
{
	uint64_t rest_ns = REST_PER_WALK * shared.took_ns;

	/* Who waited for the lock may come with a time before the walk. */
	return !shared.was_walked ||
	       now_ns >= shared.walked_ns + (keep_ns > rest_ns ? keep_ns : rest_ns);
}

static const struct name_table_item *find_item(uint64_t id, bool low_half)
{
	uint64_t number = swap_halves(id) | (low_half ? UINT32_MAX : 0);
	const struct name_table_item *item = name_table_floor(&shared.paths, number);

	if (!item || item->number >> 32 != number >> 32)
		return NULL;
	return low_half || item->number == number ? item : NULL;
}

static int find_locked(uint64_t id, bool low_half, uint64_t now_ns, struct buf *out)
{
	const struct name_table_item *item;
	struct str path;
	int r = 0;

	if (is_older(KEEP_NS, now_ns))
		r = walk_again(now_ns);
	item = find_item(id, low_half);
	if (r == 0 && !item && is_older(KEEP_UNKNOWN_NS, now_ns)) {
		r = walk_again(now_ns);
		item = find_item(id, low_half);
	}
	if (r < 0)
		return r;
	if (!item)
		return CGROUP_UNKNOWN;
	path = name_table_name(&shared.paths, item);
	return buf_append(out, path.p, path.n);
}

int cgroup_tree_find(uint64_t id, bool low_half, uint64_t now_ns, struct buf *out)
{
	int r;

	pthread_mutex_lock(&shared.lock);
	r = find_locked(id, low_half, now_ns, out);
	pthread_mutex_unlock(&shared.lock);
	return r;
}

uint64_t cgroup_tree_n_walks(void)
{
	uint64_t n;

	pthread_mutex_lock(&shared.lock);
	n = shared.n_walks;
	pthread_mutex_unlock(&shared.lock);
	return n;
}

void cgroup_tree_forget(void)
{
	pthread_mutex_lock(&shared.lock);
	name_table_done(&shared.paths);
	shared.was_walked = false;
	shared.n_walks = 0;
	pthread_mutex_unlock(&shared.lock);
}
