package io.boxcar.proxy.tls;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.HexFormat;
import java.util.List;

/**
 * Private keys in the encodings that are found in PEM files: PKCS#8 (RFC 5208), and the older PKCS#1 of RSA (RFC 8017) and SEC 1 of
 * elliptic curves (RFC 5915), which are wrapped in PKCS#8, the only one that the JDK reads. Stateless.
 */
final class PrivateKeyBytes {
    private static final byte[] VERSION_0 = HexFormat.of().parseHex("020100");

    /** Object identifier 1.2.840.113549.1.1.1, and NULL for its parameters. */
    private static final byte[] RSA = HexFormat.of().parseHex("300d06092a864886f70d0101010500");

    /** Object identifier 1.2.840.10045.2.1; the curve comes behind it. */
    private static final byte[] EC = HexFormat.of().parseHex("06072a8648ce3d0201");

    private static final int SEQUENCE = 0x30;
    private static final int OCTET_STRING = 0x04;
    private static final int CURVE = 0xA0;

    private PrivateKeyBytes() {}

    /** @throws IllegalArgumentException if this is no such key */
    static PrivateKey decode(String label, byte[] bytes) {
        byte[] pkcs8;
        try {
            pkcs8 = switch (label) {
                case "RSA PRIVATE KEY" -> wrap(RSA, bytes);
                case "EC PRIVATE KEY" -> wrap(element(SEQUENCE, EC, curve(bytes)), bytes);
                default -> bytes;
            };
        } catch (BufferUnderflowException e) {
            throw new IllegalArgumentException("it ends early", e);
        }
        for (String algorithm : List.of("RSA", "EC", "EdDSA", "RSASSA-PSS")) {
            try {
                return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(pkcs8));
            } catch (GeneralSecurityException anotherKind) {
                // The algorithm stands in the bytes, but the JDK wants to be told.
            }
        }
        throw new IllegalArgumentException("no kind of private key that is known");
    }

    private static byte[] wrap(byte[] algorithm, byte[] key) {
        return element(SEQUENCE, VERSION_0, algorithm, element(OCTET_STRING, key));
    }

    /** The object identifier of the curve, which such a key has in its first tagged field. */
    private static byte[] curve(byte[] sec1) {
        ByteBuffer in = ByteBuffer.wrap(sec1);
        in.get();
        length(in);
        while (in.hasRemaining()) {
            int tag = in.get() & 0xFF;
            byte[] content = new byte[length(in)];
            in.get(content);
            if (tag == CURVE) {
                return content;
            }
        }
        throw new IllegalArgumentException("the key does not say on which curve it is");
    }

    private static int length(ByteBuffer in) {
        int first = in.get() & 0xFF;
        if (first < 0x80) {
            return first;
        }
        int length = 0;
        for (int i = first & 0x7F; i > 0; i--) {
            length = length << 8 | in.get() & 0xFF;
        }
        if (length < 0 || length > in.remaining()) {
            throw new IllegalArgumentException("a length beyond the end");
        }
        return length;
    }

    private static byte[] element(int tag, byte[]... contents) {
        ByteArrayOutputStream content = new ByteArrayOutputStream();
        for (byte[] part : contents) {
            content.writeBytes(part);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int length = content.size();
        if (length >= 0x80) {
            int bytes = (Integer.SIZE - Integer.numberOfLeadingZeros(length) + 7) / 8;
            out.write(0x80 | bytes);
            for (int i = bytes - 1; i >= 0; i--) {
                out.write(length >> 8 * i);
            }
        } else {
            out.write(length);
        }
        out.writeBytes(content.toByteArray());
        return out.toByteArray();
    }
}
