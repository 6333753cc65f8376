package io.boxcar.proxy.http;

import io.netty.buffer.ByteBuf;

/** {@code host [":" port]} as in Host and in targets, RFC 9110 section 7.2 and RFC 3986 section 3.2; never user information. */
final class Authority {
    private Authority() {}

    /** in[from, to) is a host that is not empty, and perhaps a port. */
    static boolean isValid(ByteBuf in, int from, int to) {
        return isValid(in, from, to, false);
    }

    /** in[from, to) is a host and a port, as CONNECT needs them. */
    static boolean isValidWithPort(ByteBuf in, int from, int to) {
        return isValid(in, from, to, true);
    }

    private static boolean isValid(ByteBuf in, int from, int to, boolean portNeeded) {
        if (from >= to) {
            return false;
        }
        int end = in.getByte(from) == '[' ? afterLiteral(in, from + 1, to) : afterName(in, from, to);
        if (end <= from) {
            return false;
        }
        if (end == to) {
            return !portNeeded;
        }
        return in.getByte(end) == ':' && isPort(in, end + 1, to, portNeeded);
    }

    private static boolean isPort(ByteBuf in, int from, int to, boolean needed) {
        return from == to ? !needed : to - from <= 5 && Octets.decimal(in, from, to - from) >>> 16 == 0;
    }

    private static int afterName(ByteBuf in, int from, int to) {
        int end = Octets.endOf(Octets.REG_NAME, in, from, to);
        while (end < to && in.getByte(end) == '%' && Octets.isPercentEncoded(in, end, to)) {
            end = Octets.endOf(Octets.REG_NAME, in, end + 3, to);
        }
        return end;
    }

    /** The index after the bracket that ends an IPv6 address, or -1. */
    private static int afterLiteral(ByteBuf in, int from, int to) {
        int index = from;
        int groups = 0;
        boolean compressed = false;
        if (to - from >= 2 && in.getByte(from) == ':') {
            if (in.getByte(from + 1) != ':') {
                return -1;
            }
            compressed = true;
            index += 2;
        }
        while (index < to && !(compressed && in.getByte(index) == ']' && in.getByte(index - 1) == ':')) {
            int end = Octets.endOf(Octets.HEX, in, index, to);
            if (end == index || end == to) {
                return -1;
            }
            byte octet = in.getByte(end);
            if (octet == '.') {
                index = afterIpv4(in, index, to);
                groups += 2;
                break;
            }
            if (end - index > 4) {
                return -1;
            }
            groups++;
            index = end;
            if (octet == ']') {
                break;
            }
            if (octet != ':' || ++index == to) {
                return -1;
            }
            if (in.getByte(index) == ':') {
                if (compressed) {
                    return -1;
                }
                compressed = true;
                index++;
            } else if (in.getByte(index) == ']') {
                return -1;
            }
        }
        boolean whole = compressed ? groups <= 7 : groups == 8;
        return whole && index > 0 && index < to && in.getByte(index) == ']' ? index + 1 : -1;
    }

    private static int afterIpv4(ByteBuf in, int from, int to) {
        int index = from;
        for (int part = 0; part < 4; part++) {
            int end = Octets.endOf(Octets.DIGIT, in, index, to);
            if (end == index || end - index > 3 || Octets.decimal(in, index, end - index) > 255) {
                return -1;
            }
            index = end;
            if (part < 3 && (index == to || in.getByte(index++) != '.')) {
                return -1;
            }
        }
        return index;
    }
}
