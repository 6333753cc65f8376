package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.HttpLoad;
import io.boxcar.loadtest.HttpLoadPlan;
import io.boxcar.loadtest.HttpRequests;
import io.boxcar.loadtest.LoadLevel;
import io.boxcar.loadtest.LoadPlan;
import io.boxcar.loadtest.LoadResult;
import io.boxcar.loadtest.LoadSchedule;
import io.boxcar.loadtest.LoadTarget;
import io.boxcar.loadtest.LoadWatcher;
import io.boxcar.loadtest.RedisLoad;
import io.boxcar.loadtest.RedisMix;
import io.boxcar.proxy.config.Address;
import java.io.IOException;
import java.util.Locale;

/** What is compared: its load and its words. */
enum Protocol {
    REDIS(
            "Redis",
            "twemproxy",
            Measure.SUM_CPU,
            "500x1,50x1,50x16,5000x1,1x1,open-500,open-50",
            "SET and GET by turns, values of 64 bytes") {
        @Override
        LoadResult run(Address.Tcp target, Case load, double rate, long warmupNs, long measuredNs, LoadWatcher watcher)
                throws IOException {
            LoadPlan plan = new LoadPlan(
                    LoadTarget.of(target),
                    RedisMix.of(VALUE_BYTES, SET_PERCENT),
                    load.pipeline(),
                    LoadSchedule.of(new LoadLevel(load.connections(), rate), warmupNs, measuredNs),
                    0,
                    RESPONSE_LIMIT_NS);
            return RedisLoad.run(plan, watcher);
        }
    },
    HTTP(
            "HTTP",
            "haproxy",
            Measure.RATE,
            "500,50,1,open-500,open-50",
            "GET over connections that are kept alive, responses of 34 bytes") {
        @Override
        LoadResult run(Address.Tcp target, Case load, double rate, long warmupNs, long measuredNs, LoadWatcher watcher)
                throws IOException {
            HttpLoadPlan plan = new HttpLoadPlan(
                    target.host(), target.port(), load.connections(), rate, warmupNs, measuredNs, RESPONSE_LIMIT_NS);
            // A path that the embedded server echoes too.
            return HttpLoad.run(plan, new HttpRequests("GET", "/echo", 0, 0, true), watcher);
        }
    };

    private static final int VALUE_BYTES = 64;
    private static final int SET_PERCENT = 50;
    private static final long RESPONSE_LIMIT_NS = 5_000_000_000L;

    private final String title;
    private final String reference;
    private final Measure headline;
    private final String usualCases;
    private final String requests;

    Protocol(String title, String reference, Measure headline, String usualCases, String requests) {
        this.title = title;
        this.reference = reference;
        this.headline = headline;
        this.usualCases = usualCases;
        this.requests = requests;
    }

    String title() {
        return title;
    }

    /** The peer whose top rate sets that of open loops. */
    String reference() {
        return reference;
    }

    /** What the one picture shows. */
    Measure headline() {
        return headline;
    }

    /** As in a configuration. */
    String key() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Separated by commas. */
    String usualCases() {
        return usualCases;
    }

    /** What the load consists of. */
    String requests() {
        return requests;
    }

    /**
     * Puts load on {@code target} from the calling thread.
     *
     * @param rate requests per second in an open loop, else 0
     */
    abstract LoadResult run(
            Address.Tcp target, Case load, double rate, long warmupNs, long measuredNs, LoadWatcher watcher)
            throws IOException;
}
