/**
 * The Redis protocol (RESP2 and RESP3): message scanner, command table, error replies.
 */
@NullMarked
package io.boxcar.proxy.redis;

import org.jspecify.annotations.NullMarked;
