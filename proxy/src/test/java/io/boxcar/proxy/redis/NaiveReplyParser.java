package io.boxcar.proxy.redis;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The reference: builds every reply as an object, recursively. Shares no code with the scanner. */
final class NaiveReplyParser {
    record Reply(int end, Object value) {}

    record ErrorValue(String text) {}

    private record Push(List<Object> elements) {}

    private static final Object NULL = new Object();
    private static final BigInteger STREAMED = BigInteger.TWO.negate();

    private static final class Incomplete extends Exception {
        private static final long serialVersionUID = 1;
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;
    }

    final List<Reply> replies = new ArrayList<>();
    String end = "";

    private final String input;
    private final int maxDepth;
    private final boolean pushesAllowed;
    private int position;
    private int depth;

    NaiveReplyParser(byte[] bytes, int maxDepth, boolean pushesAllowed) {
        this.input = new String(bytes, StandardCharsets.ISO_8859_1);
        this.maxDepth = maxDepth;
        this.pushesAllowed = pushesAllowed;
        try {
            while (position < input.length()) {
                Object value = element(true);
                replies.add(new Reply(position, value));
            }
        } catch (Incomplete e) {
            end = "incomplete";
        } catch (Refused e) {
            end = "error";
        }
    }

    private char next() throws Incomplete {
        if (position == input.length()) {
            throw new Incomplete();
        }
        return input.charAt(position++);
    }

    private static void require(boolean valid) throws Refused {
        if (!valid) {
            throw new Refused();
        }
    }

    private String line() throws Incomplete {
        int found = input.indexOf("\r\n", position);
        if (found < 0) {
            throw new Incomplete();
        }
        String line = input.substring(position, found);
        position = found + 2;
        return line;
    }

    private BigInteger length(long least, long most, boolean mayStream) throws Incomplete, Refused {
        StringBuilder digits = new StringBuilder();
        for (char c = next(); c != '\r'; c = next()) {
            digits.append(c);
            require(digits.toString().matches("\\?|-|0|-?[1-9][0-9]{0,18}"));
        }
        require(next() == '\n');
        if (digits.toString().equals("?")) {
            require(mayStream);
            return STREAMED;
        }
        require(digits.toString().matches(".*[0-9]"));
        BigInteger value = new BigInteger(digits.toString());
        require(value.compareTo(BigInteger.valueOf(least)) >= 0 && value.compareTo(BigInteger.valueOf(most)) <= 0);
        return value;
    }

    private String payload(BigInteger length) throws Incomplete, Refused {
        if (length.compareTo(BigInteger.valueOf(input.length() - position)) > 0) {
            throw new Incomplete();
        }
        String value = input.substring(position, position + length.intValue());
        position += length.intValue();
        require(next() == '\r');
        require(next() == '\n');
        return value;
    }

    private Object element(boolean top) throws Incomplete, Refused {
        char type = next();
        long maxElements = Integer.MAX_VALUE;
        switch (type) {
            case '-':
                return new ErrorValue(line());
            case '+', ':', '_', '#', ',', '(':
                return line();
            case '$': {
                BigInteger length = length(-1, 1L << 40, true);
                return length.equals(STREAMED) ? chunks() : length.signum() < 0 ? NULL : payload(length);
            }
            case '!':
                return new ErrorValue(payload(length(0, 1L << 40, false)));
            case '=':
                return payload(length(0, 1L << 40, false));
            case '*', '~', '%': {
                BigInteger length = length(type == '*' ? -1 : 0, maxElements, true);
                if (length.equals(STREAMED)) {
                    return untilEnd();
                }
                return length.signum() < 0 ? NULL : elements(length.longValue() * (type == '%' ? 2 : 1));
            }
            case '|':
                elements(2 * length(0, maxElements, false).longValue());
                return element(top);
            case '>':
                require(top && pushesAllowed);
                return new Push(elements(length(0, maxElements, false).longValue()));
            default:
                throw new Refused();
        }
    }

    private String chunks() throws Incomplete, Refused {
        StringBuilder value = new StringBuilder();
        while (true) {
            require(next() == ';');
            BigInteger length = length(0, 1L << 40, false);
            if (length.signum() == 0) {
                return value.toString();
            }
            value.append(payload(length));
        }
    }

    private List<Object> elements(long count) throws Incomplete, Refused {
        List<Object> elements = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            elements.add(element(false));
        }
        return elements;
    }

    private List<Object> untilEnd() throws Incomplete, Refused {
        require(++depth <= maxDepth);
        List<Object> elements = new ArrayList<>();
        while (true) {
            if (position < input.length() && input.charAt(position) == '.') {
                position++;
                char first = next();
                position--;
                if (first == '\r') {
                    position++;
                    require(next() == '\n');
                    depth--;
                    return elements;
                }
                length(0, -1, false);
            }
            elements.add(element(false));
        }
    }
}
