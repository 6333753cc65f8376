package io.boxcar.proxy.http;

import io.netty.util.NetUtil;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** RFC 9112 as regular expressions, to compare {@link RequestHead} with: slow, without limits, and only for whole heads. */
record NaiveRequest(
        String method,
        String target,
        String host,
        @Nullable BigInteger contentLength,
        boolean chunked,
        boolean persistent) {
    private static final String PATH_PART = "(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*";
    private static final String QUERY = "(?:\\?(?:[A-Za-z0-9\\-._~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?";
    private static final String NAME = "(?:[A-Za-z0-9\\-._~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+";
    private static final Pattern AUTHORITY =
            Pattern.compile("(?:\\[([0-9A-Fa-f:.]+)\\]|" + NAME + ")(?::([0-9]{0,5}))?");
    private static final Pattern ORIGIN = Pattern.compile("/" + PATH_PART + QUERY);
    private static final Pattern ABSOLUTE =
            Pattern.compile("(?i:https?)://([^/?]*)((?:/" + PATH_PART + ")?)(" + QUERY + ")");
    private static final String TOKEN = "[A-Za-z0-9!#$%&'*+\\-.^_`|~]+";
    private static final Pattern LINE = Pattern.compile("(" + TOKEN + ") ([^ ]+) HTTP/1\\.([01])");
    private static final Pattern FIELD = Pattern.compile(
            "(" + TOKEN + "):[ \\t]*((?:[!-~\\x80-\\xff](?:[\\t -~\\x80-\\xff]*[!-~\\x80-\\xff])?)?)[ \\t]*");
    private static final Pattern OPTIONS =
            Pattern.compile("[ \\t]*(?:" + TOKEN + ")?(?:[ \\t]*,[ \\t]*(?:" + TOKEN + ")?)*[ \\t]*");

    /** The request that the head, without its empty line, is, or null if it must be refused. */
    static @Nullable NaiveRequest parse(String head) {
        String[] lines = head.split("\r\n", -1);
        Matcher line = LINE.matcher(lines[0]);
        if (!line.matches()) {
            return null;
        }
        boolean old = line.group(3).equals("0");
        List<String[]> fields = new ArrayList<>();
        for (int i = 1; i < lines.length; i++) {
            Matcher field = FIELD.matcher(lines[i]);
            if (!field.matches()) {
                return null;
            }
            fields.add(new String[] {field.group(1).toLowerCase(Locale.ROOT), field.group(2)});
        }
        List<String> hosts = values(fields, "host");
        List<String> lengths = values(fields, "content-length");
        List<String> codings = values(fields, "transfer-encoding");
        List<String> options = values(fields, "connection");
        String method = line.group(1);
        boolean framed = codings.isEmpty()
                || (lengths.isEmpty()
                        && !old
                        && codings.size() == 1
                        && codings.get(0).equalsIgnoreCase("chunked"));
        boolean sized = lengths.isEmpty()
                || (lengths.size() == 1
                        && lengths.get(0).matches("[0-9]+")
                        && new BigInteger(lengths.get(0)).bitLength() < 64);
        boolean hosted = hosts.size() <= 1
                && (old || hosts.size() == 1)
                && hosts.stream().allMatch(host -> host.isEmpty() || isAuthority(host, false));
        boolean connected =
                options.stream().allMatch(value -> OPTIONS.matcher(value).matches());
        if (!framed || !sized || !hosted || !connected || !forwards(method, values(fields, "max-forwards"))) {
            return null;
        }
        String all = "," + String.join(",", options).toLowerCase(Locale.ROOT).replaceAll("[ \\t]", "") + ",";
        return request(
                method,
                line.group(2),
                hosts.isEmpty() ? "" : hosts.get(0),
                lengths.isEmpty() ? null : new BigInteger(lengths.get(0)),
                !codings.isEmpty(),
                !all.contains(",close,") && (!old || all.contains(",keep-alive,")));
    }

    private static @Nullable NaiveRequest request(
            String method,
            String target,
            String host,
            @Nullable BigInteger length,
            boolean chunked,
            boolean persistent) {
        if (method.equals("CONNECT")) {
            return isAuthority(target, true) ? new NaiveRequest(method, "", target, length, chunked, persistent) : null;
        }
        if (ORIGIN.matcher(target).matches() || (target.equals("*") && method.equals("OPTIONS"))) {
            return new NaiveRequest(method, target, host, length, chunked, persistent);
        }
        Matcher absolute = ABSOLUTE.matcher(target);
        if (!absolute.matches() || !isAuthority(absolute.group(1), false)) {
            return null;
        }
        String path = absolute.group(2) + absolute.group(3);
        String origin = !path.startsWith("/") ? "/" + path : path;
        boolean server = path.isEmpty() && method.equals("OPTIONS");
        return new NaiveRequest(method, server ? "*" : origin, absolute.group(1), length, chunked, persistent);
    }

    private static boolean forwards(String method, List<String> values) {
        return !(method.equals("TRACE") || method.equals("OPTIONS"))
                || values.isEmpty()
                || (values.size() == 1
                        && values.get(0).matches("[0-9]+")
                        && new BigInteger(values.get(0)).bitLength() < 64);
    }

    private static boolean isAuthority(String text, boolean portNeeded) {
        Matcher matcher = AUTHORITY.matcher(text);
        if (!matcher.matches()) {
            return false;
        }
        String address = matcher.group(1);
        String port = matcher.group(2);
        boolean validPort = port == null || port.isEmpty() ? !portNeeded : Integer.parseInt(port) < 65536;
        return validPort && (address == null || NetUtil.isValidIpV6Address(address));
    }

    private static List<String> values(List<String[]> fields, String name) {
        return fields.stream()
                .filter(field -> field[0].equals(name))
                .map(field -> field[1])
                .toList();
    }
}
