package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Clients that would notice the answer of another: each value says whose it is, and which. */
final class TokenLoad {
    private static final long PATIENCE_SECONDS = 60;

    private TokenLoad() {}

    /** One client: {@code rounds} of a write, a read and a small pipeline. */
    static void run(LocalBoxcar boxcar, String key, int rounds, int padding) throws IOException {
        run(boxcar.address(), key, rounds, padding);
    }

    static void run(Address address, String key, int rounds, int padding) throws IOException {
        String pad = "p".repeat(padding);
        try (Wire wire = Wire.open(address)) {
            wire.ask("DEL", key, key + ":count");
            for (int round = 0; round < rounds; round++) {
                String token = key + "/" + round + pad;
                assertEquals("+OK\r\n", wire.ask("SET", key, token));
                assertEquals(Wire.bulk(token), wire.ask("GET", key));
                wire.send("INCR", key + ":count");
                wire.send("GET", key);
                wire.send("STRLEN", key);
                assertEquals(":" + (round + 1) + "\r\n", wire.reply());
                assertEquals(Wire.bulk(token), wire.reply());
                assertEquals(":" + token.length() + "\r\n", wire.reply());
            }
        }
    }

    /** Many clients at once; returns when all have seen nothing but their own answers. */
    static void runAll(LocalBoxcar boxcar, int clients, int rounds) throws Exception {
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                String key = "token:" + i;
                all.add(threads.submit(() -> {
                    run(boxcar.address(), key, rounds, 0);
                    return null;
                }));
            }
            for (Future<?> one : all) {
                one.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
            }
        }
    }
}
