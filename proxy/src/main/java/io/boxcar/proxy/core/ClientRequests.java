package io.boxcar.proxy.core;

import io.boxcar.batching.ResponseWindow;
import io.boxcar.metrics.FailureKind;
import io.boxcar.metrics.ListenerMetrics;
import io.boxcar.proxy.accesslog.AccessEntry;
import io.boxcar.proxy.core.ReadGate.Reason;
import io.netty.buffer.ByteBuf;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What one client has asked on shared lanes and not been answered yet. Owned by the client's event loop.
 *
 * <pre>
 *   decoder ----> window (order) ----> lanes
 *                   |   ^                |
 *   client  <-------'   '---- handed back: response, failure, or a redirection to another lane
 * </pre>
 */
final class ClientRequests {
    private final ClientConnection client;
    private final LoopContext context;
    private final ListenerMetrics metrics;
    private final Upstream upstream;
    private final RequestDecoder decoder;
    private final ReceivedBytes in;
    private final ReadGate gate;
    private final ResponseWindow<Exchange> window;
    private final ClientLanes lanes;
    private final Redirections redirections;
    private final @Nullable RequestLog log;
    private boolean closed;

    /** Counts the losses that this client was told of: requests sent before it knew carry the older number. */
    private int epoch;

    /** How many bytes had been received when the client was told of the last loss: what is decoded of them comes too late. */
    private long staleBytes;

    ClientRequests(
            ClientConnection client,
            RequestDecoder decoder,
            ReceivedBytes in,
            ReadGate gate,
            int maxPipeline,
            long clientNumber,
            @Nullable RequestLog log) {
        this.client = client;
        this.context = client.context();
        this.metrics = client.metrics();
        this.upstream = client.upstream();
        this.decoder = decoder;
        this.in = in;
        this.gate = gate;
        this.log = log;
        this.window = new ResponseWindow<>(maxPipeline);
        this.lanes = new ClientLanes(client, upstream, clientNumber, decoder.identity());
        this.redirections = new Redirections(this, client, lanes, window, gate);
    }

    boolean isClosed() {
        return closed;
    }

    ClientLanes lanes() {
        return lanes;
    }

    /** Whether everything is answered. */
    boolean isEmpty() {
        return window.isEmpty();
    }

    /** Whether the request at the head had come before the client was told of a loss. */
    boolean isStale() {
        return in.position() < staleBytes;
    }

    // ---- requests ----

    /** Puts the request or run at the head on its lane, unless something has to be answered first. */
    void offer(ByteBuf bytesView) {
        if (isStale()) {
            refuseStale();
            return;
        }
        if (!lanes.mayGo(decoder.isSlow(), decoder.isRepeatable(), window.isEmpty())) {
            gate.close(Reason.TURNOUT);
            return;
        }
        String refusal = decoder.isRepeatable() && window.isEmpty() ? lanes.refusal() : null;
        if (refusal != null) {
            refuse(refusal);
            return;
        }
        Exchange exchange = context.acquire();
        int length = decoder.length();
        if (log != null) {
            exchange.entry = log.begin(bytesView, context.turnNs());
        }
        in.requestFound();
        exchange.client = client;
        exchange.passenger = lanes.forPlace(decoder.place(), decoder.isRepeatable());
        exchange.requestLength = length;
        exchange.expected = decoder.count();
        exchange.repeatable = decoder.isRepeatable();
        exchange.transaction = decoder.isTransaction();
        exchange.kind = decoder.kind();
        exchange.place = decoder.place();
        exchange.keepsRequest = exchange.repeatable || upstream.isCluster();
        exchange.epoch = epoch;
        exchange.receivedNs = context.turnNs();
        exchange.requestIndex = bytesView.readerIndex();
        exchange.request = in.takeShare(length);
        metrics.requests.add(exchange.expected);
        if (exchange.expected > 1) {
            metrics.batchesOfRequests.increment();
        }
        addToWindow(exchange);
        send(exchange);
    }

    /** The run at the head gets the upstream's own words, which it would get on any other connection. */
    private void refuse(String refusal) {
        int count = decoder.count();
        logRefusal(FailureKind.REFUSED);
        in.requestFound();
        in.skip(decoder.length());
        metrics.requests.add(count);
        metrics.errors(FailureKind.REFUSED).add(count);
        client.write(upstream.protocol().failure(client.channel().alloc(), FailureKind.REFUSED, refusal, count));
        metrics.responses.add(count);
    }

    /** Sends the parts of the request at the head, each to its place. */
    void scatter() {
        if (isStale()) {
            refuseStale();
            return;
        }
        Scatter scatter = decoder.scatter();
        int size = scatter.size();
        if (!lanes.mayGo(false, false, window.isEmpty())) {
            gate.close(Reason.TURNOUT);
            return;
        }
        if (!context.hasRoomFor(size + 1)) {
            if (size >= context.maxOutstanding() / 2) {
                client.refuseRequest(
                        FailureKind.OVERLOADED, "not sent: the request is for " + size + " places at once", false);
            } else {
                gate.close(Reason.ROOM);
                context.awaitExchange(client);
            }
            return;
        }
        Exchange whole = context.acquire();
        if (log != null) {
            whole.entry = log.begin(in.bytes(), context.turnNs());
        }
        in.requestFound();
        whole.client = client;
        whole.expected = 1;
        whole.receivedNs = context.turnNs();
        in.skip(decoder.length());
        metrics.requests.increment();
        metrics.scattered.increment();
        addToWindow(whole);
        Gathering gathering = new Gathering(scatter, whole);
        for (int i = 0; i < size; i++) {
            Exchange part = context.acquire();
            ByteBuf request = scatter.request(i, client.channel().alloc());
            part.client = client;
            part.gathering = gathering;
            part.part = i;
            part.place = scatter.place(i);
            part.passenger = lanes.forPlace(part.place, scatter.isRepeatable());
            part.request = request;
            part.requestIndex = request.readerIndex();
            part.requestLength = request.readableBytes();
            part.expected = 1;
            part.repeatable = scatter.isRepeatable();
            part.keepsRequest = true;
            part.epoch = epoch;
            part.receivedNs = whole.receivedNs;
            send(part);
        }
    }

    /** The lane that lost the earlier request would refuse this one, but it may be for another lane, which knows nothing of it. */
    private void refuseStale() {
        int count = decoder.count();
        logRefusal(FailureKind.SKIPPED);
        in.requestFound();
        in.skip(decoder.length());
        metrics.requests.add(count);
        metrics.errors(FailureKind.SKIPPED).add(count);
        answer(
                upstream.protocol().failure(client.channel().alloc(), FailureKind.SKIPPED, Losses.NOT_SENT, count),
                count);
    }

    private void logRefusal(FailureKind failure) {
        if (log != null) {
            log.ended(in.bytes(), AccessEntry.Outcome.ERROR, failure.label(), context.turnNs());
        }
    }

    private void addToWindow(Exchange exchange) {
        window.add(exchange);
        if (window.isFull()) {
            gate.close(Reason.WINDOW);
        }
    }

    /** Puts it on its lane, now or when there is room. */
    void send(Exchange exchange) {
        exchange.queuedNs = context.turnNs();
        if (!lanes.offer(exchange) && !gate.isClosedBy(Reason.ROOM)) {
            gate.close(Reason.ROOM);
            context.awaitLane(client);
        }
    }

    /** There may be room again: whether all that waited for it has left. */
    boolean resume() {
        if (!lanes.resume()) {
            context.awaitLane(client);
            return false;
        }
        return true;
    }

    /** Boxcar's own answer takes its place in the order of responses; takes it. */
    void answer(ByteBuf reply) {
        answer(reply, 1);
    }

    private void answer(ByteBuf reply, int count) {
        if (window.isEmpty()) {
            client.write(reply);
            metrics.responses.add(count);
            return;
        }
        Exchange exchange = context.acquire();
        exchange.client = client;
        exchange.expected = count;
        exchange.receivedNs = context.turnNs();
        exchange.response = reply;
        exchange.markAnswered();
        addToWindow(exchange);
    }

    // ---- responses ----

    /** An exchange has come back with its response or its failure. */
    void onAnswered(Exchange exchange) {
        if (exchange.failure == FailureKind.OUTCOME_UNKNOWN) {
            staleBytes = in.received();
            epoch++;
        }
        if (closed) {
            isGone(exchange);
            return;
        }
        Gathering gathering = exchange.gathering;
        if (upstream.isCluster() && redirections.take(exchange)) {
            redirections.send();
            return;
        }
        FailureKind failure = exchange.failure;
        if (failure != null) {
            fail(exchange, failure);
        }
        if (gathering != null) {
            gather(exchange, gathering);
        }
        release();
    }

    private void gather(Exchange part, Gathering gathering) {
        ByteBuf response = part.response;
        part.response = null;
        gathering.put(part.part, response);
        context.release(part);
        if (gathering.isComplete()) {
            Exchange whole = gathering.whole();
            whole.response = gathering.gather(client.channel().alloc());
            whole.markAnswered();
        }
    }

    /** The client is gone; the exchange that stands for all parts goes with the last of them. */
    private void partIsOver(Gathering gathering) {
        gathering.release();
        gathering.isGone();
        if (gathering.isComplete()) {
            context.release(gathering.whole());
        }
    }

    /** Whole responses of a run that had come before it failed are kept; the error takes the place of the others. */
    private void fail(Exchange exchange, FailureKind failure) {
        if (exchange.streaming) {
            metrics.errors(failure).increment();
            // A part of the response is with the client: nothing but the end of the connection can tell it.
            client.close();
            return;
        }
        if (exchange.isAsking) {
            exchange.dropResponse(); // at most what answers the announcement, which the client knows nothing of
        } else {
            exchange.keepWholeResponses();
        }
        int missing = exchange.isAsking ? 1 : exchange.remaining;
        Gathering gathering = exchange.gathering;
        if (gathering == null) {
            metrics.errors(failure).add(missing);
        } else if (gathering.isFirstFailure()) {
            metrics.errors(failure).increment();
            gathering.whole().failure = failure; // for the access log
        }
        String detail = exchange.failureDetail;
        exchange.appendResponse(
                upstream.protocol().failure(client.channel().alloc(), failure, detail == null ? "" : detail, missing));
    }

    /** A piece of a response that is too long to be collected. Its exchange is at the head of the window. */
    void onPiece(Exchange exchange, ByteBuf piece, boolean last) {
        if (closed) {
            piece.release();
            if (last) {
                context.release(exchange);
            }
            return;
        }
        if (window.head() != exchange) {
            if (lanes.isSingle()) {
                throw new IllegalStateException("a response overtook an earlier one of the same client");
            }
            // Another lane has not answered the client's earlier request yet.
            exchange.hold(piece);
            if (last) {
                exchange.markAnswered();
                release();
            }
            return;
        }
        writeHeld(exchange);
        client.write(piece);
        if (last) {
            exchange.markAnswered();
            release();
        } else {
            client.flush();
        }
    }

    private void writeHeld(Exchange exchange) {
        ByteBuf held = exchange.takeHeld();
        if (held != null) {
            client.write(held);
        }
    }

    /** Writes the responses that are now at the head. */
    private void release() {
        long nowNs = context.turnNs();
        Exchange exchange;
        while ((exchange = window.pollAnswered()) != null) {
            writeHeld(exchange);
            ByteBuf response = exchange.response;
            AccessEntry entry = exchange.entry;
            if (entry != null && log != null) {
                exchange.entry = null;
                int bytes = response == null ? 0 : response.readableBytes();
                log.answered(exchange, entry, exchange.streamedBytes + bytes, context.nowNs());
            }
            if (response != null) {
                exchange.response = null;
                client.write(response);
            }
            metrics.responses.add(exchange.expected);
            metrics.totalTimeNs.record(nowNs - exchange.receivedNs);
            context.release(exchange);
        }
        redirections.send();
        if (gate.isOpen()) {
            return;
        }
        if (!window.isFull()) {
            gate.open(Reason.WINDOW);
        }
        if (window.isEmpty()) {
            gate.open(Reason.TURNOUT);
        }
        client.goOn();
    }

    // ---- the end ----

    /** The client goes over to another upstream; nothing is outstanding. */
    void leave() {
        lanes.leave();
    }

    /** The client is gone. What the lanes have comes back and is let go then; the rest ends here. */
    void close() {
        closed = true;
        List<Exchange> here = new ArrayList<>(lanes.takeStalled());
        here.addAll(redirections.takeHeld());
        for (Exchange exchange : here) {
            if (exchange.gathering == null) {
                exchange.markAnswered();
            } else {
                isGone(exchange);
            }
        }
        Exchange exchange;
        while ((exchange = window.poll()) != null) {
            if (exchange.isAnswered()) {
                context.release(exchange);
            }
        }
        lanes.leave();
    }

    /** The client has gone, and this exchange is nowhere else any more. */
    void isGone(Exchange exchange) {
        Gathering gathering = exchange.gathering;
        context.release(exchange);
        if (gathering != null) {
            partIsOver(gathering);
        }
    }
}
