/**
 * Boxcar beside other proxies and beside no proxy at all: {@code boxcar compare}. The same load on each path by turns, on the
 * same machine, in front of the same server; what they cost and what they gain, with the spread.
 *
 * <pre>
 *   load generator (this process, one thread)
 *      |-- direct ---------------------------> server
 *      |-- Boxcar, and its variants ---------> server      each a process of its own,
 *      |-- twemproxy, HAProxy, ... ----------> server      so that the kernel tells their CPU apart
 * </pre>
 *
 * <p>Starting points:
 *
 * <ul>
 *   <li>{@code Comparison}: the rounds; {@code Field} is what takes part, {@code Contender} one path
 *   <li>{@code Peer}: the other proxies and how they are started; their configurations are the files beside this package
 *   <li>{@code WindowMeter} and {@code Window}: what is read at both ends of a window; {@code Measure} what comes out of it
 *   <li>{@code Targets}: what Boxcar has to show, as data
 *   <li>{@code CompareTables}, {@code ComparePage}, {@code CompareJson}: the report
 * </ul>
 */
@NullMarked
package io.boxcar.loadtest.compare;

import org.jspecify.annotations.NullMarked;
