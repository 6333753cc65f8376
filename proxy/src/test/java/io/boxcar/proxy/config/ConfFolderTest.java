package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConfFolderTest {

    private static final Path CONF = Path.of("..", "conf");

    @ParameterizedTest
    @ValueSource(strings = {"boxcar.conf", "capture.conf", "minimal.conf", "tls.conf", "unix-socket.conf"})
    void everyFileIsValid(String name) throws Exception {
        assertEquals(1, load(name).listeners().size());
    }

    @Test
    void theCompleteFileHasEveryKey() throws Exception {
        Config effective = ConfigFactory.parseString(load("boxcar.conf").toHocon());
        Config file = ConfigFactory.parseFile(CONF.resolve("boxcar.conf").toFile());
        assertEquals(keys(effective), keys(file));
    }

    @Test
    void theCompleteFileHasTheDefaultValues() throws Exception {
        BoxcarConfig defaults = new ConfigLoader(Set.of("redis")).load();
        BoxcarConfig file = load("boxcar.conf");
        ListenerConfig listener = defaults.listeners().getFirst();
        UpstreamConfig upstream = defaults.upstreams().getFirst();
        assertEquals(
                new BoxcarConfig(
                        defaults.loops(),
                        defaults.transport(),
                        defaults.admin(),
                        defaults.shutdown(),
                        defaults.watchNs(),
                        List.of(new ListenerConfig(
                                "cache",
                                listener.protocol(),
                                listener.listen(),
                                "redis-main",
                                listener.limits(),
                                listener.backlog(),
                                listener.clientState(),
                                listener.http(),
                                listener.direction(),
                                listener.tls(),
                                listener.capture())),
                        List.of(new UpstreamConfig(
                                "redis-main",
                                upstream.endpoints(),
                                upstream.routing(),
                                upstream.auth(),
                                upstream.batching(),
                                upstream.connections(),
                                upstream.slowLaneAboveBytes(),
                                upstream.pinned(),
                                upstream.timeout(),
                                upstream.limits(),
                                upstream.resendReads(),
                                upstream.http(),
                                upstream.tls())),
                        defaults.log()),
                file);
    }

    private static BoxcarConfig load(String name) throws InvalidConfig {
        return new ConfigLoader(Set.of("redis")).file(CONF.resolve(name)).load();
    }

    private static List<String> keys(Config config) {
        return config.entrySet().stream().map(Map.Entry::getKey).sorted().toList();
    }
}
