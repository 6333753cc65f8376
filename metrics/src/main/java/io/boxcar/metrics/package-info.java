/**
 * Counters and histograms with one writer each, and their way to Micrometer and the Prometheus text format.
 */
@NullMarked
package io.boxcar.metrics;

import org.jspecify.annotations.NullMarked;
