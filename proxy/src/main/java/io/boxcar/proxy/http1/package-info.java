/**
 * HTTP/1.1 (RFC 9112) on both sides: {@link io.boxcar.proxy.http1.Http1Client} towards applications, {@link
 * io.boxcar.proxy.http1.Http1Connection} towards upstreams.
 */
@NullMarked
package io.boxcar.proxy.http1;

import org.jspecify.annotations.NullMarked;
