package io.boxcar.proxy.admin;

import io.boxcar.proxy.config.AdminConfig;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import javax.net.ssl.HttpsURLConnection;

/** Asks the admin endpoint of another Boxcar that has the same configuration. */
public final class AdminClient {
    private AdminClient() {}

    /** A POST that is not sent yet, with what the endpoint asks its clients for. */
    public static HttpURLConnection post(AdminConfig config, String path) throws IOException {
        boolean isSecure = config.tls().isOn();
        HttpURLConnection post =
                (HttpURLConnection) URI.create((isSecure ? "https://" : "http://") + config.listen() + path)
                        .toURL()
                        .openConnection();
        if (post instanceof HttpsURLConnection secure) {
            secure.setSSLSocketFactory(AdminTls.clientContext(config.tls()).getSocketFactory());
            // It is at the address of this very configuration, and has its certificate, whatever names are in that.
            secure.setHostnameVerifier((host, session) -> true);
        }
        if (config.hasToken()) {
            post.setRequestProperty("Authorization", "Bearer " + config.token());
        }
        post.setRequestMethod("POST");
        return post;
    }
}
