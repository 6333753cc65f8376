package io.boxcar.loadtest.compare;

import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The connections to the server at one moment, as {@code ss} shows them: how many packets with data each has sent. The same
 * count for every path, without a hand on any process.
 *
 * @param sent packets with data by connection; empty if the platform does not tell
 */
record UpstreamSockets(Map<String, Long> sent) {
    private static final Pattern SENT = Pattern.compile(" data_segs_out:(\\d+)");

    /** What changed between two moments; neither is a number if the platform does not tell. */
    record Traffic(double packets, double connections) {}

    static UpstreamSockets read(int port) {
        try {
            return parse(Programs.output("ss", "-tinHO", "state", "established", "dport = :" + port));
        } catch (IOException e) {
            return new UpstreamSockets(Map.of());
        }
    }

    static UpstreamSockets parse(String output) {
        Map<String, Long> sent = new HashMap<>();
        output.lines().forEach(line -> {
            // 0  0  127.0.0.1:51234  127.0.0.1:6379  cubic ... data_segs_out:17 ...
            String[] columns = line.strip().split("\\s+", 5);
            Matcher segments = SENT.matcher(line);
            if (columns.length == 5) {
                sent.put(columns[2], segments.find() ? Long.parseLong(segments.group(1)) : 0);
            }
        });
        return new UpstreamSockets(sent);
    }

    Traffic since(UpstreamSockets before) {
        if (sent.isEmpty()) {
            return new Traffic(Double.NaN, Double.NaN);
        }
        long packets = 0;
        int connections = 0;
        for (Map.Entry<String, Long> socket : sent.entrySet()) {
            long more = socket.getValue() - before.sent.getOrDefault(socket.getKey(), 0L);
            if (more > 0) {
                packets += more;
                connections++;
            }
        }
        return new Traffic(packets, connections);
    }
}
