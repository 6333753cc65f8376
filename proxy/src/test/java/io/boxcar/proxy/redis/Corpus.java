package io.boxcar.proxy.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;

/** Byte streams with what they are expected to mean, from a resource with one "bytes ==> meaning" per line. */
record Corpus(List<Entry> entries) {
    record Entry(byte[] bytes, String expected, String line) {}

    static Corpus load(String resource) {
        try (InputStream in = Objects.requireNonNull(Corpus.class.getResourceAsStream(resource), resource)) {
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            return new Corpus(text.lines()
                    .filter(line -> !line.isEmpty() && line.charAt(0) != '#')
                    .map(Corpus::entry)
                    .toList());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Entry entry(String line) {
        int arrow = line.lastIndexOf(" ==> ");
        String expected = unescape(line.substring(arrow + 5));
        return new Entry(bytes(line.substring(0, arrow)), expected, line);
    }

    /** The bytes that a text with escapes stands for. */
    static byte[] bytes(String escaped) {
        return unescape(escaped).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String unescape(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\') {
                out.append(c);
                continue;
            }
            char escape = text.charAt(++i);
            switch (escape) {
                case 'r' -> out.append('\r');
                case 'n' -> out.append('\n');
                case 't' -> out.append('\t');
                case '\\' -> out.append('\\');
                case 'x' -> {
                    out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
                    i += 2;
                }
                default -> throw new IllegalArgumentException("escape \\" + escape + " in " + text);
            }
        }
        return out.toString();
    }

    /** For failure messages: the inverse of {@link #bytes}. */
    static String escape(byte[] bytes) {
        StringBuilder out = new StringBuilder();
        for (byte b : bytes) {
            switch (b) {
                case '\r' -> out.append("\\r");
                case '\n' -> out.append("\\n");
                case '\\' -> out.append("\\\\");
                default -> out.append(b >= ' ' && b < 127 ? "" + (char) b : "\\x%02x".formatted(b & 0xFF));
            }
        }
        return out.toString();
    }
}
