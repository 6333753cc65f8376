package io.boxcar.proxy.accesslog;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * One line of the access log to be. Reused; owned by the client's event loop from {@link ClientLog#begin} to
 * {@link ClientLog#finish}, then by the writer until it gives it back. Text of the request is copied into bytes that are here
 * for good, as far as they reach; what is longer is cut.
 *
 * <pre>
 *   text: | method | host | path, or names of commands | trace id |
 * </pre>
 */
public final class AccessEntry {
    /** How an exchange ended. */
    public enum Outcome {
        /** With a response of the upstream, whatever it says. */
        OK,
        /** With an error made by Boxcar; the reason says which. */
        ERROR,
        /** The client left, or was closed, before it had its response. */
        GONE,
        /** Boxcar answered without asking the upstream. */
        LOCAL,
        /** It went out on a connection lent to the client, where responses are not counted out to requests. */
        PINNED
    }

    static final int METHOD_AT = 0;
    static final int HOST_AT = 24;
    static final int PATH_AT = HOST_AT + 128;
    static final int TRACE_AT = PATH_AT + 328;
    static final int TRACE_BYTES = 32;
    private static final int TEXT_BYTES = TRACE_AT + TRACE_BYTES;

    /** Where the trace id lies in a traceparent of any version (W3C Trace Context, section 3.2.2). */
    private static final int TRACE_ID_FROM = 3;

    private static final int MAX_COMMANDS = 8;

    final LoopLog home;
    final byte[] text = new byte[TEXT_BYTES];
    int methodLength;
    int hostLength;
    int pathLength;
    boolean isPathCut;
    int traceLength;
    private int commands;

    boolean isSampled;
    String listener = "";
    String protocol = "";
    String client = "";
    long receivedNs;
    long totalNs;
    Outcome outcome = Outcome.OK;
    String reason = "";

    /** Where it went; empty if nowhere. */
    public String upstream = "";

    public @Nullable Object endpoint;

    /** Requests in it: more than one for pipelined requests that travelled together. */
    public int requests;

    /** Of an HTTP response; 0 = there is none. */
    public int status;

    public long bytesIn;
    public long bytesOut;

    /** The last departure that it was in; null if it never left. */
    @Nullable
    Batch batch;

    /** From the offer to the write; of use if there is a {@link #batch}. */
    long queueNs;

    /** From the write to the end of the response, or to the failure; of use if there is a {@link #batch}. */
    long upstreamNs;

    AccessEntry(LoopLog home) {
        this.home = home;
    }

    void begin(String ofListener, String ofProtocol, String ofClient, long nowNs) {
        listener = ofListener;
        protocol = ofProtocol;
        client = ofClient;
        receivedNs = nowNs;
        methodLength = 0;
        hostLength = 0;
        pathLength = 0;
        isPathCut = false;
        traceLength = 0;
        commands = 0;
        outcome = Outcome.OK;
        reason = "";
        upstream = "";
        endpoint = null;
        requests = 1;
        status = 0;
        bytesIn = 0;
        bytesOut = 0;
        batch = null;
    }

    /** Lets go of what is not its own. */
    void clear() {
        endpoint = null;
        batch = null;
    }

    // ---- the request ----

    public void method(ByteBuf view, int index, int length) {
        methodLength = copy(view, index, length, METHOD_AT, HOST_AT);
    }

    /** The authority, without a user and password before it. */
    public void host(ByteBuf view, int index, int length) {
        int at = view.indexOf(index, index + length, (byte) '@');
        int from = at < 0 ? index : at + 1;
        hostLength = copy(view, from, index + length - from, HOST_AT, PATH_AT);
    }

    /** The path up to the query, which is not told: it may hold secrets. */
    public void path(ByteBuf view, int index, int length) {
        int query = view.indexOf(index, index + length, (byte) '?');
        int bytes = query < 0 ? length : query - index;
        pathLength = copy(view, index, bytes, PATH_AT, TRACE_AT);
        isPathCut = pathLength < bytes;
    }

    /** What a field {@code traceparent} holds, if that is valid. */
    public void traceparent(ByteBuf view, int index, int length) {
        if (length < TRACE_ID_FROM + TRACE_BYTES) {
            return;
        }
        int from = index + TRACE_ID_FROM;
        for (int i = from; i < from + TRACE_BYTES; i++) {
            byte b = view.getByte(i);
            if ((b < '0' || b > '9') && (b < 'a' || b > 'f')) {
                return;
            }
        }
        traceLength = copy(view, from, TRACE_BYTES, TRACE_AT, TEXT_BYTES);
    }

    /** Adds a command to those in this exchange; never an argument. False if no more of them need be added. */
    public boolean command(String name) {
        int separator = commands == 0 ? 0 : 1;
        int at = PATH_AT + pathLength;
        if (commands == MAX_COMMANDS || at + separator + name.length() > TRACE_AT) {
            isPathCut = true;
            return false;
        }
        if (separator > 0) {
            text[at++] = ' ';
        }
        for (int i = 0; i < name.length(); i++) {
            text[at++] = (byte) name.charAt(i);
        }
        pathLength = at - PATH_AT;
        commands++;
        return true;
    }

    private int copy(ByteBuf view, int index, int length, int to, int limit) {
        int bytes = Math.max(0, Math.min(length, limit - to));
        view.getBytes(index, text, to, bytes);
        return bytes;
    }

    // ---- the outcome ----

    /** It ended otherwise than with a response of the upstream. */
    public void ended(Outcome how, String why) {
        outcome = how;
        reason = why;
    }

    /**
     * It has left. Loops take the time once a turn, so that a request may seem to have left just before it was queued; it did not.
     *
     * @param with null if it has not left after all
     * @param queuedNs when it was offered to the lane
     * @param leftNs when it was written
     * @param endedNs when the end of its response came, or it failed
     */
    public void left(@Nullable Batch with, long queuedNs, long leftNs, long endedNs) {
        if (with != null) {
            batch = with;
            queueNs = Math.max(0, leftNs - queuedNs);
            upstreamNs = Math.max(0, endedNs - queuedNs - queueNs);
        }
    }

    /** Boxcar's own response to an HTTP request, with what its field {@code boxcar-error} says. */
    public void answered(int ownStatus, String code) {
        status = ownStatus;
        ended(ownStatus < 400 ? Outcome.LOCAL : Outcome.ERROR, code);
    }

    /** Whether it is known how it ended, if not with a response of the upstream. */
    public boolean isEnded() {
        return outcome != Outcome.OK;
    }

    boolean isError() {
        return outcome == Outcome.ERROR || status >= 500;
    }
}
