// SPDX-License-Identifier: GPL-2.0-only
/*
 * The names of pci.ids, through libpci. They take some megabytes and libpci is
 * not made for several threads: all decoders of the process share one copy,
 * guarded by a lock, which goes with the last of them. It is read when the
 * first is made, since it may be out of reach later.
 *
 * libpci is only asked for names. It is never told to look at the buses, nor
 * does it ask its cache, the network or udev. What it takes for fatal (a file
 * that is no pci.ids, no memory) jumps back here; the names before stay.
 */
#include "pci_names_internal.h"

#include <pci/pci.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <string.h>

#include "decoder_common_internal.h"

static struct {
	pthread_mutex_t lock;
	size_t n_users;
	struct pci_access *access;
	const char *path; /* NULL: libpci's own */
	jmp_buf failed;
} names = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void __attribute__((noreturn)) fail(char *message, ...)
{
	(void)message;
	longjmp(names.failed, 1);
}

static void say_nothing(char *message, ...)
{
	(void)message;
}

static void load(void)
{
	names.access = pci_alloc();
	names.access->error = fail;
	names.access->warning = names.access->debug = say_nothing;
	names.access->id_lookup_mode = 0;
	if (names.path)
		pci_set_name_list_path(names.access, (char *)names.path, 0);
	if (!setjmp(names.failed))
		pci_load_name_list(names.access);
}

int pci_names_init(struct decoder *d, const struct decoder_input *in)
{
	int r = decoder_init_number(d, in);

	if (r < 0)
		return r;
	d->is_lossy = true; /* vendors may have two numbers, and devices digits as names */
	d->state = &names;
	pthread_mutex_lock(&names.lock);
	if (!names.n_users++)
		load();
	pthread_mutex_unlock(&names.lock);
	return 0;
}

void pci_names_done(struct decoder *d)
{
	if (!d->state)
		return;
	pthread_mutex_lock(&names.lock);
	if (!--names.n_users) {
		pci_cleanup(names.access);
		names.access = NULL;
	}
	pthread_mutex_unlock(&names.lock);
}

void pci_names_set_path(const char *path)
{
	names.path = path;
}

/* NULL: unknown. The lock is held. */
static char *look_up(char *dst, size_t size, int kind, unsigned int first, unsigned int second)
{
	if (setjmp(names.failed))
		return NULL;
	return pci_lookup_name(names.access, dst, (int)size,
			       kind | PCI_LOOKUP_NO_NUMBERS | PCI_LOOKUP_NO_HWDB, first, second);
}

/* A subclass that is not known gets its class' name with the number after it. */
static char *find_mark(char *name, unsigned int number)
{
	char mark[16];
	size_t n = strlen(name);
	size_t mark_n = (size_t)snprintf(mark, sizeof(mark), " [%04x]", number);

	return n > mark_n && !strcmp(name + n - mark_n, mark) ? name + n - mark_n : NULL;
}

static char *find_class(char *dst, size_t size, unsigned int class)
{
	for (unsigned int sub = 0x100; sub--;) {
		char *name = look_up(dst, size, PCI_LOOKUP_CLASS, class << 8 | sub, 0);
		char *mark = name ? find_mark(name, class << 8 | sub) : NULL;

		if (mark)
			*mark = '\0';
		if (!name || mark)
			return name;
	}
	return NULL;
}

static char *find_subclass(char *dst, size_t size, unsigned int number)
{
	char *name = look_up(dst, size, PCI_LOOKUP_CLASS, number, 0);

	return name && find_mark(name, number) ? NULL : name;
}

static char *find(char *dst, size_t size, enum pci_name what, uint64_t number)
{
	static const uint64_t largest[] = {
		[PCI_NAME_VENDOR] = 0xffff,
		[PCI_NAME_DEVICE] = 0xffffffff,
		[PCI_NAME_CLASS] = 0xff,
		[PCI_NAME_SUBCLASS] = 0xffff,
	};
	unsigned int v = (unsigned int)number;

	if (number > largest[what])
		return NULL;
	switch (what) {
	case PCI_NAME_VENDOR:
		return look_up(dst, size, PCI_LOOKUP_VENDOR, v, 0);
	case PCI_NAME_DEVICE:
		return look_up(dst, size, PCI_LOOKUP_DEVICE, v >> 16, v & 0xffff);
	case PCI_NAME_CLASS:
		return find_class(dst, size, v);
	case PCI_NAME_SUBCLASS:
		return find_subclass(dst, size, v);
	}
	return NULL;
}

int pci_names_write(enum pci_name what, const struct datum *in, struct buf *out)
{
	char space[1024];
	char *name;

	pthread_mutex_lock(&names.lock);
	name = find(space, sizeof(space), what, in->number);
	pthread_mutex_unlock(&names.lock);
	return name ? buf_puts(out, name) : datum_write_default(in, out);
}
