package io.boxcar.loadtest;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigSyntax;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/** A real Prometheus that scrapes one sidecar each second and evaluates Boxcar's rules, with seconds for minutes. */
final class PrometheusServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final Child process;
    private final Address.Tcp address;
    private final HttpClient client = HttpClient.newHttpClient();

    private PrometheusServer(Child process, Address.Tcp address) {
        this.process = process;
        this.address = address;
    }

    /** Starts one with its data in {@code directory}, and waits until it answers. */
    static PrometheusServer start(Path directory, Address.Tcp sidecarAdmin) throws IOException {
        Files.writeString(directory.resolve("boxcar.rules.yaml"), RulesFile.inSeconds());
        Path config = Files.writeString(directory.resolve("prometheus.yml"), """
                global:
                  scrape_interval: 1s
                  scrape_timeout: 1s
                  evaluation_interval: 1s
                rule_files: [boxcar.rules.yaml]
                scrape_configs:
                  - job_name: boxcar
                    static_configs:
                      - targets: ["%s"]
                """.formatted(sidecarAdmin));
        Address.Tcp address = Loopback.freePort();
        Child process = new Children()
                .spawn(
                        "prometheus",
                        List.of(
                                "prometheus",
                                "--config.file=" + config,
                                "--storage.tsdb.path=" + directory.resolve("data"),
                                "--web.listen-address=" + address,
                                "--log.level=warn"));
        PrometheusServer server = new PrometheusServer(process, address);
        try {
            Eventually.isTrue("Prometheus is ready", server::isReady);
        } catch (AssertionError e) {
            server.close();
            throw new AssertionError(process.describeEnd(), e);
        }
        return server;
    }

    private boolean isReady() throws InterruptedException {
        try {
            return get("/-/ready").statusCode() == 200;
        } catch (IOException e) {
            return false; // not listening yet
        }
    }

    /** The results of an expression at this moment. */
    List<? extends Config> query(String expression) throws IOException, InterruptedException {
        return data("/api/v1/query?query=" + URLEncoder.encode(expression, StandardCharsets.UTF_8))
                .getConfigList("result");
    }

    /** The one number that an expression amounts to at this moment; empty if it amounts to nothing yet. */
    OptionalDouble value(String expression) throws IOException, InterruptedException {
        List<? extends Config> result = query(expression);
        if (result.size() > 1) {
            throw new IllegalArgumentException(expression + " has " + result.size() + " results");
        }
        return result.isEmpty()
                ? OptionalDouble.empty()
                : OptionalDouble.of(Double.parseDouble(
                        result.getFirst().getList("value").get(1).unwrapped().toString()));
    }

    /** What went wrong with rules, one line each. */
    List<String> failingRules() throws IOException, InterruptedException {
        List<String> failing = new ArrayList<>();
        for (Config group : data("/api/v1/rules").getConfigList("groups")) {
            for (Config rule : group.getConfigList("rules")) {
                if (!rule.getString("health").equals("ok")) {
                    failing.add(rule.root().render());
                }
            }
        }
        return failing;
    }

    private Config data(String path) throws IOException, InterruptedException {
        HttpResponse<String> response = get(path);
        Config answer = ConfigFactory.parseString(
                response.body(), ConfigParseOptions.defaults().setSyntax(ConfigSyntax.JSON));
        if (response.statusCode() != 200) {
            throw new IllegalArgumentException(path + ": " + response.body());
        }
        return answer.getConfig("data");
    }

    private HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(
                HttpRequest.newBuilder(URI.create("http://" + address + path))
                        .timeout(PATIENCE)
                        .build(),
                HttpResponse.BodyHandlers.ofString());
    }

    @Override
    public void close() {
        client.close();
        process.kill();
    }
}
