package io.boxcar.proxy.http;

import io.boxcar.metrics.FailureKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.handler.codec.http.HttpResponseStatus;
import java.nio.charset.StandardCharsets;

/**
 * A response that Boxcar makes itself. It says so in a field {@code boxcar-error}, so that nobody takes it for the application's.
 *
 * @param bytes canonical head and body; the caller's
 * @param headLength of those bytes
 * @param code what is in {@code boxcar-error}
 */
public record OwnResponse(ByteBuf bytes, int headLength, int status, String code) {
    /** What a request gets that failed between Boxcar and the upstream: 502, 503 or 504 (RFC 9110, section 15.6). */
    public static OwnResponse of(ByteBufAllocator allocator, FailureKind failure, String detail) {
        int status = switch (failure) {
            case OUTCOME_UNKNOWN, BAD_RESPONSE, SKIPPED -> 502;
            case UNREACHABLE, QUEUE_TIMEOUT, OVERLOADED, DRAINING -> 503;
            case REQUEST_TIMEOUT -> 504;
            case REFUSED -> 501;
        };
        String retry = status == 503 ? "Retry-After: 1\r\n" : "";
        return of(allocator, status, code(failure), retry, detail);
    }

    /** What {@code boxcar-error} says of a failure. */
    static String code(FailureKind failure) {
        return failure.label().replace('_', '-');
    }

    /**
     * What a request gets that Boxcar refuses or answers itself.
     *
     * @param code what is in {@code boxcar-error}: lower case, with hyphens
     * @param fields more field lines, each with its line end
     */
    public static OwnResponse of(ByteBufAllocator allocator, int status, String code, String fields, String sentence) {
        String body = sentence + "\n";
        byte[] bodyBytes = body.getBytes(StandardCharsets.UTF_8);
        String head = "HTTP/1.1 " + HttpResponseStatus.valueOf(status) + "\r\nboxcar-error: " + code + "\r\n" + fields
                + "Content-Type: text/plain; charset=utf-8\r\nContent-Length: " + bodyBytes.length + "\r\n\r\n";
        ByteBuf out = allocator.directBuffer(head.length() + bodyBytes.length);
        ByteBufUtil.writeAscii(out, head);
        out.writeBytes(bodyBytes);
        return new OwnResponse(out, head.length(), status, code);
    }
}
