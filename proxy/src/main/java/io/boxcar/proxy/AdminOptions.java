package io.boxcar.proxy;

import io.boxcar.proxy.admin.AdminClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * Reaches the admin server of a Boxcar that runs, for commands that a container calls where there is neither a shell nor
 * curl. One request, then the process ends: the client is the one of the JDK that starts soonest.
 */
final class AdminOptions {
    private static final String TOKEN_VARIABLE = "BOXCAR_ADMIN_TOKEN";
    private static final int CONNECT_TIMEOUT_MS = 2_000;
    private static final int READ_TIMEOUT_MS = 5_000;

    @Option(
            names = "--admin",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1:9464",
            description = "Where the admin server listens: HOST:PORT, or a URL with https://."
                    + " If it asks for a token, that is taken from the variable " + TOKEN_VARIABLE
                    + " of the environment. Default: ${DEFAULT-VALUE}.")
    private String address = "";

    /**
     * Sends {@code POST path} and prints the answer.
     *
     * @return the exit code: {@link Main#OK} if the server agreed
     */
    int post(String path, PrintWriter out, PrintWriter err) {
        return post(path, System.getenv(TOKEN_VARIABLE), out, err);
    }

    int post(String path, @Nullable String token, PrintWriter out, PrintWriter err) {
        String server = address.contains("://") ? address : "http://" + address;
        try {
            HttpURLConnection connection = AdminClient.post(URI.create(server + path), token == null ? "" : token);
            connection.setConnectTimeout(CONNECT_TIMEOUT_MS);
            connection.setReadTimeout(READ_TIMEOUT_MS);
            connection.setDoOutput(true);
            connection.getOutputStream().close();
            int status = connection.getResponseCode();
            if (status / 100 == 2) {
                out.print(body(connection.getInputStream()));
                out.flush();
                return Main.OK;
            }
            err.println("boxcar: POST " + server + path + " was answered with " + status + ": "
                    + body(connection.getErrorStream()).strip()
                    + (status == 401 ? "; set " + TOKEN_VARIABLE + " to the value of boxcar.admin.token" : ""));
        } catch (IllegalArgumentException e) {
            err.println("boxcar: --admin " + address + " is not an address; write it as in --admin 127.0.0.1:9464");
            err.flush();
            return Main.WRONG_USAGE;
        } catch (IOException e) {
            err.println("boxcar: POST " + server + path + " failed: " + e.getMessage()
                    + "; does Boxcar run there, and is boxcar.admin.listen that address?");
        }
        err.flush();
        return Main.CANNOT_SERVE;
    }

    private static String body(@Nullable InputStream stream) throws IOException {
        if (stream == null) {
            return "";
        }
        try (stream) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        }
    }
}
