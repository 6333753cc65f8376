package io.boxcar.proxy.admin;

import java.util.List;

/** What came of reading the configuration again. */
public sealed interface ReloadResult {

    /**
     * The configuration is valid, and in force as far as that goes without a restart.
     *
     * @param changes what is different now, one sentence each; empty = nothing had changed
     * @param notApplied what has changed in the configuration and needs a restart, one sentence each
     */
    record Applied(List<String> changes, List<String> notApplied) implements ReloadResult {}

    /**
     * Nothing has changed.
     *
     * @param errors what is wrong with the configuration, each as {@code FILE:LINE: KEY REASON}
     */
    record Refused(List<String> errors) implements ReloadResult {}
}
