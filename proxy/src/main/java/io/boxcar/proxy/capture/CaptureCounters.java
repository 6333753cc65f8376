package io.boxcar.proxy.capture;

import io.boxcar.metrics.CaptureMetrics;
import io.boxcar.metrics.CaptureResult;
import io.boxcar.proxy.config.CaptureConfig.Protocol;
import io.boxcar.proxy.core.LoopContext;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;

/** What one listener counts of captured connections; outlives its configurations. Used by all event loops, each for itself. */
public final class CaptureCounters {
    private final Map<LoopContext, Map<Protocol, CaptureMetrics>> metrics = new HashMap<>();

    /** @param onMetrics is told what is counted */
    public CaptureCounters(String listener, List<LoopContext> loops, Consumer<CaptureMetrics> onMetrics) {
        for (LoopContext loop : loops) {
            Map<Protocol, CaptureMetrics> each = new EnumMap<>(Protocol.class);
            for (Protocol protocol : List.of(Protocol.REDIS, Protocol.HTTP, Protocol.TCP)) {
                CaptureMetrics counted =
                        new CaptureMetrics(listener, protocol.name().toLowerCase(Locale.ROOT));
                each.put(protocol, counted);
                onMetrics.accept(counted);
            }
            metrics.put(loop, each);
        }
    }

    void count(LoopContext context, Protocol protocol, CaptureResult result) {
        assert context.loop().inEventLoop();
        Map<Protocol, CaptureMetrics> each = metrics.get(context);
        CaptureMetrics counted = each == null ? null : each.get(protocol);
        if (counted == null) {
            throw new IllegalArgumentException("a loop or protocol that is not served");
        }
        counted.connections(result).increment();
    }

    /** The listener is no more. */
    public void end(Consumer<CaptureMetrics> onEnd) {
        metrics.values().forEach(each -> each.values().forEach(onEnd));
    }
}
