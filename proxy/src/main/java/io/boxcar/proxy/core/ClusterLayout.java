package io.boxcar.proxy.core;

import io.boxcar.proxy.config.Address;
import java.util.List;

/**
 * Who serves what in a cluster.
 *
 * @param primaries the addresses that take writes
 * @param replicas of each primary
 * @param slots for each place the index of its primary, or -1 if nobody serves it
 */
public record ClusterLayout(List<Address> primaries, List<List<Address>> replicas, short[] slots) {}
