package io.boxcar.proxy.http;

import io.boxcar.proxy.config.HttpUpstreamConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.util.concurrent.Future;
import java.lang.System.Logger.Level;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Asks one endpoint now and then whether it is well: a GET whose answer must be 2xx or 3xx, and in time. Owned by the event loop of
 * the endpoint's lane, on whose connections it asks.
 */
final class HealthCheck implements ResponseSink {
    private static final System.Logger LOG = System.getLogger(HealthCheck.class.getName());

    private final HttpEndpoint endpoint;
    private final HttpUpstreamConfig.HealthCheck config;
    private final HttpLoop loop;
    private @Nullable HttpExchange asking;
    private @Nullable Future<?> timer;
    private int failures;
    private boolean isStopped;

    HealthCheck(HttpEndpoint endpoint, HttpUpstreamConfig.HealthCheck config, HttpLoop loop) {
        this.endpoint = endpoint;
        this.config = config;
        this.loop = loop;
    }

    void start() {
        assert loop.loop().inEventLoop();
        timer = loop.loop().schedule(this::ask, config.intervalNs(), TimeUnit.NANOSECONDS);
    }

    void stop() {
        isStopped = true;
        Future<?> t = timer;
        if (t != null) {
            t.cancel(false);
        }
        endAsking();
    }

    private void ask() {
        HttpExchange exchange = isStopped ? null : loop.acquire(this);
        if (exchange == null) {
            if (!isStopped) {
                start(); // so busy that it is well
            }
            return;
        }
        String head = "GET " + config.path() + " HTTP/1.1\r\nHost: " + endpoint + "\r\nUser-Agent: boxcar\r\n\r\n";
        ByteBuf request = ByteBufAllocator.DEFAULT.directBuffer(head.length());
        ByteBufUtil.writeAscii(request, head);
        exchange.request = request;
        exchange.headLength = head.length();
        exchange.method = Method.GET;
        exchange.isWhole = true;
        exchange.isCheck = true;
        exchange.receivedNs = loop.context().nowNs();
        asking = exchange;
        timer = loop.loop().schedule(this::isLate, config.timeoutNs(), TimeUnit.NANOSECONDS);
        endpoint.send(exchange);
    }

    private void isLate() {
        if (asking != null) {
            endAsking();
            isDone(false);
        }
    }

    private void endAsking() {
        HttpExchange exchange = asking;
        if (exchange != null) {
            asking = null;
            exchange.abandon();
        }
    }

    private void isDone(boolean isGood) {
        if (isStopped) {
            return;
        }
        Future<?> t = timer;
        if (t != null) {
            t.cancel(false);
        }
        boolean wasHealthy = endpoint.load().isHealthy();
        failures = isGood ? 0 : failures + 1;
        if (!isGood) {
            endpoint.lane().httpMetrics().healthCheckFailures.increment();
        }
        boolean isHealthy = isGood || wasHealthy && failures < config.failures();
        endpoint.load().setHealthy(isHealthy);
        if (isHealthy && !wasHealthy) {
            endpoint.load().forget();
        }
        if (isHealthy != wasHealthy) {
            LOG.log(
                    isHealthy ? Level.INFO : Level.WARNING,
                    "upstream {0} is {1}: health check {2}",
                    endpoint,
                    isHealthy ? "well again" : "not well and gets no requests",
                    config.path());
        }
        start();
    }

    private void isOver(HttpExchange exchange, boolean isGood) {
        loop.release(exchange);
        if (exchange == asking) {
            asking = null;
            isDone(isGood);
        }
    }

    private static boolean isGood(int status) {
        return status / 100 == 2 || status / 100 == 3;
    }

    @Override
    public void onAnswered(HttpExchange exchange) {
        isOver(exchange, isGood(exchange.responseStatus));
    }

    @Override
    public void onFailed(HttpExchange exchange) {
        isOver(exchange, false);
    }

    @Override
    public void onEnd(HttpExchange exchange, @Nullable ByteBuf trailers) {
        if (trailers != null) {
            trailers.release();
        }
        onAnswered(exchange);
    }

    @Override
    public void onInformational(HttpExchange exchange, ByteBuf head) {
        head.release();
    }

    @Override
    public void onHead(HttpExchange exchange, ByteBuf head, int status, long contentLength) {
        head.release();
    }

    @Override
    public void onSwitched(HttpExchange exchange, ByteBuf head) {
        head.release();
    }

    @Override
    public void onData(HttpExchange exchange, ByteBuf data) {
        int length = data.readableBytes();
        data.release();
        exchange.taken(length);
    }

    @Override
    public void end() {
        endAsking();
    }

    @Override
    public void onRequestTaken(HttpExchange exchange, int bytes) {}
}
