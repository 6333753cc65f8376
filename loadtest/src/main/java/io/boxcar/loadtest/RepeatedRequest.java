package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.util.AsciiString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The same request again and again, but for its token. Owned by the thread that runs the load. */
final class RepeatedRequest implements Http2Script {
    private static final int DIGITS = HttpRequests.TOKEN_DIGITS;
    private static final long UNKNOWN = -1;
    private static final byte[] TOKEN_HEADER = "boxcar-token: ".getBytes(StandardCharsets.US_ASCII);

    private final HttpRequests requests;
    private final byte[] request;
    private final int tokenInHead;
    private final int tokenInBody; // 0 if there is none
    private final byte[] body;
    private final Http2Headers http2Head;
    private long written;
    private long length = UNKNOWN; // of the first response

    RepeatedRequest(HttpRequests requests, String authority) {
        this.requests = requests;
        StringBuilder head = new StringBuilder(requests.method() + " " + requests.path() + " HTTP/1.1\r\n");
        if (!requests.hasHost()) {
            head.append("Host: ").append(authority).append("\r\n");
        }
        requests.headers().forEach(header -> head.append(header).append("\r\n"));
        if (requests.checkTokens()) {
            head.append("boxcar-token: ");
        }
        tokenInHead = head.length();
        if (requests.checkTokens()) {
            head.append("0".repeat(DIGITS)).append("\r\n");
        }
        if (requests.bodyBytes() > 0) {
            head.append("Content-Length: ").append(requests.bodyBytes()).append("\r\n");
        }
        byte[] bytes = head.append("\r\n").toString().getBytes(StandardCharsets.US_ASCII);
        request = Arrays.copyOf(bytes, bytes.length + requests.bodyBytes());
        Arrays.fill(request, bytes.length, request.length, (byte) 'x');
        body = Arrays.copyOfRange(request, bytes.length, request.length);
        http2Head = http2Head(requests, authority);
        tokenInBody = requests.checkTokens() && requests.bodyBytes() >= DIGITS ? bytes.length : 0;
    }

    @Override
    public long write(ByteBuf out) {
        if (requests.count() > 0 && written == requests.count()) {
            return NO_MORE;
        }
        int start = out.writerIndex();
        out.writeBytes(request);
        if (requests.checkTokens()) {
            putToken(out, start + tokenInHead, written);
            if (tokenInBody > 0) {
                putToken(out, start + tokenInBody, written);
            }
        }
        return written++;
    }

    private static Http2Headers http2Head(HttpRequests requests, String authority) {
        Http2Headers head = new DefaultHttp2Headers(false)
                .method(requests.method())
                .path(requests.path())
                .scheme("http")
                .authority(authority);
        for (String header : requests.headers()) {
            String name = HttpRequests.name(header);
            head.set(name.equals("host") ? ":authority" : name, HttpRequests.value(header));
        }
        if (requests.bodyBytes() > 0) {
            head.set("content-length", Integer.toString(requests.bodyBytes()));
        }
        return head;
    }

    @Override
    public long take() {
        return requests.count() > 0 && written == requests.count() ? NO_MORE : written++;
    }

    @Override
    public Http2Headers head(long number, boolean tls) {
        http2Head.scheme(tls ? "https" : "http");
        if (requests.checkTokens()) {
            ByteBuf token = Unpooled.buffer(DIGITS).writeZero(DIGITS);
            putToken(token, 0, number);
            http2Head.set("boxcar-token", new AsciiString(token.array()));
        }
        return http2Head;
    }

    @Override
    public @Nullable ByteBuf body(long number) {
        if (body.length == 0) {
            return null;
        }
        ByteBuf copy = Unpooled.buffer(body.length).writeBytes(body);
        if (tokenInBody > 0) {
            putToken(copy, 0, number);
        }
        return copy;
    }

    private static void putToken(ByteBuf out, int index, long token) {
        long rest = token;
        for (int i = DIGITS - 1; i >= 0; i--) {
            out.setByte(index + i, (int) ('0' + rest % 10));
            rest /= 10;
        }
    }

    @Override
    public boolean isHead() {
        return requests.method().equals("HEAD");
    }

    @Override
    public Verdict judge(long number, HttpResponse response) {
        if (response.status() >= 400) {
            return Verdict.FAILED;
        }
        return requests.checkTokens() ? judgeTokens(number, response) : judgeLength(response);
    }

    private Verdict judgeLength(HttpResponse response) {
        if (length == UNKNOWN) {
            length = response.bodyBytes();
        }
        return requests.anyLength() || response.bodyBytes() == length ? Verdict.RIGHT : Verdict.OTHER_LENGTH;
    }

    /** An echo: the request's head, an empty line, and its body. */
    private Verdict judgeTokens(long number, HttpResponse response) {
        boolean found = false;
        for (int i = 0; i < response.keptBytes(); i++) {
            if (isTokenHeader(response, i)) {
                found = true;
                if (token(response, i + TOKEN_HEADER.length) != number) {
                    return Verdict.MISPAIRED;
                }
            } else if (i > 0 && response.bodyByte(i) == '\n' && response.bodyByte(i - 1) == '\n') {
                boolean kept = tokenInBody > 0 && i + 1 + DIGITS <= response.keptBytes();
                if (kept && token(response, i + 1) != number) {
                    return Verdict.MISPAIRED;
                }
                break;
            }
        }
        return found ? Verdict.RIGHT : Verdict.FAILED;
    }

    private static boolean isTokenHeader(HttpResponse response, int index) {
        if (index + TOKEN_HEADER.length + DIGITS > response.keptBytes()) {
            return false;
        }
        for (int i = 0; i < TOKEN_HEADER.length; i++) {
            if (response.bodyByte(index + i) != TOKEN_HEADER[i]) {
                return false;
            }
        }
        return true;
    }

    private static long token(HttpResponse response, int index) {
        long token = 0;
        for (int i = index; i < index + DIGITS; i++) {
            int digit = response.bodyByte(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            token = token * 10 + digit;
        }
        return token;
    }
}
