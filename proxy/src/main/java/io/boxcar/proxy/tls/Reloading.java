package io.boxcar.proxy.tls;

import io.boxcar.metrics.CertificateMetrics;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What was made of some files, and is made again when they change; files that cannot be used change nothing. {@link #current} is for
 * any thread, the rest for one at a time.
 */
final class Reloading<T> {
    private static final System.Logger LOG = System.getLogger(Reloading.class.getName());

    /** Makes it of the files as they are now. */
    interface Loader<T> {
        T load() throws InvalidTls;
    }

    private final String what;
    private final Loader<T> loader;
    private final Function<T, @Nullable Credentials> credentials;
    private final CertificateMetrics metrics;
    private final WatchedFiles files;
    private volatile T current;

    /** Why the files cannot be used, or null if they are in use. */
    private @Nullable String problem;

    /**
     * @param what for the log: {@code listener cache}
     * @param credentials of what was made, if it has any
     */
    Reloading(
            String what,
            List<String> paths,
            Loader<T> loader,
            Function<T, @Nullable Credentials> credentials,
            CertificateMetrics metrics)
            throws InvalidTls {
        this.what = what;
        this.loader = loader;
        this.credentials = credentials;
        this.metrics = metrics;
        this.files = new WatchedFiles(paths); // before they are read, so that no change is missed
        this.current = loader.load();
        tellOf(current);
    }

    T current() {
        return current;
    }

    CertificateMetrics metrics() {
        return metrics;
    }

    /** While the files cannot be used they are tried each time: they may be in the middle of being replaced. */
    synchronized void reloadIfChanged() {
        if (files.haveChanged() || problem != null) {
            reload();
        }
    }

    /** Null if the files are in use now, else why they cannot be. */
    synchronized @Nullable String reloadNow() {
        files.haveChanged();
        reload();
        return problem;
    }

    private void reload() {
        T loaded;
        try {
            loaded = loader.load();
        } catch (InvalidTls e) {
            metrics.isStale.set(1);
            if (!Objects.equals(problem, e.getMessage())) {
                problem = e.getMessage();
                metrics.failedReloads.increment();
                LOG.log(Level.ERROR, "{0} keeps its certificates; the new ones cannot be used: {1}", what, problem);
            }
            return;
        }
        problem = null;
        metrics.isStale.set(0);
        metrics.reloads.increment();
        current = loaded;
        LOG.log(Level.INFO, "{0} has new certificates; connections that are open stay", what);
        tellOf(loaded);
    }

    private void tellOf(T loaded) {
        Credentials own = credentials.apply(loaded);
        if (own == null) {
            return;
        }
        if (metrics.expirySeconds != null) {
            metrics.expirySeconds.set(own.expirySeconds());
        }
        String warning = own.warning(Instant.now());
        if (warning != null) {
            LOG.log(Level.WARNING, "{0}: {1}", what, warning);
        }
    }
}
