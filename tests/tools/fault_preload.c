// SPDX-License-Identifier: GPL-2.0-only
/*
 * Preloaded into the exporter: calls fail that a test chooses.
 *
 * The file that $FAULT_CONTROL names is mapped shared: the test writes rules to
 * it while the exporter runs, and reads how often each call came. A rule is about
 * one call on the target: a map by its pin's path (a part of it) or its id,
 * followed through the descriptors that were opened of it.
 *
 * libbpf makes its system calls by syscall(3), which is why it can be done here.
 */
#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define N_CALLS 80 /* commands of bpf(), then these */
#define N_RULES 4
#define MAX_FDS 65536

enum { CALL_BTF_INFO = 64, CALL_FOPEN, CALL_OPENDIR, CALL_MMAP, CALL_READLINK, CALL_STAT };

enum {
	INSTEAD, /* of the call; a batch's count is 0, as the kernel leaves it */
	AFTER,	 /* the call was made, and its results are there */
	EARLY,	 /* instead of the call; nothing is written, as where somebody forbids it */
	SLOW,	 /* it does not fail, but is made only after `error` milliseconds */
};

struct rule {
	uint32_t call, error, how;
	uint32_t n_pass, n_fail; /* so many more */
};

struct control {
	char target[128];
	uint32_t target_id, unused;
	uint64_t n_calls[N_CALLS]; /* on the target */
	struct rule rules[N_RULES];
};

enum mark { OTHER, TARGET, BTF };

static struct control *control;
static unsigned char marks[MAX_FDS];

__attribute__((constructor)) static void start(void)
{
	const char *path = getenv("FAULT_CONTROL");
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *p;

	if (fd < 0)
		return;
	p = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	if (p == MAP_FAILED)
		abort();
	control = p;
}

static bool is_target(int fd)
{
	return fd >= 0 && fd < MAX_FDS && marks[fd] == TARGET;
}

static void mark(int fd, enum mark as)
{
	if (fd >= 0 && fd < MAX_FDS)
		marks[fd] = as;
}

/* Whether one more is due. */
static bool take_one(uint32_t *n)
{
	uint32_t left = __atomic_load_n(n, __ATOMIC_SEQ_CST);

	while (left)
		if (__atomic_compare_exchange_n(n, &left, left - 1, false, __ATOMIC_SEQ_CST,
						__ATOMIC_SEQ_CST))
			return true;
	return false;
}

/* The rule by which this call on the target fails, or NULL. */
static const struct rule *find_rule(uint32_t call)
{
	if (!control || call >= N_CALLS)
		return NULL;
	__atomic_fetch_add(&control->n_calls[call], 1, __ATOMIC_SEQ_CST);
	for (size_t i = 0; i < N_RULES; i++) {
		struct rule *r = &control->rules[i];

		if (r->call == call && r->n_fail && !take_one(&r->n_pass) && take_one(&r->n_fail))
			return r;
	}
	return NULL;
}

/* Whether the call fails; errno is set. */
static bool fails(uint32_t call)
{
	const struct rule *r = find_rule(call);

	if (r)
		errno = (int)r->error;
	return r;
}

static bool is_target_path(const char *path)
{
	return control && control->target[0] && strstr(path, control->target);
}

/* One of /proc/self/fd/N and /proc/self/fdinfo/N. */
static bool is_target_in_proc(const char *path)
{
	int fd = -1;

	if (sscanf(path, "/proc/self/fd/%d", &fd) != 1)
		sscanf(path, "/proc/self/fdinfo/%d", &fd);
	return is_target(fd);
}

static enum mark command_mark(uint32_t command, const union bpf_attr *a)
{
	switch (command) {
	case BPF_OBJ_GET:
		return is_target_path((const char *)(uintptr_t)a->pathname) ? TARGET : OTHER;
	case BPF_MAP_GET_FD_BY_ID:
		return control && control->target_id == a->map_id ? TARGET : OTHER;
	case BPF_MAP_GET_NEXT_ID:
		return TARGET;
	case BPF_BTF_GET_FD_BY_ID:
		return BTF;
	case BPF_OBJ_GET_INFO_BY_FD:
		return a->info.bpf_fd < MAX_FDS ? marks[a->info.bpf_fd] : OTHER;
	case BPF_MAP_LOOKUP_BATCH:
	case BPF_MAP_LOOKUP_AND_DELETE_BATCH:
		return is_target((int)a->batch.map_fd) ? TARGET : OTHER;
	default:
		return is_target((int)a->map_fd) ? TARGET : OTHER;
	}
}

static bool is_batch(uint32_t command)
{
	return command == BPF_MAP_LOOKUP_BATCH || command == BPF_MAP_LOOKUP_AND_DELETE_BATCH;
}

static long real_bpf(const long *args)
{
	static long (*real)(long, ...);

	if (!real)
		real = (long (*)(long, ...))dlsym(RTLD_NEXT, "syscall");
	return real(SYS_bpf, args[0], args[1], args[2]);
}

static long do_bpf(const long *args)
{
	uint32_t command = (uint32_t)args[0];
	union bpf_attr *attr = (union bpf_attr *)args[1];
	enum mark of = command_mark(command, attr);
	bool is_btf_info = of == BTF && command == BPF_OBJ_GET_INFO_BY_FD;
	const struct rule *r = NULL;
	long result = -1;

	if (of != OTHER)
		r = find_rule(is_btf_info ? CALL_BTF_INFO : command);
	if (r && r->how == SLOW) {
		usleep(r->error * 1000);
		r = NULL;
	}
	if (r && r->how == INSTEAD && is_batch(command))
		attr->batch.count = 0;
	if (!r || r->how == AFTER)
		result = real_bpf(args);
	if (!r) {
		if (command == BPF_OBJ_GET || command == BPF_MAP_GET_FD_BY_ID ||
		    command == BPF_BTF_GET_FD_BY_ID)
			mark((int)result, of);
		return result;
	}
	errno = (int)r->error;
	return -1;
}

#define REAL(name) ((typeof(&(name)))dlsym(RTLD_NEXT, #name))

long syscall(long number, ...)
{
	long args[6];
	va_list list;

	va_start(list, number);
	for (size_t i = 0; i < 6; i++)
		args[i] = va_arg(list, long);
	va_end(list);
	if (number == SYS_bpf)
		return do_bpf(args);
	return REAL(syscall)(number, args[0], args[1], args[2], args[3], args[4], args[5]);
}

FILE *fopen(const char *path, const char *mode)
{
	return is_target_in_proc(path) && fails(CALL_FOPEN) ? NULL : REAL(fopen)(path, mode);
}

/* Folders are no maps' own: that of the target's pin counts. */
DIR *opendir(const char *path)
{
	bool is_folder =
		control && control->target[0] && !strncmp(control->target, path, strlen(path) - 1);

	return is_folder && fails(CALL_OPENDIR) ? NULL : REAL(opendir)(path);
}

void *mmap(void *at, size_t n, int protection, int flags, int fd, off_t offset)
{
	if (is_target(fd) && fails(CALL_MMAP))
		return MAP_FAILED;
	return REAL(mmap)(at, n, protection, flags, fd, offset);
}

ssize_t readlink(const char *path, char *text, size_t n)
{
	return is_target_in_proc(path) && fails(CALL_READLINK) ? -1 : REAL(readlink)(path, text, n);
}

int stat(const char *path, struct stat *s)
{
	return is_target_path(path) && fails(CALL_STAT) ? -1 : REAL(stat)(path, s);
}
