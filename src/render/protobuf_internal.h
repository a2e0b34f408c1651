/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef RENDER_PROTOBUF_INTERNAL_H
#define RENDER_PROTOBUF_INTERNAL_H

/*
 * The messages of io.prometheus.client as far as they are written here.
 *
 * Source: https://github.com/prometheus/client_model, metrics.proto
 */
#include "renderer_internal.h"

enum metric_family_field { FAMILY_NAME = 1, FAMILY_HELP, FAMILY_TYPE, FAMILY_METRIC, FAMILY_UNIT };
enum metric_field {
	METRIC_LABEL = 1,
	METRIC_GAUGE,
	METRIC_COUNTER,
	METRIC_SUMMARY,
	METRIC_HISTOGRAM = 7
};
enum label_field { LABEL_NAME = 1, LABEL_VALUE };
enum value_field { VALUE = 1 }; /* of a gauge or counter */
enum counter_field { COUNTER_START = 3 };
enum summary_field { SUMMARY_COUNT = 1, SUMMARY_SUM = 2, SUMMARY_START = 4 };
enum histogram_field {
	HISTOGRAM_COUNT = 1,
	HISTOGRAM_SUM = 2,
	HISTOGRAM_BUCKET = 3,
	HISTOGRAM_SCHEMA = 5,
	HISTOGRAM_ZERO_THRESHOLD = 6,
	HISTOGRAM_ZERO_COUNT = 7,
	HISTOGRAM_POSITIVE_SPAN = 12,
	HISTOGRAM_POSITIVE_DELTA = 13,
	HISTOGRAM_START = 15,
};
enum bucket_field { BUCKET_COUNT = 1, BUCKET_UPPER_BOUND };
enum span_field { SPAN_OFFSET = 1, SPAN_LENGTH };
enum timestamp_field { TIMESTAMP_SECONDS = 1, TIMESTAMP_NANOS };

void message_done(struct message *m);

/* A count as the format has it: there is none below 0 or above 2^64-1. */
static inline uint64_t protobuf_count(int128 n)
{
	return n < 0 ? 0 : n > UINT64_MAX ? UINT64_MAX : (uint64_t)n;
}

/* protobuf_write_histogram() - write the fields of a Histogram. Return: where they end. */
char *protobuf_write_histogram(char *p, const struct series_set *set, size_t slot);

/* How many bytes these are at most. */
size_t protobuf_histogram_max(const struct series_set *set);

#endif
