/**
 * The command line and the life cycle of the sidecar.
 */
@NullMarked
package io.boxcar.proxy;

import org.jspecify.annotations.NullMarked;
