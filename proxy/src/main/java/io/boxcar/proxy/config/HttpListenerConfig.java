package io.boxcar.proxy.config;

import java.util.List;

/**
 * What a listener of protocol {@code http} does beyond any listener.
 *
 * @param via pseudonym in the {@code Via} field of forwarded requests (RFC 9110, section 7.6.3); empty = no such field
 * @param connect whether CONNECT is allowed, which makes a tunnel to the upstream's endpoint
 * @param routes which requests do not go to the listener's upstream, in the order of the configuration; no two for the same
 *     host and path
 */
public record HttpListenerConfig(String via, boolean connect, List<Route> routes, Limits limits, Timeout timeout) {

    public HttpListenerConfig {
        routes = List.copyOf(routes);
    }

    /**
     * Requests for this host and path go to this upstream; of several routes the most specific one wins.
     *
     * @param host a host in lower case, or {@code *.} and a domain, for every host below it; empty = any
     * @param path what the path starts with, up to the border of a segment; empty = any
     * @param upstream its name; {@link BoxcarConfig#upstream} has its configuration
     */
    public record Route(String host, String path, String upstream) {}

    /**
     * How large requests may be and how many a client may make.
     *
     * @param maxLineBytes the request line
     * @param maxHeaderBytes the header section, all field lines together; trailers likewise
     * @param maxFields field lines of the header section; trailers likewise
     * @param maxBodyBytes body of a request; 0 = no limit
     * @param wholeBodyBytes a request body up to this is collected and sent in one piece; longer ones are streamed
     * @param maxRequests requests on one connection, after which it is closed; 0 = no limit
     * @param maxStreams HTTP/2 streams that one client may have open at once
     * @param maxResets RST_STREAM frames that one client may send in 30 s; more end its connection
     */
    public record Limits(
            int maxLineBytes,
            int maxHeaderBytes,
            int maxFields,
            long maxBodyBytes,
            int wholeBodyBytes,
            int maxRequests,
            int maxStreams,
            int maxResets) {}

    /**
     * How long a client may take.
     *
     * @param headerNs from the first byte of a request to the end of its header section
     * @param bodyNs between two pieces of a request body
     * @param writeNs until the client has taken any of what waits to be written to it
     * @param idleNs between two requests; 0 = no limit
     */
    public record Timeout(long headerNs, long bodyNs, long writeNs, long idleNs) {}
}
