package io.boxcar.metrics;

/** Why a TLS handshake failed; the label {@code reason} of {@code boxcar_tls_handshakes_failed_total}. */
public enum TlsFailure {
    /** The peer sent something else than TLS. */
    NOT_TLS,
    /** The peer has no certificate, or did not get one, though it is needed. */
    NO_CERTIFICATE,
    /** The certificate of the peer comes from nobody who is trusted. */
    UNTRUSTED,
    /** The certificate of the peer is for another name. */
    WRONG_NAME,
    /** The certificate of the peer is not valid any more, or not yet. */
    EXPIRED,
    /** The peer does not accept our certificate. */
    DISTRUSTED,
    /** There is no version of TLS that both sides speak. */
    VERSION,
    /** There is no cipher, or no protocol inside TLS, that both sides know. */
    NOTHING_IN_COMMON,
    TIMEOUT,
    /** The peer closed the connection in the middle of it. */
    CLOSED,
    OTHER
}
