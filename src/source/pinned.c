// SPDX-License-Identifier: GPL-2.0-only
/*
 * BPF_OBJ_GET opens whatever is pinned, and BPF_OBJ_GET_INFO_BY_FD then fills
 * in a program's numbers where a map's were expected. The name of the
 * descriptor in /proc tells the kinds apart.
 */
#include "pinned_internal.h"

#include <errno.h>
#include <linux/bpf.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "passing_internal.h"
#include "source/map_ops.h"

static const struct {
	const char *name;
	const char *link; /* of its descriptor in /proc */
} kinds[] = {
	[PINNED_MAP] = {"map", "anon_inode:bpf-map"},
	[PINNED_PROGRAM] = {"program", "anon_inode:bpf-prog"},
};

/* Why BPF_OBJ_GET failed: the kernel has EACCES for much, and EINVAL for a link opened read-only.
 */
static int explain(const char *pin, enum pinned_kind kind, int r, struct err *e)
{
	struct statfs fs;
	struct stat st;

	if (r == -ENOENT)
		return err_set(e, r, "%s: nothing is pinned there", pin);
	if (statfs(pin, &fs) == 0 && fs.f_type != BPF_FS_MAGIC)
		return err_set(e, -EINVAL, "%s: is not on a bpf filesystem", pin);
	if (stat(pin, &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(e, -EISDIR, "%s: is a folder, not a pinned %s", pin,
			       kinds[kind].name);
	if (r == -EINVAL)
		return err_set(e, -EMEDIUMTYPE, "%s: a link is pinned there, not a %s", pin,
			       kinds[kind].name);
	if (r == -EACCES)
		return err_set(e, r,
			       "%s: permission denied; this user needs access to the pin and to "
			       "its folders",
			       pin);
	if (r == -EPERM)
		return err_set(e, r,
			       "%s: bpf() is not permitted; it needs CAP_BPF on kernels before "
			       "5.19, and a seccomp profile that allows it",
			       pin);
	if (r == -ENOSYS)
		return err_set(e, r,
			       "%s: this kernel has no bpf(); it takes one with "
			       "CONFIG_BPF_SYSCALL=y, or a seccomp profile that allows it",
			       pin);
	if (r == -EMFILE || r == -ENFILE)
		return err_set(e, r, "%s: %s; " PINNED_RAISE_LIMIT, pin, err_name(r));
	return err_set(e, r, "%s: cannot be opened: %s", pin, err_name(r));
}

static int check_kind(int fd, const char *pin, enum pinned_kind kind, struct err *e)
{
	char path[64], link[64] = "";

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (readlink(path, link, sizeof(link) - 1) < 0) {
		int code = -errno;

		return err_set(e, code, "%s: cannot tell what is pinned there without %s: %s", pin,
			       path, err_name(code));
	}
	if (strcmp(link, kinds[kind].link) != 0)
		return err_set(e, -EMEDIUMTYPE, "%s: not a %s is pinned there but %s", pin,
			       kinds[kind].name, strchr(link, ':') ? strchr(link, ':') + 1 : link);
	return 0;
}

int pinned_open(const char *pin, enum pinned_kind kind, uint32_t file_flags, struct err *e)
{
	_cleanup_(close_fdp) int fd = try_until_passed(map_get(pin, file_flags));
	int r;

	if (fd < 0)
		return explain(pin, kind, fd, e);
	r = check_kind(fd, pin, kind, e);
	if (r < 0)
		return r;
	return take_fd(&fd);
}
