package io.boxcar.proxy;

import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.ConfigLoader;
import io.boxcar.proxy.config.InvalidConfig;
import io.boxcar.proxy.tls.Tls;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what to serve. */
final class ConfigOptions {

    @Option(names = "--config", paramLabel = "FILE", description = "Read this configuration file (HOCON or JSON).")
    private @Nullable Path file;

    @Option(
            names = "--redis",
            paramLabel = "LISTEN=UPSTREAM",
            description = "Serve Redis: LISTEN is PORT, HOST:PORT or unix:/path, UPSTREAM is HOST:PORT[,HOST:PORT] or"
                    + " unix:/path. Repeatable.")
    private List<String> redis = new ArrayList<>();

    @Option(names = "--http", paramLabel = "LISTEN=UPSTREAM", description = "Serve HTTP, likewise. Repeatable.")
    private List<String> http = new ArrayList<>();

    @Option(
            names = "--admin",
            paramLabel = "ADDRESS",
            description = "Where the admin endpoint listens; off = nowhere. Default: 127.0.0.1:9464.")
    private @Nullable String admin;

    @Option(
            names = "--set",
            paramLabel = "KEY=VALUE",
            description =
                    "Set any configuration key, as in upstreams.redis.batching.linger=100us. What --redis and --http"
                            + " add is named redis, redis-2, ... and http, http-2, ... Repeatable.")
    private List<String> settings = new ArrayList<>();

    /**
     * Takes one of these options that picocli has not seen.
     *
     * @return whether it is one, and may be given here
     */
    boolean take(String name, String value) {
        switch (name) {
            case "--redis" -> redis.add(value);
            case "--http" -> http.add(value);
            case "--set" -> settings.add(value);
            case "--config" -> {
                if (file != null) {
                    return false;
                }
                file = Path.of(value);
            }
            case "--admin" -> {
                if (admin != null) {
                    return false;
                }
                admin = value;
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** What these options say, each time that it is asked for. */
    ConfigSource source(Set<String> protocols) {
        return new ConfigSource() {
            @Override
            public BoxcarConfig load() throws InvalidConfig {
                return ConfigOptions.this.load(protocols);
            }

            @Override
            public @Nullable Path file() {
                return file;
            }
        };
    }

    BoxcarConfig load(Set<String> protocols) throws InvalidConfig {
        ConfigLoader loader = new ConfigLoader(protocols);
        if (file != null) {
            loader.file(file);
        }
        redis.forEach(forward -> loader.listener("redis", forward));
        http.forEach(forward -> loader.listener("http", forward));
        if (admin != null) {
            loader.admin(admin);
        }
        settings.forEach(loader::set);
        BoxcarConfig config = loader.load();
        InvalidConfig.throwIfAny(Tls.problems(config));
        return config;
    }
}
