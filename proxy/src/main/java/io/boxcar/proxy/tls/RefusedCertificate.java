package io.boxcar.proxy.tls;

import io.boxcar.metrics.TlsFailure;
import java.security.cert.CertificateException;

/** The certificate of a peer is not good enough, in words for people: a clause that begins with {@code its certificate}. */
final class RefusedCertificate extends CertificateException {
    private static final long serialVersionUID = 1;

    private final TlsFailure kind;

    RefusedCertificate(TlsFailure kind, String reason, CertificateException cause) {
        super(reason, cause);
        this.kind = kind;
    }

    TlsFailure kind() {
        return kind;
    }
}
