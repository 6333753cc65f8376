package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;

/**
 * What the fields of a message say about its body and its connection: RFC 9112 sections 6 and 9, RFC 9110 section 7.6.1. Owned by
 * the owner of the message.
 */
final class Framing {
    private static final byte[] CHUNKED = Octets.ascii("chunked");
    private static final byte[] CLOSE = Octets.ascii("close");
    private static final byte[] KEEP_ALIVE = Octets.ascii("keep-alive");
    private static final byte[] UPGRADE = Octets.ascii("upgrade");
    /** Each option is compared with each field; honest peers name one or two fields. */
    private static final int MAX_NAMED_FIELDS = 32;

    private long contentLength;
    private boolean chunked;
    private boolean close;
    private boolean keepAlive;
    private boolean upgrade;
    private int namedFields;
    private int status;
    private String reason = "";

    /** Reads the fields and drops those that Connection names; false if the message must be refused. */
    boolean read(ByteBuf inView, int start, FieldLines fields, int minorVersion) {
        contentLength = -1;
        chunked = false;
        close = false;
        keepAlive = false;
        upgrade = false;
        namedFields = 0;
        return (!fields.has(FieldKind.TRANSFER_ENCODING) || transferEncoding(inView, start, fields, minorVersion))
                && (!fields.has(FieldKind.CONTENT_LENGTH) || contentLength(inView, start, fields))
                && (!fields.has(FieldKind.CONNECTION) || connection(inView, start, fields));
    }

    private boolean transferEncoding(ByteBuf in, int start, FieldLines fields, int minorVersion) {
        if (fields.has(FieldKind.CONTENT_LENGTH)) {
            return refuse(400, "both Transfer-Encoding and Content-Length");
        }
        if (minorVersion == 0) {
            return refuse(400, "Transfer-Encoding in HTTP/1.0");
        }
        int field = fields.firstOf(FieldKind.TRANSFER_ENCODING);
        chunked = !fields.isRepeated(FieldKind.TRANSFER_ENCODING)
                && Octets.isToken(in, start + fields.valueStart(field), fields.valueLength(field), CHUNKED);
        return chunked || refuseCodings(in, start, fields);
    }

    private boolean refuseCodings(ByteBuf in, int start, FieldLines fields) {
        for (int field = 0; field < fields.count(); field++) {
            if (fields.kind(field) == FieldKind.TRANSFER_ENCODING) {
                int index = start + fields.valueStart(field);
                int end = index + fields.valueLength(field);
                while (index < end) {
                    int tokenEnd = Octets.endOf(Octets.TOKEN, in, index, end);
                    if (tokenEnd == index) {
                        return refuse(400, "Transfer-Encoding is not a list of codings");
                    }
                    if (!Octets.isToken(in, index, tokenEnd - index, CHUNKED)) {
                        return refuse(501, "a transfer coding other than chunked");
                    }
                    index = afterComma(in, tokenEnd, end);
                    if (index < 0) {
                        return refuse(400, "Transfer-Encoding is not a list of codings");
                    }
                }
            }
        }
        return refuse(400, "Transfer-Encoding is not chunked once");
    }

    /** The start of the next member of a list, {@code end}, or -1 if there is neither an end nor a comma. */
    private static int afterComma(ByteBuf in, int from, int end) {
        int index = Octets.skipSpaces(in, from, end);
        if (index == end) {
            return end;
        }
        return in.getByte(index) == ',' ? Octets.skipSpaces(in, index + 1, end) : -1;
    }

    private boolean contentLength(ByteBuf in, int start, FieldLines fields) {
        int field = fields.firstOf(FieldKind.CONTENT_LENGTH);
        contentLength = Octets.decimal(in, start + fields.valueStart(field), fields.valueLength(field));
        return fields.isRepeated(FieldKind.CONTENT_LENGTH)
                ? refuse(400, "Content-Length more than once")
                : contentLength >= 0 || refuse(400, "Content-Length is not a number below 2^63");
    }

    private boolean connection(ByteBuf in, int start, FieldLines fields) {
        for (int field = fields.firstOf(FieldKind.CONNECTION); field < fields.count(); field++) {
            if (fields.kind(field) == FieldKind.CONNECTION) {
                int from = start + fields.valueStart(field);
                if (!options(in, from, from + fields.valueLength(field), start, fields)) {
                    return false;
                }
            }
        }
        return true;
    }

    private boolean options(ByteBuf in, int from, int end, int start, FieldLines fields) {
        int index = from;
        while (index < end) {
            int tokenEnd = Octets.endOf(Octets.TOKEN, in, index, end);
            if (tokenEnd > index && !option(in, index, tokenEnd - index, start, fields)) {
                return false;
            }
            index = afterComma(in, tokenEnd, end);
            if (index < 0) {
                return refuse(400, "Connection is not a list of names");
            }
        }
        return true;
    }

    private boolean option(ByteBuf in, int index, int length, int start, FieldLines fields) {
        if (Octets.isToken(in, index, length, KEEP_ALIVE)) {
            keepAlive = true;
        } else if (Octets.isToken(in, index, length, CLOSE)) {
            close = true;
        } else if (Octets.isToken(in, index, length, UPGRADE)) {
            upgrade = true;
        } else if (!ProtectedFields.contain(in, index, length)) {
            if (++namedFields > MAX_NAMED_FIELDS) {
                return refuse(400, "Connection names too many fields");
            }
            drop(in, index, length, start, fields);
        }
        return true;
    }

    private static void drop(ByteBuf in, int index, int length, int start, FieldLines fields) {
        for (int field = 0; field < fields.count(); field++) {
            if (fields.nameLength(field) == length
                    && fields.kind(field) == FieldKind.OTHER
                    && Octets.isSameToken(in, index, start + fields.nameStart(field), length)) {
                fields.drop(field);
            }
        }
    }

    private boolean refuse(int newStatus, String newReason) {
        status = newStatus;
        reason = newReason;
        return false;
    }

    int status() {
        return status;
    }

    String reason() {
        return reason;
    }

    /** Bytes, or -1 if there is no Content-Length. */
    long contentLength() {
        return contentLength;
    }

    boolean isChunked() {
        return chunked;
    }

    /** Connection has the option "close". */
    boolean hasClose() {
        return close;
    }

    /** Connection has the option "upgrade". */
    boolean hasUpgrade() {
        return upgrade;
    }

    boolean isPersistent(int minorVersion) {
        return !close && (minorVersion == 1 || keepAlive);
    }
}
