// SPDX-License-Identifier: GPL-2.0-only
/*
 * The state folder may be a user's with less privilege than whoever saves here,
 * or reads. So from it on every step is taken from the folder before, by its
 * descriptor and without following links, and what was opened is looked at
 * before it is used: its type, its owner, its mode.
 *
 * A copy appears whole or not at all: it is renamed in its folder.
 */
#include "source/btf_store.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/btf.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/cleanup.h"
#include "source/map_source.h"

#define BOOT_ID_PATH   "/proc/sys/kernel/random/boot_id"
#define BOOT_ID_LENGTH 36
#define MAX_BYTES      (64U << 20)

DEFINE_CLEANUP(btf__free, struct btf *)
DEFINE_CLEANUP(closedir, DIR *)

struct boot_id {
	char text[BOOT_ID_LENGTH + 1];
};

/* A way down the store: the folder or file that it has come to. */
struct walk {
	int fd;
	char path[1024]; /* for messages */
};

static void walk_done(const struct walk *w)
{
	close_fdp(&w->fd);
}

static bool is_boot_id(const char *s)
{
	size_t n = 0;

	while (isxdigit((unsigned char)s[n]) || s[n] == '-')
		n++;
	return n == BOOT_ID_LENGTH && !s[n];
}

static int read_boot_id(struct boot_id *ret, struct err *e)
{
	_cleanup_(close_fdp) int fd = open(BOOT_ID_PATH, O_RDONLY | O_CLOEXEC);
	struct boot_id id = {""};

	if (fd < 0 || read(fd, id.text, BOOT_ID_LENGTH) < 0)
		return err_set(e, -errno, BOOT_ID_PATH ": %s", err_name(errno));
	if (!is_boot_id(id.text))
		return err_set(e, -EIO, BOOT_ID_PATH ": what it says is no boot id");
	*ret = id;
	return 0;
}

static int fail_step(const struct walk *w, const char *name, int code, struct err *e)
{
	if (code == -ELOOP)
		return err_set(e, -EPERM, "%s/%s: is a link, which is not followed", w->path, name);
	if (code == -ENXIO)
		return err_set(e, -EPERM, "%s/%s: is a socket", w->path, name);
	return err_set(e, code, "%s/%s: %s", w->path, name, err_name(code));
}

/* What others may change tells nothing of the map. */
static int check_trust(const struct walk *w, mode_t type, struct err *e)
{
	struct stat st;

	if (fstat(w->fd, &st) < 0)
		return err_set(e, -errno, "%s: %s", w->path, err_name(errno));
	if ((st.st_mode & S_IFMT) != type)
		return err_set(e, -EPERM, "%s: is no %s", w->path,
			       type == S_IFDIR ? "folder" : "regular file");
	if (st.st_uid && st.st_uid != geteuid())
		return err_set(e, -EPERM,
			       "%s: belongs to user %u: only root's and one's own are trusted",
			       w->path, st.st_uid);
	if (st.st_mode & (S_IWGRP | S_IWOTH))
		return err_set(e, -EPERM, "%s: others than its owner may write to it", w->path);
	return 0;
}

/* Return: 0, -ENOENT, -EPERM (not what it should be, or others may change it), another -errno. */
static int walk_to(struct walk *w, const char *name, mode_t type, struct err *e)
{
	int fd = openat(w->fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	size_t n = strlen(w->path);

	if (fd < 0)
		return fail_step(w, name, -errno, e);
	close(w->fd);
	w->fd = fd;
	snprintf(w->path + n, sizeof(w->path) - n, "/%s", name);
	return check_trust(w, type, e);
}

static int walk_start(struct walk *w, const char *state_dir, struct err *e)
{
	w->fd = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (w->fd < 0)
		return err_set(e, -errno, "%s: %s", state_dir, err_name(errno));
	snprintf(w->path, sizeof(w->path), "%s", state_dir);
	return 0;
}

/* ---- load ---- */

static int read_file(const struct walk *w, void **ret_data, uint32_t *ret_size, struct err *e)
{
	_cleanup_(freep) char *data = NULL;
	struct stat st;
	size_t n = 0;
	ssize_t r = 1;

	if (fstat(w->fd, &st) < 0)
		return err_set(e, -errno, "%s: %s", w->path, err_name(errno));
	if (st.st_size > MAX_BYTES)
		return err_set(e, -EINVAL, "%s: is no BTF: it is larger than %u MiB", w->path,
			       MAX_BYTES >> 20);
	data = malloc((size_t)st.st_size + 1);
	if (!data)
		return err_set(e, -ENOMEM, "%s: no memory to read it", w->path);
	while (r > 0 && n < (size_t)st.st_size) {
		r = read(w->fd, data + n, (size_t)st.st_size - n);
		n += r > 0 ? (size_t)r : 0;
	}
	if (r < 0)
		return err_set(e, -errno, "%s: %s", w->path, err_name(errno));
	*ret_data = take_ptr(data);
	*ret_size = (uint32_t)n;
	return 0;
}

/* libbpf would read types of the other byte order, or wherever they lie; no kernel gave such. */
static bool has_btf_header(const void *data, uint32_t size)
{
	struct btf_header h;

	if (size < sizeof(h))
		return false;
	memcpy(&h, data, sizeof(h));
	return h.magic == BTF_MAGIC && h.hdr_len % 4 == 0;
}

/* What it would print of a damaged file on standard error is in our message. */
static void silence_libbpf(void)
{
	libbpf_set_print(NULL);
}

static int parse(const struct walk *w, struct btf **ret_btf, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	_cleanup_(freep) void *data = NULL;
	struct btf *btf = NULL;
	uint32_t size = 0;
	int r = read_file(w, &data, &size, e);

	if (r < 0)
		return r;
	errno = EINVAL;
	if (has_btf_header(data, size)) {
		pthread_once(&once, silence_libbpf);
		btf = btf__new(data, size);
	}
	if (!btf && errno == ENOMEM)
		return err_set(e, -ENOMEM, "%s: no memory for this BTF", w->path);
	if (!btf)
		return err_set(e, -EINVAL, "%s: is no BTF, or is damaged", w->path);
	*ret_btf = btf;
	return 0;
}

int btf_store_load(const char *state_dir, uint32_t btf_id, struct btf **ret_btf, struct err *e)
{
	_cleanup_(walk_done) struct walk w = {.fd = -1};
	struct boot_id boot;
	char name[16];
	int r;

	snprintf(name, sizeof(name), "%u", btf_id);
	if ((r = read_boot_id(&boot, e)) < 0)
		return r;
	if ((r = walk_start(&w, state_dir, e)) < 0 || (r = walk_to(&w, "btf", S_IFDIR, e)) < 0 ||
	    (r = walk_to(&w, boot.text, S_IFDIR, e)) < 0 || (r = walk_to(&w, name, S_IFREG, e)) < 0)
		return r == -ENOENT ? err_set(e, r, "BTF %u is not saved in %s", btf_id, state_dir)
				    : r;
	return parse(&w, ret_btf, e);
}

/* ---- save ---- */

static int fail_no_btf(int code, uint32_t id, struct err *e)
{
	if (code == -EPERM || code == -EACCES)
		return err_set(e, -EPERM, "BTF %u cannot be read: this needs CAP_SYS_ADMIN", id);
	return err_set(e, code, "BTF %u cannot be read: %s", id, err_name(code));
}

/* A module's is only what it adds to the kernel's own, which is in /sys/kernel/btf. */
static int check_whole(uint32_t id, struct err *e)
{
	_cleanup_(close_fdp) int fd = bpf_btf_get_fd_by_id(id);
	struct bpf_btf_info info = {0};
	uint32_t size = sizeof(info);
	int r = fd < 0 ? fd : bpf_obj_get_info_by_fd(fd, &info, &size);

	if (r < 0)
		return fail_no_btf(r, id, e);
	if (info.kernel_btf)
		return err_set(e, -EOPNOTSUPP,
			       "BTF %u belongs to the kernel or to a module of it, not to a "
			       "program: it cannot be saved on its own",
			       id);
	return 0;
}

static int read_from_kernel(uint32_t id, struct btf **ret_btf, struct err *e)
{
	int r = check_whole(id, e);

	if (r < 0)
		return r;
	*ret_btf = btf__load_from_kernel_by_id(id);
	return *ret_btf ? 0 : fail_no_btf(-errno, id, e);
}

/* Those who read are others; the umask is nobody's wish for them. */
static int open_to_all(const struct walk *w, struct err *e)
{
	return fchmod(w->fd, 0755) < 0 ? err_set(e, -errno, "%s: its mode cannot be set: %s",
						 w->path, err_name(errno))
				       : 0;
}

static int make_state_dir(struct walk *w, const char *state_dir, struct err *e)
{
	bool made = mkdir(state_dir, 0755) == 0;
	int r;

	if (!made && errno != EEXIST)
		return err_set(e, -errno, "%s: cannot be made: %s", state_dir, err_name(errno));
	r = walk_start(w, state_dir, e);
	return r == 0 && made ? open_to_all(w, e) : r;
}

static int make_folder(struct walk *w, const char *name, struct err *e)
{
	bool made = mkdirat(w->fd, name, 0755) == 0;
	int r;

	if (!made && errno != EEXIST)
		return err_set(e, -errno, "%s/%s: cannot be made: %s", w->path, name,
			       err_name(errno));
	r = walk_to(w, name, S_IFDIR, e);
	return r == 0 && made ? open_to_all(w, e) : r;
}

static DIR *list(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);

	if (!dir)
		close_fdp(&fd);
	return dir;
}

static void remove_boot(int folder, const char *name)
{
	_cleanup_(closedirp) DIR *dir = list(folder, name);
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	unlinkat(folder, name, AT_REMOVEDIR);
}

/* Nobody asks for them any more; what cannot be removed does no harm. */
static void remove_other_boots(const struct walk *w, const struct boot_id *this_one)
{
	_cleanup_(closedirp) DIR *dir = list(w->fd, ".");
	const struct dirent *entry;

	while (dir && (entry = readdir(dir)))
		if (is_boot_id(entry->d_name) && strcmp(entry->d_name, this_one->text) != 0)
			remove_boot(w->fd, entry->d_name);
}

/* Return: 0 or -errno. */
static int write_file(int fd, const char *data, size_t n)
{
	while (n) {
		ssize_t r = write(fd, data, n);

		if (r < 0)
			return -errno;
		data += r;
		n -= (size_t)r;
	}
	return fchmod(fd, 0644) < 0 ? -errno : 0;
}

static int write_copy(const struct walk *w, const char *name, const struct btf *btf, struct err *e)
{
	_cleanup_(close_fdp) int fd = -1;
	char temporary[48];
	uint32_t size = 0;
	const void *data = btf__raw_data(btf, &size);
	int r;

	snprintf(temporary, sizeof(temporary), ".%s.%d", name, getpid());
	unlinkat(w->fd, temporary, 0); /* of a process that was killed, with our number */
	fd = openat(w->fd, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (!data)
		r = -ENOMEM;
	else
		r = fd < 0 ? -errno : write_file(fd, data, size);
	if (r == 0 && renameat(w->fd, temporary, w->fd, name) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	unlinkat(w->fd, temporary, 0);
	return err_set(e, r, "%s/%s: cannot be written: %s", w->path, name, err_name(r));
}

int btf_store_save(const char *state_dir, const struct map_info *info, struct err *e)
{
	_cleanup_(btf__freep) struct btf *btf = NULL;
	_cleanup_(walk_done) struct walk w = {.fd = -1};
	struct boot_id boot;
	char name[16];
	int r;

	if (!map_info_has_btf(info))
		return err_set(e, MAP_SOURCE_NO_BTF, "the map has no BTF");
	if ((r = read_from_kernel(info->btf_id, &btf, e)) < 0 || (r = read_boot_id(&boot, e)) < 0 ||
	    (r = make_state_dir(&w, state_dir, e)) < 0 || (r = make_folder(&w, "btf", e)) < 0)
		return r;
	remove_other_boots(&w, &boot);
	if ((r = make_folder(&w, boot.text, e)) < 0)
		return r;
	snprintf(name, sizeof(name), "%u", info->btf_id);
	return write_copy(&w, name, btf, e);
}
