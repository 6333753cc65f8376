package io.boxcar.proxy;

import io.boxcar.proxy.admin.AdminClient;
import io.boxcar.proxy.config.Address;
import io.boxcar.proxy.config.AdminConfig;
import io.boxcar.proxy.config.BoxcarConfig;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.net.ConnectException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/**
 * The Boxcar that serves the same addresses until now, found at its admin address.
 *
 * <pre>
 *   successor listens beside it -> connects to its upstreams -> POST /hand-over -> predecessor accepts no more, and drains
 * </pre>
 */
final class Predecessor {
    private static final System.Logger LOG = System.getLogger(Predecessor.class.getName());
    private static final int CONNECT_MS = 1_000;
    private static final int HAND_OVER_MS = 10_000;
    private static final long UPSTREAMS_NS = TimeUnit.SECONDS.toNanos(5);
    private static final long LOOK_MS = 10;

    private final AdminConfig admin;

    private Predecessor(AdminConfig admin) {
        this.admin = admin;
    }

    static Predecessor of(BoxcarConfig config) throws CannotServe {
        AdminConfig admin = config.admin();
        if (admin == null || !(admin.listen() instanceof Address.Tcp tcp) || tcp.port() == 0) {
            throw new CannotServe(
                    "--take-over needs the admin address of the Boxcar to be replaced; set boxcar.admin.listen", null);
        }
        return new Predecessor(admin);
    }

    /**
     * Makes it hand over, and returns when it accepts no more. If there is none, that is all right.
     *
     * @throws CannotServe if it does not hand over; it goes on serving then
     */
    void replaceBy(Boxcar successor) throws CannotServe, InterruptedException {
        long deadlineNs = System.nanoTime() + UPSTREAMS_NS;
        while (!successor.obstacles().isEmpty() && System.nanoTime() < deadlineNs) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
        }
        try {
            HttpURLConnection post = AdminClient.post(admin, "/hand-over");
            post.setConnectTimeout(CONNECT_MS);
            post.setReadTimeout(HAND_OVER_MS);
            int status = post.getResponseCode();
            if (status != HttpURLConnection.HTTP_OK) {
                String said = post.getErrorStream() == null
                        ? ""
                        : new String(post.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
                throw new CannotServe(
                        "the Boxcar at " + admin.listen() + " does not hand over: " + status + " " + said, null);
            }
            successor.takesAll();
        } catch (ConnectException e) {
            LOG.log(Level.INFO, "nobody at {0} to take over from", admin.listen());
        } catch (IOException e) {
            throw new CannotServe("the Boxcar at " + admin.listen() + " does not hand over: " + e.getMessage(), e);
        }
    }
}
