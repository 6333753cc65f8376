package io.boxcar.proxy.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Streams of messages and what they mean, from a resource of blocks: {@code == name}, the lines of the stream, {@code --}, the
 * lines of {@link Messages#lines()}. A line of the stream ends with CR LF unless its last character is a backslash.
 */
record Vectors(List<Vector> all) {
    record Vector(String name, byte[] bytes, List<String> expected) {
        @Override
        public String toString() {
            return name;
        }
    }

    static Vectors load(String resource) {
        try (InputStream in = Objects.requireNonNull(Vectors.class.getResourceAsStream(resource), resource)) {
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Vectors parse(String text) {
        List<Vector> vectors = new ArrayList<>();
        for (String block : text.split("(?m)^== ", -1)) {
            int name = block.indexOf('\n');
            int divider = block.indexOf("\n--\n");
            if (divider > 0 && !block.startsWith("#")) {
                StringBuilder stream = new StringBuilder();
                block.substring(name + 1, Math.max(name + 1, divider + 1))
                        .lines()
                        .forEach(line -> {
                            boolean unended = line.endsWith("\\") && !line.endsWith("\\\\");
                            stream.append(unended ? line.substring(0, line.length() - 1) : line + "\\r\\n");
                        });
                List<String> expected = block.substring(divider + 4)
                        .lines()
                        .filter(line -> !line.isEmpty())
                        .toList();
                vectors.add(new Vector(block.substring(0, name), Bytes.of(stream.toString()), expected));
            }
        }
        return new Vectors(List.copyOf(vectors));
    }
}
