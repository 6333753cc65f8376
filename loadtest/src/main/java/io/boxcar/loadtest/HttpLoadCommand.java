package io.boxcar.loadtest;

import io.boxcar.proxy.HelpOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boxcar load http}. */
@Command(
        name = "http",
        description = {
            "HTTP requests over connections that are kept alive.",
            "Exits with 1 if any request got an error status, nothing, or the response of another request."
        })
final class HttpLoadCommand implements Callable<Integer> {
    @Mixin
    private final HelpOption help = new HelpOption();

    @Mixin
    private final LoadOptions options = new LoadOptions();

    @Mixin
    private final LoadOutput output = new LoadOutput();

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "Send exactly so many requests and measure all of them, however long it takes; no warm-up then.")
    private long requests;

    @Option(
            names = "--path",
            paramLabel = "PATH",
            defaultValue = "/",
            description = "What to ask for, default ${DEFAULT-VALUE}.")
    private String path = "";

    @Option(names = "--method", paramLabel = "METHOD", description = "Default is GET, and POST with a body.")
    private @Nullable String method;

    @Option(
            names = "--header",
            paramLabel = "'NAME: VALUE'",
            description = "A header of each request; can be given several times.")
    private List<String> headers = new ArrayList<>();

    @Option(
            names = "--body-bytes",
            paramLabel = "N",
            defaultValue = "0",
            description = "Length of the requests' bodies, default none.")
    private int bodyBytes;

    @Option(
            names = "--http2",
            description = "HTTP/2: with prior knowledge, or by ALPN with --tls. Default is HTTP/1.1.")
    private boolean http2;

    @Option(
            names = "--streams",
            paramLabel = "N",
            defaultValue = "1",
            description = "Requests in flight on each connection with --http2, in an open loop at most; default"
                    + " ${DEFAULT-VALUE}.")
    private int streams;

    @Option(
            names = "--check-tokens",
            description = "Put a token into each request, and expect it back: for --path /echo of boxcar origin http."
                    + " Without, status and length of each response are checked.")
    private boolean checkTokens;

    @Option(names = "--any-length", description = "Do not expect all responses to be as long as the first one.")
    private boolean anyLength;

    @Override
    public Integer call() {
        HttpLoadPlan plan;
        HttpRequests script;
        try {
            plan = new HttpLoadPlan(
                    options.target(),
                    http2,
                    streams,
                    requests > 0 ? options.scheduleWithoutEnd() : options.schedule(),
                    options.responseLimitNs());
            String verb = method == null ? bodyBytes > 0 ? "POST" : "GET" : method;
            script = new HttpRequests(verb, path, headers, bodyBytes, requests, checkTokens, anyLength);
            output.check();
        } catch (IllegalArgumentException e) {
            System.err.println("boxcar load http: " + e.getMessage());
            return 2;
        }
        Progress progress = output.progress();
        progress.step(options.describe() + (http2 ? ", HTTP/2, " + streams + " in flight on each" : ""));
        try {
            LoadResult result = HttpLoad.run(plan, script, progress.watcher());
            progress.clear();
            output.write(settings(script), result);
            return result.isClean() ? 0 : 1;
        } catch (IOException e) {
            progress.clear();
            System.err.println("boxcar load http: " + e.getMessage());
            return 1;
        }
    }

    private Map<String, Object> settings(HttpRequests script) {
        Map<String, Object> settings = options.settings();
        settings.put("protocol", http2 ? "http/2" : "http/1.1");
        settings.put("streams", streams);
        settings.put("method", script.method());
        settings.put("path", script.path());
        settings.put("headers", script.headers());
        settings.put("bodyBytes", script.bodyBytes());
        settings.put("requests", script.count());
        settings.put("checkTokens", script.checkTokens());
        return settings;
    }
}
