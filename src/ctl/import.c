// SPDX-License-Identifier: GPL-2.0-only
/* Configurations of other exporters. */
#include <errno.h>
#include <fcntl.h>

#include "ctl/status.h"
#include "import/ebpf_exporter.h"

#define FILE_MAX_BYTES (1 << 20)

/* Return: 0, -EFBIG, -ENOMEM or another -errno. */
static int read_all(int fd, struct buf *text)
{
	for (;;) {
		ssize_t n;

		if (text->len > FILE_MAX_BYTES)
			return -EFBIG;
		if (buf_reserve(text, 65536) < 0)
			return -ENOMEM;
		n = read(fd, text->data + text->len, 65536);
		if (n == 0)
			return 0;
		if (n > 0)
			text->len += (size_t)n;
		else if (errno != EINTR)
			return -errno;
	}
}

static bool is_input(const char *path)
{
	return !strcmp(path, "-");
}

static int read_file(const char *path, struct buf *text)
{
	_cleanup_(close_fdp) int fd =
		open(is_input(path) ? "/dev/stdin" : path, O_RDONLY | O_CLOEXEC);
	int r = fd < 0 ? -errno : read_all(fd, text);

	if (r == -EFBIG)
		return ctl_fail(CTL_FAILED,
				"%s: larger than %d MiB, so not a configuration: name "
				"an ebpf_exporter configuration",
				path, FILE_MAX_BYTES >> 20);
	if (r < 0)
		return ctl_fail(CTL_FAILED,
				"%s: cannot be read: %s: name a file that this user may read, or - "
				"for standard input",
				path, err_name(r));
	return CTL_OK;
}

static void print_problems(const struct problems *problems, const char *what)
{
	for (size_t i = 0; i < problems->n; i++)
		fprintf(stderr, "%s\n", problems->items[i]);
	if (problems->incomplete)
		ctl_fail(CTL_OK, "there is not enough memory to list all %s", what);
}

static int import(const struct ctl_arguments *args, struct import_file *files, struct buf *texts)
{
	_cleanup_problems_ struct problems warnings = PROBLEMS_INIT, problems = PROBLEMS_INIT;
	_cleanup_buf_ struct buf out = BUF_INIT;
	int status = CTL_OK, r;

	for (size_t i = 0; i < args->n; i++) {
		status = ctl_worse(status, read_file(args->operands[i], &texts[i]));
		files[i].path = is_input(args->operands[i]) ? "standard input" : args->operands[i];
		files[i].text = (struct str){texts[i].len ? texts[i].data : "", texts[i].len};
	}
	if (status)
		return status;
	r = import_ebpf_exporter(files, args->n, args->prefix, &out, &warnings, &problems);
	print_problems(&warnings, "warnings");
	print_problems(&problems, "mistakes");
	if (r == -ENOMEM)
		return ctl_fail(CTL_FAILED, "no memory to import %s", args->operands[0]);
	if (r < 0)
		return ctl_fail(CTL_FAILED, "nothing is imported: mend what is listed above first");
	fwrite(out.data, 1, out.len, stdout);
	return CTL_OK;
}

int ctl_import_ebpf_exporter(const struct ctl_arguments *args)
{
	_cleanup_(freep) struct import_file *files = calloc(args->n, sizeof(*files));
	_cleanup_(freep) struct buf *texts = calloc(args->n, sizeof(*texts));
	int status;

	if (!files || !texts)
		return ctl_fail(CTL_FAILED, "no memory for %zu files", args->n);
	status = import(args, files, texts);
	for (size_t i = 0; i < args->n; i++)
		buf_done(&texts[i]);
	return status;
}
