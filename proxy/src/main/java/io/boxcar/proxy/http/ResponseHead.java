package io.boxcar.proxy.http;

import io.boxcar.proxy.core.DirectCopy;
import io.netty.buffer.ByteBuf;

/**
 * Reads the head of a response and writes its canonical form, RFC 9112 and RFC 9110. Owned by the upstream connection's event loop;
 * for one response after the other, interim ones too.
 *
 * <p>Nothing is copied: what was found is offsets from the reader index that the buffer had at the scan. They are meaningful after
 * {@link ScanResult#COMPLETE} and as long as the bytes are there.
 */
public final class ResponseHead {
    private static final int LINE_END = '\r' << 8 | '\n';
    private static final byte[] CONNECTION_UPGRADE = Octets.ascii("Connection: Upgrade\r\n");
    private static final byte[] STATUS_LINE_START = Octets.ascii("HTTP/1.1 ");
    private static final byte[] TIMEOUT = Octets.ascii("timeout");

    private final StatusLine line;
    private final FieldLines fields;
    private final Framing framing = new Framing();

    private boolean inLine = true;
    private boolean fresh = true;
    private int keepAliveTimeoutSeconds;
    private String reason = "";

    public ResponseHead(HeadLimits limits) {
        line = new StatusLine(limits);
        fields = new FieldLines(limits);
    }

    /** Like {@link RequestHead#scan}, but without an empty line in front. */
    public ScanResult scan(ByteBuf inView) {
        int start = inView.readerIndex();
        int available = inView.readableBytes();
        if (fresh) {
            fresh = false;
            inLine = true;
            line.begin();
        }
        ScanResult result = ScanResult.COMPLETE;
        if (inLine) {
            result = line.scan(inView, start, available);
            if (result == ScanResult.REFUSED) {
                reason = line.reason();
            } else if (result == ScanResult.COMPLETE) {
                inLine = false;
                fields.begin(line.end());
            }
        }
        if (result == ScanResult.COMPLETE) {
            result = fields.scan(inView, start, available);
            if (result == ScanResult.REFUSED) {
                reason = fields.reason();
            } else if (result == ScanResult.COMPLETE && !judge(inView, start)) {
                result = ScanResult.REFUSED;
            }
        }
        fresh = result != ScanResult.INCOMPLETE;
        return result;
    }

    private boolean judge(ByteBuf in, int start) {
        if (!framing.read(in, start, fields, line.minorVersion())) {
            reason = framing.reason();
            return false;
        }
        if (fields.has(FieldKind.CONTENT_LENGTH) && neverHasBody()) {
            // It has no meaning there, RFC 9110 section 8.6, and the next recipient might think otherwise.
            fields.drop(fields.firstOf(FieldKind.CONTENT_LENGTH));
        }
        keepAliveTimeoutSeconds = fields.has(FieldKind.KEEP_ALIVE) ? keepAliveTimeoutSeconds(in, start) : -1;
        return true;
    }

    private boolean neverHasBody() {
        return line.status() < 200 || line.status() == 204;
    }

    private int keepAliveTimeoutSeconds(ByteBuf in, int start) {
        int field = fields.firstOf(FieldKind.KEEP_ALIVE);
        int index = start + fields.valueStart(field);
        int end = index + fields.valueLength(field);
        while (index < end) {
            int nameEnd = Octets.endOf(Octets.TOKEN, in, index, end);
            if (nameEnd < end && in.getByte(nameEnd) == '=' && Octets.isToken(in, index, nameEnd - index, TIMEOUT)) {
                int digitsEnd = Octets.endOf(Octets.DIGIT, in, nameEnd + 1, end);
                long seconds = Octets.decimal(in, nameEnd + 1, digitsEnd - nameEnd - 1);
                return (int) Math.min(seconds, Integer.MAX_VALUE);
            }
            int comma = in.indexOf(nameEnd, end, (byte) ',');
            index = comma < 0 ? end : Octets.skipSpaces(in, comma + 1, end);
        }
        return -1;
    }

    /** Appends the canonical head; the version is HTTP/1.1 and there is no Via. The buffer as in the scan. */
    public void writeTo(ByteBuf inView, ByteBuf out) {
        write(inView, out, false);
    }

    /** Like {@link #writeTo}, but with Upgrade as it is and {@code Connection: Upgrade}; if {@link #isUpgrade()}. */
    public void writeUpgradeTo(ByteBuf inView, ByteBuf out) {
        assert isUpgrade();
        write(inView, out, true);
    }

    private void write(ByteBuf in, ByteBuf out, boolean upgrade) {
        int start = in.readerIndex();
        out.ensureWritable(length() + CONNECTION_UPGRADE.length);
        int copied = 0;
        if (!line.isCanonical()) {
            copied = line.end();
            out.writeBytes(STATUS_LINE_START);
            out.writeBytes(in, start + STATUS_LINE_START.length, 3);
            out.writeByte(' ');
            out.writeBytes(in, start + line.reasonStart(), line.reasonLength());
            out.writeShort(LINE_END);
        }
        for (int field = 0; field < fields.count(); field++) {
            FieldKind kind = fields.kind(field);
            if (!kind.isEndToEnd() && !(upgrade && kind == FieldKind.UPGRADE)) {
                DirectCopy.append(out, in, start + copied, fields.nameStart(field) - copied, true);
                copied = fields.lineEnd(field);
            }
        }
        if (upgrade) {
            DirectCopy.append(out, in, start + copied, fields.emptyLineStart() - copied, true);
            out.writeBytes(CONNECTION_UPGRADE);
            copied = fields.emptyLineStart();
        }
        DirectCopy.append(out, in, start + copied, fields.end() - copied, true);
    }

    /** Bytes of the head with the empty line. */
    public int length() {
        return fields.end();
    }

    /** 100 to 599. */
    public int status() {
        return line.status();
    }

    /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
    public int minorVersion() {
        return line.minorVersion();
    }

    public int reasonStart() {
        return line.reasonStart();
    }

    public int reasonLength() {
        return line.reasonLength();
    }

    /** Bytes, or -1 if there is no Content-Length. Without a meaning if {@link #hasNoBody}. */
    public long contentLength() {
        return framing.contentLength();
    }

    /** The body, if there is one, is chunked; {@link ChunkedBody} reads it. */
    public boolean isChunked() {
        return framing.isChunked();
    }

    /** The upstream wants to go on with the connection; it cannot if {@link #isUntilClose} or {@link #isUpgrade()}. */
    public boolean isPersistent() {
        return framing.isPersistent(line.minorVersion());
    }

    /** The response is interim, 100 to 199 but for 101: the final one is still to come. */
    public boolean isInterim() {
        return line.status() < 200 && line.status() != 101;
    }

    /** The connection speaks another protocol behind this head. */
    public boolean isUpgrade() {
        return line.status() == 101;
    }

    /** Nothing follows the head, whatever the fields say, RFC 9112 section 6.3; a tunnel for CONNECT. */
    public boolean hasNoBody(Method requestMethod) {
        int status = line.status();
        return requestMethod == Method.HEAD
                || neverHasBody()
                || status == 304
                || (requestMethod == Method.CONNECT && status < 300)
                || (status == 205 && !framing.isChunked() && framing.contentLength() <= 0);
    }

    /** The body ends with the connection, and nobody can know whether it is whole. */
    public boolean isUntilClose(Method requestMethod) {
        return !framing.isChunked() && framing.contentLength() < 0 && !hasNoBody(requestMethod);
    }

    /** After how long the upstream closes the idle connection, as {@code Keep-Alive: timeout=5} announces it; -1 if it does not. */
    public int keepAliveTimeoutSeconds() {
        return keepAliveTimeoutSeconds;
    }

    public int fieldCount() {
        return fields.count();
    }

    public int nameStart(int field) {
        return fields.nameStart(field);
    }

    public int nameLength(int field) {
        return fields.nameLength(field);
    }

    /** Of the value without whitespace around it. */
    public int valueStart(int field) {
        return fields.valueStart(field);
    }

    public int valueLength(int field) {
        return fields.valueLength(field);
    }

    /** The field is part of the canonical head. */
    public boolean isEndToEnd(int field) {
        return fields.kind(field).isEndToEnd();
    }

    /** Why the response was refused, for people. */
    public String reason() {
        return reason;
    }
}
