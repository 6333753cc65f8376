package io.boxcar.proxy.admin;

import io.boxcar.proxy.config.AdminConfig;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import javax.net.ssl.HttpsURLConnection;

/** Asks the admin endpoint of another Boxcar. */
public final class AdminClient {
    private AdminClient() {}

    /**
     * A POST that is not sent yet.
     *
     * @param token what the endpoint asks its clients for; empty = nothing
     * @throws IllegalArgumentException if this is no address of HTTP
     */
    public static HttpURLConnection post(URI uri, String token) throws IOException {
        // A proxy of the environment is never meant for the neighbour on loopback.
        HttpURLConnection post = (HttpURLConnection) uri.toURL().openConnection(Proxy.NO_PROXY);
        post.setRequestMethod("POST");
        if (!token.isEmpty()) {
            post.setRequestProperty("Authorization", "Bearer " + token);
        }
        return post;
    }

    /** As above, for an endpoint that has this very configuration. */
    public static HttpURLConnection post(AdminConfig config, String path) throws IOException {
        String scheme = config.tls().isOn() ? "https://" : "http://";
        HttpURLConnection post = post(URI.create(scheme + config.listen() + path), config.token());
        if (post instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(AdminTls.clientContext(config.tls()).getSocketFactory());
            // It is at the address of this very configuration, and has its certificate, whatever names are in that.
            secure.setHostnameVerifier((host, session) -> true);
        }
        return post;
    }
}
