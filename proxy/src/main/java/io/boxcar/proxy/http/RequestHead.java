package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * Reads the head of a request and writes its canonical form, RFC 9112 and RFC 9110. Owned by the client's event loop; for one
 * request after the other.
 *
 * <p>Nothing is copied: what was found is offsets from the reader index that the buffer had at the scan. They are meaningful after
 * {@link ScanResult#COMPLETE} and as long as the bytes are there.
 */
public final class RequestHead {
    private static final byte[] SPACE_VERSION_LINE_END = Octets.ascii(" HTTP/1.1\r\n");
    private static final int LINE_END = '\r' << 8 | '\n';
    private static final byte[] HOST = Octets.ascii("Host: ");
    private static final byte[] VIA_1_0 = Octets.ascii("Via: 1.0 ");
    private static final byte[] VIA_1_1 = Octets.ascii("Via: 1.1 ");
    private static final byte[] CONNECTION_UPGRADE = Octets.ascii("Connection: Upgrade\r\n");
    private static final byte[] MAX_FORWARDS = Octets.ascii("Max-Forwards: ");
    private static final byte[] H2C = Octets.ascii("h2c");
    private static final byte[] TRAILERS = Octets.ascii("trailers");
    private static final byte[] CONTINUE = Octets.ascii("100-continue");

    private final RequestLine line;
    private final FieldLines fields;
    private final Framing framing = new Framing();

    private boolean inLine = true;
    private boolean fresh = true;
    private int maxForwards;
    private boolean wantsUpgrade;
    private boolean expectsContinue;
    private boolean acceptsTrailers;
    private int status;
    private String reason = "";

    public RequestHead(HeadLimits limits) {
        line = new RequestLine(limits);
        fields = new FieldLines(limits);
    }

    /**
     * Looks for a request from the reader index on, and never moves it. Bytes already looked at are not looked at again: between
     * two scans of which the first is {@link ScanResult#INCOMPLETE}, bytes may only be appended, though the buffer and its reader
     * index may be others. After another answer the next scan begins afresh.
     */
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
                refuse(line.status(), line.reason());
            } else if (result == ScanResult.COMPLETE) {
                inLine = false;
                fields.begin(line.end());
            }
        }
        if (result == ScanResult.COMPLETE) {
            result = fields.scan(inView, start, available);
            if (result == ScanResult.REFUSED) {
                refuse(fields.status(), fields.reason());
            } else if (result == ScanResult.COMPLETE) {
                result = judge(inView, start) ? ScanResult.COMPLETE : ScanResult.REFUSED;
            }
        }
        fresh = result != ScanResult.INCOMPLETE;
        return result;
    }

    private boolean judge(ByteBuf in, int start) {
        if (!framing.read(in, start, fields, line.minorVersion())) {
            return refuse(framing.status(), framing.reason());
        }
        if (fields.has(FieldKind.FRAMING_LOOKALIKE)) {
            return refuse(400, "an underscore in the name of Content-Length or Transfer-Encoding");
        }
        maxForwards = -1;
        return host(in, start) && (!fields.has(FieldKind.MAX_FORWARDS) || maxForwards(in, start)) && options(in, start);
    }

    private boolean host(ByteBuf in, int start) {
        if (!fields.has(FieldKind.HOST)) {
            return line.minorVersion() == 0 || refuse(400, "HTTP/1.1 without Host");
        }
        int field = fields.firstOf(FieldKind.HOST);
        int from = start + fields.valueStart(field);
        int length = fields.valueLength(field);
        return fields.isRepeated(FieldKind.HOST)
                ? refuse(400, "Host more than once")
                : length == 0 || Authority.isValid(in, from, from + length) || refuse(400, "Host is not a host");
    }

    private boolean maxForwards(ByteBuf in, int start) {
        if (line.method() == Method.TRACE || line.method() == Method.OPTIONS) {
            int field = fields.firstOf(FieldKind.MAX_FORWARDS);
            long number = Octets.decimal(in, start + fields.valueStart(field), fields.valueLength(field));
            if (number < 0 || fields.isRepeated(FieldKind.MAX_FORWARDS)) {
                return refuse(400, "Max-Forwards is not one number");
            }
            maxForwards = (int) Math.min(number, Integer.MAX_VALUE);
        }
        return true;
    }

    private boolean options(ByteBuf in, int start) {
        wantsUpgrade = false;
        acceptsTrailers = fields.has(FieldKind.TE) && hasMember(in, start, FieldKind.TE, TRAILERS);
        expectsContinue = fields.has(FieldKind.EXPECT) && expectsContinue(in, start);
        // With a body nobody could tell its bytes from the other protocol's; an offer may always be ignored, RFC 9110
        // section 7.8.
        if (framing.hasUpgrade() && fields.has(FieldKind.UPGRADE) && line.minorVersion() == 1 && !hasBody()) {
            wantsUpgrade = !fields.isRepeated(FieldKind.UPGRADE)
                    && upgradeLength() > 0
                    && !hasMember(in, start, FieldKind.UPGRADE, H2C);
        }
        return true;
    }

    private boolean expectsContinue(ByteBuf in, int start) {
        if (line.minorVersion() == 0) {
            // A 1.0 client would take the interim response for the final one, RFC 9110 section 10.1.1.
            for (int field = 0; field < fields.count(); field++) {
                if (fields.kind(field) == FieldKind.EXPECT) {
                    fields.drop(field);
                }
            }
            return false;
        }
        return hasMember(in, start, FieldKind.EXPECT, CONTINUE);
    }

    /** A list of this kind has the member; what follows a member before the comma does not matter. */
    private boolean hasMember(ByteBuf in, int start, FieldKind kind, byte[] member) {
        for (int field = fields.firstOf(kind); field < fields.count(); field++) {
            if (fields.kind(field) == kind) {
                int index = start + fields.valueStart(field);
                int end = index + fields.valueLength(field);
                while (index < end) {
                    int tokenEnd = Octets.endOf(Octets.TOKEN, in, index, end);
                    if (Octets.isToken(in, index, tokenEnd - index, member)) {
                        return true;
                    }
                    int comma = in.indexOf(tokenEnd, end, (byte) ',');
                    index = comma < 0 ? end : Octets.skipSpaces(in, comma + 1, end);
                }
            }
        }
        return false;
    }

    private boolean refuse(int newStatus, String newReason) {
        status = newStatus;
        reason = newReason;
        return false;
    }

    /**
     * Appends the canonical head. Max-Forwards is one less; Host is the target's authority if that has one, and empty if a request
     * of HTTP/1.0 has neither.
     *
     * @param inView as in the scan that was {@link ScanResult#COMPLETE}
     * @param viaPseudonym the name of this proxy in a Via field behind the others, or null for none
     */
    public void writeTo(ByteBuf inView, ByteBuf out, byte @Nullable [] viaPseudonym) {
        write(inView, out, viaPseudonym, false);
    }

    /** Like {@link #writeTo}, but with Upgrade as it is and {@code Connection: Upgrade}; if {@link #wantsUpgrade()}. */
    public void writeUpgradeTo(ByteBuf inView, ByteBuf out, byte @Nullable [] viaPseudonym) {
        assert wantsUpgrade;
        write(inView, out, viaPseudonym, true);
    }

    private void write(ByteBuf in, ByteBuf out, byte @Nullable [] viaPseudonym, boolean upgrade) {
        int start = in.readerIndex();
        out.ensureWritable(length() + 64 + (viaPseudonym == null ? 0 : viaPseudonym.length));
        int copied = line.methodStart();
        if (!line.isCanonical()) {
            writeLine(in, start, out);
            copied = line.end();
        }
        if (!fields.has(FieldKind.HOST)) {
            // Only if the line was not canonical, so nothing is left to be copied before this.
            out.writeBytes(HOST);
            out.writeBytes(in, start + line.authorityStart(), line.authorityLength());
            out.writeShort(LINE_END);
        }
        boolean connectionWritten = false;
        for (int field = 0; field < fields.count(); field++) {
            FieldKind kind = fields.kind(field);
            if (isCopied(kind) || (upgrade && kind == FieldKind.UPGRADE)) {
                continue;
            }
            out.writeBytes(in, start + copied, fields.nameStart(field) - copied);
            copied = fields.lineEnd(field);
            if (kind == FieldKind.HOST) {
                out.writeBytes(in, start + fields.nameStart(field), fields.nameLength(field));
                out.writeByte(':').writeByte(' ');
                out.writeBytes(in, start + line.authorityStart(), line.authorityLength());
                out.writeShort(LINE_END);
            } else if (kind == FieldKind.MAX_FORWARDS) {
                out.writeBytes(MAX_FORWARDS);
                Octets.writeDecimal(out, Math.max(0, maxForwards - 1));
                out.writeShort(LINE_END);
            } else if (upgrade && kind == FieldKind.CONNECTION && !connectionWritten) {
                connectionWritten = true;
                out.writeBytes(CONNECTION_UPGRADE);
            }
        }
        if (viaPseudonym != null) {
            out.writeBytes(in, start + copied, fields.emptyLineStart() - copied);
            out.writeBytes(line.minorVersion() == 0 ? VIA_1_0 : VIA_1_1);
            out.writeBytes(viaPseudonym);
            out.writeInt(LINE_END << 16 | LINE_END);
        } else {
            out.writeBytes(in, start + copied, fields.end() - copied);
        }
    }

    private boolean isCopied(FieldKind kind) {
        return kind == FieldKind.OTHER
                || (kind.isEndToEnd()
                        && !(kind == FieldKind.HOST && line.isAbsolute())
                        && !(kind == FieldKind.MAX_FORWARDS && maxForwards >= 0));
    }

    private void writeLine(ByteBuf in, int start, ByteBuf out) {
        out.writeBytes(in, start + line.methodStart(), line.methodLength() + 1);
        if (line.method() == Method.CONNECT) {
            out.writeBytes(in, start + line.authorityStart(), line.authorityLength());
        } else if (line.isAsterisk()) {
            out.writeByte('*');
        } else {
            if (isPathEmpty()) {
                out.writeByte('/');
            }
            out.writeBytes(in, start + line.pathStart(), line.pathLength());
        }
        out.writeBytes(SPACE_VERSION_LINE_END);
    }

    /** Bytes of the head, with an empty line before it and the one that ends it. */
    public int length() {
        return fields.end();
    }

    public Method method() {
        return line.method();
    }

    public int methodStart() {
        return line.methodStart();
    }

    public int methodLength() {
        return line.methodLength();
    }

    /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
    public int minorVersion() {
        return line.minorVersion();
    }

    /** Where the authority of the target begins, or else the value of Host. */
    public int authorityStart() {
        return line.authorityLength() > 0 || !fields.has(FieldKind.HOST)
                ? line.authorityStart()
                : fields.valueStart(fields.firstOf(FieldKind.HOST));
    }

    /** 0 if there is no authority, or an empty one. */
    public int authorityLength() {
        return line.authorityLength() > 0 || !fields.has(FieldKind.HOST)
                ? line.authorityLength()
                : fields.valueLength(fields.firstOf(FieldKind.HOST));
    }

    /** Where path and query begin; for {@link #isAsterisk()} and CONNECT without a meaning. */
    public int pathStart() {
        return line.pathStart();
    }

    public int pathLength() {
        return line.pathLength();
    }

    /** The request is for the server itself: {@code OPTIONS *}, also written as {@code OPTIONS http://host}. */
    public boolean isAsterisk() {
        return line.isAsterisk();
    }

    /** The target is absolute without a path, though perhaps with a query; the path of the canonical form is "/". */
    public boolean isPathEmpty() {
        return line.isPathEmpty();
    }

    /** Bytes, or -1 if there is no Content-Length. */
    public long contentLength() {
        return framing.contentLength();
    }

    /** The body is chunked; {@link ChunkedBody} reads it. */
    public boolean isChunked() {
        return framing.isChunked();
    }

    public boolean hasBody() {
        return framing.isChunked() || framing.contentLength() > 0;
    }

    /** The client wants to use the connection for further requests. */
    public boolean isPersistent() {
        return framing.isPersistent(line.minorVersion());
    }

    /** The client sends the body after an interim response only; never in HTTP/1.0. */
    public boolean expectsContinue() {
        return expectsContinue;
    }

    /**
     * The client offers another protocol than cleartext HTTP/2, whose upgrade is obsolete (RFC 9113 section 3.1), behind a request
     * without a body.
     */
    public boolean wantsUpgrade() {
        return wantsUpgrade;
    }

    /** Where the value of Upgrade begins, if {@link #wantsUpgrade()}. */
    public int upgradeStart() {
        return fields.valueStart(fields.firstOf(FieldKind.UPGRADE));
    }

    public int upgradeLength() {
        return fields.valueLength(fields.firstOf(FieldKind.UPGRADE));
    }

    /** Max-Forwards of TRACE or OPTIONS, at most 2^31 - 1; -1 for none and for other methods. 0 must not be forwarded. */
    public int maxForwards() {
        return maxForwards;
    }

    /** The client understands trailer fields: {@code TE: trailers}. */
    public boolean acceptsTrailers() {
        return acceptsTrailers;
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

    /** The status to answer with after {@link ScanResult#REFUSED}: 400, 414, 431, 501 or 505. */
    public int status() {
        return status;
    }

    /** Why the request was refused, for people. */
    public String reason() {
        return reason;
    }

    /** The request was refused because it begins a connection in HTTP/2, RFC 9113 section 3.4. */
    public boolean isHttp2Preface() {
        return line.isHttp2Preface();
    }
}
