package io.boxcar.loadtest;

import io.boxcar.proxy.config.Address;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Option;

/** The options that say on what, how much and for how long: those that Redis and HTTP have in common. */
final class LoadOptions {
    private static final String PER_SECOND = "/s";

    @Option(
            names = "--target",
            paramLabel = "ADDRESS",
            required = true,
            description = "What to put load on: HOST:PORT or unix:/path.")
    private String target = "";

    @Option(names = "--tls", description = "Speak TLS.")
    private boolean tls;

    @Option(
            names = "--ca",
            paramLabel = "FILE",
            defaultValue = "",
            description = "Whose certificates are good, as PEM; default: those that the JDK trusts.")
    private String ca = "";

    @Option(names = "--insecure", description = "Take any certificate for good.")
    private boolean insecure;

    @Option(names = "--cert", paramLabel = "FILE", defaultValue = "", description = "The client's certificate, as PEM.")
    private String cert = "";

    @Option(names = "--key", paramLabel = "FILE", defaultValue = "", description = "Its private key, as PEM.")
    private String key = "";

    @Option(
            names = "--server-name",
            paramLabel = "NAME",
            defaultValue = "",
            description = "What the certificate has to be for; default: the host of --target.")
    private String serverName = "";

    @Option(
            names = "--connections",
            paramLabel = "N",
            defaultValue = "50",
            description = "Client connections, default ${DEFAULT-VALUE}.")
    private int connections;

    @Option(
            names = "--rate",
            paramLabel = "N",
            defaultValue = "0",
            description = {
                "Requests per second, whether or not responses arrive (open loop); latency then counts from the moment at"
                        + " which a request was due. Default: each connection sends its next request when a response has"
                        + " arrived (closed loop)."
            })
    private double rate;

    @Option(
            names = "--steps",
            paramLabel = "A,B,C",
            split = ",",
            description = {
                "Several levels one after the other, each with a warm-up, a window and figures of its own: numbers of"
                        + " connections, as 10,50,500, or requests per second, as 1000/s,2000/s."
            })
    private List<String> steps = new ArrayList<>();

    @Option(
            names = "--ramp",
            paramLabel = "SECONDS",
            defaultValue = "0",
            description = {
                "For so long from the beginning of the window, rate or connections grow from a tenth to all; the warm-up is"
                        + " at that tenth."
            })
    private double ramp;

    @Option(
            names = {"--seconds", "--duration"},
            paramLabel = "N",
            defaultValue = "10",
            description = "Length of the measured window, with --steps of each; default ${DEFAULT-VALUE}.")
    private double seconds;

    @Option(
            names = "--warmup",
            paramLabel = "SECONDS",
            defaultValue = "1",
            description = "Time before the window that is not measured, default ${DEFAULT-VALUE}.")
    private double warmup;

    @Option(
            names = "--response-limit",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "A request without a response for so long is an error, default ${DEFAULT-VALUE}.")
    private double responseLimit;

    LoadTarget target() {
        Address address = Address.parse(target);
        if (!tls) {
            String useless = !ca.isEmpty() ? "--ca" : insecure ? "--insecure" : !cert.isEmpty() ? "--cert" : null;
            if (useless != null) {
                throw new IllegalArgumentException(useless + " needs --tls; without it nothing is encrypted");
            }
            return LoadTarget.of(address);
        }
        return new LoadTarget(address, new LoadTls(ca, insecure, cert, key, serverName));
    }

    LoadSchedule schedule() {
        List<LoadLevel> levels = new ArrayList<>();
        if (steps.isEmpty()) {
            levels.add(new LoadLevel(connections, rate));
        }
        for (String step : steps) {
            boolean isRate = step.endsWith(PER_SECOND);
            if (isRate != steps.getFirst().endsWith(PER_SECOND)) {
                throw new IllegalArgumentException("--steps are either all connections, or all rates with /s behind");
            }
            if (rate > 0 && isRate) {
                throw new IllegalArgumentException("--steps gives the rates; leave --rate out");
            }
            levels.add(
                    isRate
                            ? new LoadLevel(connections, number(step.substring(0, step.length() - 2)))
                            : new LoadLevel((int) number(step), rate));
        }
        if (!(seconds > 0)) {
            throw new IllegalArgumentException("--seconds must be more than 0");
        }
        return new LoadSchedule(levels, ns(ramp), ns(warmup), ns(seconds));
    }

    /** All that there is to send, measured from the first to the last. */
    LoadSchedule scheduleWithoutEnd() {
        LoadSchedule timed = schedule();
        return new LoadSchedule(timed.levels(), timed.rampNs(), 0, 0);
    }

    private static double number(String text) {
        try {
            return Double.parseDouble(text);
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException("--steps: '" + text + "' is not a number", e);
        }
    }

    long responseLimitNs() {
        return ns(responseLimit);
    }

    private static long ns(double seconds) {
        return (long) (seconds * 1e9);
    }

    /** For the progress. */
    String describe() {
        String load = steps.isEmpty()
                ? connections + " connections"
                        + (rate > 0 ? String.format(Locale.ROOT, ", %,.0f requests/s", rate) : "")
                : steps.getFirst().endsWith(PER_SECOND)
                        ? connections + " connections, requests per second " + String.join(", ", steps)
                        : "connections " + String.join(", ", steps);
        return load + " to " + target + (tls ? " over TLS" : "");
    }

    /** For the report. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>();
        settings.put("target", target);
        settings.put("tls", tls);
        settings.put("connections", connections);
        settings.put("loop", rate > 0 || !steps.isEmpty() && steps.getFirst().endsWith(PER_SECOND) ? "open" : "closed");
        settings.put("rate", rate);
        settings.put("steps", List.copyOf(steps));
        settings.put("rampSeconds", ramp);
        settings.put("warmupSeconds", warmup);
        settings.put("seconds", seconds);
        settings.put("responseLimitSeconds", responseLimit);
        return settings;
    }
}
