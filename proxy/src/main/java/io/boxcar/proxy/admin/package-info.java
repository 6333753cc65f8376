/**
 * The admin HTTP server.
 */
@NullMarked
package io.boxcar.proxy.admin;

import org.jspecify.annotations.NullMarked;
