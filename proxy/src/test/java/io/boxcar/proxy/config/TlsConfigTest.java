package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TlsConfigTest {

    @TempDir
    Path dir = Path.of("");

    private static ConfigLoader redis() {
        return new ConfigLoader(Set.of("redis")).listener("redis", "6380=cache.example:6379");
    }

    @Test
    void isOffUnlessItIsAskedFor() throws Exception {
        BoxcarConfig config = redis().load();
        assertFalse(config.listeners().getFirst().tls().isOn());
        assertEquals(UpstreamTls.OFF, config.upstreams().getFirst().tls());
    }

    @Test
    void readsAndPrintsEverything() throws Exception {
        BoxcarConfig config = redis().set("listeners.redis.tls.cert=/a.pem")
                .set("listeners.redis.tls.key=/a.key")
                .set("listeners.redis.tls.ca=/ca.pem")
                .set("listeners.redis.tls.client-auth=require")
                .set("listeners.redis.tls.min-version=1.3")
                .set("upstreams.redis.tls.enabled=true")
                .set("upstreams.redis.tls.ca=/roots.pem")
                .set("upstreams.redis.tls.cert=/b.pem")
                .set("upstreams.redis.tls.key=/b.key")
                .set("upstreams.redis.tls.server-name=other.example")
                .load();
        assertEquals(
                new ListenerTls("/a.pem", "/a.key", "/ca.pem", ClientAuth.REQUIRE, TlsVersion.TLS_1_3),
                config.listeners().getFirst().tls());
        assertEquals(
                new UpstreamTls(true, "/roots.pem", "/b.pem", "/b.key", "other.example", true, TlsVersion.TLS_1_2),
                config.upstreams().getFirst().tls());
        Path printed = Files.writeString(dir.resolve("printed.conf"), config.toHocon());
        assertEquals(config, new ConfigLoader(Set.of("redis")).file(printed).load());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
                    listeners.redis.tls.cert=/a.pem         | boxcar.listeners.redis.tls.cert = /a.pem needs tls.key
                    listeners.redis.tls.key=/a.key          | boxcar.listeners.redis.tls.key = /a.key needs tls.cert
                    listeners.redis.tls.client-auth=require | client-auth = require needs TLS
                    listeners.redis.tls.ca=/ca.pem          | would be ignored: nobody is asked for a certificate
                    listeners.redis.tls.min-version=1.1     | is not one of 1.2, 1.3
                    upstreams.redis.tls.ca=/ca.pem          | needs tls.enabled = true; without it nothing is encrypted
                    upstreams.redis.tls.server-name=x       | needs tls.enabled = true; without it nothing is encrypted
                    """)
    void whatWouldBeLessSecureThanItLooksIsAnError(String setting, String problem) {
        InvalidConfig e =
                assertThrows(InvalidConfig.class, () -> redis().set(setting).load());
        assertTrue(String.valueOf(e.getMessage()).contains(problem), e::getMessage);
    }

    @Test
    void unixSocketsNeedANameToLookFor() throws Exception {
        ConfigLoader loader = new ConfigLoader(Set.of("redis"))
                .listener("redis", "6380=unix:/run/redis.sock")
                .set("upstreams.redis.tls.enabled=true");
        InvalidConfig e = assertThrows(InvalidConfig.class, loader::load);
        assertTrue(String.valueOf(e.getMessage()).contains("tls.server-name"), e::getMessage);
        assertEquals(
                "redis.example",
                loader.set("upstreams.redis.tls.server-name=redis.example")
                        .load()
                        .upstreams()
                        .getFirst()
                        .tls()
                        .serverName());
    }
}
