package io.boxcar.proxy;

import io.boxcar.proxy.config.BoxcarConfig;
import io.boxcar.proxy.config.InvalidConfig;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Where a sidecar has its configuration from, to begin with and whenever it is told to look again. */
public interface ConfigSource {
    /** @throws InvalidConfig with everything that is wrong */
    BoxcarConfig load() throws InvalidConfig;

    /** The file that is part of it, if there is one. */
    @Nullable
    Path file();
}
