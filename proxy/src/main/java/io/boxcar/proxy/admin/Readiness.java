package io.boxcar.proxy.admin;

import java.util.List;

/**
 * Whether Boxcar should be given traffic.
 *
 * @param ready whether it should
 * @param reasons one line for each thing worth knowing, such as {@code upstream redis-main 127.0.0.1:6379 connecting}
 */
public record Readiness(boolean ready, List<String> reasons) {}
