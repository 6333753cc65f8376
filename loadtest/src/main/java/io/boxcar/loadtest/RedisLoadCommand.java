package io.boxcar.loadtest;

import io.boxcar.proxy.HelpOption;
import java.io.IOException;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code boxcar load redis}. */
@Command(
        name = "redis",
        description = {
            "SET, GET and MGET from many connections; checks that each response belongs to its request.",
            "Exits with 1 if any request got an error, nothing, or the response of another request."
        })
final class RedisLoadCommand implements Callable<Integer> {
    @Mixin
    private final HelpOption help = new HelpOption();

    @Mixin
    private final LoadOptions options = new LoadOptions();

    @Mixin
    private final LoadOutput output = new LoadOutput();

    @Option(
            names = "--pipeline",
            paramLabel = "N",
            defaultValue = "1",
            description = "Requests in flight on each connection, in an open loop at most; default ${DEFAULT-VALUE}.")
    private int pipeline;

    @Option(
            names = "--requests",
            paramLabel = "N",
            defaultValue = "0",
            description = "End the window after so many requests, 0 for no limit (default).")
    private long requests;

    @Option(
            names = "--mix",
            paramLabel = "PERCENT",
            defaultValue = "50",
            description = "Share of SET, the rest is GET or MGET; default ${DEFAULT-VALUE}.")
    private int mix;

    @Option(
            names = "--mget",
            paramLabel = "N",
            defaultValue = "0",
            description = "Read N keys at once with MGET; default 0, no MGET.")
    private int mget;

    @Option(
            names = "--mget-percent",
            paramLabel = "PERCENT",
            defaultValue = "-1",
            description = "Share of MGET, if --mget is given; default: all but the SETs.")
    private int mgetPercent;

    @Option(
            names = "--keys",
            paramLabel = "N",
            defaultValue = "1",
            description = "Keys of each connection, or of all together if they share them; default ${DEFAULT-VALUE}.")
    private int keys;

    @Option(
            names = "--key-distribution",
            paramLabel = "KIND",
            defaultValue = "own",
            description = {
                "own (default): each connection has keys of its own, and each value must be the one that it wrote last;"
                        + " uniform or zipf: all connections share all keys, each gets a value before the load, and each"
                        + " value must be one of the key that was asked for."
            })
    private String distribution = "";

    @Option(
            names = "--value-bytes",
            paramLabel = "N or MIN..MAX",
            defaultValue = "64",
            description = "Length of the values, or from where to where, each as frequent; default ${DEFAULT-VALUE}.")
    private String valueBytes = "";

    @Option(
            names = "--resp",
            paramLabel = "VERSION",
            defaultValue = "2",
            description = "2 (default), or 3, which begins with HELLO 3.")
    private int resp;

    @Override
    public Integer call() {
        LoadPlan plan;
        try {
            plan = new LoadPlan(
                    options.target(), mix(), pipeline, options.schedule(), requests, options.responseLimitNs());
            output.check();
        } catch (IllegalArgumentException e) {
            System.err.println("boxcar load redis: " + e.getMessage());
            return 2;
        }
        Progress progress = output.progress();
        progress.step(options.describe() + ", " + pipeline + " in flight on each");
        try {
            LoadResult result = RedisLoad.run(plan, progress.watcher());
            progress.clear();
            output.write(settings(), result);
            return result.isClean() ? 0 : 1;
        } catch (IOException e) {
            progress.clear();
            System.err.println("boxcar load redis: " + e.getMessage());
            return 1;
        }
    }

    private RedisMix mix() {
        if (mget == 0 && mgetPercent > 0) {
            throw new IllegalArgumentException("--mget-percent needs --mget, the number of keys");
        }
        int percent = mget == 0 ? 0 : mgetPercent < 0 ? 100 - mix : mgetPercent;
        String[] lengths = valueBytes.split("\\.\\.", 2);
        return new RedisMix(
                mix,
                percent,
                mget == 0 ? 1 : mget,
                keys,
                distribution(),
                bytes(lengths[0]),
                bytes(lengths[lengths.length - 1]),
                resp);
    }

    private KeyDistribution distribution() {
        for (KeyDistribution each : KeyDistribution.values()) {
            if (each.name().equals(distribution.toUpperCase(Locale.ROOT))) {
                return each;
            }
        }
        throw new IllegalArgumentException(
                "--key-distribution is '" + distribution + "'; allowed is own, uniform or zipf");
    }

    private int bytes(String text) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    "--value-bytes is '" + valueBytes + "'; allowed is a number, or two as in 16..4096", e);
        }
    }

    private Map<String, Object> settings() {
        Map<String, Object> settings = options.settings();
        settings.put("protocol", "redis");
        settings.put("resp", resp);
        settings.put("pipeline", pipeline);
        settings.put("requests", requests);
        settings.put("mix", mix);
        settings.put("mget", mget);
        settings.put("mgetPercent", mget == 0 ? 0 : mgetPercent < 0 ? 100 - mix : mgetPercent);
        settings.put("keys", keys);
        settings.put("keyDistribution", distribution);
        settings.put("valueBytes", valueBytes);
        return settings;
    }
}
