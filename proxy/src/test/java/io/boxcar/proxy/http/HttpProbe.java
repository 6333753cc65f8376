package io.boxcar.proxy.http;

/** What the simulation looks at inside, to hold it against what must be. */
public final class HttpProbe {
    private HttpProbe() {}

    /** Requests that the endpoints of an upstream count as in flight. */
    public static int inFlight(HttpUpstream upstream) {
        return upstream.outstanding();
    }

    /** Retries that have not been given back to the budget. */
    public static int activeRetries(HttpUpstream upstream) {
        return upstream.budget().active();
    }
}
