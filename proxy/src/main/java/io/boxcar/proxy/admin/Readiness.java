package io.boxcar.proxy.admin;

import java.util.List;

/**
 * Whether Boxcar should be given traffic.
 *
 * @param ready whether it should
 * @param reasons why not, one line for each, such as {@code upstream redis-main 127.0.0.1:6379 connecting}
 * @param notes what is worth knowing whether it is ready or not, such as {@code the last reload failed: ...}
 */
public record Readiness(boolean ready, List<String> reasons, List<String> notes) {
    public Readiness {
        reasons = List.copyOf(reasons);
        notes = List.copyOf(notes);
    }

    public Readiness(boolean ready, List<String> reasons) {
        this(ready, reasons, List.of());
    }
}
