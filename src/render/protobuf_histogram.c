// SPDX-License-Identifier: GPL-2.0-only
/*
 * A histogram as protobuf: classic buckets, and a native histogram of schema 0
 * beside them, where its bounds make one.
 *
 * Schema 0 has a bucket for each power of two: bucket i is (2^(i-1), 2^i]. The
 * first cell is the zero bucket, whose threshold is its bound: it holds whatever
 * is no more than that, 0 included. What lies above the last bound is in the
 * bucket above all finite numbers. So the native histogram says at each bound
 * what the classic one says, and nothing that it does not know.
 *
 * Buckets that are not empty are listed as spans, each so many buckets after
 * the one before, and their counts as differences.
 */
#include "protobuf_internal.h"

#include <math.h>

#include "sample_internal.h"
#include "wire_internal.h"

/* Of schema 0: (the largest double, +Inf]. */
#define INDEX_INFINITE 1025

/*
 * What is in a bucket, as a native histogram has it. Readers add up differences
 * in 63 bits, and one that they find to be below 0 loses them the whole scrape.
 */
static int128 native_count(const struct series_set *set, size_t slot, size_t cell)
{
	int128 n = sample_count(set, slot, cell);

	return cell && n > INT64_MAX ? INT64_MAX : n;
}

/* As much as its buckets hold. */
static int128 count_all(const struct series_set *set, size_t slot)
{
	int128 n = 0;

	for (size_t i = 0; i < set->width; i++)
		n += set->bounds->is_native ? native_count(set, slot, i)
					    : sample_count(set, slot, i);
	return n;
}

static char *write_classic(char *p, const struct series_set *set, size_t slot)
{
	const struct bounds *bounds = set->bounds;
	int128 n = 0;

	for (size_t i = 0; i < set->width; i++) {
		char bucket[2 * WIRE_FIELD_MAX], *end;

		n += sample_count(set, slot, i);
		if (!bound_is_told(bounds, i))
			continue;
		end = wire_write_u64(bucket, BUCKET_COUNT, protobuf_count(n));
		end = wire_write_double(end, BUCKET_UPPER_BOUND,
					i < bounds->n ? bounds->upper[i] : (double)INFINITY);
		p = wire_write_bytes(p, HISTOGRAM_BUCKET,
				     (struct str){bucket, (size_t)(end - bucket)});
	}
	return p;
}

static char *write_span(char *p, int32_t offset, uint32_t length)
{
	char span[2 * WIRE_FIELD_MAX], *end;

	end = wire_write_s64(span, SPAN_OFFSET, offset);
	end = wire_write_u64(end, SPAN_LENGTH, length);
	return wire_write_bytes(p, HISTOGRAM_POSITIVE_SPAN,
				(struct str){span, (size_t)(end - span)});
}

/* The bucket that cell @i is, the first one left out. */
static int32_t bucket_index(const struct series_set *set, size_t i)
{
	return i < set->bounds->n ? ilogb(set->bounds->upper[i]) : INDEX_INFINITE;
}

/* The next cell from @i on that is not empty; width: there is none. */
static size_t next_filled(const struct series_set *set, size_t slot, size_t i)
{
	while (i < set->width && !sample_count(set, slot, i))
		i++;
	return i;
}

/* An empty histogram has a span of nothing, or it would be taken for a classic one. */
static char *write_spans(char *p, const struct series_set *set, size_t slot)
{
	size_t i = next_filled(set, slot, 1), end;
	int32_t after = 0; /* the bucket after the last one of the span before */

	if (i == set->width)
		return write_span(p, 0, 0);
	for (; i < set->width; i = next_filled(set, slot, end)) {
		int32_t first = bucket_index(set, i);

		end = i + 1;
		while (end < set->width && sample_count(set, slot, end) &&
		       bucket_index(set, end) == bucket_index(set, end - 1) + 1)
			end++;
		p = write_span(p, first - after, (uint32_t)(end - i));
		after = bucket_index(set, end - 1) + 1;
	}
	return p;
}

static char *write_deltas(char *p, const struct series_set *set, size_t slot)
{
	int64_t before = 0;

	for (size_t i = next_filled(set, slot, 1); i < set->width;
	     i = next_filled(set, slot, i + 1)) {
		int64_t n = (int64_t)native_count(set, slot, i);

		p = wire_write_s64(p, HISTOGRAM_POSITIVE_DELTA, n - before);
		before = n;
	}
	return p;
}

/*
 * Where the first bound is 0, a number below all other buckets, as client
 * libraries have it: Prometheus 2 takes an empty histogram whose threshold is 0
 * for a classic one.
 */
static double zero_threshold(const struct bounds *b)
{
	return b->upper[0] > 0 ? b->upper[0] : 0x1p-128;
}

static char *write_native(char *p, const struct series_set *set, size_t slot)
{
	p = wire_write_s64(p, HISTOGRAM_SCHEMA, 0);
	p = wire_write_double(p, HISTOGRAM_ZERO_THRESHOLD, zero_threshold(set->bounds));
	p = wire_write_u64(p, HISTOGRAM_ZERO_COUNT, protobuf_count(sample_count(set, slot, 0)));
	p = write_spans(p, set, slot);
	return write_deltas(p, set, slot);
}

size_t protobuf_histogram_max(const struct series_set *set)
{
	/* A bucket, a span and a delta for each cell; two numbers, three of a native one's. */
	return (6 + set->width * 7) * WIRE_FIELD_MAX;
}

/* A sum that is not known is no number: without one it would be taken for 0. */
char *protobuf_write_histogram(char *p, const struct series_set *set, size_t slot)
{
	p = wire_write_u64(p, HISTOGRAM_COUNT, protobuf_count(count_all(set, slot)));
	p = wire_write_double(p, HISTOGRAM_SUM, set->has_sum ? sample_sum(set, slot) : (double)NAN);
	p = write_classic(p, set, slot);
	return set->bounds->is_native ? write_native(p, set, slot) : p;
}
