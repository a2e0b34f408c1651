// SPDX-License-Identifier: GPL-2.0-only
/*
 * A pin keeps its map alive, whoever has it open; so a pinned map's descriptor
 * stays open until the handle is closed. A map that is only known by its id
 * lives as long as its program: one more descriptor, kept from one read to the
 * next, would make it live as long as this process. So that one is open only
 * while it is held, and what is opened again must still be the same map.
 *
 * Ids are handed out in turn and come again after two billion others; the rest
 * of the information is compared for that case.
 */
#include "map_handle_internal.h"

#include <errno.h>
#include <limits.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/str.h"
#include "passing_internal.h"
#include "pinned_internal.h"
#include "source/map_ops.h"
#include "source/map_source.h"

static const char id_prefix[] = "id:";

static bool is_by_id(const char *locator)
{
	return !strncmp(locator, id_prefix, strlen(id_prefix));
}

static int open_id(const char *locator, uint32_t file_flags, struct err *e)
{
	unsigned long long id = 0;
	int fd;

	if (str_parse_u64(str_of(locator + strlen(id_prefix)), &id) < 0 || !id || id > INT_MAX)
		return err_set(e, -EINVAL, "%s: is no map's id: expected id: and a number",
			       locator);
	fd = try_until_passed(map_get_by_id((uint32_t)id, file_flags));
	if (fd == -ENOENT)
		return err_set(e, fd, "%s: there is no map of this id", locator);
	if (fd == -EPERM)
		return err_set(e, fd,
			       "%s: opening a map by its id needs CAP_SYS_ADMIN; without it, pin "
			       "the map and name the pin",
			       locator);
	if (fd == -EMFILE || fd == -ENFILE)
		return err_set(e, fd, "%s: %s; " PINNED_RAISE_LIMIT, locator, err_name(fd));
	return fd < 0 ? err_set(e, fd, "%s: cannot be opened: %s", locator, err_name(fd)) : fd;
}

/*
 * The descriptor of a pinned map knows nothing of the pin. One that was there
 * before it was opened and is there afterwards is the one that was opened; of
 * one that was exchanged meanwhile, the next check will tell.
 */
static int open_pin(const char *pin, uint32_t file_flags, uint64_t *ret_wall_ns, struct err *e)
{
	struct stat before, after;
	bool is_known = stat(pin, &before) == 0;
	int fd = pinned_open(pin, PINNED_MAP, file_flags, e);

	*ret_wall_ns = 0;
	if (fd < 0 || !is_known || stat(pin, &after) < 0)
		return fd;
	if (before.st_dev == after.st_dev && before.st_ino == after.st_ino &&
	    after.st_mtim.tv_sec >= 0)
		*ret_wall_ns =
			(uint64_t)after.st_mtim.tv_sec * NS_PER_S + (uint64_t)after.st_mtim.tv_nsec;
	return fd;
}

int map_locator_open(const char *locator, uint32_t file_flags, struct map_info *ret_info,
		     struct err *e)
{
	_cleanup_(close_fdp) int fd = -1;
	uint64_t pinned_wall_ns = 0;
	int r;

	if (is_by_id(locator))
		fd = open_id(locator, file_flags, e);
	else
		fd = open_pin(locator, file_flags, &pinned_wall_ns, e);
	if (fd < 0)
		return fd;
	r = try_until_passed(map_fd_info(fd, ret_info));
	if (r < 0)
		return err_set(e, r, "%s: no information about the map: %s", locator, err_name(r));
	ret_info->pinned_wall_ns = pinned_wall_ns;
	return take_fd(&fd);
}

static bool is_same_map(const struct map_info *a, const struct map_info *b)
{
	return a->id == b->id && a->type == b->type && a->key_size == b->key_size &&
	       a->value_size == b->value_size && a->max_entries == b->max_entries &&
	       a->flags == b->flags && a->btf_id == b->btf_id && !strcmp(a->name, b->name);
}

/*
 * Thousands of pins must not take the descriptors that connections, files of a
 * reload and the checks of the maps themselves need: their servers could not
 * even say what is wrong. A new descriptor has the lowest number there is, so
 * one near the limit says that all below it are taken.
 */
static int refuse_the_last(int fd, const char *locator, struct err *e)
{
	struct rlimit files;
	rlim_t n_kept;

	if (getrlimit(RLIMIT_NOFILE, &files) < 0)
		return 0;
	n_kept = files.rlim_cur < 512 ? files.rlim_cur / 4 : 128;
	if ((rlim_t)fd < files.rlim_cur - n_kept)
		return 0;
	return err_set(e, -EMFILE,
		       "%s: not opened, for it would be one of the last %llu within the limit of "
		       "%llu open files; " PINNED_RAISE_LIMIT,
		       locator, (unsigned long long)n_kept, (unsigned long long)files.rlim_cur);
}

int map_handle_open(struct map_handle *h, const char *locator, uint32_t file_flags, struct err *e)
{
	_cleanup_(close_fdp) int fd = map_locator_open(locator, file_flags, &h->info, e);

	if (fd < 0)
		return fd;
	if (!is_by_id(locator) && refuse_the_last(fd, locator, e) < 0)
		return -EMFILE;
	h->fd = take_fd(&fd);
	h->file_flags = file_flags;
	h->locator = strdup(locator);
	if (!h->locator) {
		map_handle_close(h);
		return err_set(e, -ENOMEM, "%s: no memory to open it", locator);
	}
	map_handle_release(h);
	return 0;
}

int map_handle_hold(struct map_handle *h, struct err *e)
{
	_cleanup_(close_fdp) int fd = -1;
	struct map_info now = {0};

	if (h->fd >= 0)
		return 0;
	fd = map_locator_open(h->locator, h->file_flags, &now, e);
	if (fd < 0)
		return fd;
	if (!is_same_map(&now, &h->info))
		return err_set(e, -ENOENT, "%s: the map is gone: the id is another map's now",
			       h->locator);
	h->fd = take_fd(&fd);
	return 0;
}

void map_handle_release(struct map_handle *h)
{
	if (h->fd < 0 || !is_by_id(h->locator))
		return;
	close(h->fd);
	h->fd = -1;
}

int map_handle_check(struct map_handle *h, struct err *e)
{
	_cleanup_(close_fdp) int fd = -1;
	struct map_info now = {0};

	fd = map_locator_open(h->locator, h->file_flags, &now, e);
	if (fd == -ENOENT)
		return MAP_SOURCE_GONE;
	if (fd < 0)
		return fd;
	if (!is_same_map(&now, &h->info))
		return err_set(e, MAP_SOURCE_REPLACED, "%s: now names map %u instead of %u",
			       h->locator, now.id, h->info.id);
	h->info.memory_bytes = now.memory_bytes;
	h->info.pinned_wall_ns = now.pinned_wall_ns;
	return 0;
}

void map_handle_close(struct map_handle *h)
{
	close_fdp(&h->fd);
	free(h->locator);
	*h = (struct map_handle){.fd = -1};
}
