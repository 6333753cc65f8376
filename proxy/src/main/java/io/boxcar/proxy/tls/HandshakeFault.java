package io.boxcar.proxy.tls;

import io.boxcar.metrics.TlsFailure;
import io.netty.handler.ssl.NotSslRecordException;
import io.netty.handler.ssl.SslHandshakeTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Why a handshake failed. The texts of BoringSSL and of the JDK are all that there is to tell it from.
 *
 * @param reason a clause about the peer: {@code it speaks no TLS}
 */
record HandshakeFault(TlsFailure kind, String reason) {

    /** What was wrong with a client. */
    static HandshakeFault ofClient(@Nullable Throwable cause) {
        RefusedCertificate refused = refused(cause);
        if (refused != null) {
            return new HandshakeFault(refused.kind(), "as a client, " + refused.getMessage());
        }
        TlsFailure kind = kind(cause);
        String text = text(cause);
        return new HandshakeFault(
                kind,
                switch (kind) {
                    case NOT_TLS ->
                        "it does not speak TLS; the client needs rediss:// or https://, or another listener";
                    case NO_CERTIFICATE -> "it sent no client certificate, and tls.client-auth = require";
                    case VERSION -> "it speaks no version of TLS that tls.min-version allows";
                    case NOTHING_IN_COMMON -> "it knows no cipher or protocol that Boxcar knows";
                    case DISTRUSTED -> "it does not accept the certificate in tls.cert: " + text;
                    case TIMEOUT -> "it did not go on with the handshake";
                    case CLOSED -> "it closed the connection in the middle of the handshake";
                    case UNTRUSTED, WRONG_NAME, EXPIRED, OTHER -> text;
                });
    }

    /**
     * What was wrong with an upstream.
     *
     * @param hasCertificate whether Boxcar has a certificate to show
     */
    static HandshakeFault ofUpstream(@Nullable Throwable cause, boolean hasCertificate) {
        RefusedCertificate refused = refused(cause);
        if (refused != null) {
            return new HandshakeFault(refused.kind(), String.valueOf(refused.getMessage()));
        }
        TlsFailure kind = kind(cause);
        if (kind == TlsFailure.DISTRUSTED && !hasCertificate) {
            kind = TlsFailure.NO_CERTIFICATE;
        }
        String text = text(cause);
        return new HandshakeFault(
                kind,
                switch (kind) {
                    case NOT_TLS -> "it speaks no TLS (tls.enabled = true)";
                    case NO_CERTIFICATE -> "it demands a client certificate (tls.cert and tls.key): " + text;
                    case VERSION -> "it speaks no version of TLS that tls.min-version allows";
                    case NOTHING_IN_COMMON -> "it knows no cipher, or no protocol (ALPN), that Boxcar offers: " + text;
                    case DISTRUSTED -> "it does not accept the client certificate in tls.cert: " + text;
                    case TIMEOUT -> "it did not answer the TLS handshake in time; does it speak TLS?";
                    case CLOSED -> "it closed the connection in the TLS handshake; does it speak TLS?";
                    case UNTRUSTED, WRONG_NAME, EXPIRED, OTHER -> "the TLS handshake failed: " + text;
                });
    }

    private static @Nullable RefusedCertificate refused(@Nullable Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof RefusedCertificate refused) {
                return refused;
            }
        }
        return null;
    }

    private static TlsFailure kind(@Nullable Throwable thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof NotSslRecordException) {
                return TlsFailure.NOT_TLS;
            }
            if (cause instanceof SslHandshakeTimeoutException) {
                return TlsFailure.TIMEOUT;
            }
        }
        String text = text(thrown).toLowerCase(Locale.ROOT).replace('_', ' ');
        if (has(text, "did not return a certificate", "empty client certificate chain", "certificate required")) {
            return TlsFailure.NO_CERTIFICATE;
        }
        if (has(text, "not an ssl/tls record", "http request", "https proxy request")) {
            return TlsFailure.NOT_TLS;
        }
        if (has(text, "unsupported protocol", "wrong version number", "protocol version", "supported versions")) {
            return TlsFailure.VERSION;
        }
        if (has(text, "no shared cipher", "no cipher suites in common", "application protocol")) {
            return TlsFailure.NOTHING_IN_COMMON;
        }
        if (has(
                text,
                "unknown ca",
                "bad certificate",
                "certificate unknown",
                "alert certificate",
                "unsupported certificate",
                "certificate expired",
                "certificate revoked",
                "handshake failure",
                "access denied")) {
            return TlsFailure.DISTRUSTED;
        }
        boolean isClosed = thrown instanceof ClosedChannelException
                || thrown == null
                || has(text, "connection closed", "connection reset", "broken pipe", "closed already");
        return isClosed ? TlsFailure.CLOSED : TlsFailure.OTHER;
    }

    private static boolean has(String text, String... parts) {
        for (String part : parts) {
            if (text.contains(part)) {
                return true;
            }
        }
        return false;
    }

    /** The message of the innermost cause that has one. */
    private static String text(@Nullable Throwable thrown) {
        String text = "";
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            String message = cause.getMessage();
            if (message != null && !message.isBlank()) {
                text = message;
            }
        }
        return text.isEmpty() && thrown != null ? thrown.getClass().getSimpleName() : text;
    }
}
