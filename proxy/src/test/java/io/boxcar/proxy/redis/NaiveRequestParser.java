package io.boxcar.proxy.redis;

import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The reference: builds every argument of every request, on the whole input, after the letter of networking.c and
 * sds.c of Redis 7.0. Shares no code with the scanner.
 */
final class NaiveRequestParser {
    record Request(int start, int end, boolean inline, List<String> arguments) {}

    private static final class Incomplete extends Exception {
        private static final long serialVersionUID = 1;
    }

    private static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super("Protocol error: " + message);
        }
    }

    final List<Request> requests = new ArrayList<>();
    String end = "";

    private final String input;
    private final Limits limits;
    private int position;

    NaiveRequestParser(byte[] bytes, Limits limits) {
        this.input = new String(bytes, StandardCharsets.ISO_8859_1);
        this.limits = limits;
        int start = 0;
        try {
            while (position < input.length()) {
                start = position;
                boolean inline = input.charAt(position) != '*';
                List<String> arguments = inline ? inline() : multibulk();
                requests.add(new Request(start, position, inline, arguments));
            }
        } catch (Incomplete e) {
            end = "incomplete";
        } catch (Refused e) {
            end = "error " + e.getMessage();
        }
    }

    /** strchr: does not look past a zero byte. */
    private int find(char wanted, String tooBig) throws Incomplete, Refused {
        int found = input.indexOf(wanted, position);
        int zero = input.indexOf(0, position);
        if (zero >= 0 && zero < found) {
            found = -1;
        }
        int length = (found < 0 ? input.length() : found) - position;
        if (length > limits.maxInlineBytes()) {
            throw new Refused(tooBig);
        }
        if (found < 0) {
            throw new Incomplete();
        }
        return found;
    }

    private String line(String tooBig) throws Incomplete, Refused {
        int found = find('\r', tooBig);
        if (found + 2 > input.length()) {
            throw new Incomplete();
        }
        String line = input.substring(position, found);
        position = found + 2;
        return line;
    }

    private static @Nullable Long string2ll(String text) {
        if (!text.matches("0|-?[1-9][0-9]*")) {
            return null;
        }
        BigInteger value = new BigInteger(text);
        return value.bitLength() > 63 ? null : value.longValue();
    }

    private List<String> multibulk() throws Incomplete, Refused {
        Long count = string2ll(line("too big mbulk count string").substring(1));
        if (count == null || count > limits.maxArguments()) {
            throw new Refused("invalid multibulk length");
        }
        List<String> arguments = new ArrayList<>();
        for (long i = 0; i < count; i++) {
            int start = position;
            String line = line("too big bulk count string");
            char marker = input.charAt(start);
            if (marker != '$') {
                throw new Refused("expected '$', got '" + (marker == '\r' || marker == '\n' ? ' ' : marker) + "'");
            }
            Long length = string2ll(line.substring(1));
            if (length == null || length < 0 || length > limits.maxBulkBytes()) {
                throw new Refused("invalid bulk length");
            }
            if (input.length() - position < length + 2) {
                throw new Incomplete();
            }
            arguments.add(input.substring(position, position + (int) (long) length));
            position += (int) (length + 2);
        }
        return arguments;
    }

    private List<String> inline() throws Incomplete, Refused {
        int newline = find('\n', "too big inline request");
        String line = input.substring(position, newline);
        position = newline + 1;
        List<String> arguments = sdssplitargs(line.endsWith("\r") ? line.substring(0, line.length() - 1) : line);
        if (arguments == null) {
            throw new Refused("unbalanced quotes in request");
        }
        return arguments;
    }

    private static char at(String line, int index) {
        return index < line.length() ? line.charAt(index) : 0;
    }

    private static boolean isSpace(char c) {
        return " \t\n\u000b\f\r".indexOf(c) >= 0;
    }

    private static boolean isHex(char c) {
        return "0123456789abcdefABCDEF".indexOf(c) >= 0;
    }

    private static @Nullable List<String> sdssplitargs(String line) {
        List<String> arguments = new ArrayList<>();
        int p = 0;
        while (true) {
            while (at(line, p) != 0 && isSpace(at(line, p))) {
                p++;
            }
            if (at(line, p) == 0) {
                return arguments;
            }
            boolean inq = false;
            boolean insq = false;
            boolean done = false;
            StringBuilder current = new StringBuilder();
            while (!done) {
                char c = at(line, p);
                char following = at(line, p + 1);
                if (inq) {
                    if (c == '\\' && following == 'x' && isHex(at(line, p + 2)) && isHex(at(line, p + 3))) {
                        current.append((char) Integer.parseInt(line.substring(p + 2, p + 4), 16));
                        p += 3;
                    } else if (c == '\\' && following != 0) {
                        p++;
                        int escape = "nrtba".indexOf(following);
                        current.append(escape >= 0 ? "\n\r\t\b\u0007".charAt(escape) : following);
                    } else if (c == '"') {
                        if (following != 0 && !isSpace(following)) {
                            return null;
                        }
                        done = true;
                    } else if (c == 0) {
                        return null;
                    } else {
                        current.append(c);
                    }
                } else if (insq) {
                    if (c == '\\' && following == '\'') {
                        p++;
                        current.append('\'');
                    } else if (c == '\'') {
                        if (following != 0 && !isSpace(following)) {
                            return null;
                        }
                        done = true;
                    } else if (c == 0) {
                        return null;
                    } else {
                        current.append(c);
                    }
                } else {
                    switch (c) {
                        case ' ', '\n', '\r', '\t', 0 -> done = true;
                        case '"' -> inq = true;
                        case '\'' -> insq = true;
                        default -> current.append(c);
                    }
                }
                if (at(line, p) != 0) {
                    p++;
                }
            }
            arguments.add(current.toString());
        }
    }
}
