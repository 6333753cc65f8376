/** The HTTP proxy in memory, on one thread, in seeded random order; {@code HttpSimulationTest} is where to start. */
@NullMarked
package io.boxcar.proxy.simulation.http;

import org.jspecify.annotations.NullMarked;
