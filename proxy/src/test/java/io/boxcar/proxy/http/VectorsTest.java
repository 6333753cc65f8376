package io.boxcar.proxy.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class VectorsTest {
    static List<Vectors.Vector> requests() {
        return Vectors.load("requests.txt").all();
    }

    static List<Vectors.Vector> responses() {
        return Vectors.load("responses.txt").all();
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("requests")
    void requestsMeanWhatTheFileSays(Vectors.Vector vector) {
        check(vector, true);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("responses")
    void responsesMeanWhatTheFileSays(Vectors.Vector vector) {
        check(vector, false);
    }

    @Test
    void bothFilesAreThere() {
        assertEquals(true, requests().size() > 100 && responses().size() > 50);
    }

    private static void check(Vectors.Vector vector, boolean requests) {
        byte[] bytes = vector.bytes();
        Messages whole = Messages.of(requests, bytes, Messages.LIMITS);
        assertEquals(String.join("\n", vector.expected()), String.join("\n", whole.lines()), Bytes.escape(bytes));
        int[] each = IntStream.range(1, bytes.length).toArray();
        assertEquals(
                whole.toString(),
                Messages.of(requests, bytes, Messages.LIMITS, each).toString());
        for (int cut = 0; cut <= bytes.length; cut++) {
            assertEquals(
                    whole.toString(),
                    Messages.of(requests, bytes, Messages.LIMITS, cut).toString(),
                    "cut at " + cut);
            prefix(Arrays.copyOf(bytes, cut), requests, whole);
        }
    }

    /** A prefix means the beginning of what the whole means: no bytes that come later change a head that was accepted. */
    private static void prefix(byte[] bytes, boolean requests, Messages whole) {
        List<String> heads = Messages.of(requests, bytes, Messages.LIMITS).canonical();
        assertEquals(whole.canonical().subList(0, heads.size()), heads);
    }
}
