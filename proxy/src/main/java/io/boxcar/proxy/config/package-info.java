/**
 * Configuration: HOCON read once into records.
 *
 * <p>Starting points: {@code reference.conf} has every key, its default and its meaning. {@link ConfigLoader} gathers the file
 * and the command line, {@link KnownKeys} refuses keys that {@code reference.conf} does not have, {@link ConfigReader} makes the
 * {@link BoxcarConfig}. A new key is a line in {@code reference.conf}, in a record, in {@link ConfigReader} and in {@link
 * EffectiveConfig}; tests tell which of them is missing.
 */
@NullMarked
package io.boxcar.proxy.config;

import org.jspecify.annotations.NullMarked;
