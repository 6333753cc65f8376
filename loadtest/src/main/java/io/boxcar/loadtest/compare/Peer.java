package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.Sidecar;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Another proxy: what it is called, its configuration, and how it is started. */
enum Peer {
    TWEMPROXY("twemproxy", Protocol.REDIS, "nutcracker", "twemproxy.yml", "--version") {
        @Override
        List<String> command(String program, Path configuration, int controlPort) {
            return List.of(
                    program,
                    "-c",
                    configuration.toString(),
                    "-v",
                    "0",
                    "-o",
                    "/dev/stderr",
                    "-s",
                    Integer.toString(controlPort),
                    "-a",
                    "127.0.0.1",
                    "-p",
                    configuration.resolveSibling("nutcracker.pid").toString());
        }
    },
    PREDIXY("predixy", Protocol.REDIS, "predixy", "predixy.conf", "--version") {
        @Override
        List<String> command(String program, Path configuration, int controlPort) {
            return List.of(program, configuration.toString());
        }
    },
    CAMELLIA("camellia", Protocol.REDIS, "", "camellia.yml", "") {
        @Override
        List<String> command(String program, Path configuration, int controlPort) {
            // Its own JVM options: as much memory as Boxcar has, and the collector that costs least with one loop.
            return List.of(
                    Sidecar.javaCommand().getFirst(),
                    "-XX:+UseSerialGC",
                    "-Xms64m",
                    "-Xmx256m",
                    "-jar",
                    program,
                    "--spring.config.location=file:" + configuration);
        }
    },
    ENVOY_REDIS("envoy", Protocol.REDIS, "envoy", "envoy-redis.yaml", "--version") {
        @Override
        List<String> command(String program, Path configuration, int controlPort) {
            return envoy(program, configuration);
        }
    },
    HAPROXY("haproxy", Protocol.HTTP, "haproxy", "haproxy.cfg", "-v") {
        @Override
        List<String> command(String program, Path configuration, int controlPort) {
            return List.of(program, "-db", "-f", configuration.toString());
        }
    },
    NGINX("nginx", Protocol.HTTP, "nginx", "nginx-proxy.conf", "-v") {
        @Override
        List<String> command(String program, Path configuration, int controlPort) {
            return nginx(program, configuration);
        }
    },
    ENVOY_HTTP("envoy", Protocol.HTTP, "envoy", "envoy-http.yaml", "--version") {
        @Override
        List<String> command(String program, Path configuration, int controlPort) {
            return envoy(program, configuration);
        }
    };

    private final String title;
    private final Protocol protocol;
    private final String program;
    private final String template;
    private final String versionOption;

    Peer(String title, Protocol protocol, String program, String template, String versionOption) {
        this.title = title;
        this.protocol = protocol;
        this.program = program;
        this.template = template;
        this.versionOption = versionOption;
    }

    /**
     * The command line.
     *
     * @param controlPort a free port, for a program that cannot do without one more
     */
    abstract List<String> command(String program, Path configuration, int controlPort);

    static List<Peer> of(Protocol protocol) {
        List<Peer> peers = new ArrayList<>();
        for (Peer peer : values()) {
            if (peer.protocol == protocol) {
                peers.add(peer);
            }
        }
        return peers;
    }

    /** Its name in the report. */
    String title() {
        return title;
    }

    /** What to look for on the PATH; empty if only an option can name it. */
    String program() {
        return program;
    }

    /** The name of its configuration among the resources of this package. */
    String template() {
        return template;
    }

    String version(String found) {
        return versionOption.isEmpty() ? found : Programs.firstLine(found, versionOption);
    }

    static List<String> nginx(String program, Path configuration) {
        return List.of(
                program,
                "-e",
                "stderr",
                "-p",
                configuration.toAbsolutePath().getParent() + "/",
                "-c",
                configuration.toString());
    }

    private static List<String> envoy(String program, Path configuration) {
        return List.of(
                program,
                "-c",
                configuration.toString(),
                "--concurrency",
                "1",
                "--disable-hot-restart",
                "--log-level",
                "error");
    }
}
