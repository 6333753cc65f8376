/**
 * The data path, which knows no protocol: client connections, lanes, upstream connections.
 */
@NullMarked
package io.boxcar.proxy.core;

import org.jspecify.annotations.NullMarked;
