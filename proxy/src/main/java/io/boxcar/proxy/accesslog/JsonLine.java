package io.boxcar.proxy.accesslog;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/**
 * Writes an entry as one line of JSON (RFC 8259), all of it printable ASCII: whatever bytes a client sent, they begin no line and
 * end no string. Owned by the writer's thread.
 */
final class JsonLine {
    /** More than the longest line: every byte of an entry's text as an escape of six, and names and numbers. */
    static final int MAX_BYTES = 8 * 1024;

    private static final int MAX_NAME = 200;
    private static final long NS_PER_SECOND = 1_000_000_000;
    private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
    private static final DateTimeFormatter SECONDS =
            DateTimeFormatter.ofPattern("uuuu-MM-dd'T'HH:mm:ss").withZone(ZoneOffset.UTC);

    private final ByteBuffer out;

    /** Add it to the time of the event loops to get the time since 1970. */
    private long epochOffsetNs;

    private long second = Long.MIN_VALUE;
    private String secondText = "";

    JsonLine(ByteBuffer out) {
        this.out = out;
    }

    /** The event loops' clock shows this now. */
    void setClock(long nowNs) {
        Instant now = Instant.now();
        epochOffsetNs = now.getEpochSecond() * NS_PER_SECOND + now.getNano() - nowNs;
    }

    void write(AccessEntry entry) {
        ascii("{\"time\":\"");
        time(entry.receivedNs + epochOffsetNs);
        out.put((byte) '"');
        name("listener", entry.listener);
        name("protocol", entry.protocol);
        name("client", entry.client);
        boolean isHttp = entry.methodLength > 0;
        if (isHttp) {
            text("method", entry, AccessEntry.METHOD_AT, entry.methodLength, false);
            text("host", entry, AccessEntry.HOST_AT, entry.hostLength, false);
            text("path", entry, AccessEntry.PATH_AT, entry.pathLength, entry.isPathCut);
        } else if (entry.pathLength > 0) {
            text("commands", entry, AccessEntry.PATH_AT, entry.pathLength, entry.isPathCut);
        }
        if (entry.requests != 1) {
            number("requests", entry.requests);
        }
        if (!entry.upstream.isEmpty()) {
            name("upstream", entry.upstream);
        }
        Object endpoint = entry.endpoint;
        if (endpoint != null) {
            name("endpoint", endpoint.toString());
        }
        if (entry.status > 0) {
            number("status", entry.status);
        }
        name("result", entry.outcome.name().toLowerCase(Locale.ROOT));
        if (!entry.reason.isEmpty()) {
            name("reason", entry.reason);
        }
        number("bytes_in", entry.bytesIn);
        number("bytes_out", entry.bytesOut);
        Batch batch = entry.batch;
        if (batch != null) {
            number("batch", batch.id);
            number("batch_size", Math.max(1, batch.size));
            number("queue_us", entry.queueNs / 1000);
            number("upstream_us", entry.upstreamNs / 1000);
        }
        number("total_us", entry.totalNs / 1000);
        if (entry.traceLength > 0) {
            text("trace_id", entry, AccessEntry.TRACE_AT, entry.traceLength, false);
        }
        ascii("}\n");
    }

    private void time(long epochNs) {
        long seconds = Math.floorDiv(epochNs, NS_PER_SECOND);
        if (seconds != second) {
            second = seconds;
            secondText = SECONDS.format(Instant.ofEpochSecond(seconds));
        }
        ascii(secondText);
        out.put((byte) '.');
        long micros = Math.floorMod(epochNs, NS_PER_SECOND) / 1000;
        for (long unit = 100_000; unit > 0; unit /= 10) {
            out.put((byte) ('0' + micros / unit % 10));
        }
        out.put((byte) 'Z');
    }

    private void key(String key) {
        ascii(",\"");
        ascii(key);
        ascii("\":");
    }

    private void number(String key, long value) {
        key(key);
        ascii(Long.toString(value));
    }

    private void name(String key, String value) {
        key(key);
        out.put((byte) '"');
        for (int i = 0; i < Math.min(value.length(), MAX_NAME); i++) {
            escaped(value.charAt(i));
        }
        out.put((byte) '"');
    }

    private void text(String key, AccessEntry entry, int from, int length, boolean isCut) {
        key(key);
        out.put((byte) '"');
        for (int i = from; i < from + length; i++) {
            escaped((char) (entry.text[i] & 0xff));
        }
        if (isCut) {
            ascii("...");
        }
        out.put((byte) '"');
    }

    private void escaped(char c) {
        if (c == '"' || c == '\\') {
            out.put((byte) '\\').put((byte) c);
        } else if (c < ' ' || c >= 0x7f) {
            out.put((byte) '\\').put((byte) 'u');
            for (int shift = 12; shift >= 0; shift -= 4) {
                out.put(HEX[c >> shift & 15]);
            }
        } else {
            out.put((byte) c);
        }
    }

    private void ascii(String text) {
        for (int i = 0; i < text.length(); i++) {
            out.put((byte) text.charAt(i));
        }
    }
}
