package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class KnownKeysTest {

    @Test
    void theReferenceHasExactlyTheKeysThatAreRead() throws Exception {
        Config reference = ConfigLoader.reference();
        Config builtIn = reference.getConfig("boxcar-without-listeners");
        Config expected = builtIn.withFallback(
                        reference.getConfig("boxcar.defaults.listener").atPath("listeners.redis"))
                .withFallback(reference.getConfig("boxcar.defaults.upstream").atPath("upstreams.redis"))
                .withFallback(reference.getConfig("boxcar").withoutPath("defaults"))
                .atPath("boxcar");
        Config read = ConfigFactory.parseString(
                new ConfigLoader(Set.of("redis")).load().toHocon());
        assertEquals(keys(expected), keys(read));
    }

    private static List<String> keys(Config config) {
        return config.entrySet().stream().map(Map.Entry::getKey).sorted().toList();
    }
}
