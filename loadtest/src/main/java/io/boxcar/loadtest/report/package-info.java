/**
 * Results as something to look at: one HTML page that needs nothing else, plots as SVG, tables as text and Markdown. Knows
 * nothing of what was measured.
 *
 * <p>Starting points:
 *
 * <ul>
 *   <li>{@link io.boxcar.loadtest.report.Page}: the page; paragraphs, tables and plots in the order of the calls
 *   <li>{@link io.boxcar.loadtest.report.LinePlot}: curves; with {@link io.boxcar.loadtest.report.Scale#PERCENTILE} as the
 *       scale of x, latency by percentile
 *   <li>{@link io.boxcar.loadtest.report.BarPlot}: bars in groups, with the spread of several rounds
 * </ul>
 */
@NullMarked
package io.boxcar.loadtest.report;

import org.jspecify.annotations.NullMarked;
