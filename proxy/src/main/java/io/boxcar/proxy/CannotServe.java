package io.boxcar.proxy;

import io.boxcar.proxy.config.ListenerConfig;
import java.net.BindException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** The sidecar cannot start; the message says why and what to do about it. */
public final class CannotServe extends Exception {
    private static final long serialVersionUID = 1;

    CannotServe(String message, @Nullable Throwable cause) {
        super(message, cause);
    }

    static CannotServe capturing(ListenerConfig listener, String transport) {
        return new CannotServe(
                "listener " + listener.name() + " cannot have capture: the transport " + transport
                        + " does not tell where connections were meant for; it takes Linux with epoll or io_uring",
                null);
    }

    static CannotServe takingAnyAddress(ListenerConfig listener) {
        return new CannotServe(
                "listener " + listener.name() + " cannot take connections to any address (IP_TRANSPARENT), which"
                        + " capture = tproxy needs; give the process CAP_NET_ADMIN or CAP_NET_RAW, or use capture = redirect,"
                        + " which needs nothing",
                null);
    }

    static CannotServe listening(ListenerConfig listener, Throwable cause) {
        String text = String.valueOf(cause.getMessage()).toLowerCase(Locale.ROOT);
        String where = "listener " + listener.name() + " cannot listen on " + listener.listen() + ": ";
        if (text.contains("in use")) {
            return new CannotServe(
                    where + "the address is in use by another process; stop it or choose another port", cause);
        }
        if (text.contains("permission denied")) {
            return new CannotServe(
                    where + "permission denied; choose a port above 1023 or allow the process to bind it", cause);
        }
        if (cause instanceof BindException || text.contains("cannot assign")) {
            return new CannotServe(where + "this machine does not have that address", cause);
        }
        return new CannotServe(where + cause.getMessage(), cause);
    }
}
