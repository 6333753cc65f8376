package io.boxcar.proxy.redis;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.core.Scatter;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Requests that are split over three Redis answer as one Redis does that has all keys. */
final class SplitsRedisTest {
    private static final List<String> NAMES = List.of("MGET", "MSET", "DEL", "UNLINK", "EXISTS", "TOUCH");
    private static final UnpooledByteBufAllocator ALLOCATOR = UnpooledByteBufAllocator.DEFAULT;

    private static int place(ByteBuf in, int index, int length) {
        return HashSlot.of(in, index, length) % 3;
    }

    @Test
    void threeAnswerAsOne() throws Exception {
        try (RedisServer one = RedisServer.start();
                RedisServer first = RedisServer.start();
                RedisServer second = RedisServer.start();
                RedisServer third = RedisServer.start();
                RedisClient whole = new RedisClient(one.port());
                RedisClient firstClient = new RedisClient(first.port());
                RedisClient secondClient = new RedisClient(second.port());
                RedisClient thirdClient = new RedisClient(third.port())) {
            List<RedisClient> endpoints = List.of(firstClient, secondClient, thirdClient);
            for (String protocol : List.of("2", "3")) {
                whole.call("HELLO", protocol);
                for (RedisClient endpoint : endpoints) {
                    endpoint.call("HELLO", protocol);
                }
                compareRandomRequests(whole, endpoints, new SplittableRandom(protocol.hashCode()));
            }
            compareTheWholeKeyspace(whole, endpoints);
        }
    }

    private static void compareRandomRequests(RedisClient whole, List<RedisClient> endpoints, SplittableRandom random)
            throws Exception {
        int split = 0;
        for (int i = 0; i < 600; i++) {
            List<String> request = new ArrayList<>();
            request.add(NAMES.get(random.nextInt(NAMES.size())));
            for (int keys = random.nextInt(1, 9); keys > 0; keys--) {
                request.add("key" + random.nextInt(30));
                if (request.get(0).equals("MSET")) {
                    request.add(Mutation.text(random, "ab\r\n$*:_\u00ff\0", random.nextInt(40)));
                }
            }
            String[] arguments = request.toArray(String[]::new);
            Scatter scatter = SplitsTest.byKeys(SplitsTest.wire(arguments), SplitsRedisTest::place);
            split += scatter == null ? 0 : 1;
            String answer = scatter == null ? alone(arguments, endpoints) : scattered(scatter, endpoints);
            assertEquals(whole.call(arguments), answer, request.toString());
        }
        assertTrue(split > 300, split + " requests were split");
    }

    private static String alone(String[] arguments, List<RedisClient> endpoints) throws Exception {
        ByteBuf key = Unpooled.copiedBuffer(arguments[1], ISO_8859_1);
        return endpoints.get(place(key, 0, key.writerIndex())).call(arguments);
    }

    private static String scattered(Scatter scatter, List<RedisClient> endpoints) throws Exception {
        ByteBuf[] responses = new ByteBuf[scatter.size()];
        for (int i = 0; i < responses.length; i++) {
            responses[i] = endpoints.get(scatter.place(i)).send(scatter.request(i, ALLOCATOR));
        }
        ByteBuf answer = scatter.gather(responses, ALLOCATOR);
        String text = answer.toString(ISO_8859_1);
        answer.release();
        return text;
    }

    private static String everywhere(List<RedisClient> endpoints, String... arguments) throws Exception {
        Scatter scatter = SplitsTest.everywhere(SplitsTest.wire(arguments), endpoints.size());
        assertNotNull(scatter);
        return scattered(scatter, endpoints);
    }

    private static void compareTheWholeKeyspace(RedisClient whole, List<RedisClient> endpoints) throws Exception {
        whole.call("FLUSHALL");
        assertEquals("+OK\r\n", everywhere(endpoints, "FLUSHALL"));
        TreeSet<String> keys = new TreeSet<>();
        for (int i = 0; i < 500; i++) {
            keys.add("key" + i);
            whole.call("SET", "key" + i, "v");
            alone(new String[] {"SET", "key" + i, "v"}, endpoints);
        }
        assertEquals(whole.call("DBSIZE"), everywhere(endpoints, "DBSIZE"));
        assertEquals(keys, new TreeSet<>(strings(everywhere(endpoints, "KEYS", "*"))));

        TreeSet<String> scanned = new TreeSet<>();
        String cursor = "0";
        do {
            String reply = everywhere(endpoints, "SCAN", cursor, "COUNT", "7");
            cursor = reply.split("\r\n")[2];
            scanned.addAll(strings(reply.substring(reply.indexOf('*', 1))));
        } while (!cursor.equals("0"));
        assertEquals(keys, scanned);

        for (String[] request : new String[][] {
            {"SCRIPT", "LOAD", "return 1"},
            {"SCRIPT", "EXISTS", "e0e1f9fabfc9d4800c877a703b823ac0578ff8db", "e0"},
            {"FUNCTION", "LOAD", "#!lua name=l\nredis.register_function('f', function() return 1 end)"},
            {"FUNCTION", "DELETE", "l"},
            {"FUNCTION", "FLUSH"},
            {"SCRIPT", "FLUSH"},
            {"SCAN", "x"},
            {"SCAN"}
        }) {
            assertEquals(whole.call(request), everywhere(endpoints, request));
        }
    }

    private static List<String> strings(String reply) {
        ReplyElements elements = new ReplyElements(Unpooled.copiedBuffer(reply, ISO_8859_1), 0);
        List<String> strings = new ArrayList<>();
        assertTrue(elements.step() && elements.isList());
        for (long left = elements.count(); left > 0; left--) {
            assertTrue(elements.step());
            strings.add(elements.text(ISO_8859_1));
        }
        return strings;
    }
}
