package io.boxcar.proxy.simulation.http;

/** One response that an origin gives to one request. */
final class Answer {
    enum Framing {
        NONE,
        LENGTH,
        CHUNKED,
        UNTIL_CLOSE
    }

    final String id;
    final SimRequest request;
    final int status;
    final Framing framing;
    final byte[] body;
    final String trailers;

    /** Informational responses, the head and the framed body. */
    final byte[] bytes;

    /** The origin says that nothing follows. */
    final boolean closes;

    /** Whether it is sent before the request is over. */
    final boolean isEarly;

    final long readyNs;

    /** The connection breaks behind so many bytes; -1 = it does not. */
    final int cutAt;

    /** It never came to its end as its framing demands, so no client may take it for complete. */
    boolean isBroken;

    Answer(
            String id,
            SimRequest request,
            int status,
            Framing framing,
            byte[] body,
            String trailers,
            byte[] bytes,
            boolean closes,
            boolean isEarly,
            long readyNs,
            int cutAt) {
        this.id = id;
        this.request = request;
        this.status = status;
        this.framing = framing;
        this.body = body;
        this.trailers = trailers;
        this.bytes = bytes;
        this.closes = closes;
        this.isEarly = isEarly;
        this.readyNs = readyNs;
        this.cutAt = cutAt;
        this.isBroken = cutAt >= 0 || framing == Framing.UNTIL_CLOSE;
    }

    @Override
    public String toString() {
        return id + " " + status + " " + framing + " body " + body.length + (closes ? " closes" : "")
                + (isEarly ? " early" : "") + (cutAt >= 0 ? " cut at " + cutAt + " of " + bytes.length : "");
    }
}
