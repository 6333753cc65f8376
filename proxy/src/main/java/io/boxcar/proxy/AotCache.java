package io.boxcar.proxy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The file with prepared classes that the launcher asks the JVM to map (JEP 483). The JVM goes on without it when it does not fit, be it
 * for another collector, another JDK or a jar that was copied without its time; that must not stay unnoticed.
 *
 * @param file null if nobody asked for one
 * @param maps Linux's list of the files that this process has mapped, proc_pid_maps(5)
 */
record AotCache(@Nullable Path file, Path maps) {
    /** Set by the launcher and in the image, whether or not there is such a file. */
    private static final String PROPERTY = "boxcar.aot.cache";

    static AotCache ofThisProcess() {
        String file = System.getProperty(PROPERTY);
        return new AotCache(file == null ? null : Path.of(file), Path.of("/proc/self/maps"));
    }

    boolean isWanted() {
        return file != null;
    }

    /** Why it is not in use, and what to do; null if it is, if none is wanted, or if that cannot be told. */
    @Nullable
    String obstacle() {
        if (file == null) {
            return null;
        }
        try {
            if (!Files.exists(file)) {
                return file + " does not exist; the build makes it (proxy/bin/make-aot-cache)";
            }
            String mapped = file.toRealPath().toString();
            for (String line : Files.readAllLines(maps)) {
                if (line.endsWith(mapped)) {
                    return null;
                }
            }
            return "this JVM, or the launcher, does not accept " + file
                    + ", which fits only the JDK, the options of the JVM and the unchanged jars that it"
                    + " was made with; BOXCAR_JAVA_OPTS=-Xlog:aot tells more";
        } catch (IOException notLinux) {
            return null;
        }
    }
}
