/** The whole proxy in memory, on one thread, in seeded random order; {@code SimulationTest} is where to start. */
@NullMarked
package io.boxcar.proxy.simulation;

import org.jspecify.annotations.NullMarked;
