package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * Fields that Connection cannot remove although it names them: without them a message would mean something else to the next
 * recipient, which has been used to get around access control ("Connection: x-forwarded-for, authorization").
 */
final class ProtectedFields {
    private static final byte[][] NAMES = ascii(
            "accept",
            "age",
            "allow",
            "authorization",
            "cache-control",
            "cookie",
            "date",
            "etag",
            "expect",
            "expires",
            "forwarded",
            "from",
            "host",
            "idempotency-key",
            "last-modified",
            "location",
            "max-forwards",
            "origin",
            "pragma",
            "proxy-authenticate",
            "proxy-authorization",
            "range",
            "referer",
            "retry-after",
            "server",
            "set-cookie",
            "traceparent",
            "tracestate",
            "user-agent",
            "vary",
            "via",
            "www-authenticate",
            "x-real-ip",
            "x-request-id");
    private static final byte[][] PREFIXES =
            ascii("accept-", "access-control-", "content-", "if-", "sec-", "x-forwarded-");

    private ProtectedFields() {}

    private static byte[][] ascii(String... names) {
        byte[][] result = new byte[names.length][];
        for (int i = 0; i < names.length; i++) {
            result[i] = Octets.ascii(names[i]);
        }
        return result;
    }

    static boolean contain(ByteBuf in, int index, int length) {
        for (byte[] name : NAMES) {
            if (Octets.isToken(in, index, length, name)) {
                return true;
            }
        }
        for (byte[] prefix : PREFIXES) {
            if (length > prefix.length && Octets.isToken(in, index, prefix.length, prefix)) {
                return true;
            }
        }
        return false;
    }
}
