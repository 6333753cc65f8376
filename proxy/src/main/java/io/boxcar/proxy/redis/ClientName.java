package io.boxcar.proxy.redis;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code CLIENT SETNAME}, {@code GETNAME} and {@code SETINFO} say and remember
 * (<a href="https://redis.io/docs/latest/commands/client-setname/">command page</a>). Owned by the client's event loop. The
 * name belongs to the client's connection, of which Boxcar is the other end, so it must not reach a shared one.
 */
final class ClientName {
    private static final String OK = "+OK\r\n";

    private String name = "";
    private String libName = "";
    private String libVersion = "";

    String get() {
        return name;
    }

    void set(String newName) {
        name = newName;
    }

    String libName() {
        return libName;
    }

    void setLibName(String value) {
        libName = value;
    }

    String libVersion() {
        return libVersion;
    }

    void setLibVersion(String value) {
        libVersion = value;
    }

    /**
     * The reply to a {@code CLIENT} subcommand, or null if Redis itself should say what is wrong with it.
     *
     * @param arguments all of them, {@code CLIENT} and the subcommand included
     * @param resp the version that the client speaks
     */
    @Nullable
    String answer(String[] arguments, int resp) {
        return switch (arguments[1].toUpperCase(Locale.ROOT)) {
            case "SETNAME" -> arguments.length == 3 ? setName(arguments[2]) : null;
            case "GETNAME" -> arguments.length == 2 ? getName(resp) : null;
            case "SETINFO" -> arguments.length == 4 ? setInfo(arguments[2], arguments[3]) : null;
            default -> null;
        };
    }

    private String setName(String wanted) {
        if (!isAllowed(wanted)) {
            return "-ERR Client names cannot contain spaces, newlines or special characters.\r\n";
        }
        name = wanted;
        return OK;
    }

    private static boolean isAllowed(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) < '!' || text.charAt(i) > '~') {
                return false;
            }
        }
        return true;
    }

    private String getName(int resp) {
        if (name.isEmpty()) {
            return resp == 3 ? "_\r\n" : "$-1\r\n";
        }
        return "$" + name.length() + "\r\n" + name + "\r\n";
    }

    private @Nullable String setInfo(String attribute, String value) {
        String upper = attribute.toUpperCase(Locale.ROOT);
        if (!upper.equals("LIB-NAME") && !upper.equals("LIB-VER")) {
            return null;
        }
        if (!isAllowed(value)) {
            return "-ERR " + attribute + " cannot contain spaces, newlines or special characters.\r\n";
        }
        if (upper.equals("LIB-NAME")) {
            libName = value;
        } else {
            libVersion = value;
        }
        return OK;
    }
}
