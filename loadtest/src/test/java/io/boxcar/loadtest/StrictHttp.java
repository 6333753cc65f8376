package io.boxcar.loadtest;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The reference: reads HTTP/1.1 messages as RFC 9112 defines them, a regular expression for each rule of its grammar, and knows no
 * tolerance. Bytes are chars of the same number. Slow, and shares nothing with Boxcar.
 */
final class StrictHttp {
    /** Why there is no further message. */
    enum End {
        /** The bytes end where a message ends. */
        CLEAN,
        /** The bytes end within a message. */
        INCOMPLETE,
        /** The last message said that none follows on this connection. */
        LAST,
        /** What follows is no message, or might be another one to somebody else. */
        DOUBT
    }

    record Field(String name, String value) {
        boolean is(String lowerCase) {
            return name.toLowerCase(Locale.ROOT).equals(lowerCase);
        }
    }

    /** @param start the request line or status line */
    record Message(String start, List<Field> fields, String body, List<Field> trailers) {
        String word(int index) {
            return start.split(" ", 3)[index];
        }

        int status() {
            return Integer.parseInt(word(1));
        }

        List<String> all(String lowerCase) {
            return fields.stream()
                    .filter(f -> f.is(lowerCase))
                    .map(Field::value)
                    .toList();
        }

        boolean has(String lowerCase) {
            return !all(lowerCase).isEmpty();
        }
    }

    /**
     * @param messages those that are complete, before {@code end}
     * @param length of these messages
     * @param why what is wrong, after a doubt
     */
    record Reading(List<Message> messages, End end, int length, String why) {}

    private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
    private static final String TEXT = "[\\t\\x20-\\x7e\\x80-\\xff]*";
    private static final String QUOTED = "\"(?:[\\t !#-\\[\\]-~\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*\"";
    private static final String PATH_CHARS = "(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*";
    private static final String QUERY = "(?:\\?(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*)?";
    private static final String AUTHORITY =
            "(?:\\[[0-9A-Fa-f:.]+]|(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})+)(?::(\\d{0,5}))?";

    private static final Pattern REQUEST_LINE = Pattern.compile("(" + TOKEN + ") ([^ ]+) HTTP/1\\.([01])");
    private static final Pattern STATUS_LINE = Pattern.compile("HTTP/1\\.([01]) ([1-5]\\d\\d)(?: " + TEXT + ")?");
    private static final Pattern ORIGIN_FORM = Pattern.compile("/" + PATH_CHARS + QUERY);
    private static final Pattern ABSOLUTE_FORM =
            Pattern.compile("(?i:https?)://" + AUTHORITY + "(?:/" + PATH_CHARS + ")?" + QUERY);
    private static final Pattern HOST = Pattern.compile(AUTHORITY);
    private static final Pattern FIELD = Pattern.compile("(" + TOKEN + "):[ \\t]*(" + TEXT + "?)[ \\t]*");
    private static final Pattern OPTIONS =
            Pattern.compile("(?:[ \\t]*(?:" + TOKEN + ")?[ \\t]*,)*[ \\t]*(?:" + TOKEN + ")?[ \\t]*");
    private static final Pattern CHUNK_LINE = Pattern.compile("([0-9A-Fa-f]+)(?:;[ \\t]*" + TOKEN
            + "(?:[ \\t]*=[ \\t]*(?:"
            + TOKEN + "|" + QUOTED + "))?(?:[ \\t]*;[ \\t]*" + TOKEN + "(?:[ \\t]*=[ \\t]*(?:" + TOKEN + "|" + QUOTED
            + "))?)*)?");
    private static final BigInteger LIMIT = BigInteger.ONE.shiftLeft(63);

    private final String bytes;
    private final boolean isEnded;
    private int at;

    private StrictHttp(String bytes, boolean isEnded) {
        this.bytes = bytes;
        this.isEnded = isEnded;
    }

    /** What ends the reading of messages. */
    private static final class Stop extends Exception {
        private final End end;

        Stop(End end, String why) {
            super(why, null, false, false);
            this.end = end;
        }
    }

    static Reading requests(String bytes) {
        StrictHttp reader = new StrictHttp(bytes, false);
        List<Message> messages = new ArrayList<>();
        int length = 0;
        try {
            while (reader.at < bytes.length()) {
                Message message = reader.request();
                messages.add(message);
                length = reader.at;
                if (!isPersistent(message, message.start().endsWith("1"))) {
                    return new Reading(messages, End.LAST, length, "");
                }
            }
        } catch (Stop stop) {
            return new Reading(messages, stop.end, length, String.valueOf(stop.getMessage()));
        }
        return new Reading(messages, End.CLEAN, length, "");
    }

    /**
     * Interim responses are messages of their own.
     *
     * @param methods of the requests that are answered
     * @param isEnded the connection has ended behind these bytes
     */
    static Reading responses(String bytes, List<String> methods, boolean isEnded) {
        StrictHttp reader = new StrictHttp(bytes, isEnded);
        List<Message> messages = new ArrayList<>();
        int answered = 0;
        int length = 0;
        try {
            while (reader.at < bytes.length()) {
                if (answered == methods.size()) {
                    throw new Stop(End.DOUBT, "more responses than requests");
                }
                Message message = reader.response(methods.get(answered));
                messages.add(message);
                length = reader.at;
                if (message.status() >= 200) {
                    answered++;
                    if (!isPersistent(message, message.start().startsWith("HTTP/1.1"))) {
                        return new Reading(messages, End.LAST, length, "");
                    }
                }
            }
        } catch (Stop stop) {
            return new Reading(messages, stop.end, length, String.valueOf(stop.getMessage()));
        }
        return new Reading(messages, End.CLEAN, length, "");
    }

    private static boolean isPersistent(Message message, boolean isHttp11) {
        String options = ("," + String.join(",", message.all("connection")) + ",")
                .toLowerCase(Locale.ROOT)
                .replaceAll("[ \\t]", "");
        return !options.contains(",close,") && (isHttp11 || options.contains(",keep-alive,"));
    }

    // ---- requests ----

    private Message request() throws Stop {
        String line = line();
        if (line.isEmpty()) {
            line = line(); // RFC 9112 section 2.2: at least one empty line before a request is ignored
        }
        Matcher parts = REQUEST_LINE.matcher(line);
        check(parts.matches(), "request line");
        boolean isHttp11 = parts.group(3).equals("1");
        String target = targetInOriginForm(parts.group(1), parts.group(2));
        List<Field> fields = fields();
        Message head = new Message(line, fields, "", List.of());
        // Allowed by the grammar, but not by prudence: CGI and its like make a hyphen of the underscore.
        check(!head.has("content_length") && !head.has("transfer_encoding"), "underscore");
        checkHost(head, isHttp11);
        checkConnection(head);
        if (parts.group(1).matches("TRACE|OPTIONS") && head.has("max-forwards")) {
            check(head.all("max-forwards").size() == 1, "several Max-Forwards");
            check(isNumber(head.all("max-forwards").getFirst()), "Max-Forwards");
        }
        String canonical = parts.group(1) + " " + target + " HTTP/1." + parts.group(3);
        if (head.has("transfer-encoding")) {
            checkChunked(head, isHttp11);
            return chunked(canonical, fields);
        }
        return new Message(canonical, fields, sized(head, 0), List.of());
    }

    private String targetInOriginForm(String method, String target) throws Stop {
        if (method.equals("CONNECT")) {
            Matcher authority = HOST.matcher(target);
            check(authority.matches() && isPort(authority.group(1)) && authority.group(1) != null, "authority-form");
            check(!authority.group(1).isEmpty(), "authority-form without a port");
            return target;
        }
        if (target.equals("*")) {
            check(method.equals("OPTIONS"), "asterisk-form");
            return target;
        }
        if (ORIGIN_FORM.matcher(target).matches()) {
            return target;
        }
        Matcher absolute = ABSOLUTE_FORM.matcher(target);
        check(absolute.matches() && isPort(absolute.group(1)), "target");
        String behindAuthority = target.replaceFirst("^[^:]+://[^/?]+", "");
        if (behindAuthority.isEmpty() && method.equals("OPTIONS")) {
            return "*";
        }
        return behindAuthority.startsWith("/") ? behindAuthority : "/" + behindAuthority;
    }

    private static boolean isPort(@org.jspecify.annotations.Nullable String digits) {
        return digits == null || digits.isEmpty() || Integer.parseInt(digits) <= 65_535;
    }

    private static void checkHost(Message head, boolean isHttp11) throws Stop {
        List<String> hosts = head.all("host");
        check(hosts.size() == 1 || hosts.isEmpty() && !isHttp11, "one Host");
        if (!hosts.isEmpty() && !hosts.getFirst().isEmpty()) {
            Matcher host = HOST.matcher(hosts.getFirst());
            check(host.matches() && isPort(host.group(1)), "Host");
        }
    }

    // ---- responses ----

    private Message response(String method) throws Stop {
        String line = line();
        Matcher parts = STATUS_LINE.matcher(line);
        check(parts.matches(), "status line");
        List<Field> fields = fields();
        Message head = new Message(line, fields, "", List.of());
        checkConnection(head);
        boolean isHttp11 = parts.group(1).equals("1");
        int status = head.status();
        check(status != 101, "another protocol, which nobody has asked for");
        if (head.has("transfer-encoding")) {
            checkChunked(head, isHttp11);
        } else {
            length(head);
        }
        if (status < 200 || status == 204 || status == 304 || method.equals("HEAD")) {
            return head;
        }
        if (head.has("transfer-encoding")) {
            return chunked(line, fields);
        }
        if (!head.has("content-length") && status != 205) { // RFC 9110 section 15.3.6
            if (!isEnded) {
                throw new Stop(End.INCOMPLETE, "until the connection ends");
            }
            String body = bytes.substring(at);
            at = bytes.length();
            return new Message(line, fields, body, List.of());
        }
        return new Message(line, fields, sized(head, 0), List.of());
    }

    // ---- both ----

    private static void check(boolean isAllowed, String what) throws Stop {
        if (!isAllowed) {
            throw new Stop(End.DOUBT, what);
        }
    }

    private String line() throws Stop {
        for (int i = at; i < bytes.length(); i++) {
            char c = bytes.charAt(i);
            check(c != '\n', "a line feed without a carriage return");
            if (c == '\r') {
                if (i + 1 == bytes.length()) {
                    break;
                }
                check(bytes.charAt(i + 1) == '\n', "a carriage return without a line feed");
                String line = bytes.substring(at, i);
                at = i + 2;
                return line;
            }
        }
        throw new Stop(End.INCOMPLETE, "in a line");
    }

    private List<Field> fields() throws Stop {
        List<Field> fields = new ArrayList<>();
        String line;
        while (!(line = line()).isEmpty()) {
            Matcher parts = FIELD.matcher(line);
            check(parts.matches(), "field line");
            fields.add(new Field(parts.group(1), parts.group(2).replaceFirst("[ \\t]+$", "")));
        }
        return fields;
    }

    private static void checkConnection(Message head) throws Stop {
        for (String value : head.all("connection")) {
            check(OPTIONS.matcher(value).matches(), "Connection");
        }
    }

    private static void checkChunked(Message head, boolean isHttp11) throws Stop {
        check(!head.has("content-length"), "Transfer-Encoding and Content-Length");
        check(isHttp11, "Transfer-Encoding in HTTP/1.0");
        check(
                head.all("transfer-encoding").size() == 1
                        && head.all("transfer-encoding").getFirst().equalsIgnoreCase("chunked"),
                "a coding other than chunked");
    }

    private static boolean isNumber(String value) {
        return value.matches("[0-9]+") && new BigInteger(value).compareTo(LIMIT) < 0;
    }

    /** -1 = not said. */
    private static long length(Message head) throws Stop {
        if (!head.has("content-length")) {
            return -1;
        }
        check(head.all("content-length").size() == 1, "several Content-Length");
        String value = head.all("content-length").getFirst();
        check(isNumber(value), "Content-Length");
        return Long.parseLong(value);
    }

    private String sized(Message head, long lengthIfNotSaid) throws Stop {
        long named = length(head);
        return take(named < 0 ? lengthIfNotSaid : named);
    }

    private String take(long length) throws Stop {
        if (length > bytes.length() - at) {
            throw new Stop(End.INCOMPLETE, "in a body");
        }
        at += (int) length;
        return bytes.substring(at - (int) length, at);
    }

    private Message chunked(String start, List<Field> fields) throws Stop {
        StringBuilder body = new StringBuilder();
        while (true) {
            Matcher parts = CHUNK_LINE.matcher(chunkLine());
            check(parts.matches(), "chunk size or extension");
            BigInteger size = new BigInteger(parts.group(1), 16);
            check(size.compareTo(LIMIT) < 0, "chunk size of 2^63 or more");
            if (size.signum() == 0) {
                return new Message(start, fields, body.toString(), fields());
            }
            body.append(take(size.longValueExact()));
            check(at >= bytes.length() || bytes.charAt(at) == '\r', "a chunk longer than its size");
            check(line().isEmpty(), "a chunk longer than its size");
        }
    }

    /** What cannot become a chunk line is one already. */
    private String chunkLine() throws Stop {
        check(at >= bytes.length() || Character.digit(bytes.charAt(at), 16) >= 0, "a chunk without a size");
        return line();
    }
}
