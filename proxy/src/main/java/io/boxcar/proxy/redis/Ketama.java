package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Which of several servers has a key: where twemproxy with {@code distribution: ketama} and {@code hash: fnv1a_64} looks for it,
 * so that the two can take each other's place. Immutable.
 *
 * <pre>
 *   points, sorted      17   904   2210 ... 4294831007        each point belongs to a server
 *   hash of the key           '--&gt; 2210                       the first point that is not below it;
 *                                                             behind the last point comes the first
 * </pre>
 *
 * Follows twemproxy's hashkit/nc_ketama.c, hashkit/nc_fnv.c, server_pool_idx of nc_server.c and conf_add_server of nc_conf.c,
 * with what they do on x86-64: the "64-bit" hash has 32 bits, bytes above 127 are sign-extended, and the share of a server is
 * calculated in single precision, so some have 156 points instead of 160. No server is ever ejected.
 */
final class Ketama implements KeyPlace {
    private static final int POINTS_PER_SERVER = 160;
    private static final int POINTS_PER_DIGEST = 4;
    /** Of memcached, whose clients leave it out of the name. */
    private static final String UNNAMED_PORT = "11211";

    private static final int FNV_START = 0x84222325;
    private static final int FNV_PRIME = 0x1B3;

    /**
     * A server of the ring.
     *
     * @param name what is hashed for its points
     * @param weight at least 1
     */
    record Server(String name, int weight) {
        Server {
            if (weight < 1) {
                throw new IllegalArgumentException(name + " has weight " + weight);
            }
        }

        /**
         * Reads "host:port:weight", "host:port:weight name", or the same with the path of a socket instead of host and port, as
         * in twemproxy's list of servers. The name defaults to "host:port", but to "host" for port 11211, and for a path to the
         * path and a colon.
         *
         * @throws IllegalArgumentException for anything else
         */
        static Server parse(String line) {
            int space = line.lastIndexOf(' ');
            String address = space < 0 ? line : line.substring(0, space);
            int weightColon = address.lastIndexOf(':');
            int portColon = address.lastIndexOf(':', weightColon - 1);
            boolean path = address.startsWith("/");
            if (weightColon < 1 || (!path && portColon < 1)) {
                throw new IllegalArgumentException(line + " is not host:port:weight [name] or /path:weight [name]");
            }
            int weight = Integer.parseInt(address.substring(weightColon + 1));
            if (space >= 0) {
                return new Server(line.substring(space + 1), weight);
            }
            if (path) {
                return new Server(address.substring(0, weightColon + 1), weight);
            }
            boolean unnamedPort = address.substring(portColon + 1, weightColon).equals(UNNAMED_PORT);
            return new Server(address.substring(0, unnamedPort ? portColon : weightColon), weight);
        }
    }

    private record Point(int value, int server) {}

    private final int[] values;
    private final int[] serverOf;
    private final boolean single;
    private final boolean tagged;
    private final byte tagOpen;
    private final byte tagClose;

    private Ketama(List<Point> points, boolean single, String hashTag) {
        this.values = points.stream().mapToInt(Point::value).toArray();
        this.serverOf = points.stream().mapToInt(Point::server).toArray();
        this.single = single;
        this.tagged = !hashTag.isEmpty();
        this.tagOpen = tagged ? (byte) hashTag.charAt(0) : 0;
        this.tagClose = tagged ? (byte) hashTag.charAt(1) : 0;
    }

    /**
     * @param servers in the order in which their indexes are wanted; it matters to nothing else, unless two points coincide
     * @param hashTag two characters, "{}" for example, between which only a part of the key is hashed; or none
     */
    static Ketama of(List<Server> servers, String hashTag) {
        if (servers.isEmpty() || (!hashTag.isEmpty() && hashTag.length() != 2)) {
            throw new IllegalArgumentException(servers.size() + " servers with hash tag '" + hashTag + "'");
        }
        int totalWeight = servers.stream().mapToInt(Server::weight).sum();
        List<Point> points = new ArrayList<>();
        for (int server = 0; server < servers.size(); server++) {
            addPoints(servers.get(server), server, servers.size(), totalWeight, points);
        }
        points.sort(Comparator.comparingInt(point -> point.value() ^ Integer.MIN_VALUE));
        return new Ketama(points, servers.size() == 1, hashTag);
    }

    private static void addPoints(Server server, int index, int servers, int totalWeight, List<Point> to) {
        float share = (float) server.weight() / (float) totalWeight;
        double digests = share * POINTS_PER_SERVER / POINTS_PER_DIGEST * (float) servers + 0.0000000001;
        for (int digest = 0; digest < (int) Math.floor((float) digests); digest++) {
            byte[] md5 = md5(server.name() + "-" + digest);
            for (int at = 0; at < md5.length; at += 4) {
                int value = md5[at] & 0xFF
                        | (md5[at + 1] & 0xFF) << 8
                        | (md5[at + 2] & 0xFF) << 16
                        | (md5[at + 3] & 0xFF) << 24;
                to.add(new Point(value, index));
            }
        }
    }

    private static byte[] md5(String text) {
        try {
            return MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has MD5", e);
        }
    }

    /** The index of the server that has the key in {@code inView[index, index + length)}. */
    @Override
    public int of(ByteBuf inView, int index, int length) {
        if (single) {
            return 0;
        }
        int from = index;
        int to = index + length;
        if (tagged) {
            int open = inView.indexOf(from, to, tagOpen);
            int close = open < 0 ? -1 : inView.indexOf(open + 1, to, tagClose);
            if (close > open + 1) {
                from = open + 1;
                to = close;
            }
        }
        return serverOf[pointAt(hash(inView, from, to))];
    }

    private static int hash(ByteBuf in, int from, int to) {
        if (from == to) {
            return 0;
        }
        int hash = FNV_START;
        for (int index = from; index < to; index++) {
            hash = (hash ^ in.getByte(index)) * FNV_PRIME;
        }
        return hash;
    }

    private int pointAt(int hash) {
        int low = 0;
        int high = values.length;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (Integer.compareUnsigned(values[middle], hash) < 0) {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        return high == values.length ? 0 : high;
    }
}
