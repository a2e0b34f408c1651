/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef COLLECT_COLLECTOR_H
#define COLLECT_COLLECTOR_H

/*
 * Reads the configured maps, on a schedule and when scrapes ask, and keeps
 * the last snapshot of each.
 */
#include "base/cleanup.h"
#include "base/err.h"
#include "config/config.h"
#include "model/scrape.h"
#include "source/map_source.h"
#include "source/pin_glob.h"

struct collector;

struct collector_options {
	const struct config *config; /* borrowed; must live as long */
	/* How maps are found and opened; NULL: map_source_open(), pin_glob(). For tests without a
	 * kernel. */
	int (*open)(const char *pin, bool writable, struct map_source **ret_source, struct err *e);
	int (*glob)(const char *pattern, struct pin_matches *ret_matches, struct err *e);
	const char *program_pins; /* a pattern for the pins of programs whose statistics are shown;
				     NULL: none */
};

/*
 * collector_new() - opens no map yet; the first collector_run() starts.
 *
 * Return: 0, -ENOMEM, or -errno where no timer or thread can be had.
 */
int collector_new(const struct collector_options *options, struct collector **ret_collector,
		  struct err *e);

/* collector_fd() - readable when collector_run() has something to do. */
int collector_fd(const struct collector *c);

/* collector_run() - start what is due, answer scrapes whose time is up. Never blocks on a map. */
void collector_run(struct collector *c);

/* collector_stop() - refuse new scrapes, answer all who wait, end the threads. */
void collector_stop(struct collector *c);

/* collector_free() - after collector_stop(), when no provider call can come any more. */
void collector_free(struct collector *c);
DEFINE_CLEANUP(collector_free, struct collector *)

struct scrape_provider collector_provider(struct collector *c);

#endif
