package io.boxcar.loadtest;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The same request again and again, but for its token. Owned by the thread that runs the load. */
final class RepeatedRequest implements HttpScript {
    private static final int DIGITS = HttpRequests.TOKEN_DIGITS;
    private static final byte[] TOKEN_HEADER = "boxcar-token: ".getBytes(StandardCharsets.US_ASCII);

    private final HttpRequests requests;
    private final byte[] request;
    private final int tokenInHead;
    private final int tokenInBody; // 0 if there is none
    private long written;

    RepeatedRequest(HttpRequests requests, String authority) {
        this.requests = requests;
        StringBuilder head = new StringBuilder(
                requests.method() + " " + requests.path() + " HTTP/1.1\r\nHost: " + authority + "\r\n");
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
    public Verdict judge(long number, HttpResponseReader response) {
        if (response.status() >= 400) {
            return Verdict.FAILED;
        }
        return requests.checkTokens() ? judgeTokens(number, response) : Verdict.RIGHT;
    }

    /** An echo: the request's head, an empty line, and its body. */
    private Verdict judgeTokens(long number, HttpResponseReader response) {
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

    private static boolean isTokenHeader(HttpResponseReader response, int index) {
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

    private static long token(HttpResponseReader response, int index) {
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
