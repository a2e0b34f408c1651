// SPDX-License-Identifier: GPL-2.0-only
/*
 * The pins of a probe as files and folders.
 *
 *	PROBES_PIN_ROOT          0711: probes may have different groups
 *	  <probe>                0750 with a group, else 0700
 *	    <map>                0640         0600
 *	    programs/<program>   0640         0600   for their run statistics
 *	    links/<program>                   0600
 *
 * A bpf filesystem may be writable for everybody (1777): a folder that is
 * there already is trusted only if it is root's.
 */
#include "probes_internal.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "base/cleanup.h"

DEFINE_CLEANUP(closedir, DIR *)

struct pin_path pin_path(const struct probe *p, const char *folder, const char *name,
			 const char *suffix)
{
	struct pin_path path;
	int n = snprintf(path.s, sizeof(path.s), "%s/%s/%s%s%s", PROBES_PIN_ROOT, p->name, folder,
			 name, suffix);

	assert(n > 0 && (size_t)n < sizeof(path.s));
	if (path.s[n - 1] == '/') /* the probe's own folder */
		path.s[n - 1] = '\0';
	return path;
}

void pin_journal_add(struct pin_journal *j, const struct pin_path *made)
{
	assert(j->n < PIN_MAX_MADE);
	j->made[j->n++] = *made;
}

void pin_journal_undo(struct pin_journal *j)
{
	while (j->n)
		remove(j->made[--j->n].s);
}

void pin_journal_keep(struct pin_journal *j)
{
	j->n = 0;
}

int pin_root_lock(struct err *e)
{
	_cleanup_(close_fdp) int fd = open(PROBES_PIN_ROOT, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return err_set(e, -errno, "%s: %s", PROBES_PIN_ROOT, err_name(errno));
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return take_fd(&fd);
	if (errno == EWOULDBLOCK)
		return err_set(e, -EBUSY, "%s: another process is changing the probes; try again",
			       PROBES_PIN_ROOT);
	return err_set(e, -errno, "%s: cannot be locked: %s", PROBES_PIN_ROOT, err_name(errno));
}

int pin_check_filesystem(struct err *e)
{
	struct statfs fs;

	if (!statfs(PROBES_BPFFS, &fs) && fs.f_type == BPF_FS_MAGIC)
		return 0;
	return err_set(e, -ENOENT,
		       "no bpf filesystem is mounted at " PROBES_BPFFS
		       ": run `mount -t bpf bpf " PROBES_BPFFS "` first");
}

static int make_folder(const struct pin_path *path, struct pin_journal *j, struct err *e)
{
	struct stat st;

	if (!mkdir(path->s, 0700)) {
		pin_journal_add(j, path);
		return 0;
	}
	if (errno != EEXIST || lstat(path->s, &st))
		return err_set(e, -errno, "%s: cannot be made: %s", path->s, err_name(errno));
	if (!S_ISDIR(st.st_mode) || st.st_uid)
		return err_set(e, -EPERM, "%s: not a folder of root's: remove it first", path->s);
	return 0;
}

int pin_make_root(struct pin_journal *j, struct err *e)
{
	struct pin_path root = {PROBES_PIN_ROOT};
	int r = make_folder(&root, j, e);

	return r ? r : pin_set_access(root.s, 0, 0711, e);
}

int pin_make_folders(const struct probe *p, gid_t group, struct pin_journal *j, struct err *e)
{
	struct pin_path own = pin_path(p, "", "", "");
	struct pin_path programs = pin_path(p, "programs", "", "");
	struct pin_path links = pin_path(p, "links", "", "");
	int r;

	if ((r = make_folder(&own, j, e)) || (r = make_folder(&programs, j, e)) ||
	    (r = make_folder(&links, j, e)) || (r = pin_set_access(own.s, group, 0750, e)) ||
	    (r = pin_set_access(programs.s, group, 0750, e)))
		return r;
	return pin_set_access(links.s, (gid_t)-1, 0700, e);
}

int pin_set_access(const char *path, gid_t group, mode_t mode, struct err *e)
{
	if (group == (gid_t)-1) {
		group = 0;
		mode &= ~(mode_t)S_IRWXG;
	}
	if (lchown(path, 0, group) || chmod(path, mode))
		return err_set(e, -errno, "%s: its access cannot be set: %s", path,
			       err_name(errno));
	return 0;
}

int pin_open_bpffs(struct err *e)
{
	struct stat st;

	if (stat(PROBES_BPFFS, &st))
		return err_set(e, -errno, PROBES_BPFFS ": %s", err_name(errno));
	if (st.st_mode & S_IXOTH)
		return 0;
	if (chmod(PROBES_BPFFS, (st.st_mode & 07777) | S_IXGRP | S_IXOTH))
		return err_set(e, -errno, PROBES_BPFFS ": its access cannot be set: %s",
			       err_name(errno));
	return err_set(e, PROBE_OPENED_BPFFS,
		       PROBES_BPFFS " was closed to the group: everybody may now traverse it, "
				    "but not list it");
}

int pin_remove(const struct pin_path *path, struct err *e)
{
	if (!unlink(path->s) || errno == ENOENT || errno == ENOTDIR)
		return 0;
	return err_set(e, -errno, "%s: cannot be removed: %s", path->s, err_name(errno));
}

/* Names one thing in a folder that is not empty. */
static int report_left(const struct pin_path *folder, struct err *e)
{
	_cleanup_(closedirp) DIR *dir = opendir(folder->s);
	struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (entry->d_name[0] != '.')
			return err_set(e, PROBE_LEFT_FILES, "%s/%s: not the probe's, left alone",
				       folder->s, entry->d_name);
	return err_set(e, PROBE_LEFT_FILES, "%s: left alone", folder->s);
}

int pin_remove_folders(const struct probe *p, struct err *e)
{
	const char *const folders[] = {"links", "programs", ""};

	for (size_t i = 0; i < ARRAY_SIZE(folders); i++) {
		struct pin_path path = pin_path(p, folders[i], "", "");

		if (!rmdir(path.s) || errno == ENOENT)
			continue;
		if (errno == ENOTEMPTY)
			return report_left(&path, e);
		return err_set(e, -errno, "%s: cannot be removed: %s", path.s, err_name(errno));
	}
	rmdir(PROBES_PIN_ROOT); /* unless other probes are in it */
	return 0;
}
