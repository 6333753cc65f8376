/**
 * Configuration: HOCON read once into records.
 */
@NullMarked
package io.boxcar.proxy.config;

import org.jspecify.annotations.NullMarked;
