package io.boxcar.loadtest.origin;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Reads exactly {@code {"userId":"...","value":n}} from JSON (RFC 8259), the keys in either order: a strict reader for one
 * object, which allocates nothing while the value is a whole number. Owned by one event loop.
 */
final class EventReader {
    /** A value is told in parts of 1/10,000. */
    static final long FRACTIONS = 10_000;

    static final int MAX_FRACTION_DIGITS = 4;
    static final long MAX_VALUE = 1_000_000_000;

    private static final byte[] USER_ID = "userId".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] VALUE = "value".getBytes(StandardCharsets.US_ASCII);
    private static final int END = -1;
    private static final int MAX_WHOLE_DIGITS = 10;

    private final byte[] text;
    private final byte[] key;
    private final byte[] user;
    private int length;
    private int at;
    private int userBytes;
    private long value;
    private String problem = "";

    EventReader(int maxBytes) {
        text = new byte[maxBytes];
        key = new byte[maxBytes];
        user = new byte[maxBytes];
    }

    /** The user of the last event, in UTF-8, in the first {@link #userIdBytes()} bytes; overwritten by the next. */
    byte[] userId() {
        return user;
    }

    int userIdBytes() {
        return userBytes;
    }

    /** The value of the last event, in parts of 1/{@value #FRACTIONS}. */
    long value() {
        return value;
    }

    /** What was wrong with the last event; needs no escaping in JSON. */
    String problem() {
        return problem;
    }

    /** Whether {@code bodyView} is an event. */
    boolean read(ByteBuf bodyView) {
        length = bodyView.readableBytes();
        at = 0;
        if (length > text.length) {
            return refuse("an event has at most " + text.length + " bytes");
        }
        bodyView.getBytes(bodyView.readerIndex(), text, 0, length);
        for (int i = 0; i < length; i++) {
            if (text[i] < 0) {
                if (!ByteBufUtil.isText(bodyView, StandardCharsets.UTF_8)) {
                    return refuse("not UTF-8");
                }
                break;
            }
        }
        return readObject();
    }

    private boolean readObject() {
        boolean hasUser = false;
        boolean hasValue = false;
        if (next() != '{') {
            return refuse("not a JSON object");
        }
        int separator;
        do {
            if (next() != '"') {
                return refuse("a key in quotes is missing");
            }
            int keyBytes = readString(key);
            if (keyBytes < 0) {
                return false;
            }
            if (next() != ':') {
                return refuse("a colon is missing behind a key");
            }
            if (isKey(USER_ID, keyBytes) && !hasUser) {
                hasUser = true;
                if (!readUser()) {
                    return false;
                }
            } else if (isKey(VALUE, keyBytes) && !hasValue) {
                hasValue = true;
                if (!readValue()) {
                    return false;
                }
            } else {
                return refuse("a key is neither userId nor value, or there twice");
            }
            separator = next();
        } while (separator == ',');
        if (separator != '}') {
            return refuse("the object does not end");
        }
        if (next() != END) {
            return refuse("there is something behind the object");
        }
        return hasUser && hasValue || refuse(hasUser ? "value is missing" : "userId is missing");
    }

    private boolean isKey(byte[] name, int keyBytes) {
        return Arrays.equals(name, 0, name.length, key, 0, keyBytes);
    }

    private boolean readUser() {
        if (next() != '"') {
            return refuse("userId is not a string");
        }
        userBytes = readString(user);
        if (userBytes == 0) {
            return refuse("userId is empty");
        }
        return userBytes > 0;
    }

    /** The next byte that is not white space, or {@link #END}. */
    private int next() {
        while (at < length && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n' || text[at] == '\r')) {
            at++;
        }
        return at < length ? text[at++] : END;
    }

    /** Reads what follows a quotation mark into {@code into}; its length, or -1 if it is no string. */
    private int readString(byte[] into) {
        int bytes = 0;
        while (at < length) {
            byte b = text[at++];
            if (b == '"') {
                return bytes;
            }
            if (b >= 0 && b < ' ') {
                break;
            }
            if (b != '\\') {
                into[bytes++] = b;
                continue;
            }
            int decoded = readEscape();
            if (decoded < 0) {
                break;
            }
            bytes = putUtf8(into, bytes, decoded);
        }
        refuse("a string is not valid or does not end");
        return -1;
    }

    /** Reads what follows a backslash; the code point, or -1. */
    private int readEscape() {
        if (at == length) {
            return -1;
        }
        return switch (text[at++]) {
            case '"' -> '"';
            case '\\' -> '\\';
            case '/' -> '/';
            case 'b' -> '\b';
            case 'f' -> '\f';
            case 'n' -> '\n';
            case 'r' -> '\r';
            case 't' -> '\t';
            case 'u' -> readCodePoint();
            default -> -1;
        };
    }

    private int readCodePoint() {
        int unit = readHex();
        if (unit < 0 || !Character.isSurrogate((char) unit)) {
            return unit;
        }
        // Half a character is none: it has no UTF-8.
        if (!Character.isHighSurrogate((char) unit) || at + 2 > length || text[at] != '\\' || text[at + 1] != 'u') {
            return -1;
        }
        at += 2;
        int low = readHex();
        return low >= 0 && Character.isLowSurrogate((char) low) ? Character.toCodePoint((char) unit, (char) low) : -1;
    }

    private int readHex() {
        if (at + 4 > length) {
            return -1;
        }
        int unit = 0;
        for (int i = 0; i < 4; i++) {
            int digit = text[at] < 0 ? -1 : Character.digit(text[at], 16);
            if (digit < 0) {
                return -1;
            }
            at++;
            unit = unit << 4 | digit;
        }
        return unit;
    }

    /** An escape is never shorter than the UTF-8 of what it means, so there is room. */
    private static int putUtf8(byte[] into, int index, int codePoint) {
        int i = index;
        if (codePoint < 0x80) {
            into[i++] = (byte) codePoint;
        } else if (codePoint < 0x800) {
            into[i++] = (byte) (0xc0 | codePoint >> 6);
            into[i++] = (byte) (0x80 | codePoint & 0x3f);
        } else if (codePoint < 0x10000) {
            into[i++] = (byte) (0xe0 | codePoint >> 12);
            into[i++] = (byte) (0x80 | codePoint >> 6 & 0x3f);
            into[i++] = (byte) (0x80 | codePoint & 0x3f);
        } else {
            into[i++] = (byte) (0xf0 | codePoint >> 18);
            into[i++] = (byte) (0x80 | codePoint >> 12 & 0x3f);
            into[i++] = (byte) (0x80 | codePoint >> 6 & 0x3f);
            into[i++] = (byte) (0x80 | codePoint & 0x3f);
        }
        return i;
    }

    private boolean readValue() {
        if (next() == END) {
            return refuse("value is missing");
        }
        int start = --at;
        boolean negative = text[at] == '-';
        if (negative) {
            at++;
        }
        int digitsStart = at;
        long whole = 0;
        while (isDigit()) {
            whole = at - digitsStart < MAX_WHOLE_DIGITS ? whole * 10 + text[at] - '0' : Long.MAX_VALUE;
            at++;
        }
        if (at == digitsStart || text[digitsStart] == '0' && at > digitsStart + 1) {
            return refuse("value is not a number");
        }
        if (at < length && (text[at] == '.' || text[at] == 'e' || text[at] == 'E')) {
            return readFraction(start);
        }
        if (whole > MAX_VALUE) {
            return refuse("value is not within +-" + MAX_VALUE);
        }
        value = (negative ? -whole : whole) * FRACTIONS;
        return true;
    }

    /** A number that has more than digits, rare enough to be read in the comfortable way. */
    private boolean readFraction(int start) {
        if (text[at] == '.') {
            at++;
            if (!skipDigits()) {
                return refuse("value is not a number");
            }
        }
        if (at < length && (text[at] == 'e' || text[at] == 'E')) {
            at++;
            if (at < length && (text[at] == '+' || text[at] == '-')) {
                at++;
            }
            int digits = at;
            if (!skipDigits() || at - digits > 4) {
                return refuse("value is not a number, or its exponent has more than four digits");
            }
        }
        BigDecimal number =
                new BigDecimal(new String(text, start, at - start, StandardCharsets.US_ASCII)).stripTrailingZeros();
        if (number.abs().compareTo(BigDecimal.valueOf(MAX_VALUE)) > 0) {
            return refuse("value is not within +-" + MAX_VALUE);
        }
        if (number.scale() > MAX_FRACTION_DIGITS) {
            return refuse("value has more than " + MAX_FRACTION_DIGITS + " decimals");
        }
        value = number.movePointRight(MAX_FRACTION_DIGITS).longValueExact();
        return true;
    }

    private boolean skipDigits() {
        int start = at;
        while (isDigit()) {
            at++;
        }
        return at > start;
    }

    private boolean isDigit() {
        return at < length && text[at] >= '0' && text[at] <= '9';
    }

    private boolean refuse(String what) {
        problem = what;
        return false;
    }
}
