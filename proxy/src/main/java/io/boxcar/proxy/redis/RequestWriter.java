package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/** Writes requests of Boxcar's own. Every {@code char} of a word stands for one byte. */
final class RequestWriter {
    private RequestWriter() {}

    static void write(ByteBuf out, String... words) {
        ascii(out, "*" + words.length + "\r\n");
        for (String word : words) {
            ascii(out, "$" + word.length() + "\r\n" + word + "\r\n");
        }
    }

    private static void ascii(ByteBuf out, String text) {
        out.writeCharSequence(text, StandardCharsets.ISO_8859_1);
    }
}
