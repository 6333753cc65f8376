/**
 * TLS on both sides: in front of clients, and to upstreams; BoringSSL where its library loads, else the JDK.
 *
 * <pre>
 *   PEM files -> Credentials, PeerCheck -> TlsContexts -> Reloading -> ListenerGate  (SslHandler + ClientHandshake)
 *      ^                                                     '-------> TlsConnector  (SslHandler + UpstreamHandshake)
 *      '---- looked at every few seconds: new handshakes use what is new, connections stay
 * </pre>
 *
 * Starting points: {@link io.boxcar.proxy.tls.Tls} has everything of one Boxcar, {@code TlsContexts} turns files
 * into contexts. Nothing else of Boxcar knows TLS: listeners have a {@link io.boxcar.proxy.core.ClientGate}, upstreams a {@link
 * io.boxcar.proxy.core.Connector}.
 */
@NullMarked
package io.boxcar.proxy.tls;

import org.jspecify.annotations.NullMarked;
