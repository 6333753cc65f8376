package io.boxcar.proxy.redis;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** All that a {@link RequestScanner} says about a byte stream that is fed to it in pieces. */
record RequestScan(List<Request> requests, String end) {
    record Request(
            int start,
            int end,
            boolean empty,
            boolean inline,
            int arguments,
            int nameOffset,
            int nameLength,
            int subnameOffset,
            int subnameLength) {}

    /** Each piece is a buffer of its own without a spare byte, so reading outside of it throws. */
    static RequestScan of(byte[] bytes, Pieces pieces, Limits limits) {
        RequestScanner scanner = new RequestScanner(limits);
        List<Request> requests = new ArrayList<>();
        int start = 0;
        int from = 0;
        for (int cut = 0; cut <= pieces.cuts().length; cut++) {
            int to = cut < pieces.cuts().length ? pieces.cuts()[cut] : bytes.length;
            ByteBuf piece = Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, from, to));
            int index = 0;
            while (index < to - from) {
                int next = scanner.scan(piece, index, to - from);
                if (next == RequestScanner.ERROR) {
                    assertEquals(RequestScanner.ERROR, scanner.scan(piece, to - from, to - from), "errors stay");
                    return new RequestScan(requests, "error " + scanner.errorText());
                }
                if (next == RequestScanner.INCOMPLETE) {
                    assertTrue(scanner.knownBytes() >= to - start, "known bytes include the received ones");
                    break;
                }
                assertTrue(next > index, "progress");
                index = next;
                assertTrue(scanner.atBoundary());
                assertEquals(from + index - start, scanner.knownBytes());
                requests.add(request(scanner, start, from + index));
                start = from + index;
            }
            from = to;
        }
        return new RequestScan(requests, scanner.atBoundary() ? "" : "incomplete");
    }

    private static Request request(RequestScanner scanner, int start, int end) {
        boolean named = scanner.nameLength() >= 0;
        boolean subnamed = scanner.subnameLength() >= 0;
        return new Request(
                start,
                end,
                scanner.empty(),
                scanner.inline(),
                scanner.argumentCount(),
                named ? scanner.nameOffset() : -1,
                scanner.nameLength(),
                subnamed ? scanner.subnameOffset() : -1,
                scanner.subnameLength());
    }

    String describe() {
        long empty = requests.stream().filter(Request::empty).count();
        return requests.size() + " requests" + (empty > 0 ? ", " + empty + " empty" : "")
                + (end.isEmpty() ? "" : ", " + end);
    }
}
