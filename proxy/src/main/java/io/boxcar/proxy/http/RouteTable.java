package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.boxcar.proxy.config.HttpListenerConfig;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the route of a request by its host and path. Immutable, so any thread may ask.
 *
 * <pre>
 *   routes, most specific first       GET /v1/users?id=1 HTTP/1.1
 *   api.example.com    /v1/users      Host: api.example.com:8080
 *   api.example.com    /v1
 *   *.api.example.com                 the first one that matches both
 *   *.example.com      /v1            is the route
 *   (any host)         /static
 * </pre>
 *
 * <p>Hosts are compared without case, port and final dot; paths byte for byte as the client has sent them: a route tells where
 * a request is at home, not who may make it, so {@code /v1/../v2} and {@code /%761} are not resolved.
 */
final class RouteTable {

    /** What {@link #match} returns if there is none. */
    static final int NONE = -1;

    private static final String WILDCARD = "*";

    /**
     * One route, as bytes.
     *
     * @param index its place in the configuration
     * @param host in lower case; the suffix with its dot if {@code isWildcard}; empty = any
     */
    private record Entry(int index, boolean isWildcard, byte[] host, byte[] path) {

        boolean matches(ByteBuf view, int hostStart, int hostLength, int pathStart, int pathLength) {
            return matchesHost(view, hostStart, hostLength) && matchesPath(view, pathStart, pathLength);
        }

        private boolean matchesHost(ByteBuf view, int start, int length) {
            if (host.length == 0) {
                return true;
            }
            int before = length - host.length;
            if (isWildcard ? before <= 0 : before != 0) {
                return false;
            }
            for (int i = 0; i < host.length; i++) {
                if (lower(view.getByte(start + before + i)) != host[i]) {
                    return false;
                }
            }
            return true;
        }

        private boolean matchesPath(ByteBuf view, int start, int length) {
            if (path.length == 0) {
                return true;
            }
            if (length == 0) {
                // The absolute form of the root may be without its slash (RFC 9112, section 3.2.2).
                return path.length == 1;
            }
            if (length < path.length) {
                return false;
            }
            for (int i = 0; i < path.length; i++) {
                if (view.getByte(start + i) != path[i]) {
                    return false;
                }
            }
            if (length == path.length || path[path.length - 1] == '/') {
                return true;
            }
            byte border = view.getByte(start + path.length);
            return border == '/' || border == '?';
        }
    }

    /** The most specific first. */
    private final Entry[] entries;

    RouteTable(HttpListenerConfig config) {
        List<Entry> sorted = new ArrayList<>();
        for (HttpListenerConfig.Route route : config.routes()) {
            boolean wildcard = route.host().startsWith(WILDCARD);
            String host = wildcard ? route.host().substring(WILDCARD.length()) : route.host();
            sorted.add(new Entry(
                    sorted.size(),
                    wildcard,
                    host.getBytes(US_ASCII),
                    route.path().getBytes(US_ASCII)));
        }
        sorted.sort(Comparator.comparingInt(RouteTable::hostRank)
                .thenComparingInt(entry -> entry.path.length)
                .reversed());
        entries = sorted.toArray(Entry[]::new);
    }

    private static int hostRank(Entry entry) {
        return entry.isWildcard || entry.host.length == 0 ? entry.host.length : Integer.MAX_VALUE;
    }

    /** Whether every request goes to the listener's upstream, so that nobody needs to find host and path. */
    boolean isEmpty() {
        return entries.length == 0;
    }

    /**
     * The route of a request.
     *
     * @param view holds both at absolute indexes
     * @param authorityLength of the host with or without port, as in {@code Host} or {@code :authority}; 0 = there is none
     * @param pathLength of the path with or without query
     * @return the route's index in the configuration, or {@link #NONE}
     */
    int match(ByteBuf view, int authorityStart, int authorityLength, int pathStart, int pathLength) {
        if (entries.length == 0) {
            return NONE;
        }
        int hostLength = hostLength(view, authorityStart, authorityLength);
        for (Entry entry : entries) {
            if (entry.matches(view, authorityStart, hostLength, pathStart, pathLength)) {
                return entry.index;
            }
        }
        return NONE;
    }

    /** Without port, and without the dot at the end that says the name is absolute. */
    private static int hostLength(ByteBuf view, int start, int length) {
        if (length == 0) {
            return 0;
        }
        byte end = (byte) (view.getByte(start) == '[' ? ']' : ':');
        int found = view.indexOf(start, start + length, end);
        if (found < 0) {
            found = start + length;
        } else if (end == ']') {
            found++;
        }
        boolean dot = found > start && view.getByte(found - 1) == '.';
        return found - start - (dot ? 1 : 0);
    }

    private static byte lower(byte b) {
        return b >= 'A' && b <= 'Z' ? (byte) (b | 0x20) : b;
    }
}
