package io.boxcar.proxy.http;

/** What a scan of the bytes received so far has found. */
public enum ScanResult {
    /** Valid so far; scan again when more bytes have come. */
    INCOMPLETE,
    COMPLETE,
    /** Not a message; nothing behind these bytes can be trusted, so the connection must end. */
    REFUSED
}
