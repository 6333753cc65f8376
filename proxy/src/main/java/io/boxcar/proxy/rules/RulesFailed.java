package io.boxcar.proxy.rules;

/** Rules could not be put in place or taken away; the message says why and what to do about it. */
public final class RulesFailed extends Exception {
    private static final long serialVersionUID = 1;

    RulesFailed(String message) {
        super(message);
    }
}
