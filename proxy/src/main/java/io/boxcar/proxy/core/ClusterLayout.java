package io.boxcar.proxy.core;

import io.boxcar.proxy.config.Address;
import java.util.List;

/**
 * Who serves what in a cluster.
 *
 * @param primaries the addresses that take writes
 * @param replicas of each primary
 * @param slots for each place the index of its primary, or {@link #NOBODY}
 */
public record ClusterLayout(List<Address> primaries, List<List<Address>> replicas, short[] slots) {
    /** The index of the primary of a place that nobody serves. */
    public static final short NOBODY = -1;
}
