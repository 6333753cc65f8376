package io.boxcar.loadtest;

/** A response that is all there, of any version of HTTP. Owned by the connection's event loop. */
interface HttpResponse {
    int status();

    /** Length of the body. */
    long bodyBytes();

    /** Bytes of the body that are kept: its first ones. */
    int keptBytes();

    byte bodyByte(int index);
}
